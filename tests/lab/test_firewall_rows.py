"""What owners of firewalls do to sshd's port, by their own programs: each within a second of the last change, with the
rule that decides and the message that a client really gets."""

from __future__ import annotations

import time
from dataclasses import dataclass

import pytest
from sshlab.guest import Guest
from test_firewall import client, costs_little, known, nft, tried, verify

_TOLD = 1.0  # seconds after the last change


@dataclass(frozen=True)
class Row:
    """A change, what is found of it, and how it is taken back."""

    change: str
    found: str
    message: str  # of ssh
    rule: str  # in the rule that decides
    undo: str  # empty: what is told to do helps
    evidence: str = ""
    do: str = ""
    severity: str = "CRITICAL"
    after: str = ""


def _shown(guest: Guest, row: Row) -> None:
    """The row on the console, in the status, in verify-flow's answer and at a real client's."""
    guest.run(row.change)
    changed = time.monotonic()
    told = guest.expect_console(id=row.found, state=row.severity, within=_TOLD)
    print(f"{time.monotonic() - changed:.2f} s: {told.text}")
    assert row.do in told.text, told.text
    status = guest.status()
    [finding] = [one for one in status["findings"] if one["id"] == row.found]
    values = [one["value"] for one in finding["evidence"]]
    assert any(row.rule in value and row.evidence in value for value in values), values
    really = tried(guest)
    assert really.rc == 255 and row.message in really.stderr, really
    assert row.message in status["client_sees"]["message"], status["client_sees"]
    flow = verify(guest, "--from", client(guest))
    assert flow["rc"] == 2 and flow["client"] == row.message and row.rule in flow["rule"], flow
    guest.run(row.undo or next(do for do in finding["fix"] if not do.startswith("sshguardctl ")))
    guest.expect_console(id=row.found, state="OK", within=_TOLD)
    guest.expect_login()
    guest.run(row.after or "true")


def _each(guest: Guest, rows: dict[str, Row]) -> None:
    known(guest)
    for name, row in rows.items():
        print(name)
        _shown(guest, row)
    guest.wait(lambda: not guest.findings(), 5, "nothing left to tell")


_UFW_ANEW = "ufw --force disable; ufw --force reset; ufw default deny incoming"


def _ufw(rules: str, message: str, rule: str, found: str = "firewall.drops", undo: str = _UFW_ANEW) -> Row:
    return Row(f"{rules}; ufw --force enable", found, message, rule, undo, do="DO: ufw prepend allow from ",
               after="" if undo else _UFW_ANEW)


_REFUSED, _TIMED_OUT, _NO_ROUTE = "Connection refused", "Connection timed out", "No route to host"
UFW_RULES = {
    # ufw passes over a rule that differs by its action alone: what is told to do is another one.
    "rejects it": _ufw("ufw reject 22/tcp", _REFUSED, "--dport 22 -j REJECT", "firewall.rejects", undo=""),
    "denies it": _ufw("ufw deny 22", _TIMED_OUT, "--dport 22 -j DROP", undo=""),
    "denies him": _ufw("ufw allow 22/tcp; ufw prepend deny from 10.77.0.1 to any port 22 proto tcp", _TIMED_OUT,
                       "-s 10.77.0.1/32 -p tcp -m tcp --dport 22 -j DROP", undo=""),
}
UFW_DEFAULTS = {
    "rejects by default": _ufw("ufw default reject incoming", _REFUSED, "ufw-reject-input", "firewall.rejects"),
    "from elsewhere": _ufw("ufw allow from 192.0.2.0/24 to any port 22 proto tcp", _TIMED_OUT, "policy drop"),
    "on another interface": _ufw("ufw allow in on eth7 to any port 22 proto tcp", _TIMED_OUT, "policy drop"),
}
# The target of a zone stands in its own chain (filter_IN_public), from 2.3 on in filter_INPUT_POLICIES.
FIREWALLD = {
    "without the service": Row("firewall-cmd --remove-service=ssh", "firewall.rejects", _NO_ROUTE, "filter_IN",
                               "firewall-cmd --add-service=ssh",
                               "zone public, which has target default, services dhcpv6-client; "
                               "its permanent configuration differs",
                               "DO: firewall-cmd --zone=public --add-service=ssh"),
    "zone drop": Row("firewall-cmd --set-default-zone=drop", "firewall.drops", _TIMED_OUT, "filter_IN",
                     "firewall-cmd --set-default-zone=public", "zone drop, which has target DROP, no services",
                     "DO: firewall-cmd --zone=drop --add-service=ssh"),
    "the zone of the source": Row("firewall-cmd --zone=block --add-source=10.77.0.0/24", "firewall.rejects", _NO_ROUTE,
                                  "filter_IN", "firewall-cmd --zone=block --remove-source=10.77.0.0/24",
                                  "the target of firewalld's zone block"),
    "a rich rule": Row("firewall-cmd --add-rich-rule='rule family=ipv4 source address=10.77.0.1 drop'",
                       "firewall.drops", _TIMED_OUT, "filter_IN_public_deny",
                       "", "a rule of firewalld's zone public", "DO: sshguardctl verify-flow --from 10.77.0.1 --trace"),
    "panic": Row("firewall-cmd --panic-on", "firewall.drops", _TIMED_OUT, "firewalld_policy_drop",
                 "firewall-cmd --panic-off", "panic mode", "DO: firewall-cmd --panic-off"),
}
_REDIRECT = """table ip moved { chain prerouting { type nat hook prerouting priority dstnat;
  iifname != lo tcp dport 22 redirect to :%d\n  }\n}\n"""


@pytest.mark.parametrize("rows", [UFW_RULES, UFW_DEFAULTS], ids=["rules", "defaults"])
def test_ufw(guest: Guest, rows: dict[str, Row]) -> None:
    _each(guest, rows)


def test_ufw_that_lets_it_in_is_silent(guest: Guest) -> None:
    known(guest)
    mark = guest.mark()
    for rules in ("ufw allow 22/tcp", "ufw limit ssh"):
        guest.run(f"{rules}; ufw --force enable")
        flow = verify(guest, "--from", client(guest))
        assert flow["rc"] == 0 and flow["usually_accepted"] and flow["owner"] == "ufw", flow
        guest.expect_login()
        guest.run("ufw --force disable; ufw --force reset")
    guest.expect_quiet(2, mark)
    assert guest.findings() == set()


def _start_firewalld(guest: Guest) -> None:
    guest.run("systemctl start firewalld.service")
    guest.wait(lambda: verify(guest, "--from", client(guest))["owner"] == "firewalld", 10, "firewalld's rules")


def test_firewalld(guest: Guest) -> None:
    known(guest)
    mark = guest.mark()
    _start_firewalld(guest)
    guest.expect_quiet(1, mark)
    # All that is dropped meanwhile is no state.
    guest.run("firewall-cmd --reload; firewall-cmd --complete-reload")
    guest.expect_quiet(2, mark)
    assert guest.findings() == set()
    _each(guest, FIREWALLD)


def test_a_firewalld_that_is_dead(guest: Guest) -> None:
    known(guest)
    _start_firewalld(guest)
    guest.run("systemctl kill --signal=KILL firewalld.service")
    # From 2.3 on its table is its own until it is gone.
    guest.wait(lambda: guest.unit("firewalld.service", "ActiveState") == "failed", 10, "firewalld to be gone")
    _shown(guest, Row("nft delete rule inet firewalld filter_IN_public_allow handle $(nft -a list chain inet firewalld "
                      "filter_IN_public_allow | sed -n 's/.*dport 22 .*# handle //p')",
                      "firewall.rejects", _NO_ROUTE, "filter_IN", "nft delete table inet firewalld",
                      "zone public, firewalld is not running, its table still filters"))


def test_a_permanent_configuration_of_firewalld_that_differs(guest: Guest) -> None:
    known(guest)
    guest.run("systemctl enable --quiet firewalld.service")
    _start_firewalld(guest)
    guest.run("firewall-cmd --permanent --remove-service=ssh")
    # firewalld's own code reads it, in a name space of its own.
    told = guest.expect_console(id="firewall.pending", state="WARNING", within=6)
    assert "NEXT REBOOT locks everyone out: firewalld will reject 10." in told.sentence, told.text
    flow = verify(guest, "--boot", "--from", client(guest))
    assert flow["rc"] == 2 and "--permanent" in flow["fix"], flow
    guest.expect_login()
    guest.run(flow["fix"])
    guest.expect_console(id="firewall.pending", state="OK", within=6)


def test_a_port_that_is_redirected(guest: Guest) -> None:
    known(guest)
    _shown(guest, Row(f"nft -f - <<'RULES'\n{_REDIRECT % 9}RULES", "firewall.rejects", _REFUSED, "redirect to :9",
                      "nft delete table ip moved", do="DO: nft insert rule ip moved prerouting"))
    # Another program has it.
    guest.run("systemd-run --quiet --unit=other python3 -m http.server 2200")
    nft(guest, _REDIRECT % 2200)
    told = guest.expect_console(id="firewall.drops", state="CRITICAL", within=_TOLD)
    assert "sends elsewhere" in told.sentence, told.text
    guest.run("nft delete table ip moved")
    guest.expect_console(id="firewall.drops", state="OK", within=_TOLD)
    # sshd listens there as well.
    guest.run("printf 'Port 22\\nPort 2222\\n' >/etc/ssh/sshd_config.d/ports.conf; systemctl reload ssh")
    guest.wait(lambda: any(one.endswith(":2222") for one in guest.status()["listeners"]), 5, "sshd at 2222")
    mark = guest.mark()
    nft(guest, _REDIRECT % 2222)
    guest.expect_login()
    flow = verify(guest, "--from", client(guest))
    assert flow["rc"] == 0 and "translated to 2222" in flow["note"], flow
    guest.expect_quiet(2, mark)


def test_sshd_behind_a_redirect_alone(guest: Guest) -> None:
    """Its own port is shut, and clients know it by 22."""
    guest.write("/etc/ssh/sshd_config.d/ports.conf", "Port 2222\n")
    guest.run("systemctl reload ssh")
    guest.expect_login(port=2222)
    mark = guest.mark()
    nft(guest, _REDIRECT % 2222 + "table inet kept { chain input { type filter hook input priority 0;\n"
        "ct status dnat accept\n iifname != lo tcp dport 2222 drop\n }\n}\n")
    guest.expect_login()
    assert guest.ssh(port=2222).rc == 255
    guest.expect_quiet(2, mark)
    assert not {one for one in guest.findings() | guest.worth_knowing() if one.startswith("firewall.")}
    guest.run("nft delete table ip moved")
    guest.expect_console(id="firewall.drops", state="CRITICAL", within=_TOLD)


def test_what_kubernetes_does_to_rules_all_the_time_is_silent(guest: Guest) -> None:
    known(guest)
    guest.run(_KUBE % (0, 0))
    costs_little(guest, _KUBE % ("$i", "$i"))
    assert guest.findings() == set()


# As kube-proxy does it: all chains of its own anew at each change of a service.
_KUBE = """iptables-restore --noflush <<RULES
*nat
:KUBE-SERVICES - [0:0]
:KUBE-SVC-%s - [0:0]
-A KUBE-SVC-%s -p tcp -m statistic --mode random --probability 0.5 -j DNAT --to-destination 10.244.0.7:8080
-A KUBE-SERVICES -d 10.96.0.1/32 -p tcp -m tcp --dport 443 -j ACCEPT
COMMIT
*filter
:KUBE-FIREWALL - [0:0]
-A KUBE-FIREWALL -m mark --mark 0x8000/0x8000 -j DROP
COMMIT
RULES
iptables -C INPUT -j KUBE-FIREWALL 2>/dev/null || iptables -A INPUT -j KUBE-FIREWALL
iptables -t nat -C PREROUTING -j KUBE-SERVICES 2>/dev/null || iptables -t nat -A PREROUTING -j KUBE-SERVICES"""
