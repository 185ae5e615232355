"""The firewall's owner lets sshd in again, where that is allowed and goes against nobody's will."""

from __future__ import annotations

from typing import Any

import pytest
from sshlab.guest import Guest
from test_firewall import client, known, nft, tried


def allow(guest: Guest, value: str) -> None:
    """[heal] open_firewall."""
    guest.write("/etc/sshguardd/sshguardd.conf.d/heal.conf", f"[heal]\nopen_firewall = {value}\n")
    guest.run("systemctl reload sshguardd")


def heals(guest: Guest) -> list[dict[str, Any]]:
    """What was done to firewalls."""
    return [dict(one) for one in guest.status()["heals"] if one["remedy"] == "open-firewall"]


def remedy(guest: Guest, identifier: str) -> dict[str, Any]:
    """What the agent could do about a finding."""
    [found] = [one for one in guest.status()["findings"] if one["id"] == identifier]
    return dict(found["remedy"])


def everybody_known(guest: Guest) -> None:
    """Who got in is known, and that everybody does: that has to last a while."""
    known(guest)
    guest.wait(lambda: "anyone4 22" in guest.run("cat /var/lib/sshguardd/*/let-in").stdout, 8, "everybody in the record")


def without_the_service(guest: Guest) -> None:
    """firewalld runs, and ssh is not in its zone any more."""
    guest.run("systemctl start firewalld.service")
    guest.wait(lambda: "filter_IN_public_allow" in guest.run("nft list ruleset").stdout, 10, "firewalld's rules")
    guest.run("firewall-cmd --remove-service=ssh")


def test_ufw_is_asked_where_the_configuration_says_for_good(guest: Guest) -> None:
    allow(guest, "permanent")
    everybody_known(guest)
    guest.run("ufw deny from 192.0.2.9; ufw allow 443/tcp; ufw --force enable")
    told = guest.expect_console(id="firewall.drops", state="CRITICAL", within=4)
    assert "NEXT: the agent has ufw let it in 10s after it was shut" in told.text, told.text
    assert tried(guest).rc == 255
    ended = guest.expect_console(state="OK", ends=told.seq, within=30)
    assert "by the agent (ran ufw allow from 0.0.0.0/0 to any port 22 proto tcp)" in ended.sentence, ended.text
    guest.expect_login()
    assert [one["outcome"] for one in heals(guest)] == ["healed"], heals(guest)
    assert "ufw delete allow from 0.0.0.0/0 to any port 22 proto tcp" in " ".join(guest.ctl("history").stdout.split())
    listed = guest.run("ufw status").stdout.splitlines()
    of = {what: next(i for i, line in enumerate(listed) if what in line) for what in ("192.0.2.9", "22/tcp")}
    assert of["192.0.2.9"] < of["22/tcp"], listed
    assert guest.run("systemctl list-units --all --plain --no-legend 'sshguardd-open*'").stdout == ""


_UNTOLD = {
    "tables of iptables-legacy": "iptables-legacy -A OUTPUT -j ACCEPT",
    "changes without end":
        "nft add table ip busy; nft add chain ip busy one; systemd-run --quiet --unit=busy sh -c "
        "'while :; do nft add rule ip busy one accept; nft flush chain ip busy one; sleep 0.1; done'",
}


@pytest.mark.parametrize("untold", _UNTOLD)
def test_it_is_opened_also_where_nobody_tells_that_rules_rest(guest: Guest, untold: str) -> None:
    allow(guest, "permanent")
    known(guest)
    guest.run(_UNTOLD[untold])
    guest.run("ufw --force enable")
    told = guest.expect_console(id="firewall.drops", state="CRITICAL", within=40)
    ended = guest.expect_console(state="OK", ends=told.seq, within=60)
    assert "by the agent (ran ufw prepend allow from " in ended.sentence, ended.text
    guest.expect_login()
    assert [one["outcome"] for one in heals(guest)] == ["healed"], heals(guest)


def test_ufw_is_left_to_a_person_who_sees_and_consents(guest: Guest) -> None:
    everybody_known(guest)
    guest.run("ufw --force enable")
    told = guest.expect_console(id="firewall.drops", state="CRITICAL", within=4)
    assert "DO: ufw prepend allow from " in told.text, told.text
    found = remedy(guest, "firewall.drops")
    assert found["kind"] == "open-firewall" and found["state"] == "withheld", found
    assert found["why"] == "opt-in: [heal] open_firewall = no", found
    dry = guest.ctl("heal", "firewall.drops", "--dry-run")
    # Guests have no way out by IPv6: nobody is known to come in by it.
    opening = "ufw prepend allow from 0.0.0.0/0 to any port 22 proto tcp"
    assert "opt-in: [heal] open_firewall = no" in dry.stdout and opening in dry.stdout, dry
    allow(guest, "yes")
    dry = guest.ctl("heal", "firewall.drops", "--dry-run")
    assert "what ufw opens is permanent" in dry.stdout, dry
    guest.expect_quiet(12)
    assert not heals(guest) and "22/tcp" not in guest.run("ufw status").stdout

    done = guest.ctl("heal", "firewall.drops", "--once")
    assert "healed" in done.stdout, done
    ended = guest.expect_console(state="OK", ends=told.seq, within=4)
    assert "by the agent, asked by a person (ran " in ended.sentence, ended.text
    guest.expect_login()


def test_firewalld_opens_for_a_time(guest: Guest) -> None:
    allow(guest, "yes")
    everybody_known(guest)
    guest.run("systemctl start firewalld.service")
    permanent = guest.run("firewall-cmd --permanent --list-all").stdout
    without_the_service(guest)
    told = guest.expect_console(id="firewall.rejects", state="CRITICAL", within=4)
    dry = guest.ctl("heal", "firewall.rejects", "--once", "--dry-run")
    opening = "--add-rich-rule=rule family=\"ipv4\" port port=\"22\" protocol=\"tcp\" accept"
    assert f"firewall-cmd --zone=public '{opening}' --timeout=86400" in dry.stdout, dry
    ended = guest.expect_console(state="OK", ends=told.seq, within=30)
    assert "by the agent (ran firewall-cmd --zone=public '--add-rich-rule=rule " in ended.sentence, ended.text
    guest.expect_login()
    assert "port=\"22\"" in guest.run("firewall-cmd --list-rich-rules").stdout
    assert guest.run("firewall-cmd --permanent --list-all").stdout == permanent
    guest.run("firewall-cmd --reload")
    assert guest.run("firewall-cmd --query-service=ssh", check=False).rc == 0, "as it was saved"


def test_only_who_had_access_gets_it_back(guest: Guest) -> None:
    allow(guest, "permanent")
    guest.run("systemctl stop sshguardd; rm -rf /var/lib/sshguardd/* /run/sshguardd/*; "
              "ufw allow from 10.77.0.1 to any port 22 proto tcp; ufw --force enable; systemctl start sshguardd")
    guest.await_agent()
    known(guest)
    guest.run("ufw delete allow from 10.77.0.1 to any port 22 proto tcp")
    told = guest.expect_console(id="firewall.drops", state="CRITICAL", within=4)
    ended = guest.expect_console(state="OK", ends=told.seq, within=30)
    assert "(ran ufw prepend allow from 10.77.0.1 to any port 22 " in ended.sentence, ended.text
    guest.expect_login()
    assert [line.split() for line in guest.run("ufw status").stdout.splitlines() if "ALLOW" in line] == \
        [["22/tcp", "ALLOW", "10.77.0.1"]]


_WANTED = {
    "a restriction to addresses": "ufw allow from 192.0.2.0/24 to any port 22 proto tcp; ufw --force enable",
    "a restriction to an interface": "ufw allow in on wg0 to any port 22 proto tcp; ufw --force enable",
    "a restriction to addresses by an interface":
        "ufw allow in on wg0 from 192.0.2.0/24 to any port 22 proto tcp; ufw --force enable",
    "another address of its own":
        "ip addr add 10.8.0.1/32 dev lo; ufw allow to 10.8.0.1 port 22 proto tcp; ufw --force enable",
    "a rule for the port": "ufw default allow incoming; ufw deny 22/tcp; ufw --force enable",
    "somebody is refused": "ufw allow 22/tcp; ufw prepend deny from {client}; ufw --force enable",
    "a drop zone": "systemctl start firewalld.service; "
                   "firewall-cmd --zone=drop "
                   "--change-interface=$(ip -o route get {client} | sed 's/.* dev \\([^ ]*\\).*/\\1/')",
    "panic mode": "systemctl start firewalld.service; firewall-cmd --panic-on",
}


@pytest.mark.parametrize("wanted", _WANTED)
def test_what_somebody_wants_stays(guest: Guest, wanted: str) -> None:
    allow(guest, "permanent")
    known(guest)
    guest.run(_WANTED[wanted].replace("{client}", client(guest)))
    guest.expect_console(id="firewall.drops", state="CRITICAL", within=10)
    assert remedy(guest, "firewall.drops")["kind"] is None
    guest.expect_quiet(12)
    assert not heals(guest)
    assert tried(guest).rc == 255


def test_rules_of_nftables_are_for_people(guest: Guest) -> None:
    allow(guest, "permanent")
    known(guest)
    nft(guest, "table inet filter { chain input { type filter hook input priority filter; policy drop;"
               "iifname lo accept; ct state established,related accept; }; }")
    told = guest.expect_console(id="firewall.drops", state="CRITICAL", within=4)
    assert "DO: nft insert rule inet filter input " in told.text, told.text
    assert remedy(guest, "firewall.drops")["kind"] is None
    dry = guest.ctl("heal", "firewall.drops", "--dry-run")
    assert "nft insert rule inet filter input " in dry.stdout, dry


def test_an_owner_that_does_not_run_is_told(guest: Guest) -> None:
    allow(guest, "yes")
    known(guest)
    without_the_service(guest)
    guest.run("systemctl kill --signal=KILL firewalld.service")
    # From 2.3 on its table is its own until it is gone.
    guest.wait(lambda: guest.unit("firewalld.service", "ActiveState") == "failed", 10, "firewalld to be gone")
    told = guest.expect_console(id="firewall.rejects", state="CRITICAL", within=4)
    guest.wait(lambda: bool(heals(guest)), 30, "the first try")
    tried_once = heals(guest)[0]
    assert tried_once["outcome"] == "still-broken" and "not running" in tried_once["after"], tried_once
    later = guest.ctl("heal", "firewall.rejects").stdout
    assert "so far, the next 10s after the last" in later or len(heals(guest)) > 1, later
    guest.run("nft delete table inet firewalld")
    guest.expect_console(state="OK", ends=told.seq, within=10)
