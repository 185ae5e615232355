"""sshd breaks in a real guest, heals, and the console says so."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sshlab.console import Line
from sshlab.guest import Guest

NewGuest = Callable[..., Guest]

CONFIG = "/etc/ssh/sshd_config"
DROP_IN = "/etc/ssh/sshd_config.d/99-mine.conf"


def append_typo(guest: Guest) -> str:
    """Breaks sshd's configuration; returns the place as the console names it."""
    line = guest.read(CONFIG).count("\n") + 1
    guest.append(CONFIG, "Prot 22\n")
    return f"sshd_config:{line}"


def mend_typo(guest: Guest) -> None:
    """Takes the line out again."""
    guest.run(["sed", "-i", "/^Prot 22$/d", CONFIG])


def sshd_pid(guest: Guest) -> str:
    """The listening daemon."""
    return guest.unit("ssh.service", "MainPID")


def kill_sshd(guest: Guest) -> None:
    """Kills the listening daemon, once."""
    guest.run(["kill", "-KILL", sshd_pid(guest)])


def expect_end(guest: Guest, first: Line, within: float = 2.0, **tag: str) -> Line:
    """The console ends a finding: `ends` names the line that opened it, or the one that made it worse."""
    end = guest.expect_console(within=within, id=first.tag["id"], ends=True, **tag)
    told = {line.seq for line in guest.console_lines() if line.tag.get("id") == first.tag["id"]}
    assert end.tag["ends"] in told - {end.seq}
    return end


def finding(guest: Guest, name: str) -> dict[str, Any]:
    """An open finding by its id."""
    return next(found for found in guest.status()["findings"] if found["id"] == name)


def test_installed_by_hand(bare_guest: Guest, deb: Path) -> None:
    bare_guest.put(deb, "/root/sshguardd.deb")
    bare_guest.run("dpkg -i /root/sshguardd.deb", timeout=60)
    bare_guest.await_agent()
    assert bare_guest.status()["state"] == "ok"
    assert bare_guest.ctl("status").rc == 0
    bare_guest.expect_login()
    # An upgrade, here to the same version, restarts the agent and leaves sshd alone.
    daemon, agent = sshd_pid(bare_guest), bare_guest.agent_pid()
    bare_guest.run("dpkg -i /root/sshguardd.deb", timeout=60)
    bare_guest.wait(lambda: bare_guest.agent_pid() not in (0, agent), 5, "the agent to be restarted")
    assert sshd_pid(bare_guest) == daemon
    bare_guest.run("dpkg --purge sshguardd", timeout=60)
    assert bare_guest.run("ls -d /etc/sshguardd /run/sshguardd /var/lib/sshguardd", check=False).stdout == ""
    bare_guest.expect_login()


def test_killed_until_the_start_limit_holds(guest: Guest) -> None:
    guest.kill_sshd_until_failed()
    broken = guest.expect_console(id="sshd.failed", state="CRITICAL", says="SSH REFUSED")
    guest.expect_login()
    expect_end(guest, broken, state="OK", by="agent")
    assert [heal["outcome"] for heal in guest.status()["heals"]] == ["healed"]
    assert guest.ctl("status").rc == 0


def test_restarted_on_a_broken_file(guest: Guest) -> None:
    place = append_typo(guest)
    guest.run("systemctl restart ssh", check=False)
    broken = guest.expect_console(id="sshd.config-invalid", state="CRITICAL", says="SSH REFUSED")
    assert place in broken.sentence and "Prot" in broken.sentence
    guest.expect_refused()
    assert guest.ctl("status").rc == 2
    assert guest.status()["client_sees"]["because"] == "sshd.config-invalid"

    # systemd itself tries a few times more before it gives up; from then on nobody does.
    guest.wait(lambda: guest.unit("ssh", "ActiveState") == "failed", 5, "systemd to give up")
    starts = guest.starts_of("ssh.service")
    time.sleep(60)
    assert guest.starts_of("ssh.service") == starts
    guest.expect_refused()

    mend_typo(guest)
    guest.expect_login()
    expect_end(guest, broken, state="OK", by="agent")


def test_warned_before_the_restart(guest: Guest) -> None:
    daemon = sshd_pid(guest)
    with guest.session() as session:
        guest.write(DROP_IN, "Prot 22\n")
        warned = guest.expect_console(id="sshd.config-invalid", state="WARNING", says="NEXT sshd RESTART")
        assert "99-mine.conf:1" in warned.sentence
        assert guest.ctl("status").rc == 1
        guest.expect_quiet(5)
        assert session.answers()
        guest.expect_login()
        guest.run(["rm", DROP_IN])
        ended = expect_end(guest, warned, state="OK")
        assert ended.tag["by"] != "agent"
        assert session.answers()
    assert sshd_pid(guest) == daemon
    assert guest.status()["heals"] == []


def test_sighup_on_a_broken_file(guest: Guest) -> None:
    place = append_typo(guest)
    guest.run(["kill", "-HUP", sshd_pid(guest)])
    broken = guest.expect_console(id="sshd.config-invalid", state="CRITICAL", says="SSH REFUSED")
    assert place in broken.sentence
    guest.expect_refused()
    mend_typo(guest)
    guest.expect_login()
    expect_end(guest, broken, state="OK", by="agent")


def test_no_privilege_separation_directory_while_sshd_is_down(guest: Guest) -> None:
    with guest.lock_held():
        guest.kill_sshd_until_failed()
        broken = guest.expect_console(id="sshd.failed", state="CRITICAL")
        guest.run("test ! -e /run/sshd")
        time.sleep(2)
        assert guest.findings() == {"sshd.failed"}
    guest.expect_login(within=5)
    expect_end(guest, broken, state="OK", by="agent")
    assert not [line for line in guest.console_lines() if line.tag.get("id") == "sshd.config-invalid"]


def test_a_new_port_is_not_applied(guest: Guest) -> None:
    daemon, starts = sshd_pid(guest), guest.starts_of("ssh.service")
    guest.write(DROP_IN, "Port 2222\n")
    time.sleep(10)
    assert (sshd_pid(guest), guest.starts_of("ssh.service")) == (daemon, starts)
    assert guest.status()["heals"] == []
    guest.expect_login()
    guest.expect_refused(port=2222)


@pytest.mark.parametrize("break_it, name, state", [
    ("systemctl stop ssh.service", "sshd.stopped", "CRITICAL"),
    ("systemctl mask --now ssh.service ssh.socket", "sshd.masked", "CRITICAL"),
    ("systemctl disable ssh.service", "sshd.disabled", "WARNING"),
    ("touch /etc/ssh/sshd_not_to_be_run; systemctl restart ssh.service", "sshd.blocked", "CRITICAL"),
], ids=["stop", "mask", "disable", "not-to-be-run"])
def test_wanted_by_a_person(guest: Guest, break_it: str, name: str, state: str) -> None:
    starts = guest.starts_of("ssh.service")
    guest.run(break_it)
    guest.expect_console(id=name, state=state, within=5)
    assert name in guest.findings()
    time.sleep(15)
    assert guest.starts_of("ssh.service") == starts
    assert guest.status()["heals"] == []
    if state == "CRITICAL":
        guest.expect_refused()
    else:
        guest.expect_login()


def test_the_package_manager_is_at_work(guest: Guest) -> None:
    with guest.lock_held():
        guest.kill_sshd_until_failed()
        broken = guest.expect_console("(?i)dpkg|package", id="sshd.failed", state="CRITICAL")
        remedy = finding(guest, "sshd.failed")["remedy"]
        assert remedy["state"] == "withheld" and "lock" in remedy["why"]
        time.sleep(5)
        guest.expect_refused()
    guest.expect_login(within=5)
    expect_end(guest, broken, state="OK", by="agent")


def test_openssh_is_reinstalled_five_times(guest: Guest) -> None:
    for _ in range(5):
        guest.run("apt-get install -y --reinstall openssh-server", timeout=60)
    guest.expect_login()
    guest.wait(lambda: not guest.findings(), 5, "the last finding to end")
    assert guest.status()["heals"] == []
    assert [line.text for line in guest.console_lines() if line.tag.get("by") == "agent"] == []


def test_the_agent_is_killed_while_it_heals(guest: Guest) -> None:
    guest.drop_in("ssh.service", "[Service]\nRestart=no\nExecStartPre=/bin/sleep 3\n")
    starts, agent = guest.starts_of("ssh.service"), guest.agent_pid()
    kill_sshd(guest)
    guest.wait(lambda: guest.unit("ssh", "ActiveState") == "activating", 2, "the heal to begin", every=0.02)
    guest.run(["kill", "-KILL", str(agent)])
    guest.wait(lambda: guest.agent_pid() not in (0, agent), 3, "the agent to be back")
    guest.expect_login(within=6)
    time.sleep(6)
    assert guest.starts_of("ssh.service") == starts + 1
    guest.expect_login()
    guest.wait(lambda: not guest.findings(), 2, "the finding to end")
    assert [heal["outcome"] for heal in guest.status()["heals"]] == ["healed"]
    guest.expect_console(id="sshd.failed", state="OK", by="agent")


def test_a_healthy_guest_is_left_alone(guest: Guest) -> None:
    time.sleep(10)  # the second looks that follow a boot
    agent, minutes = guest.agent_pid(), 2
    before, console = guest.wakeups(agent), guest.mark()
    guest.expect_quiet(minutes * 60, since=console)
    assert guest.wakeups(agent) - before <= 6 * minutes
    assert guest.agent_pid() == agent
    assert (guest.findings(), guest.status()["heals"]) == (set(), [])
