"""Tries that do not help, heals that somebody undoes, and what a person has to switch on."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass

import pytest
from sshlab.guest import Guest
from sshlab.machine import slow

CONFIG = "/etc/ssh/sshd_config"
OWN_CONFIG = "/etc/sshguardd/sshguardd.conf"
HEAL = "9a48c3f1260d4be7854ef7d20b6ca936"

# Tests and questions pass, serving does not, unless the configuration says so.
_WRAPPER = """#!/bin/sh
for word; do
    case $word in -t | -T | -G) exec /usr/sbin/sshd.real "$@" ;; esac
done
grep -q '^# mended' /etc/ssh/sshd_config && exec /usr/sbin/sshd.real "$@"
exit 1
"""


@dataclass(frozen=True)
class Try:
    """A remedy as the agent's journal tells it: when it began, in seconds, and what came of it."""

    began: float
    remedy: str
    outcome: str


def tries(guest: Guest) -> list[Try]:
    """All tries of this boot, in order."""
    out = guest.run(["journalctl", "-b", "-q", "--no-pager", "-o", "json", f"MESSAGE_ID={HEAL}"]).stdout
    return [Try(int(entry["_SOURCE_REALTIME_TIMESTAMP" if "_SOURCE_REALTIME_TIMESTAMP" in entry
                          else "__REALTIME_TIMESTAMP"]) / 1e6 - int(entry["SSHGUARDD_TOOK_MS"]) / 1e3,
                entry["SSHGUARDD_REMEDY"], entry["SSHGUARDD_OUTCOME"])
            for entry in map(json.loads, out.splitlines())]


def outcomes(guest: Guest) -> list[str]:
    """What came of them."""
    return [one.outcome for one in tries(guest)]


def gaps(guest: Guest) -> list[float]:
    """The seconds between the begins of two tries."""
    began = [one.began for one in tries(guest)]
    return [later - earlier for earlier, later in zip(began, began[1:], strict=False)]


def configure(guest: Guest, text: str) -> None:
    """Has the agent use another configuration of its own."""
    guest.write(OWN_CONFIG, text)
    guest.run(["systemctl", "reload", "sshguardd"])


def no_help_of_systemd(guest: Guest) -> None:
    """The first end of sshd is a failure; without it systemd starts sshd again, up to its limit."""
    guest.drop_in("ssh.service", "[Service]\nRestart=no\n")


def break_for_good(guest: Guest) -> None:
    """Replaces sshd by one that never serves, and ends the one that does."""
    no_help_of_systemd(guest)
    guest.write("/usr/sbin/sshd.new", _WRAPPER, mode="755")
    guest.run("ln /usr/sbin/sshd /usr/sbin/sshd.real && mv /usr/sbin/sshd.new /usr/sbin/sshd")
    kill_sshd(guest)


def kill_sshd(guest: Guest, signal: str = "KILL") -> None:
    """Ends the listening daemon."""
    guest.run(["kill", f"-{signal}", guest.unit("ssh.service", "MainPID")])


def await_tries(guest: Guest, count: int, within: float) -> None:
    """Waits for so many tries."""
    guest.wait(lambda: len(tries(guest)) >= count, within, f"{count} tries", every=0.3)


def await_heals(guest: Guest, count: int, within: float = 5) -> None:
    """Waits for so many heals, and that their end was told."""
    guest.wait(lambda: outcomes(guest).count("healed") >= count, within, f"{count} heals", every=0.1)
    guest.wait(lambda: "sshd.failed" not in guest.findings(), within, "the finding to end")


def told(guest: Guest, text: str) -> list[str]:
    """The lines on the console that say so."""
    return [line.text for line in guest.console_lines() if text in line.sentence]


@pytest.mark.long
@pytest.mark.timeout(900)
def test_seven_tries_and_then_one_now_and_then(guest: Guest) -> None:
    configure(guest, "[heal]\nback_off = 1\n")
    break_for_good(guest)
    broken = guest.expect_console(id="sshd.failed", state="CRITICAL")
    await_tries(guest, 4, 10)
    guest.run("systemctl restart sshguardd")  # the ledger knows how far it was
    frozen = guest.expect_console(id="sshd.failed", says="the agent gave up after 7 tries, now one each 3m", within=70)
    assert "DO: journalctl -u ssh.service" in frozen.sentence
    assert guest.findings() == {"sshd.failed", "agent.frozen"}
    given_up = next(one for one in guest.status()["findings"] if one["id"] == "agent.frozen")
    assert given_up["caused_by"] == "sshd.failed"

    await_tries(guest, 8, 200)
    wanted = [1, 2, 4, 8, 16, 30, 180]
    assert [gap for gap, due in zip(gaps(guest), wanted, strict=True) if not due - 0.1 <= gap <= due + 1] == [], \
        gaps(guest)
    assert set(outcomes(guest)) == {"still-broken"}

    # Other evidence thaws.
    guest.append(CONFIG, "# mended\n")
    guest.expect_login(within=4)
    guest.expect_console(id="sshd.failed", state="OK", ends=broken.seq, by="agent", within=3)
    assert guest.findings() == set()
    assert len(told(guest, "gave up")) == 1


def test_what_was_put_right_is_tried_at_once(guest: Guest) -> None:
    configure(guest, "[heal]\nback_off = 3\n")
    break_for_good(guest)
    await_tries(guest, 3, 15)  # the next is 12 seconds away
    guest.run("mv /usr/sbin/sshd.real /usr/sbin/sshd")
    await_tries(guest, 4, 5)
    assert gaps(guest)[2] < 9, gaps(guest)
    assert outcomes(guest)[-1] == "healed"
    guest.expect_login()
    guest.expect_console(id="sshd.failed", state="OK", by="agent", within=3)
    assert guest.findings() == set()


def test_other_content_of_a_file_starts_the_schedule_anew(guest: Guest) -> None:
    configure(guest, "[heal]\nback_off = 3\n")
    break_for_good(guest)
    await_tries(guest, 3, 15)
    guest.append(CONFIG, "# another thought, which does not help\n")
    await_tries(guest, 5, 8)
    third, fourth = gaps(guest)[2:4]
    assert third < 9 and 2.9 <= fourth <= 4, gaps(guest)
    assert set(outcomes(guest)) == {"still-broken"}


def test_who_kills_what_is_healed_is_left_alone(guest: Guest) -> None:
    configure(guest, "[heal]\nback_off = 1\n")
    no_help_of_systemd(guest)
    for heals in (1, 2):
        kill_sshd(guest)
        await_heals(guest, heals)
    kill_sshd(guest)
    fight = guest.expect_console(says="somebody undid it twice in an hour", within=5)
    assert "DO: journalctl -u ssh.service" in fight.sentence and fight.state == "CRITICAL"
    assert guest.findings() == {"sshd.failed", "agent.fight"}
    guest.run("systemctl restart sshguardd")
    time.sleep(6)  # the next try would have been due twice
    guest.expect_refused()
    assert outcomes(guest) == ["healed", "healed"]
    assert len(told(guest, "somebody undid")) == 1

    guest.append(CONFIG, "# somebody looked after it\n")
    guest.expect_login(within=4)
    guest.wait(lambda: guest.findings() == set(), 3, "the findings to end")
    assert outcomes(guest) == ["healed"] * 3


def test_who_ends_what_is_started_is_left_alone(guest: Guest) -> None:
    configure(guest, "[heal]\nback_off = 1\nstart_sshd = yes\nstart_sshd_after = 10\n")
    for heals in (1, 2):
        kill_sshd(guest, "TERM")  # a clean end
        guest.expect_console(id="sshd.stopped", state="CRITICAL", within=4)
        await_heals(guest, heals, 14)
        guest.expect_console(id="sshd.stopped", state="OK", by="agent", within=3)
    kill_sshd(guest, "TERM")
    guest.expect_console(says="somebody undid it twice in an hour", within=5)
    assert guest.findings() == {"sshd.stopped", "agent.fight"}
    assert [one.remedy for one in tries(guest)] == ["start", "start"]


def test_packages_and_restarts_are_no_fight(guest: Guest) -> None:
    configure(guest, "[heal]\nback_off = 1\n")
    no_help_of_systemd(guest)
    kill_sshd(guest)
    await_heals(guest, 1)
    for heals in (2, 3):
        guest.run("systemctl restart ssh.service; systemctl restart ssh.service")  # as cloud-init does
        with guest.lock_held():
            kill_sshd(guest)
            guest.wait(lambda: "sshd.failed" in guest.findings(), 5, "the failure to be seen")
        await_heals(guest, heals, 8)
    kill_sshd(guest)
    await_heals(guest, 4, 8)  # the first one that counts
    assert told(guest, "undid") == [] and guest.findings() == set()
    guest.expect_login()


def test_a_stopped_sshd_is_started_after_its_grace_time(guest: Guest) -> None:
    configure(guest, "[heal]\nstart_sshd = yes\nstart_sshd_after = 10\n")
    guest.run("systemctl stop ssh.service")
    stopped = time.monotonic()
    line = guest.expect_console(id="sshd.stopped", state="CRITICAL", within=3)
    assert "NEXT: the agent starts sshd 10s after it was stopped" in line.sentence
    while time.monotonic() < stopped + 8:
        assert guest.unit("ssh.service", "ActiveState") == "inactive"
        time.sleep(0.5)
    guest.expect_login(within=6)
    assert time.monotonic() - stopped >= 10
    guest.expect_console(id="sshd.stopped", state="OK", ends=line.seq, by="agent", within=3)
    assert [(one.remedy, one.outcome) for one in tries(guest)] == [("start", "healed")]


def test_who_starts_it_himself_gets_a_new_grace_time(guest: Guest) -> None:
    configure(guest, "[heal]\nstart_sshd = yes\nstart_sshd_after = 10\n")
    for _ in range(2):
        guest.run("systemctl stop ssh.service")
        guest.expect_console(id="sshd.stopped", state="CRITICAL", within=3)
        time.sleep(5)
        guest.run("systemctl start ssh.service")
        guest.expect_console(id="sshd.stopped", state="OK", by="person", within=3)
    assert tries(guest) == []


@pytest.mark.parametrize("how", ["disable --now", "mask --now", "mask --runtime --now"])
def test_what_is_switched_off_is_never_started(guest: Guest, how: str) -> None:
    configure(guest, "[heal]\nstart_sshd = yes\nstart_sshd_after = 10\n")
    guest.run(f"systemctl {how} ssh.service")
    guest.wait(lambda: "critical" in {one["severity"] for one in guest.status()["findings"]}, 5, "it to be told")
    time.sleep(16)
    guest.expect_refused()
    assert tries(guest) == []


def test_where_no_sshd_is_expected_nobody_starts_one(guest: Guest) -> None:
    configure(guest, "[heal]\nstart_sshd = yes\nstart_sshd_after = 10\nback_off = 1\n[sshd]\nexpected = no\n")
    no_help_of_systemd(guest)
    guest.expect_quiet(1)
    since = guest.mark()
    kill_sshd(guest)
    guest.expect_quiet(8 * min(slow(), 2), since=since)
    guest.run("systemctl reset-failed ssh.service; systemctl stop ssh.service")
    guest.expect_quiet(14, since=since)
    guest.expect_refused()
    assert tries(guest) == [] and guest.ctl("status").rc == 0
