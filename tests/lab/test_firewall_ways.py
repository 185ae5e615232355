"""What else decides, beside the rules: the interface and the address that somebody comes to, and what nobody can read."""

from __future__ import annotations

from sshlab.guest import Guest
from test_firewall import known, nft, tried, verify
from test_network import FAR, expect_timeout, from_outside
from test_network import known as known_from

_BASE = """table inet filter {
  chain input { type filter hook input priority filter; policy drop;
    iifname lo accept
    ct state established,related accept
    icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept
    %s
  }
}
"""
CLIENT = "10.77.0.1"


def two_interfaces(guest: Guest) -> None:
    """As clouds set up a second interface: what comes by the first one is answered by it, by a rule of routing."""
    for command in ("ip link add eth1 type veth peer name away", "ip link set eth1 up", "ip link set away up",
                    "ip address add 10.8.0.2/24 dev eth1", "ip route add default via 10.77.0.1 table 100",
                    "ip rule add from 10.77.0.2 lookup 100", "ip route replace default via 10.8.0.1"):
        from_outside(guest, command)
    guest.ctl("check")


def decides(guest: Guest, rule: str) -> bool:
    """The rule is in the evidence."""
    [finding] = [one for one in guest.status()["findings"] if one["id"] == "firewall.drops"]
    return any(rule in one["value"] for one in finding["evidence"])


def far_gets_in(guest: Guest) -> bool:
    """A real login from afar, to the first interface."""
    argv = guest.ssh_argv("true")
    return guest.client([argv[0], "-b", FAR, "-o", "ConnectTimeout=3", *argv[1:]]).rc == 0


def test_routes_go_by_the_address_of_the_machine(guest: Guest) -> None:
    known_from(guest, FAR)
    two_interfaces(guest)
    assert far_gets_in(guest)
    guest.wait(lambda: f"{FAR} 22 10.77.0.2" in guest.run("cat /var/lib/sshguardd/*/let-in").stdout, 20,
               "the way by the first interface, in the record")
    # Who comes by the first one gets in: no alarm that says "nobody", and the command tells of both.
    nft(guest, _BASE % "iifname eth0 tcp dport 22 accept")
    told = guest.expect_console(id="firewall.drops", state="WARNING", says="10.8.0.2", within=5)
    assert far_gets_in(guest)
    # The other way round nobody does who came by the first one.
    nft(guest, "flush ruleset\n" + _BASE % "iifname eth1 tcp dport 22 accept")
    guest.expect_console(id="firewall.drops", since=told.end, state="WARNING", says="of 10.77.0.2", within=5)
    expect_timeout(guest)
    flows = guest.ctl("verify-flow", "--from", FAR)
    assert flows.rc == 2 and "DROPPED" in flows.stdout and "ACCEPTED" in flows.stdout, flows.stdout


def test_the_interface_has_another_name(guest: Guest) -> None:
    known(guest)
    nft(guest, _BASE % "iifname eth0 tcp dport 22 accept")
    guest.expect_login()
    for command in ("ip link set eth0 down", "ip link set eth0 name ens5", "ip link set ens5 up",
                    "ip route add default via 10.77.0.1"):
        from_outside(guest, command)
    guest.expect_console(id="firewall.drops", state="CRITICAL", says="SSH TIMES OUT", within=8)
    assert decides(guest, "policy drop")
    assert "timed out" in tried(guest).stderr


def test_the_address_is_another(guest: Guest) -> None:
    known(guest)
    nft(guest, _BASE % "ip daddr 10.77.0.2 tcp dport 22 accept")
    guest.expect_login()
    guest.run("ip address add 10.77.0.50/24 dev eth0; ip address del 10.77.0.2/24 dev eth0; "
              "ip address add 10.77.0.50/24 dev eth0; ip route replace default via 10.77.0.1", check=False)
    guest.expect_console(id="firewall.drops", state="CRITICAL", says="SSH TIMES OUT", within=8)
    assert verify(guest, "--from", CLIENT)["rc"] == 2


def test_a_rule_of_routing_leads_nowhere(guest: Guest) -> None:
    known_from(guest, FAR)
    guest.run(f"ip rule add to {FAR} prohibit pref 50")
    told = guest.expect_console(id="network.return-path", state="CRITICAL", within=6)
    assert "prohibit" in told.sentence, told.text
    expect_timeout(guest)
    guest.run(f"ip rule del to {FAR} prohibit pref 50")
    guest.expect_console(id="network.return-path", state="OK", ends=told.seq, within=6)


def test_that_nobody_can_tell_is_no_end(guest: Guest) -> None:
    known(guest)
    guest.run("iptables -A INPUT -p tcp --dport 22 -j DROP")
    told = guest.expect_console(id="firewall.drops", state="CRITICAL", within=4)
    since = guest.mark()
    guest.run(["iptables-restore"], input="*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -p tcp --dport 22 "
              "-m mac ! --mac-source 02:00:00:00:00:01 -j DROP\nCOMMIT\n")
    assert "timed out" in tried(guest).stderr
    guest.run("sleep 2")
    assert not [line for line in guest.console_lines(since) if line.state == "OK"]
    assert "firewall.drops" in guest.findings()
    guest.run("iptables -F INPUT")
    guest.expect_console(id="firewall.drops", state="OK", ends=told.seq, within=4)
    guest.expect_login()


def test_who_got_in_and_nobody_can_tell(guest: Guest) -> None:
    known(guest)
    guest.run("iptables -A INPUT -p tcp --dport 22 -m time --timestart 00:00 --timestop 23:59:59 -j DROP")
    told = guest.expect_console(id="firewall.undecided", state="WARNING", says=CLIENT, within=4)
    assert "still lets in" in told.sentence, told.text
    guest.run("iptables -F INPUT")
    guest.expect_console(id="firewall.undecided", state="OK", ends=told.seq, within=4)


def test_somebody_comes_from_two_addresses(guest: Guest) -> None:
    known(guest)
    known_from(guest, FAR)
    guest.wait(lambda: {CLIENT, FAR} <= set(guest.run("cat /var/lib/sshguardd/*/let-in").stdout.split()), 20,
               "both, in the record")
    nft(guest, _BASE % f"ip saddr {FAR} tcp dport 22 accept")
    told = guest.expect_console(id="firewall.drops", state="CRITICAL", says=CLIENT, within=4)
    assert "timed out" in tried(guest).stderr
    assert far_gets_in(guest)
    nft(guest, "flush ruleset\n" + _BASE % "tcp dport 22 accept")
    guest.expect_console(id="firewall.drops", state="OK", ends=told.seq, within=4)


def test_nft_rules_in_a_table_of_iptables(guest: Guest) -> None:
    known(guest)
    # iptables-nft-save prints the last one as "-p tcp -j ACCEPT", with success.
    guest.run("iptables -A INPUT -i lo -j ACCEPT && iptables -A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT && "
              "nft add rule ip filter INPUT tcp dport '{ 80, 443 }' counter accept && iptables -P INPUT DROP")
    told = guest.expect_console(id="firewall.drops", state="CRITICAL", within=4)
    assert decides(guest, "policy drop")
    really = tried(guest)
    assert "timed out" in really.stderr, really
    flow = verify(guest, "--from", CLIENT)
    assert flow["rc"] == 2 and flow["client"] in really.stderr, flow
    guest.run(flow["fix"])
    guest.expect_console(id="firewall.drops", state="OK", ends=told.seq, within=4)
    guest.expect_login()


def test_nobody_listens_there(guest: Guest) -> None:
    answer = verify(guest, "--from", CLIENT, "--port", "2200")
    assert answer["rc"] == 2 and "nobody listens there" in answer["note"], answer
