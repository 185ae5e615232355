"""The guest's own firewall: who is kept out, by which rule, and what a client really sees."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sshlab.guest import Guest
from sshlab.machine import Result
from test_accounts import gets_in

_POLICY = """table inet filter {
  chain input { type filter hook input priority filter; policy drop;
    iifname lo accept
    ct state established,related accept
    icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept
    %s
  }
}
"""


def nft(guest: Guest, rules: str) -> None:
    """Loads rules of nftables."""
    guest.run(["nft", "-f", "-"], input=rules)


def client(guest: Guest) -> str:
    """The client's address, as the guest sees it."""
    return guest.run("cat /var/lib/sshguardd/*/logins").stdout.split()[2]


def known(guest: Guest) -> None:
    """Somebody got in, and the rules of now let him in: the agent has seen both."""
    gets_in(guest)
    source = client(guest)
    guest.run("systemctl reload sshguardd")
    guest.wait(lambda: source in guest.run("cat /var/lib/sshguardd/*/let-in", check=False).stdout, 5,
               "the source in the record")


def tried(guest: Guest) -> Result:
    """A real client, which does not wait for long."""
    return guest.ssh()


def verify(guest: Guest, *arguments: str) -> dict[str, Any]:
    """What sshguardctl verify-flow says of one connection."""
    done = guest.ctl("verify-flow", "--json", *arguments)
    answer = json.loads(done.stdout)
    assert len(answer["flows"]) == 1, answer
    return {"rc": done.rc, **answer["flows"][0]}


BREAKS = {
    "policy": (_POLICY % "", "firewall.drops", "SSH TIMES OUT", "timed out", "policy drop"),
    "reject": (_POLICY % "tcp dport 22 reject with tcp reset", "firewall.rejects", "SSH REFUSED", "Connection refused",
               "tcp dport 22 reject"),
    "prohibited": (_POLICY % "tcp dport 22 reject with icmpx admin-prohibited", "firewall.rejects", "SSH UNREACHABLE",
                   "No route to host", "admin-prohibited"),
    "set": ("table inet filter { set friends { type ipv4_addr; elements = { 192.0.2.1 }; }\n"
            "chain input { type filter hook input priority filter; policy accept;\n"
            "iifname != lo tcp dport 22 ip saddr != @friends drop\n }\n }\n",
            "firewall.drops", "SSH TIMES OUT", "timed out", "@friends drop"),
    "vmap": ("table ip filter { chain input { type filter hook input priority filter; policy accept;\n"
             "iifname != lo tcp dport vmap { 22 : drop, 80 : accept }\n }\n }\n",
             "firewall.drops", "SSH TIMES OUT", "timed out", "vmap"),
    "raw": ("table ip raw { chain prerouting { type filter hook prerouting priority raw;\n"
            "iifname != lo tcp dport 22 drop\n }\n }\n", "firewall.drops", "SSH TIMES OUT", "timed out", "raw prerouting"),
    "output": ("table ip filter { chain output { type filter hook output priority filter;\n"
               "oifname != lo tcp sport 22 drop\n }\n }\n", "firewall.drops", "SSH TIMES OUT", "timed out",
               "filter output"),
}


@pytest.mark.parametrize("name", BREAKS)
def test_nft_rules_keep_somebody_out(guest: Guest, name: str) -> None:
    rules, found, opening, client_says, rule = BREAKS[name]
    known(guest)
    nft(guest, rules)
    told = guest.expect_console(id=found, state="CRITICAL", within=2)
    assert told.sentence.startswith(opening + ": the firewall "), told.text
    [finding] = [one for one in guest.status()["findings"] if one["id"] == found]
    assert any(rule in one["value"] for one in finding["evidence"]), finding
    assert "DO: nft insert rule" in told.text, told.text
    really = tried(guest)
    assert really.rc == 255 and client_says in really.stderr, really
    assert client_says in guest.status()["client_sees"]["message"], guest.status()["client_sees"]
    flow = verify(guest, "--from", client(guest))
    assert flow["rc"] == 2 and flow["client"] in really.stderr and rule in flow["rule"], flow
    # What it says to do helps.
    guest.run(finding["fix"][0])
    guest.expect_console(id=found, state="OK", within=2)
    guest.expect_login()


def test_ufw_enabled_without_ssh(guest: Guest) -> None:
    known(guest)
    guest.run("ufw --force enable")
    told = guest.expect_console(id="firewall.drops", state="CRITICAL", within=4)
    assert "ufw drops everybody by IPv4: " in told.sentence and "DO: ufw prepend allow from " in told.text, told.text
    really = tried(guest)
    assert really.rc == 255 and "timed out" in really.stderr, really
    flow = verify(guest, "--from", client(guest), "--trace")
    assert flow["rc"] == 2 and flow["owner"] == "ufw" and flow["trace"], flow
    guest.run("ufw limit 22/tcp")
    guest.expect_console(id="firewall.drops", state="OK", within=4)
    flow = verify(guest, "--from", client(guest))
    assert flow["rc"] == 0 and flow["usually_accepted"], flow
    guest.expect_login()
    assert guest.findings() == set()


def test_firewalld_without_the_service(guest: Guest) -> None:
    known(guest)
    guest.run("systemctl start firewalld.service")
    guest.wait(lambda: verify(guest, "--from", client(guest))["rc"] == 0, 10, "firewalld's rules to let ssh in")
    assert not guest.findings() & {"firewall.rejects", "firewall.drops"}
    guest.run("firewall-cmd --remove-service=ssh")
    told = guest.expect_console(id="firewall.rejects", state="CRITICAL", within=4)
    assert told.sentence.startswith("SSH UNREACHABLE: firewalld rejects everybody by IPv4: "), told.text
    assert "DO: firewall-cmd --zone=public --add-service=ssh" in told.text, told.text
    really = tried(guest)
    assert really.rc == 255 and "No route to host" in really.stderr, really
    # Nobody is on the bus any more, and its table still filters.
    guest.run("systemctl kill --signal=KILL firewalld.service")
    # From 2.3 on its table is its own until it is gone.
    guest.wait(lambda: guest.unit("firewalld.service", "ActiveState") == "failed", 10, "firewalld to be gone")
    assert verify(guest, "--from", client(guest))["owner"] == "firewalld"
    guest.run("nft delete table inet firewalld")
    guest.expect_console(id="firewall.rejects", state="OK", within=4)
    guest.expect_login()


def costs_little(guest: Guest, change: str) -> None:
    """That change of $i for six seconds, as fast as it goes: silent, and not read each time, which is some wakeups."""
    mark = guest.mark()
    before = guest.cost()
    done = guest.run("end=$(($(date +%s) + 6)); i=0; while [ $(date +%s) -lt $end ]; do "
                     f"i=$((i + 1)); {{ {change}\n}} >&2; done; echo $i")
    guest.expect_quiet(2, mark)
    changes, wakeups = int(done.stdout), guest.cost().wakeups - before.wakeups
    print(f"{changes} changes: {wakeups} wakeups")
    assert changes > 20 and wakeups < changes + 100, (changes, wakeups)


def test_iptables_legacy_by_the_slow_pass_and_at_once_on_a_question(guest: Guest) -> None:
    known(guest)
    guest.run("iptables-legacy -A INPUT ! -i lo -p tcp --dport 22 -j REJECT")
    flow = verify(guest, "--from", client(guest))
    assert flow["rc"] == 2 and flow["client"] == "Connection refused" and "iptables-legacy" in flow["rule"], flow
    assert "Connection refused" in tried(guest).stderr
    told = guest.expect_console(id="firewall.rejects", state="CRITICAL", within=65)
    assert "DO: iptables-legacy -I INPUT -s 10.77.0.1" in told.text, told.text
    guest.run("iptables-legacy -F INPUT")
    guest.expect_console(id="firewall.rejects", state="OK", within=65)


def test_a_restriction_that_was_there_before_is_meant(guest: Guest) -> None:
    guest.run("systemctl stop sshguardd; rm -rf /var/lib/sshguardd/* /run/sshguardd/*")
    bastion = "table ip filter { chain input { type filter hook input priority filter; policy drop; iifname lo accept;" \
              "ct state established accept; ip saddr 192.0.2.1 tcp dport 22 accept; }; }"
    nft(guest, bastion)
    guest.run("systemctl start sshguardd")
    guest.await_agent()
    assert "firewall.partial" in guest.worth_knowing()
    assert not guest.findings() & {"firewall.rejects", "firewall.drops"}, guest.findings()


def test_what_containers_do_to_rules_all_the_time_is_silent(guest: Guest) -> None:
    known(guest)
    guest.run("iptables -N DOCKER; iptables -I FORWARD -o docker0 -j DOCKER; "
              "iptables -t nat -A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE")
    costs_little(guest, "iptables -A DOCKER -d 172.17.0.$((i % 250)) -j ACCEPT")
    assert guest.findings() == set()


def test_verify_flow_without_the_agent(guest: Guest) -> None:
    guest.run("systemctl stop sshguardd")
    done = guest.ctl("verify-flow", "--from", "198.51.100.9")
    assert done.rc == 0 and done.stdout.startswith("ACCEPTED 198.51.100.9 -> "), done
    nft(guest, _POLICY % "ip saddr 10.0.1.0/26 tcp dport 22 accept")
    done = guest.ctl("verify-flow", "--from", "10.0.1.0/26", "--trace")
    assert done.rc == 0 and done.stdout.count("ACCEPTED") == 2 and "handle" in done.stdout, done
    done = guest.ctl("verify-flow", "--from", "gcp-iap")
    assert done.rc == 2 and "DROPPED" in done.stdout and "policy drop" in done.stdout, done
    done = guest.ctl("verify-flow", "--from", "nowhere")
    assert done.rc == 64 and "neither an address" in done.stderr, done
    # Nothing is said of what there is not.
    done = guest.ctl("verify-flow", "--from", "10.0.1.7", "--interface", "typo0")
    assert done.rc == 64 and "there is no interface typo0" in done.stderr and not done.stdout, done
    real = verify(guest, "--from", "10.0.1.7")["interface"]
    assert guest.ctl("verify-flow", "--from", "10.0.1.7", "--interface", real).rc == 0
    done = guest.ctl("verify-flow", "--from", "10.0.1.7", "--to", "fd77::2")
    assert done.rc == 64 and "another family" in done.stderr, done


def test_iptables_alone_tells_of_its_own_tables(guest: Guest) -> None:
    guest.run("mv /usr/sbin/nft /root/nft; iptables -A INPUT -s 192.0.2.0/24 -p tcp --dport 22 -j DROP")
    flow = verify(guest, "--from", "192.0.2.7")
    assert flow["rc"] == 2 and "-s 192.0.2.0/24" in flow["rule"], flow
    assert verify(guest, "--from", "198.51.100.1")["answer"] == "accepted"
    guest.run("/root/nft add table inet other")
    flow = verify(guest, "--from", "198.51.100.1")
    assert flow["rc"] == 3 and "nft(8) is not installed" in flow["why"], flow


def test_saved_rules_that_would_keep_somebody_out(guest: Guest) -> None:
    known(guest)
    guest.run("sed -i s/ENABLED=no/ENABLED=yes/ /etc/ufw/ufw.conf")
    told = guest.expect_console(id="firewall.pending", state="WARNING", within=4)
    assert "ufw will drop 10.77.0.1: " in told.sentence, told.text
    done = guest.ctl("verify-flow", "--boot", "--from", client(guest))
    assert done.rc == 2 and "DROPPED" in done.stdout, done
    fix = verify(guest, "--boot", "--from", client(guest))["fix"]
    guest.run(f"sed -i s/ENABLED=yes/ENABLED=no/ /etc/ufw/ufw.conf; {fix}; "
              "sed -i s/ENABLED=no/ENABLED=yes/ /etc/ufw/ufw.conf")
    guest.expect_console(id="firewall.pending", state="OK", within=4)
    assert guest.ctl("verify-flow", "--boot", "--from", client(guest)).rc == 0


_SOURCES = ("203.0.113.9", "192.0.2.7", "10.1.2.3", "198.51.100.1", "fd77::9")
_SAVED = {
    "ufw limits, and denies some": "ufw limit ssh; ufw deny from 192.0.2.0/24",
    "ufw rejects by default, one may not": "ufw default reject incoming; ufw prepend deny from 203.0.113.9; "
                                           "ufw allow in on eth0 from 10.0.0.0/8 to any port 22,2222 proto tcp",
    "ufw accepts by default": "ufw default allow incoming; ufw deny ssh; ufw allow from 203.0.113.9",
    "nftables.service": "systemctl enable --quiet nftables.service; "
                        "printf '%s\\n' 'flush ruleset' 'table inet filter {' 'set out { type ipv4_addr; flags interval;' "
                        "'elements = { 192.0.2.0/24 }' '}' 'chain input { type filter hook input priority filter;' "
                        "'policy drop;' 'iifname lo accept' 'ct state established accept' 'ip saddr @out reject' "
                        "'ip saddr 10.0.0.0/8 tcp dport { 22, 80 } accept' '}' '}' >/etc/nftables.conf",
    "firewalld": "systemctl enable --quiet firewalld.service; firewall-offline-cmd --quiet --remove-service=ssh; "
                 "firewall-offline-cmd --quiet --zone=trusted --add-source=10.0.0.0/8; "
                 "firewall-offline-cmd --quiet --zone=drop --add-source=192.0.2.0/24",
}


@pytest.mark.parametrize("saved", _SAVED)
def test_the_next_boot_does_what_its_saved_rules_were_said_to_do(guest: Guest, saved: str) -> None:
    guest.run(_SAVED[saved])
    if saved.startswith("ufw"):
        guest.run("sed -i s/ENABLED=no/ENABLED=yes/ /etc/ufw/ufw.conf")
    keys = ("answer", "usually_accepted", "client", "owner")
    foretold = {source: verify(guest, "--boot", "--from", source) for source in _SOURCES}
    # As the boot does it.
    guest.run("systemctl restart " + ("ufw" if saved.startswith("ufw") else saved.removesuffix(".service")) + ".service")
    if saved == "firewalld":
        guest.wait(lambda: "firewalld" in guest.run("nft list tables").stdout, 10, "firewalld's table")
    for source in _SOURCES:
        now = verify(guest, "--from", source)
        assert {key: now[key] for key in keys} == {key: foretold[source][key] for key in keys}, source
    assert {foretold[source]["answer"] for source in _SOURCES} != {"accepted"}
    # Of rules that nobody's program keeps the file has to be changed.
    refused = [one["fix"] for one in foretold.values() if one["rc"] == 2]
    assert refused or saved.startswith("ufw limits"), "what is limited gets in as a rule"
    assert {fix.startswith("change what nftables.service loads") for fix in refused} <= {saved == "nftables.service"}, refused
