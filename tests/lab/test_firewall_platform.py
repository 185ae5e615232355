"""The cloud's own addresses: the guest's rules cut it off from them, and what the agent says is what a connection comes to."""

from __future__ import annotations

from typing import Any

import pytest
from sshlab.guest import Guest
from test_firewall import nft

WIRE, METADATA = "168.63.129.16", "169.254.169.254"
_PORTS = ((WIRE, 80), (WIRE, 32526), (METADATA, 80))
_SERVE = """
import socket, selectors
selector = selectors.DefaultSelector()
for port in (80, 32526):
    selector.register(socket.create_server(("0.0.0.0", port)), selectors.EVENT_READ)
print("ready", flush=True)
while True:
    for key, _ in selector.select():
        key.fileobj.accept()[0].close()
"""
# As the Azure agent makes them, in every Azure machine.
_AZURE = ("iptables -t security -A OUTPUT -d 168.63.129.16 -p tcp --dport 53 -j ACCEPT; "
          "iptables -t security -A OUTPUT -d 168.63.129.16 -p tcp -m owner --uid-owner 0 -j ACCEPT; "
          "iptables -t security -A OUTPUT -d 168.63.129.16 -p tcp -m conntrack --ctstate INVALID,NEW -j DROP")


def in_cloud(guest: Guest, name: str = "azure") -> None:
    """The addresses answer, and cloud-init says where we are."""
    for address in (WIRE, METADATA):
        assert guest.client(["ip", "address", "add", f"{address}/32", "dev", "lo"]).rc == 0
        guest.run(f"ip route add {address} via 10.77.0.1")
    server = guest.client_popen(["python3", "-c", _SERVE])
    assert server.stdout is not None and server.stdout.readline() == "ready\n"
    guest.run("mkdir -p /run/cloud-init")
    guest.write("/run/cloud-init/cloud-id", name + "\n")
    guest.run("systemctl restart sshguardd")
    guest.await_agent()
    assert all(reaches(guest, *to) for to in _PORTS)


def reaches(guest: Guest, address: str, port: int, user: str = "root") -> bool:
    """A real connection from the guest: it is answered and closed."""
    tried = f"exec 3<>/dev/tcp/{address}/{port} && cat <&3"
    return guest.run(["runuser", "-u", user, "--", "timeout", "2", "bash", "-c", tried], check=False).rc == 0


def finding(guest: Guest) -> dict[str, Any] | None:
    """What is told of it."""
    return next((one for one in guest.status()["findings"] if one["id"] == "firewall.platform"), None)


def told_of(found: dict[str, Any]) -> set[tuple[str, int]]:
    """Whom it says that root does not reach."""
    ways = [one["what"].split()[2].rsplit(":", 1) for one in found["evidence"] if one["what"].startswith("root to ")]
    return {(address, int(port)) for address, port in ways}


BREAKS = {
    "output": ("nft", "table ip filter { chain out { type filter hook output priority filter;\nip daddr 168.63.129.16 drop\n }\n }\n",
               "filter out handle"),
    "policy": ("nft", "table inet filter { chain out { type filter hook output priority filter; policy drop;\noifname lo accept\n"
                      "ct state established,related accept\nicmpv6 type 133-136 accept\nudp dport 53 accept\n }\n }\n",
               "filter out: policy drop"),
    "answers": ("nft", "table inet filter { chain input { type filter hook input priority filter; policy drop;\niifname lo accept\n"
                       "icmpv6 type 133-136 accept\ntcp dport 22 accept\n }\n }\n", "filter input: policy drop"),
    "new only": ("nft", "table ip raw { chain pre { type filter hook prerouting priority raw;\ntcp sport 80 drop\n }\n }\n",
                 "raw pre handle"),
    "reject": ("sh", "iptables -A OUTPUT -d 169.254.169.254 -j REJECT", "filter OUTPUT rule 1"),
    "legacy": ("sh", "iptables-legacy -t security -A OUTPUT -d 168.63.129.16 -p tcp --dport 32526 -j DROP",
               "iptables-legacy ip security OUTPUT rule 1"),
    "behind a user": ("sh", _AZURE.replace("--uid-owner 0", "--uid-owner 33"), "security OUTPUT rule 3"),
}


@pytest.mark.parametrize("name", BREAKS)
def test_rules_cut_the_guest_off_from_its_cloud(guest: Guest, name: str) -> None:
    in_cloud(guest)
    assert finding(guest) is None
    how, rules, decides = BREAKS[name]
    if how == "nft":
        nft(guest, rules)
    else:
        guest.run(rules)
    told = guest.expect_console(id="firewall.platform", state="WARNING", within=65 if name == "legacy" else 3)
    assert "cuts off " in told.sentence and "DO: " in told.text, told.text
    found = finding(guest)
    assert found and "(Azure's " in found["summary"] and any(decides in one["value"] for one in found["evidence"]), found
    assert told_of(found) == {to for to in _PORTS if not reaches(guest, *to)}
    guest.expect_login()
    # What it says to do helps, address by address.
    for _ in _PORTS:
        if not (now := finding(guest)):
            break
        fix = now["fix"][0]
        guest.run(fix)
        guest.wait(lambda fix=fix: not (left := finding(guest)) or left["fix"][0] != fix, 65 if name == "legacy" else 4, "the next one")
    assert all(reaches(guest, *to) for to in _PORTS)
    guest.expect_console(id="firewall.platform", state="OK", within=4)


HEALTHY = {
    "Azure's own rules": ("azure", _AZURE, False),
    "metadata for root alone": ("aws", "iptables -A OUTPUT -d 169.254.169.254 -m owner ! --uid-owner 0 -j DROP", False),
    "only what is asked leaves": ("gce", "iptables -P OUTPUT DROP; iptables -A OUTPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT; "
                                         "iptables -A OUTPUT -p tcp -m multiport --dports 53,80,443 -j ACCEPT", True),
    "a firewall for what comes in": ("azure", "ufw allow 22/tcp; ufw --force enable", True),
    "another cloud": ("openstack", "iptables -A OUTPUT -d 169.254.169.254 -j DROP", False),
}


@pytest.mark.parametrize("name", HEALTHY)
def test_rules_that_leave_root_its_cloud_are_silent(guest: Guest, name: str) -> None:
    cloud, rules, anybody = HEALTHY[name]
    in_cloud(guest, cloud)
    mark = guest.mark()
    guest.run(rules)
    guest.expect_quiet(2, mark)
    assert finding(guest) is None
    to = (WIRE, 80) if cloud == "azure" else (METADATA, 80)
    assert reaches(guest, *to) == (cloud != "openstack")
    assert reaches(guest, *to, user="alice") == anybody
    if cloud == "openstack":
        return
    # It was looked at.
    guest.run(f"iptables -I OUTPUT -d {to[0]} -j DROP")
    guest.expect_console(id="firewall.platform", state="WARNING", within=4)
    assert not reaches(guest, *to)


def test_saved_rules_would_cut_it_off(guest: Guest) -> None:
    in_cloud(guest, "gce")
    guest.write("/etc/ssh/sshd_config.d/oslogin.conf",
                "AuthorizedKeysCommand /usr/bin/google_authorized_keys\nAuthorizedKeysCommandUser root\n")
    guest.run("install -m 755 /usr/bin/true /usr/bin/google_authorized_keys; systemctl reload ssh.service")
    guest.run("printf '%s\\n' 'table ip filter {' 'chain out {' 'type filter hook output priority filter;' "
              "'ip daddr 169.254.169.254 drop' '}' '}' >/etc/nftables.conf; systemctl enable --quiet nftables.service")
    told = guest.expect_console(id="firewall.platform", state="WARNING", within=6)
    assert "will cut off 169.254.169.254:80 (Google Cloud's metadata)" in told.sentence, told.text
    found = finding(guest)
    assert found and found["when"] == "reboot" and "AuthorizedKeysCommand" in found["summary"], found
    assert reaches(guest, METADATA, 80)
    guest.run("systemctl restart nftables.service")
    assert not reaches(guest, METADATA, 80)
    guest.wait(lambda: (now := finding(guest)) is not None and now["when"] == "now", 4, "it to be so now")
