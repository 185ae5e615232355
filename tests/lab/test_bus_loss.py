"""What everybody talks through is gone or hangs: D-Bus, PID 1, journald. The agent goes on, and repeats nothing."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sshlab.console import Line
from sshlab.guest import Guest

CONFIG = "/etc/ssh/sshd_config"
BUS = "dbus.socket dbus.service"
JOURNAL_SOCKETS = "systemd-journald.socket systemd-journald-dev-log.socket systemd-journald-audit.socket"
DROPPED = "c3d1a7e05b7f4c0fa4d9e2863b51f07e"

# Fills journald's queue until the kernel takes no more.
_FILL = """
import socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.setblocking(False)
s.connect("/run/systemd/journal/socket")
try:
    while True:
        s.send(b"MESSAGE=filler\\nPRIORITY=7\\n")
except BlockingIOError:
    pass
"""


def agent(guest: Guest) -> int:
    """The process of the agent, without asking systemd."""
    return int(guest.run(["pgrep", "-xo", "sshguardd"]).stdout)


def sshd(guest: Guest) -> int:
    """The listening daemon; 0 where there is none."""
    return int(guest.unit("ssh.service", "MainPID"))


def kill(guest: Guest, signal: str, pid: int) -> None:
    """Sends a signal within the guest."""
    guest.run(["kill", f"-{signal}", str(pid)])


def look(guest: Guest) -> None:
    """Makes the agent look: a file that it watches is touched."""
    guest.run(["touch", CONFIG])


def heals(guest: Guest) -> list[tuple[str, str]]:
    """What was healed so far, and how that ended."""
    return [(heal["id"], heal["outcome"]) for heal in guest.status()["heals"]]


def on_the_bus(guest: Guest) -> bool:
    """Whether the agent has a connection to the message bus."""
    return " sshguardd " in guest.run(["busctl", "list", "--no-legend", "--no-pager"], check=False, timeout=5).stdout


def expect_banner(guest: Guest, within: float = 5.0) -> None:
    """sshd answers. Not a login: pam_systemd waits for a logind that has lost its bus, or its PID 1."""
    guest.wait(lambda: "ssh-" in guest.client(["ssh-keyscan", "-T", "2", "-t", "ed25519", "10.77.0.2"]).stdout,
               within, "sshd to answer", every=0.2)


def expect_healed(guest: Guest, within: float = 15.0) -> Line:
    """sshd is told to have failed and to work again, by the agent."""
    broken = guest.expect_console(id="sshd.failed", state="CRITICAL", within=within)
    return guest.expect_console(id="sshd.failed", state="OK", ends=broken.seq, by="agent", within=within)


def expect_status_goes_on(guest: Guest, times: int = 2) -> None:
    """The agent writes its status, so often that it is not the end of something begun before."""
    for _ in range(times):
        before = guest.status()["time"]
        guest.wait(lambda: guest.status()["time"] != before, 25, "a new status", every=0.5)


@pytest.fixture
def frail_guest(guest: Guest) -> Guest:
    """A guest in which nobody but the agent starts an sshd that was killed."""
    guest.drop_in("ssh.service", "[Service]\nRestart=no\n")
    guest.wait(lambda: on_the_bus(guest), 10, "the agent to be on the bus")
    return guest


@contextlib.contextmanager
def same_agent(guest: Guest, more: int = 1) -> Iterator[None]:
    """The agent lives through the block, and holds hardly more descriptors after it than before."""
    pid, descriptors = agent(guest), guest.cost().descriptors
    yield
    assert agent(guest) == pid
    assert guest.unit("sshguardd", "NRestarts") == "0"
    guest.wait(lambda: guest.run(["pgrep", "-P", str(pid)], check=False).stdout == "", 10, "its children to be gone")
    guest.wait(lambda: guest.cost().descriptors <= descriptors + more, 10, "its descriptors to be closed")


def test_the_bus_is_stopped(frail_guest: Guest) -> None:
    guest = frail_guest
    starts = guest.starts_of("ssh.service")
    with same_agent(guest):
        guest.run(f"systemctl stop {BUS}", check=False)
        expect_status_goes_on(guest)
        assert guest.status()["state"] == "ok"
        kill(guest, "KILL", sshd(guest))
        expect_healed(guest)
        expect_banner(guest)
        mark = guest.mark()
        guest.run(f"systemctl start {BUS}")
        guest.wait(lambda: on_the_bus(guest), 25, "the agent to be on the bus again")
        guest.expect_quiet(5, since=mark)
        assert guest.status()["state"] == "ok"
    assert heals(guest) == [("sshd.failed", "healed")]
    assert guest.starts_of("ssh.service") == starts + 1


def test_the_bus_hangs(frail_guest: Guest) -> None:
    guest = frail_guest
    starts = guest.starts_of("ssh.service")
    with same_agent(guest):
        daemon = int(guest.unit("dbus.service", "MainPID"))
        kill(guest, "STOP", daemon)
        kill(guest, "KILL", sshd(guest))
        expect_healed(guest)
        expect_banner(guest)
        mark = guest.mark()
        expect_status_goes_on(guest)
        assert guest.status()["state"] == "ok"
        kill(guest, "CONT", daemon)
        guest.wait(lambda: on_the_bus(guest), 25, "the agent to be on the bus again")
        guest.expect_quiet(5, since=mark)
    assert heals(guest) == [("sshd.failed", "healed")]
    assert guest.starts_of("ssh.service") == starts + 1


def test_the_bus_dies(frail_guest: Guest) -> None:
    guest = frail_guest
    mark, daemon = guest.mark(), guest.unit("dbus.service", "MainPID")
    with same_agent(guest):
        kill(guest, "KILL", int(daemon))
        guest.wait(lambda: guest.unit("dbus.service", "MainPID") not in ("0", daemon), 15, "another bus")
        guest.wait(lambda: on_the_bus(guest), 25, "the agent to be on it")
        guest.expect_quiet(3, since=mark)
        assert guest.status()["state"] == "ok" and heals(guest) == []
        kill(guest, "KILL", sshd(guest))
        expect_healed(guest)
    assert heals(guest) == [("sshd.failed", "healed")]


def test_systemd_is_reexecuted_and_reloaded(guest: Guest) -> None:
    daemon, mark = sshd(guest), guest.mark()
    with same_agent(guest):
        guest.run("for i in 1 2 3 4 5 6; do systemctl daemon-reexec; systemctl daemon-reload; done", timeout=60)
        guest.run("for i in 1 2 3 4 5 6; do systemctl daemon-reload; done", timeout=60)
        guest.wait(lambda: on_the_bus(guest) and guest.status()["state"] == "ok", 25, "the agent to be well")
        guest.expect_quiet(5, since=mark)
    assert heals(guest) == [] and sshd(guest) == daemon
    # It still hears of changes.
    guest.run("systemctl stop ssh.service ssh.socket")
    guest.expect_console(id="sshd.stopped", state="CRITICAL", within=5)


def test_pid_1_hangs(guest: Guest) -> None:
    daemon, mark = sshd(guest), guest.mark()
    with same_agent(guest):
        with guest.init_stopped():
            look(guest)
            guest.wait(lambda: guest.status()["state"] == "unknown", 15, "the agent to say that it cannot look")
            assert all(unknown["why"] for unknown in guest.status()["unknown"])
            expect_status_goes_on(guest)
            blind = guest.expect_console(state="UNKNOWN", says="Could not look", within=90, since=mark)
        guest.expect_console(state="OK", ends=blind.seq, by="recovered", within=20)
        guest.wait(lambda: guest.status()["state"] == "ok", 20, "the agent to look again")
        guest.expect_quiet(5)
    assert heals(guest) == [] and sshd(guest) == daemon


def test_sshd_dies_while_pid_1_hangs(frail_guest: Guest) -> None:
    guest = frail_guest
    starts, daemon = guest.starts_of("ssh.service"), sshd(guest)
    with same_agent(guest):
        with guest.init_stopped():
            kill(guest, "KILL", daemon)
            guest.wait(lambda: guest.status()["state"] == "unknown", 15, "the agent to say that it cannot look")
            expect_status_goes_on(guest)
            assert heals(guest) == []
        expect_healed(guest)
        expect_banner(guest)
        guest.expect_quiet(5)
    assert heals(guest) == [("sshd.failed", "healed")]
    assert guest.starts_of("ssh.service") == starts + 1


def entries_told(guest: Guest) -> int:
    """How many dropped entries the journal has been told of."""
    guest.run(["journalctl", "--sync"], check=False)
    lines = guest.run(["journalctl", "-b", "-q", "-o", "json", f"MESSAGE_ID={DROPPED}"], check=False).stdout
    return sum(int(json.loads(line)["SSHGUARDD_DROPPED"]) for line in lines.splitlines())


def without_journal(guest: Guest, back: Callable[[], Any]) -> None:
    """The story of a journal that takes nothing, until it is brought back."""
    with same_agent(guest):
        guest.append(CONFIG, "Prot 22\n")
        warned = guest.expect_console(id="sshd.config-invalid", state="WARNING", within=5)
        guest.run(["sed", "-i", "/^Prot 22$/d", CONFIG])
        guest.expect_console(id="sshd.config-invalid", ends=warned.seq, within=5)
        look(guest)  # the status has the count as it was before the last lines were told
        guest.wait(lambda: guest.status()["agent"]["dropped_entries"] >= 2, 5, "two dropped entries in the status")

        def told() -> Line | None:
            look(guest)
            return next((line for line in guest.console_lines() if line.matches(id="journal.unavailable")), None)

        gone = guest.wait(told, 90, "the journal to be missed", every=3)
        assert gone.state == "WARNING"
        assert "journal.unavailable" in guest.findings()
        back()
        look(guest)
        guest.expect_console(id="journal.unavailable", state="OK", ends=gone.seq, within=15)
        guest.wait(lambda: entries_told(guest) == guest.status()["agent"]["dropped_entries"], 15,
                   "the journal to be told of what it missed", every=0.5)
        guest.expect_quiet(3)
    assert heals(guest) == []


def test_journald_is_stopped(guest: Guest) -> None:
    guest.run(f"systemctl stop {JOURNAL_SOCKETS} systemd-journald.service", check=False)
    guest.wait(lambda: guest.unit("systemd-journald.service", "ActiveState") == "inactive", 10, "journald to be gone")
    without_journal(guest, lambda: guest.run(f"systemctl start {JOURNAL_SOCKETS} systemd-journald.service"))


def test_journald_hangs(guest: Guest) -> None:
    journald = int(guest.unit("systemd-journald.service", "MainPID"))
    kill(guest, "STOP", journald)
    guest.run(["python3", "-c", _FILL])
    without_journal(guest, lambda: kill(guest, "CONT", journald))


def test_started_while_the_bus_is_down(frail_guest: Guest) -> None:
    guest = frail_guest
    guest.run("systemctl stop sshguardd")
    guest.run(f"systemctl stop {BUS}", check=False)
    guest.run("systemctl start sshguardd")
    guest.await_agent(10)
    with same_agent(guest, more=8):  # a connection to the bus
        guest.wait(lambda: guest.status()["state"] == "ok", 15, "the agent to look without a bus")
        kill(guest, "KILL", sshd(guest))
        expect_healed(guest)
        expect_banner(guest)
        mark = guest.mark()
        guest.run(f"systemctl start {BUS}")
        guest.wait(lambda: on_the_bus(guest), 25, "the agent to be on the bus")
        guest.expect_quiet(5, since=mark)
    assert heals(guest) == [("sshd.failed", "healed")]


def test_the_agent_hangs(guest: Guest) -> None:
    guest.append(CONFIG, "Prot 22\n")
    warned = guest.expect_console(id="sshd.config-invalid", state="WARNING", within=5)
    mark = guest.mark()
    # The limit of its start holds for the agent that hangs; the one that comes after it has the usual one.
    drop_in = "/run/systemd/system/sshguardd.service.d/lab.conf"
    guest.write(drop_in, "[Service]\nWatchdogSec=10s\n")
    guest.run(f"systemctl daemon-reload; systemctl restart sshguardd; rm {drop_in}; systemctl daemon-reload")
    pid = agent(guest)
    kill(guest, "STOP", pid)
    guest.wait(lambda: guest.unit("sshguardd", "MainPID") not in ("0", str(pid)), 30, "another agent", every=0.2)
    assert "Watchdog timeout" in guest.journal("sshguardd")
    guest.wait(lambda: guest.findings() == {"sshd.config-invalid"}, 10, "the agent to have looked")
    guest.expect_quiet(5, since=mark)
    guest.run(["sed", "-i", "/^Prot 22$/d", CONFIG])
    guest.expect_console(id="sshd.config-invalid", ends=warned.seq, within=5)
