"""sshd's privilege separation directory: gone or unsafe under a living sshd, and while it is down."""

from __future__ import annotations

import pytest
from sshlab.guest import Guest
from sshlab.machine import ADDRESS

PLACE = "/run/sshd"


def pauses(guest: Guest) -> None:
    """Holds the agent back, so that a client can be asked what it sees."""
    guest.ctl("pause", "10m")


def resets_as_predicted(guest: Guest) -> None:
    """A client gets the words that the status has."""
    sees = guest.status()["client_sees"]
    assert sees["symptom"] == "reset" and sees["message"].startswith("Connection reset by ")
    client = guest.plain_ssh()
    assert client.rc == 255 and f"Connection reset by {ADDRESS} port 22" in client.stderr, client.stderr


def test_gone_under_a_living_sshd(guest: Guest) -> None:
    sshd = guest.unit("ssh.service", "MainPID")
    with guest.session() as session:
        pauses(guest)
        guest.run(f"rmdir {PLACE}")
        told = guest.expect_console(state="CRITICAL", id="sshd.privsep-dir", within=3)
        assert told.sentence.startswith("SSH RESETS: /run/sshd is missing")
        resets_as_predicted(guest)
        guest.ctl("resume")
        ended = guest.expect_console(state="OK", id="sshd.privsep-dir", ends=told.seq, by="agent", within=5)
        assert ended.tag["open"] == "0"
        assert guest.run(["stat", "-c", "%a %U:%G", PLACE]).stdout == "755 root:root\n"
        guest.expect_login()
        assert session.answers()
    assert guest.unit("ssh.service", "MainPID") == sshd, "no restart is needed for it"
    heals = guest.status()["heals"]
    assert [(heal["id"], heal["remedy"], heal["outcome"]) for heal in heals] == [
        ("sshd.privsep-dir", "make-privsep-dir", "healed")]


@pytest.mark.parametrize("how", ["chmod 0777", "chown alice"])
def test_unsafe(guest: Guest, how: str) -> None:
    """Before 9.8 each connection looks at it, later the start alone: and there systemd makes it anew."""
    pauses(guest)
    told = None
    guest.run(f"{how} {PLACE}")
    if not guest.sshd_splits():
        told = guest.expect_console(state="CRITICAL", id="sshd.privsep-dir", says="SSH RESETS", within=3)
        resets_as_predicted(guest)
    else:
        guest.wait(lambda: "sshd.privsep-dir" in guest.worth_knowing(), 3, "the finding")
        guest.expect_login()
        assert guest.status()["state"] == "ok"
    assert f"{PLACE} is unsafe" in guest.ctl("status").stdout
    guest.ctl("resume")
    guest.wait(lambda: guest.run(["stat", "-c", "%a %U", PLACE]).stdout == "755 root\n", 5, "the directory to be mended")
    if told:
        guest.expect_console(state="OK", id="sshd.privsep-dir", ends=told.seq, by="agent", within=5)
    guest.expect_login()


def test_a_link_in_its_place_is_left_alone(guest: Guest) -> None:
    guest.run(f"rmdir {PLACE} && ln -s /home/alice/nowhere {PLACE}")
    told = guest.expect_console(state="CRITICAL", id="sshd.privsep-dir", within=3)
    assert "is no directory" in told.sentence
    guest.expect_quiet(2)
    assert guest.run(["readlink", PLACE]).stdout == "/home/alice/nowhere\n"
    assert guest.run("ls /home/alice").stdout == ""
    guest.run(f"rm {PLACE} && install -d {PLACE}")
    guest.expect_console(state="OK", id="sshd.privsep-dir", ends=told.seq, within=5)
    guest.expect_login()


def test_a_stopped_unit_needs_none(guest: Guest) -> None:
    guest.run("systemctl stop ssh.service")
    guest.expect_console(state="CRITICAL", id="sshd.stopped", within=5)
    assert guest.findings() == {"sshd.stopped"}
    guest.run("systemctl start ssh.service")
    guest.expect_console(state="OK", id="sshd.stopped", ends=True, within=5)
    guest.expect_login()


def test_healing_it_can_be_switched_off(guest: Guest) -> None:
    guest.write("/etc/sshguardd/sshguardd.conf", "[heal]\nmake_privsep_dir = no\n")
    guest.run(["systemctl", "reload", "sshguardd"])
    guest.run(f"rmdir {PLACE}")
    told = guest.expect_console(state="CRITICAL", id="sshd.privsep-dir", within=3)
    assert "make_privsep_dir = no" in told.sentence
    guest.expect_quiet(2)
    guest.run(f"install -d {PLACE}")
    guest.expect_console(state="OK", id="sshd.privsep-dir", ends=told.seq, by="person", within=5)
    guest.expect_login()
