"""The agent's own configuration: strict, reloaded as a whole or not at all, and what somebody lives with."""

from __future__ import annotations

import shlex
from datetime import UTC, datetime, timedelta

from sshlab.guest import Guest
from sshlab.machine import Result

MAIN = "/etc/sshguardd/sshguardd.conf"
DROP_IN = "/etc/sshguardd/sshguardd.conf.d"
BROKEN = "/etc/ssh/sshd_config.d/broken.conf"


def reload(guest: Guest) -> Result:
    """Has the agent read its configuration again."""
    return guest.run(["systemctl", "reload", "sshguardd"], check=False)


def healing(guest: Guest) -> str:
    """Whether the agent heals, in its own words."""
    return str(guest.status()["agent"]["healing"])


def test_a_typo_at_the_start(guest: Guest) -> None:
    guest.write(MAIN, "[heal]\nenabeld = no\nback_off = 2000\n[agent]\nlog_level = debug\n")
    checked = guest.ctl("config", "--check")
    assert (checked.rc, len(checked.stdout.splitlines())) == (1, 2)
    guest.run(["systemctl", "restart", "sshguardd"])
    told = guest.expect_console(id="agent.config", state="WARNING", within=5)
    assert told.sentence.startswith("sshguardd.conf:2: [heal] enabeld: unknown key")
    assert "systemctl reload sshguardd" in told.sentence
    assert healing(guest) == "on"
    shown = guest.ctl("config")
    assert shown.rc == 1 and "\nback_off = 10s\n" in shown.stdout
    assert "allowed: 1 to 600 seconds" in shown.stderr
    assert f"; {MAIN}:5\n" in shown.stdout  # the line that is right

    pid = guest.agent_pid()
    guest.write(MAIN, "[heal]\nenabled = no\n")
    assert reload(guest).rc == 0
    guest.expect_console(id="agent.config", state="OK", ends=told.seq, by="person")
    assert healing(guest).startswith("off:")
    assert guest.agent_pid() == pid
    assert guest.ctl("config", "--check").rc == 0


def test_a_reload_with_an_error_changes_nothing(guest: Guest) -> None:
    guest.write(MAIN, "[heal]\nenabled = no\n")
    assert reload(guest).rc == 0
    assert healing(guest).startswith("off:")
    guest.write(MAIN, "[heal]\nenabled = yes\nback_off = never\n")
    refused = reload(guest)
    assert refused.rc != 0
    told = guest.expect_console(id="agent.config", state="WARNING", says="not reloaded, the old configuration is in force")
    assert "sshguardd.conf:3: [heal]" in told.sentence
    assert healing(guest).startswith("off:"), "nothing of the new one is used, also what is right in it"
    assert guest.unit("sshguardd", "ActiveState") == "active"
    guest.write(MAIN, "[heal]\nenabled = yes\nback_off = 20s\n")
    assert reload(guest).rc == 0
    guest.expect_console(id="agent.config", state="OK", ends=told.seq, by="person")
    assert healing(guest) == "on"


def test_the_last_file_wins_and_the_console_moves(guest: Guest) -> None:
    guest.write(MAIN, "[heal]\nenabled = yes\n[agent]\nconsole = none\n")
    guest.write(f"{DROP_IN}/10-a.conf", "[heal]\nenabled = no\n", mode="600")
    guest.write(f"{DROP_IN}/20-b.conf", "[sshd]\nexpected = yes\n")
    assert reload(guest).rc == 0
    assert healing(guest).startswith("off:")
    shown = guest.ctl("config").stdout
    assert f"; {DROP_IN}/10-a.conf:2\n" in shown and f"; {DROP_IN}/20-b.conf:2\n" in shown
    since = guest.mark()
    guest.write(BROKEN, "Prot 22\n")
    guest.wait(lambda: "sshd.config-invalid" in guest.findings(), 5, "the finding")
    guest.expect_quiet(1, since)
    guest.run(f"rm -r {BROKEN} {shlex.quote(DROP_IN)}")
    guest.wait(lambda: guest.findings() == set(), 5, "its end")
    guest.write(MAIN, "")
    assert reload(guest).rc == 0
    guest.write(BROKEN, "Prot 22\n")
    guest.expect_console(id="sshd.config-invalid", state="WARNING", within=5)


def test_accepted_until_its_time(guest: Guest) -> None:
    guest.run("systemctl disable ssh.service")
    told = guest.expect_console(id="sshd.disabled", state="WARNING", within=5)
    now = datetime.fromisoformat(guest.run("date -u +%Y-%m-%dT%H:%M:%S+00:00").stdout.strip()).astimezone(UTC)
    until = (now + timedelta(seconds=20)).strftime("%Y-%m-%dT%H:%M:%SZ")
    guest.write(MAIN, f"[accept]\nsshd.disabled = subject=ssh.service until={until} reason=a cluster manager\n")
    assert reload(guest).rc == 0
    ended = guest.expect_console(id="sshd.disabled", state="OK", ends=told.seq, by="person", says="a cluster manager")
    assert ended.tag["open"] == "0"
    status = guest.status()
    assert status["state"] == "ok" and guest.ctl("status").rc == 0
    assert status["findings"][0]["accepted"] == {"until": until, "reason": "a cluster manager"}
    assert f"accepted until {until}" in " ".join(guest.ctl("status").stdout.split())
    # It ends by itself, to the second.
    again = guest.expect_console(id="sshd.disabled", state="WARNING", within=30)
    assert again.time >= until
    assert guest.status()["findings"][0]["accepted"] is None


def test_no_sshd_is_expected(guest: Guest) -> None:
    guest.run("systemctl stop ssh.service")
    told = guest.expect_console(id="sshd.stopped", state="CRITICAL", within=5)
    guest.write(MAIN, "[sshd]\nexpected = off\n")
    assert reload(guest).rc == 0
    guest.expect_console(id="sshd.stopped", state="OK", ends=told.seq, by="person", says="[sshd] expected = no")
    assert guest.ctl("status").rc == 0
    assert "No sshd is expected here" in guest.ctl("status").stdout
    since = guest.mark()
    guest.run("systemctl mask ssh.service ssh.socket; systemctl daemon-reload")
    guest.wait(lambda: any(found["id"] == "sshd.masked" for found in guest.status()["findings"]), 5, "the mask is seen")
    guest.expect_quiet(2, since)
    assert guest.findings() >= {"sshd.masked"} and guest.status()["state"] == "ok"
    # What the agent finds at its start is silent as well, and said at once.
    guest.run(["systemctl", "restart", "sshguardd"])
    guest.expect_console(alive=True, state="OK", says="no sshd is expected here", within=5)
    assert {heal["id"] for heal in guest.status()["heals"]} == set()
