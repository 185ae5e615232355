"""Time goes by in healthy guests: nothing is said, nothing is healed, and who blocks attackers leaves the agent alone.

So many seconds as SSHGUARDD_LAB_SOAK says; the full form is ten minutes (600).
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from sshlab.guest import Cost, Guest
from sshlab.machine import ADDRESS6

SECONDS = float(os.environ.get("SSHGUARDD_LAB_SOAK", "45"))
pytestmark = [pytest.mark.long, pytest.mark.timeout(SECONDS + 300)]

Boot = Callable[..., Guest]

_CONFIG = "/etc/sshguardd/sshguardd.conf.d/soak.conf"
_PROBE_OFTEN = "[probe]\ninterval = 1m\n"  # the shortest that it takes
_LOGIN_EVERY = 10.0


def probes(guest: Guest) -> int:
    """How often sshd has logged a connection from loopback, which only the agent makes."""
    log = guest.run(["journalctl", "-b", "-q", "-o", "cat", "SYSLOG_FACILITY=4", "+", "SYSLOG_FACILITY=10"]).stdout
    return len(re.findall(r"^Connection (?:closed|reset) by (?:127\.0\.0\.1|::1) port", log, re.MULTILINE))


# Healthy variants: what an administrator has made of his sshd. Each says how he logs in afterwards.

def plain(guest: Guest) -> None:
    """As it came."""
    guest.expect_login()


def socket_activated(guest: Guest) -> None:
    """systemd holds the port, and starts sshd for the first who comes."""
    guest.run("systemctl disable --now ssh.service; systemctl enable --now ssh.socket")


def many_ports(guest: Guest) -> None:
    """Three ports, of one family."""
    guest.write("/etc/ssh/sshd_config.d/ports.conf", "Port 22\nPort 2222\nPort 2200\nAddressFamily inet\n")
    guest.run("systemctl restart ssh.service")
    guest.expect_login(port=2222)


def not_expected(guest: Guest) -> None:
    """Nobody wants an sshd here, and there is none."""
    guest.append(_CONFIG, "[sshd]\nexpected = no\n")
    guest.run("dpkg --purge openssh-server", timeout=60)


def match_blocks(guest: Guest) -> None:
    """Users who may only transfer files, into a directory of their own; keys under /etc."""
    guest.run("groupadd transfer; useradd --create-home --groups transfer carol; install -d -m 0755 /srv/transfer; "
              "install -d -m 0755 /etc/ssh/keys; for user in alice carol; do "
              "install -m 0644 /home/alice/.ssh/authorized_keys /etc/ssh/keys/$user; done")
    guest.write("/etc/ssh/sshd_config.d/site.conf",
                "AuthorizedKeysFile /etc/ssh/keys/%u .ssh/authorized_keys\nPermitRootLogin no\n"
                "Match Group transfer\n    ChrootDirectory /srv/transfer\n    ForceCommand internal-sftp\n"
                "    AllowTcpForwarding no\nMatch Address 192.0.2.0/24,2001:db8::/32 User *,!alice\n"
                "    PasswordAuthentication no\nMatch all\n")
    guest.run("systemctl restart ssh.service; rm /home/alice/.ssh/authorized_keys")
    guest.expect_login()
    assert "sftp" in guest.ssh("id", user="carol").stdout


@dataclass
class Soaking:
    """A guest in one of the variants, as it was when the time began."""

    guest: Guest
    variant: Callable[[Guest], None]
    before: Cost
    mark: int
    sshd: str
    probes: int

    def expect_silence(self) -> None:
        """Nothing was said since the time began."""
        said = self.guest.console_lines(self.mark)
        assert not said, f"{self.variant.__name__}: {said[0].text}"


def begin(new_guest: Boot, variant: Callable[[Guest], None]) -> Soaking:
    """Boots a guest, makes the variant of it while the agent is away, and lets the agent say its first lines."""
    guest = new_guest()
    guest.run("systemctl stop sshguardd")
    guest.write(_CONFIG, _PROBE_OFTEN)
    variant(guest)
    start, known = guest.mark(), probes(guest)
    guest.run("rm -rf /run/sshguardd/*; systemctl start sshguardd")
    guest.expect_console(state="OK", since=start, within=15)
    guest.await_agent()
    assert {line.state for line in guest.console_lines(start)} == {"OK"}, guest.console_lines(start)
    if variant not in (socket_activated, not_expected):
        guest.wait(lambda: probes(guest) > known, 15, "the first probe")
    return Soaking(guest, variant, guest.cost(), guest.mark(), guest.unit("ssh.service", "MainPID"), probes(guest))


def test_healthy_guests_are_left_in_peace(new_guest: Boot) -> None:
    all_of_them = [begin(new_guest, variant)
                   for variant in (plain, socket_activated, many_ports, not_expected, match_blocks)]
    begun = time.monotonic()
    login = 0.0
    while (passed := time.monotonic() - begun) < SECONDS:
        for soaking in all_of_them:
            soaking.expect_silence()
        if passed >= login:
            login = passed + _LOGIN_EVERY
            for soaking in all_of_them:
                if soaking.variant not in (socket_activated, not_expected):
                    soaking.guest.expect_login()
        time.sleep(0.5)
    minutes = (time.monotonic() - begun) / 60

    for soaking in all_of_them:
        guest, name = soaking.guest, soaking.variant.__name__
        soaking.expect_silence()
        status, after, probed = guest.status(), guest.cost(), probes(guest) - soaking.probes
        print(f"{name}: {(after.wakeups - soaking.before.wakeups) / minutes:.1f} wakeups a minute, "
              f"{after.cpu - soaking.before.cpu:.2f} s of CPU, {probed} probes, {after.anonymous} KiB")
        found = [one["id"] for one in status["findings"] if one["severity"] != "info" and not one["accepted"]]
        assert status["state"] == "ok" and found == [] and status["heals"] == [], name
        assert after.pid == soaking.before.pid, name
        assert after.descriptors <= soaking.before.descriptors + 1, name
        assert after.anonymous < soaking.before.anonymous + 512, name
        assert guest.unit("ssh.service", "MainPID") == soaking.sshd, name
        if soaking.variant in (socket_activated, not_expected):
            # A probe would start the service that the socket is there to start.
            assert soaking.sshd == "0" and probed == 0, name
        else:
            # Each minute or, where it shares a wakeup, each second one.
            assert int(minutes / 2) <= probed <= minutes + 1, name
        if soaking.variant is not not_expected:
            guest.expect_login(5)


# What Debian installs, and the sharpest mode that there is: it scores a connection that only came and went.
_JAIL = """
[DEFAULT]
backend = systemd
banaction = nftables
[sshd]
enabled = true
mode = aggressive
maxretry = 3
findtime = 1h
"""


def failed_in_jail(guest: Guest) -> int:
    """How many attacks fail2ban has counted."""
    status = guest.run(["fail2ban-client", "status", "sshd"]).stdout
    found = re.search(r"Total failed:\s*(\d+)", status)
    assert found, status
    return int(found[1])


def attacks_seen(guest: Guest) -> list[str]:
    """What sshguard has said of attacks and bans."""
    log = guest.run(["journalctl", "-b", "-q", "-o", "cat", "-t", "sshguard"]).stdout
    return [line for line in log.splitlines() if line.startswith(("Attack from", "Blocking"))]


def test_brute_force_blockers_do_not_count_probes(new_guest: Boot) -> None:
    guest = new_guest()
    guest.write(_CONFIG, _PROBE_OFTEN)
    guest.write("/etc/fail2ban/jail.local", _JAIL)
    guest.run("systemctl start fail2ban.service sshguard.service")
    guest.wait(lambda: guest.run(["fail2ban-client", "status", "sshd"], check=False).rc == 0, 20, "fail2ban's jail")
    guest.wait(lambda: "Now monitoring" in guest.journal("sshguard.service"), 20, "sshguard")

    # More probes within moments than any of them takes from an attacker: one at each start.
    for _ in range(6):
        known = probes(guest)
        guest.run("systemctl restart sshguardd")
        guest.wait(lambda: probes(guest) > known, 15, "a probe")  # noqa: B023 - asked before it changes
    sshd, before, mark = guest.unit("ssh.service", "MainPID"), guest.cost(), guest.mark()
    known = probes(guest)
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        assert [line.text for line in guest.console_lines(mark) if line.state != "OK"] == []
        time.sleep(0.5)
    assert probes(guest) >= known + int(SECONDS / 120)
    assert failed_in_jail(guest) == 0 and attacks_seen(guest) == []

    # They are awake: an attacker is counted by both, and kept out by one of them.
    guesses = 0
    while guesses < 20 and not (failed_in_jail(guest) and attacks_seen(guest)):
        guest.ssh(user="admin")
        guesses += 1
    guest.wait(lambda: failed_in_jail(guest) and attacks_seen(guest), 20, "the attack to be counted")
    assert all("127.0.0.1" not in line and "::1" not in line for line in attacks_seen(guest))
    guest.expect_login(15, address=ADDRESS6)

    assert guest.unit("ssh.service", "MainPID") == sshd
    assert guest.cost().pid == before.pid
    assert guest.status()["heals"] == [] and guest.findings() == set()
