"""The console under stress: stopped, unread, hung up, gone; and what is told once, again, or not at all."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator

import pytest
from sshlab.console import Line, clean, parse
from sshlab.guest import Guest
from sshlab.machine import ADDRESS

DROP_IN = "/etc/ssh/sshd_config.d/99-mine.conf"
CONF = "/etc/sshguardd/sshguardd.conf"
ISSUE = "/run/issue.d/sshguardd.issue"

# A terminal whose other end does what it is told: a line in, a line of JSON out.
_TERMINAL = r"""
import json, os, pty, select, sys, time
master, slave = pty.openpty()
os.set_blocking(master, False)
os.set_blocking(slave, False)
def answer(value): print(json.dumps(value), flush=True)
answer(os.ttyname(slave))
for order in sys.stdin:
    order = order.strip()
    if order == "fill":  # as after hours without a reader
        filled, quiet = 0, 0
        while quiet < 5:  # the kernel moves it on and has room again for a while
            before = filled
            try:
                while True: filled += os.write(slave, b"x")
            except BlockingIOError: time.sleep(0.1)
            quiet = quiet + 1 if filled == before else 0
        answer(filled)
    elif order == "stop": answer(os.write(master, b"\x13"))
    elif order == "go": answer(os.write(master, b"\x11"))
    elif order == "read":  # until nothing comes for two seconds
        text = b""
        while select.select([master], [], [], 2)[0]: text += os.read(master, 65536)
        answer(text.decode(errors="replace"))
"""


class Terminal:
    """A terminal in a guest that nobody reads until told to."""

    def __init__(self, guest: Guest) -> None:
        self._process = guest.popen(["python3", "-c", _TERMINAL])
        self.path = str(self._answer())

    def order(self, word: str) -> object:
        """fill, stop (^S), go (^Q) or read."""
        assert self._process.stdin is not None
        self._process.stdin.write(word + "\n")
        self._process.stdin.flush()
        return self._answer()

    def read(self) -> str:
        """All that has come, and comes until it is quiet."""
        return clean(str(self.order("read")))

    def close(self) -> None:
        """Hangs up for good."""
        self._process.kill()
        self._process.communicate()

    def _answer(self) -> object:
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline())


@pytest.fixture
def terminal(guest: Guest) -> Iterator[Terminal]:
    """A terminal beside the console."""
    terminal = Terminal(guest)
    yield terminal
    terminal.close()


def reports_to(guest: Guest, path: str) -> None:
    """The agent starts anew, with another console."""
    guest.write(CONF, f"[agent]\nconsole = {path}\n")
    guest.run("systemctl restart sshguardd")


def starts_afresh(guest: Guest) -> int:
    """The agent starts as in a new boot; returns the place on the console from where it is read."""
    guest.run("systemctl stop sshguardd; rm /run/sshguardd/ledger.json")
    mark = guest.mark()
    guest.run("systemctl start sshguardd")
    return mark


def memory(guest: Guest) -> int:
    """What the agent has allocated, in kB."""
    return int(guest.run(f"sed -n 's/^RssAnon:[^0-9]*\\([0-9]*\\).*/\\1/p' /proc/{guest.agent_pid()}/status").stdout)


def break_and_mend(guest: Guest, gap: float = 0) -> None:
    """Breaks the configuration and mends it; the status follows."""
    guest.write(DROP_IN, "Prot 22\n")
    guest.wait(lambda: guest.findings() == {"sshd.config-invalid"}, 5, "the status to know the fault")
    guest.run(["rm", DROP_IN])
    guest.wait(lambda: not guest.findings(), 5, "the status to know that it is mended")
    time.sleep(gap)


def whole_lines(text: str) -> list[Line]:
    """The reports in a text, all of whose lines are whole; what was there before is x's only."""
    lines = [line for line in text.split("\n") if line.strip("x")]
    assert all(line.startswith("SSHGUARDD ") and line.endswith("]") and len(line) <= 240 for line in lines), lines
    reports = parse(text)
    assert len(reports) == len(lines)
    return reports


@pytest.mark.parametrize("block", ["fill", "stop"], ids=["unread", "xoff"])
def test_nobody_reads_the_console(guest: Guest, terminal: Terminal, block: str) -> None:
    reports_to(guest, terminal.path)
    guest.wait(lambda: "alive" in terminal.read(), 5, "the first line")
    for _ in range(3):
        break_and_mend(guest)
    terminal.read()
    before = memory(guest)
    terminal.order(block)
    for _ in range(20):
        break_and_mend(guest)
    for _ in range(9):
        break_and_mend(guest, gap=2.1)  # what comes back at once is folded
    guest.kill_sshd_until_failed()
    guest.expect_login()
    guest.wait(lambda: guest.status()["state"] == "ok", 5, "the status to be current")
    assert [heal["outcome"] for heal in guest.status()["heals"]] == ["healed"]
    assert memory(guest) - before < 200
    terminal.order("go")
    told = whole_lines(terminal.read())
    assert told[-1].matches(state="OK", by="agent", id="sshd.failed")
    dropped = [line for line in told if line.matches(dropped=True)]
    assert dropped and dropped[-1].matches(says=f"Dropped {dropped[-1].tag['dropped']} line")
    assert len(told) <= 24
    # Told in their order, and none twice.
    numbers = [int(line.seq) for line in told if "dropped" not in line.tag]
    assert numbers == sorted(set(numbers))


def test_the_console_is_hung_up_at_each_login(guest: Guest) -> None:
    def hang_up() -> None:
        """TTYVHangup=yes: what was written in the moment before is lost to everybody."""
        prompts = guest.console().count("login: ")
        guest.run("systemctl reset-failed console-getty; systemctl restart console-getty")
        guest.wait(lambda: guest.console().count("login: ") > prompts, 10, "the login prompt")

    for _ in range(3):
        hang_up()
        guest.write(DROP_IN, "Prot 22\n")
        warned = guest.expect_console(id="sshd.config-invalid", state="WARNING", within=5)
        hang_up()
        guest.run(["rm", DROP_IN])
        guest.expect_console(ends=warned.seq, state="OK", within=5)


def test_a_console_that_comes_late_and_goes(guest: Guest) -> None:
    reports_to(guest, "/dev/lab-console")
    guest.wait(lambda: guest.findings() == {"agent.selftest"}, 5, "the missing device to be a finding")
    guest.kill_sshd_until_failed()
    guest.expect_login()
    terminal = Terminal(guest)
    guest.run(["ln", "-s", terminal.path, "/dev/lab-console"])
    told: list[Line] = []
    guest.wait(lambda: told.extend(whole_lines(terminal.read())) or any(line.matches(by="agent") for line in told),
               40, "the lines that waited", every=0)
    assert any(line.matches(id="agent.selftest") for line in told)
    terminal.close()
    guest.kill_sshd_until_failed()
    guest.expect_login(within=15)
    assert guest.agent_pid() != 0


@pytest.mark.parametrize("device", ["/dev/full", "/dev/shm/file"])
def test_a_console_that_takes_nothing(guest: Guest, device: str) -> None:
    guest.write("/dev/shm/file", "as it was\n")
    reports_to(guest, device)
    guest.kill_sshd_until_failed()
    guest.expect_login()
    guest.wait(lambda: guest.findings() == {"agent.selftest"}, 70, "the finding")
    told = guest.status()["findings"][0]
    assert device in str(told), told
    assert guest.read("/dev/shm/file") == "as it was\n"
    guest.write(CONF, "")
    mark = guest.mark()
    guest.run("systemctl reload sshguardd")
    guest.expect_console(since=mark, id="agent.selftest", state="OK", by="recovered", within=10)


def test_what_waits_goes_along_to_another_console(guest: Guest, terminal: Terminal) -> None:
    reports_to(guest, terminal.path)
    guest.wait(lambda: "alive" in terminal.read(), 5, "the first line")
    terminal.order("stop")
    guest.write(DROP_IN, "Prot 22\n")
    guest.wait(lambda: guest.findings() == {"sshd.config-invalid"}, 5, "the fault in the status")
    guest.write(CONF, "")
    mark = guest.mark()
    guest.run("systemctl reload sshguardd")
    warned = guest.expect_console(since=mark, id="sshd.config-invalid", state="WARNING", within=5)
    assert "about" not in warned.tag, "the line that waited, not only a repetition"
    guest.expect_console(id="sshd.config-invalid", about=warned.seq, within=5)
    # A third console is told what stands, and it is the same.
    second = Terminal(guest)
    guest.write(CONF, f"[agent]\nconsole = {second.path}\n")
    guest.run("systemctl reload sshguardd")
    told = whole_lines(second.read())
    assert [line.tag["about"] for line in told] == [warned.seq]
    guest.write(CONF, "")
    guest.run("systemctl reload sshguardd")
    guest.run(["rm", DROP_IN])
    guest.expect_console(ends=warned.seq, state="OK", within=5)
    second.close()


def test_the_summary_names_the_machine(guest: Guest) -> None:
    lines = [line for line in guest.console_lines() if "summary" in line.tag]
    count = len(lines)
    assert [line.tag["summary"] for line in lines] == [f"{part}/{count}" for part in range(1, count + 1)]
    assert 3 <= count <= 12 and lines[-1].matches(state="OK", alive=True)
    scanned = guest.client(["ssh-keyscan", "-t", "ed25519", ADDRESS]).stdout
    key = subprocess.run(["ssh-keygen", "-l", "-E", "sha256", "-f", "-"], input=scanned, text=True,
                         capture_output=True, check=True).stdout.split()[1]
    assert any(f"Host key ED25519 {key}." in line.sentence for line in lines)
    told = "\n".join(line.sentence for line in lines)
    assert ADDRESS in told and "fd77::2" in told and "127.0.0.1" not in told
    assert guest.read("/etc/machine-id").strip() in told

    # A restart of the agent is no boot.
    mark = guest.mark()
    guest.run("systemctl restart sshguardd")
    guest.expect_console(alive=True, since=mark, within=5)
    guest.expect_quiet(2, since=guest.mark())
    assert not [line for line in guest.console_lines(mark) if "summary" in line.tag]

    guest.write("/run/cloud-init/instance-data.json", '{"v1": {"instance_id": "i-0lab"}}\n')
    guest.write("/etc/ssh/sshd_config.d/50-key.conf", "HostKey /etc/ssh/other\n")
    guest.run("ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/other; systemctl restart ssh")
    other = guest.run("ssh-keygen -lf /etc/ssh/other").stdout.split()[1]
    mark = starts_afresh(guest)
    guest.expect_console(says=f"ED25519 {other}", since=mark, within=5)
    guest.expect_console("Instance i-0lab, machine ", since=mark, within=5)
    guest.expect_console(state="OK", alive=True, since=mark, within=5)


def test_the_summary_holds_up_nothing(guest: Guest) -> None:
    guest.run("mv /usr/bin/ssh-keygen /root; printf '#!/bin/sh\\nsleep 100\\n' >/usr/bin/ssh-keygen; "
              "chmod 755 /usr/bin/ssh-keygen")
    guest.append("/etc/ssh/sshd_config", "Prot 22\n")
    guest.run("systemctl restart ssh", check=False)
    guest.wait(lambda: guest.unit("ssh", "ActiveState") == "failed", 5, "systemd to give up")
    mark = starts_afresh(guest)
    broken = guest.expect_console(id="sshd.config-invalid", state="CRITICAL", says="SSH REFUSED", since=mark)
    assert "summary" not in broken.tag
    guest.run("sed -i '/^Prot/d' /etc/ssh/sshd_config")
    guest.expect_login(within=3)  # healed while ssh-keygen hangs
    last = guest.expect_console(r" summary=(\d+)/\1\]", since=mark, within=5)
    assert last.matches(alive=True) or last.matches(about=broken.seq)


def test_a_restart_of_the_agent_repeats_nothing(guest: Guest) -> None:
    guest.write(DROP_IN, "Prot 22\n")
    warned = guest.expect_console(id="sshd.config-invalid", state="WARNING")
    mark = guest.mark()
    for _ in range(2):
        agent = guest.agent_pid()
        guest.run("systemctl restart sshguardd")
        guest.wait(lambda agent=agent: guest.agent_pid() not in (0, agent), 5, "the agent to be back")
    guest.expect_quiet(3, since=mark)
    guest.run(["rm", DROP_IN])
    guest.expect_console(ends=warned.seq, state="OK", since=mark)


def test_a_burst_of_edits_is_folded(guest: Guest) -> None:
    mark, edits = guest.mark(), 25
    guest.run(f"for i in $(seq {edits}); do echo Prot >{DROP_IN}; sleep 0.1; echo '\nProt' >{DROP_IN}; sleep 0.1; done",
              timeout=60)
    guest.write(DROP_IN, "\n\nProt\n")
    guest.expect_console("99-mine.conf:3", id="sshd.config-invalid", state="WARNING", since=mark, within=4)
    told = guest.console_lines(mark)
    assert 2 <= len(told) <= 14, [line.text for line in told]  # without folding: about 40
    guest.run(["rm", DROP_IN])
    guest.expect_console(ends=told[0].seq, state="OK", since=mark)


def test_nobody_can_look_for_a_minute(guest: Guest) -> None:
    with guest.init_stopped():
        blind = guest.expect_console(state="UNKNOWN", says="Could not look", unknown=True, within=150)
        assert "DO: " in blind.sentence
        assert "UNKNOWN" in guest.read(ISSUE)
    guest.expect_console(ends=blind.seq, state="OK", says="Can look again", within=15)
    assert guest.read(ISSUE).startswith("sshguardd: OK: ")


def test_the_state_stands_above_the_login_prompt(guest: Guest) -> None:
    guest.wait(lambda: guest.read(ISSUE).startswith("sshguardd: OK: SSH answers"), 3, "the state")
    assert guest.run(["stat", "-c", "%a %U", ISSUE, "/run/issue.d"]).stdout == "644 root\n755 root\n"
    guest.write(DROP_IN, "Prot\\e{red}[2J 22\n")
    guest.expect_console(id="sshd.config-invalid", state="WARNING")
    shown = guest.run("script -qec 'agetty --show-issue' /dev/null </dev/null").stdout
    assert "sshguardd: WARNING: SSH works now; the NEXT sshd RESTART" in shown
    # Once doubled by sshd, once by the encoder; agetty has taken back what was doubled for it.
    assert "Prot" + 4 * "\\" + "e{red}[2J" in shown and "\x1b[31m" not in shown
    guest.run(["rm", DROP_IN])
    guest.wait(lambda: guest.read(ISSUE).startswith("sshguardd: OK: "), 3, "the state")
    guest.run("systemctl stop sshguardd")
    guest.run(f"test ! -e {ISSUE}")
