"""sshd behind a socket unit: idle is healthy and left alone, and what systemd gave up on comes back."""

from __future__ import annotations

import time

import pytest
from sshlab.guest import Guest

CONFIG = "/etc/ssh/sshd_config"

# Debian's own units of old (bullseye): one sshd for each connection.
_SOCKET_PER_CONNECTION = """[Unit]
Before=sockets.target
Conflicts=ssh.service
ConditionPathExists=!/etc/ssh/sshd_not_to_be_run
[Socket]
ListenStream=22
Accept=yes
[Install]
WantedBy=sockets.target
"""
_SERVICE_PER_CONNECTION = """[Unit]
After=auditd.service
[Service]
EnvironmentFile=-/etc/default/ssh
ExecStart=-/usr/sbin/sshd -i $SSHD_OPTS
StandardInput=socket
RuntimeDirectory=sshd
RuntimeDirectoryPreserve=yes
RuntimeDirectoryMode=0755
"""


def by_socket(guest: Guest) -> None:
    """The socket is enabled and listens, the service is neither."""
    guest.run("systemctl disable --now ssh.service; systemctl enable --now ssh.socket")
    guest.wait(lambda: not guest.findings(), 5, "the agent to be content with the socket")


def by_socket_per_connection(guest: Guest) -> None:
    """The same with Accept=yes."""
    guest.run("systemctl disable --now ssh.service")
    guest.write("/etc/systemd/system/ssh.socket", _SOCKET_PER_CONNECTION)
    guest.write("/etc/systemd/system/ssh@.service", _SERVICE_PER_CONNECTION)
    guest.run("systemctl daemon-reload; systemctl enable --now ssh.socket")
    guest.wait(lambda: not guest.findings(), 5, "the agent to be content with the socket")


def back_off(guest: Guest, seconds: int) -> None:
    """How long the agent waits after a try that did not help."""
    guest.write("/etc/sshguardd/sshguardd.conf", f"[heal]\nback_off = {seconds}\n")
    guest.run("systemctl reload sshguardd")


def socket_is(guest: Guest, state: str, within: float = 5) -> None:
    """Waits for a state of the socket unit."""
    guest.wait(lambda: guest.unit("ssh.socket", "ActiveState") == state, within, f"the socket to be {state}")


def healed(guest: Guest, count: int, within: float) -> None:
    """Waits for so many heals, and for the end of what was told."""
    guest.wait(lambda: [heal["outcome"] for heal in guest.status()["heals"]].count("healed") >= count, within,
               f"{count} heals")
    guest.wait(lambda: not guest.findings(), 5, "all findings to end")


def expect_truth(guest: Guest) -> None:
    """A socket that came back was never said not to have started."""
    assert [line.text for line in guest.console_lines() if "did not start again" in line.sentence] == []


@pytest.mark.parametrize("mode", [by_socket, by_socket_per_connection], ids=["one-service", "per-connection"])
def test_idle_is_healthy_and_is_not_probed(guest: Guest, mode: object) -> None:
    assert callable(mode)
    mode(guest)
    starts, since = guest.starts_of("ssh.service"), guest.run("date +%s.%N").stdout.strip()
    guest.run("systemctl restart sshguardd; sleep 2; sshguardctl check; touch /etc/ssh/sshd_config; sleep 6")
    guest.wait(lambda: guest.status()["state"] == "ok", 5, "a state that is well")
    assert guest.findings() == set()
    assert guest.unit("ssh.socket", "ActiveState") == "active"
    assert guest.unit("ssh.service", "ActiveState") == "inactive"
    assert guest.starts_of("ssh.service") == starts
    log = guest.run(f"journalctl -b -q -o cat --since @{since} _COMM=sshd + _COMM=sshd-session").stdout
    assert "127.0.0.1" not in log and "::1" not in log
    guest.expect_login()
    assert guest.findings() == set() and guest.status()["heals"] == []


def test_five_failing_starts_and_a_mended_file(guest: Guest) -> None:
    by_socket(guest)
    guest.append(CONFIG, "Prot 22\n")
    guest.ssh()
    socket_is(guest, "failed", 10)
    assert guest.unit("ssh.socket", "Result") == "service-start-limit-hit"
    guest.expect_console(id="sshd.config-invalid", state="CRITICAL", says="SSH REFUSED", within=5)
    guest.expect_refused()
    assert guest.status()["heals"] == []
    guest.run(["sed", "-i", "/^Prot 22$/d", CONFIG])
    socket_is(guest, "active")
    # The first client gets in: the service's own start limit is reset as well.
    tried = guest.ssh("echo in")
    assert (tried.rc, tried.stdout) == (0, "in\n"), tried.stderr
    guest.expect_console(id="sshd.config-invalid", state="OK", by="agent", within=5)
    healed(guest, 1, 5)
    expect_truth(guest)


def test_a_trigger_limit_that_was_hit(guest: Guest) -> None:
    by_socket(guest)
    guest.drop_in("ssh.socket", "[Socket]\nTriggerLimitIntervalSec=3s\nTriggerLimitBurst=1\n")
    guest.run("systemctl restart ssh.socket")
    guest.expect_login()
    guest.run("systemctl stop ssh.service", check=False)
    guest.ssh()
    hit = guest.expect_console(id="sshd.failed", state="CRITICAL", within=5,
                               says="ssh.socket failed: trigger limit hit")
    healed(guest, 1, 15)
    guest.expect_console(id="sshd.failed", state="OK", ends=hit.seq, by="agent", within=5)
    assert guest.unit("ssh.service", "ActiveState") == "inactive"
    time.sleep(3)
    guest.expect_login()
    expect_truth(guest)


def test_a_socket_for_each_connection_is_healed(guest: Guest) -> None:
    by_socket_per_connection(guest)
    back_off(guest, 2)
    guest.drop_in("ssh.socket", "[Socket]\nTriggerLimitIntervalSec=3s\nTriggerLimitBurst=2\n")
    guest.run("systemctl restart ssh.socket")
    with guest.session() as session:
        for _ in range(3):
            guest.ssh()
        hit = guest.expect_console(id="sshd.failed", state="CRITICAL", says="trigger limit hit", within=5)
        healed(guest, 1, 15)
        guest.expect_console(id="sshd.failed", state="OK", ends=hit.seq, by="agent", within=5)
        time.sleep(3)
        guest.expect_login()
        assert session.answers()
    assert guest.unit("ssh.service", "ActiveState") == "inactive"
    expect_truth(guest)
