"""The guest's own network: its addresses, the way back to who logged in, and the next boot."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sshlab.guest import Guest
from test_ports import look

CLIENT = "10.77.0.1"
# Beyond the guest's own network, by its default route.
FAR = "203.0.113.7"


def known(guest: Guest, source: str) -> None:
    """Somebody logged in from there, and the agent has seen the way back."""
    if source != CLIENT:
        assert guest.client(["ip", "address", "add", f"{source}/32", "dev", "client"]).rc == 0
        argv = guest.ssh_argv("echo in; sleep 1")
        done = guest.client([argv[0], "-b", source, *argv[1:]])
        assert done.stdout == "in\n", done.stderr
    else:
        guest.expect_login()
    guest.wait(lambda: source in guest.run("cat /var/lib/sshguardd/*/logins", check=False).stdout, 10, "the record")
    look(guest)
    guest.run("sleep 2")


def expect_timeout(guest: Guest) -> None:
    """A real client from afar sees nothing come back."""
    argv = guest.ssh_argv("true")
    tried = guest.client([argv[0], "-b", FAR, "-o", "ConnectTimeout=3", *argv[1:]])
    assert tried.rc == 255 and "timed out" in tried.stderr, tried.stderr


def from_outside(guest: Guest, command: str) -> None:
    """In the guest's network, but not in its container, which may not do that."""
    leader = guest.argv([])[2]
    subprocess.run(["nsenter", "-t", leader, "-n", "--", *command.split()], check=True, capture_output=True)


def silent(guest: Guest) -> bool:
    """Nothing about the network."""
    found = guest.findings() | guest.worth_knowing()
    return not any(one.startswith("network.") for one in found)


def test_the_address_is_gone_and_comes_back(guest: Guest) -> None:
    known(guest, CLIENT)
    assert silent(guest)
    guest.run("ip address flush dev eth0")
    told = guest.expect_console(id="network.no-address", state="CRITICAL", says="SSH TIMES OUT", within=30)
    assert "eth0 has no address" in told.sentence
    guest.run("ip address add 10.77.0.2/24 dev eth0; ip route add default via 10.77.0.1")
    guest.expect_console(id="network.no-address", state="OK", ends=told.seq, within=10)
    guest.expect_login()


def test_the_link_is_down(guest: Guest) -> None:
    guest.run("ip link set eth0 down")
    told = guest.expect_console(id="network.no-address", state="CRITICAL", within=30)
    assert "eth0 is down" in told.sentence
    guest.run("ip link set eth0 up; ip route add default via 10.77.0.1")
    guest.expect_console(id="network.no-address", state="OK", ends=told.seq, within=10)


def test_the_default_route_is_gone(guest: Guest) -> None:
    known(guest, FAR)
    assert silent(guest)
    guest.run("ip route del default")
    told = guest.expect_console(id="network.no-address", state="CRITICAL", within=30)
    assert f"none to {FAR}" in told.sentence
    guest.expect_login()  # from its own network
    guest.run("ip route add default via 10.77.0.1")
    guest.expect_console(id="network.no-address", state="OK", ends=told.seq, within=10)


def test_without_a_default_route_from_the_same_network(guest: Guest) -> None:
    known(guest, CLIENT)
    guest.run("ip route del default; sleep 20")
    look(guest)
    guest.run("sleep 1")
    assert silent(guest), "a machine may live so"


def test_a_vpn_takes_the_default_route(guest: Guest) -> None:
    known(guest, FAR)
    assert silent(guest)
    from_outside(guest, "ip tuntap add mode tun name tun0")
    guest.run("ip link set tun0 up && ip address add 10.8.0.2/24 dev tun0 && "
              "ip route add 0.0.0.0/1 via 10.8.0.1 && ip route add 128.0.0.0/1 via 10.8.0.1")
    told = guest.expect_console(id="network.return-path", state="CRITICAL", says="SSH TIMES OUT", within=20)
    assert f"answers to {FAR} go into tun0" in told.sentence
    expect_timeout(guest)
    from_outside(guest, "ip link del tun0")
    guest.expect_console(id="network.return-path", state="OK", ends=told.seq, within=10)
    guest.expect_login()


@contextmanager
def machine_inside() -> Iterator[list[str]]:
    """A network of its own, and how to run a command in it."""
    holder = subprocess.Popen(["unshare", "-n", "sleep", "infinity"])
    try:
        while os.readlink(f"/proc/{holder.pid}/ns/net") == os.readlink("/proc/self/ns/net"):
            time.sleep(0.01)
        yield ["nsenter", "-t", str(holder.pid), "-n", "--"]
    finally:
        holder.kill()
        holder.wait()


def test_who_came_from_inside_is_not_missed_from_outside(guest: Guest) -> None:
    """A container's network, or a VPN: it comes up late at each boot."""
    container = "172.18.0.2"
    bridge = ("ip link add br-c type bridge", "ip address add 172.18.0.1/24 dev br-c", "ip link set br-c up")
    with machine_inside() as inside:
        for command in (*bridge, "ip link add c0 type veth peer name c1", "ip link set c0 master br-c up",
                        f"ip link set c1 netns {inside[2]}"):
            from_outside(guest, command)
        for command in (f"ip address add {container}/24 dev c1", "ip link set c1 up",
                        "ip route add default via 172.18.0.1"):
            subprocess.run([*inside, *command.split()], check=True)
        done = subprocess.run([*inside, *guest.ssh_argv("echo in; sleep 1")], capture_output=True, text=True, timeout=30)
        assert done.stdout == "in\n", done
        records = "cat /var/lib/sshguardd/*/%s"
        guest.wait(lambda: container in guest.run(records % "logins", check=False).stdout, 10, "the record")
        look(guest)
        guest.wait(lambda: f"{container} br-c" in guest.run(records % "login-links", check=False).stdout, 10, "the link")
    guest.write("/root/rules", "table inet filter {\n chain input {\n  type filter hook input priority filter; policy drop;\n"
                "  iifname lo accept\n  ct state established,related accept\n"
                "  iifname eth0 ip saddr != 172.18.0.0/24 tcp dport 22 accept\n  iifname br-c tcp dport 22 accept\n }\n}\n")
    guest.run("nft -f /root/rules")
    guest.wait(lambda: f"{container} 22" in guest.run(records % "let-in", check=False).stdout, 10, "the way in")
    assert silent(guest)
    since = guest.mark()
    from_outside(guest, "ip link del br-c")
    look(guest)
    guest.run("sleep 8; systemctl restart sshguardd", timeout=60)
    look(guest)
    guest.run("sleep 2")
    assert not guest.findings()
    for command in bridge:
        from_outside(guest, command)
    look(guest)
    guest.run("sleep 8", timeout=60)
    assert not guest.findings()
    assert all(line.state == "OK" for line in guest.console_lines(since)), "the restart of the agent alone"
    # By its own link it is judged as everybody.
    guest.run("nft insert rule inet filter input iifname br-c tcp dport 22 drop")
    guest.expect_console(id="firewall.drops", state="CRITICAL", says=container, within=5)


def test_a_second_link_and_the_strict_filter(guest: Guest) -> None:
    known(guest, FAR)
    guest.run("ip link add eth1 type veth peer name away && ip link set eth1 up && ip link set away up && "
              "ip address add 10.8.0.2/24 dev eth1 && ip route replace default via 10.8.0.1")
    guest.run("sleep 8")
    look(guest)
    guest.run("sleep 1")
    # Either link may do, until the filter is strict.
    assert silent(guest)
    from_outside(guest, "sysctl -w net.ipv4.conf.eth0.rp_filter=1")
    look(guest)
    told = guest.expect_console(id="network.return-path", state="CRITICAL", within=20)
    assert "leave by eth1; rp_filter on eth0" in told.sentence
    expect_timeout(guest)
    guest.run("ip route replace default via 10.77.0.1")
    guest.expect_console(id="network.return-path", state="OK", ends=told.seq, within=10)
    guest.expect_login()


def test_a_bridge_has_the_clients_network(guest: Guest) -> None:
    known(guest, FAR)
    since = guest.mark()
    guest.run("ip link add br-1a2b type bridge && ip link set br-1a2b up && ip address add 203.0.113.1/24 dev br-1a2b")
    told = guest.expect_console(id="network.return-path", state="CRITICAL", since=since, within=20)
    assert "br-1a2b contains" in told.sentence
    expect_timeout(guest)
    guest.run("ip link del br-1a2b")
    guest.expect_console(id="network.return-path", state="OK", ends=told.seq, within=10)


def test_routes_that_lead_nowhere(guest: Guest) -> None:
    known(guest, FAR)
    # One address alone is a ban.
    guest.run(f"ip route add unreachable {FAR}; sleep 9")
    assert silent(guest)
    guest.run(f"ip route del unreachable {FAR}; ip route add blackhole 203.0.113.0/24")
    told = guest.expect_console(id="network.return-path", state="CRITICAL", within=20)
    assert "blackhole" in told.sentence
    guest.run("ip route del blackhole 203.0.113.0/24")
    guest.expect_console(id="network.return-path", state="OK", ends=told.seq, within=10)


def test_links_that_come_and_go_all_day(guest: Guest) -> None:
    known(guest, CLIENT)
    since = guest.mark()
    guest.run("for i in $(seq 60); do ip link add v$i type veth peer name w$i; ip link set v$i up; ip link del v$i; "
              "done; ip link add docker0 type bridge; ip address add 172.17.0.1/16 dev docker0; "
              "ip link set docker0 up; sleep 10", timeout=120)
    assert silent(guest)
    guest.expect_quiet(1, since)
    guest.expect_login()


def test_what_systemd_networkd_has_saved(guest: Guest) -> None:
    saved = "[Match]\nName={}\n[Network]\nAddress=10.77.0.2/24\nAddress=fd77::2/64\nGateway=10.77.0.1\n"
    path = "/etc/systemd/network/10-lan.network"
    guest.write(path, saved.format("eth0"))
    guest.run("systemctl enable --now systemd-networkd")
    guest.wait(lambda: "NETWORK_FILE=" in guest.run("cat /run/systemd/netif/links/*", check=False).stdout, 10,
               "networkd at work")
    look(guest)
    guest.run("sleep 12")
    assert silent(guest)
    # The name that the link had on other hardware.
    guest.write(path, saved.format("ens3"))
    look(guest)
    told = guest.expect_console(id="network.next-boot", state="WARNING", within=30)
    assert "nothing saved fits eth0" in told.sentence
    guest.expect_login()
    guest.write(path, saved.format("e*"))
    look(guest)
    guest.expect_console(id="network.next-boot", state="OK", ends=told.seq, within=10)
    guest.run("systemctl disable systemd-networkd systemd-networkd.socket systemd-networkd-wait-online")
    look(guest)
    told = guest.expect_console(id="network.next-boot", state="WARNING", within=30)
    assert "systemd-networkd.service" in told.sentence
    guest.run("systemctl enable systemd-networkd")
    look(guest)
    guest.expect_console(id="network.next-boot", state="OK", ends=told.seq, within=10)


def test_what_netplan_has_saved(guest: Guest) -> None:
    saved = """network:
  version: 2
  ethernets:
    {}:
      addresses: [10.77.0.2/24, "fd77::2/64"]
      routes: [{{to: default, via: 10.77.0.1}}]
"""
    path = "/etc/netplan/50-lan.yaml"
    guest.write(path, saved.format("eth0"))
    guest.run(f"chmod 600 {path}; netplan generate; systemctl enable systemd-networkd; systemctl restart systemd-networkd")
    guest.wait(lambda: "NETWORK_FILE=/run/" in guest.run("cat /run/systemd/netif/links/*", check=False).stdout, 10,
               "networkd at work with what netplan made")
    look(guest)
    guest.run("sleep 12")
    assert silent(guest)
    # Nothing was applied: the machine goes on, and its next boot would be without a network.
    wrong = "/etc/netplan/60-extra.yaml"
    guest.write(wrong, "network:\n  ethernets:\n    eth0:\n      dhcp4: tru\n")
    look(guest)
    told = guest.expect_console(id="network.next-boot", state="WARNING", within=30)
    assert f"netplan refuses its files. DO: netplan generate; mend {wrong}:4." in told.sentence, told.text
    assert guest.run("ls -A /run/sshguardd | grep -c netplan", check=False).stdout == "0\n", "its copies are left behind"
    guest.expect_login()
    guest.run(f"rm {wrong}")
    look(guest)
    guest.expect_console(id="network.next-boot", state="OK", ends=told.seq, within=10)
    guest.write(path, saved.format("ens3"))
    look(guest)
    told = guest.expect_console(id="network.next-boot", state="WARNING", within=30)
    assert "nothing saved fits eth0" in told.sentence, told.text
    # cloud-init may write its own file anew before netplan reads it.
    guest.run(f"mv {path} /etc/netplan/50-cloud-init.yaml; touch /usr/bin/cloud-init")
    look(guest)
    guest.expect_console(id="network.next-boot", state="OK", ends=told.seq, within=10)
    guest.write("/etc/cloud/cloud.cfg.d/99-disable-network-config.cfg", "network: {config: disabled}\n")
    guest.append("/etc/netplan/50-cloud-init.yaml", "# nobody else writes it\n")
    look(guest)
    guest.expect_console(id="network.next-boot", state="WARNING", within=30)


def test_what_ifupdown_has_saved(guest: Guest) -> None:
    # The suite has no ifupdown: its files, as it leaves them.
    guest.run("mkdir -p /run/network && echo lo=lo >/run/network/ifstate && echo eth0=eth0 >>/run/network/ifstate")
    stanza = "auto lo\niface lo inet loopback\nsource /etc/network/interfaces.d/*\n"
    guest.write("/etc/network/interfaces", stanza)
    guest.write("/etc/network/interfaces.d/lan", "allow-hotplug eth0\niface eth0 inet dhcp\n")
    look(guest)
    guest.run("sleep 12")
    assert silent(guest)
    guest.write("/etc/network/interfaces.d/lan", "allow-hotplug enp1s0\niface enp1s0 inet dhcp\n")
    look(guest)
    told = guest.expect_console(id="network.next-boot", state="WARNING", within=30)
    assert "nothing saved fits eth0" in told.sentence
    guest.run("rm /etc/network/interfaces.d/lan")
    guest.append("/etc/network/interfaces", "allow-hotplug eth0\niface eth0 inet dhcp\n")
    look(guest)
    guest.expect_console(id="network.next-boot", state="OK", ends=told.seq, within=10)
