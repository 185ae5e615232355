"""The words of a scenario: break something in a guest, expect it on the console, expect a real login."""

from __future__ import annotations

import contextlib
import json
import os
import select
import shlex
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .console import Line
from .machine import ADDRESS, Failed, Machine, Result, slow
from .roots import Root

# Of systemd's journal entries "Starting X" and "Started X"; a simple service has only the second.
_STARTS = ("7d4958e842da4a758f6c1cdc7b36dcc5", "39f53479d3a045ac8e11786248231fbf")

# Kills sshd as often as systemd restarts it, and no oftener: whoever heals it meanwhile is left alone. The counter of
# the start limit (5 in 10 s) begins at zero, so the sixth kill is the one that is not answered by a restart.
_KILL_UNTIL_FAILED = """
systemctl reset-failed ssh.service
for kill in 1 2 3 4 5 6; do
    pid=$(systemctl show -P MainPID ssh.service)
    kill -KILL "$pid"
    tries=0
    while now=$(systemctl show -P MainPID -P ActiveState ssh.service | tr '\\n' ' '); do
        case $now in *failed*) exit 0 ;; "0 "* | "$pid "* | *activating*) ;; *) break ;; esac
        tries=$((tries + 1)); [ "$tries" -lt 400 ] || exit 1
        sleep 0.02
    done
done
journalctl -b -q -u ssh.service --grep 'Start request repeated too quickly'
"""

_HOLD_LOCK = """
import fcntl, sys
file = open(sys.argv[1], "r+")
fcntl.lockf(file, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


@dataclass(frozen=True)
class Cost:
    """What a process has used: KiB of anonymous memory, descriptors, seconds of CPU (children too), sleeps."""

    pid: int
    anonymous: int
    descriptors: int
    cpu: float
    wakeups: int


class Session:
    """A login that stays open: it answers as long as nobody ended it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def answers(self, within: float = 3.0) -> bool:
        """Sends a line through the session and waits for its echo."""
        assert self._process.stdin is not None and self._process.stdout is not None
        try:
            self._process.stdin.write("still there?\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            return False
        ready, _, _ = select.select([self._process.stdout], [], [], within * slow())
        return bool(ready) and self._process.stdout.readline() == "still there?\n"


class Guest(Machine):
    """A guest as a scenario sees it. `within` is in seconds on a machine of normal speed."""

    def __init__(self, root: Root, disk: str = "512M", name: str | None = None, file_system: str = "ext4") -> None:
        super().__init__(root, disk, name, file_system)
        self._read_up_to = 0

    # Files

    def write(self, path: str, text: str, mode: str | None = None) -> None:
        """Replaces a file (in place, as a careless editor does), making its directories."""
        self.run(f'mkdir -p "$(dirname {shlex.quote(path)})" && cat >{shlex.quote(path)}', input=text)
        if mode is not None:
            self.run(["chmod", mode, path])

    def append(self, path: str, text: str) -> None:
        """Adds to the end of a file."""
        self.run(f"cat >>{shlex.quote(path)}", input=text)

    def read(self, path: str) -> str:
        """The content of a file."""
        return self.run(["cat", path]).stdout

    def put(self, source: Path, path: str) -> None:
        """Copies a file of this machine into the guest."""
        with source.open("rb") as file:
            subprocess.run(self.argv(["cp", "/dev/stdin", path]), stdin=file, check=True, timeout=30)

    # The client's side

    def expect_login(self, within: float = 2.0, user: str = "alice", address: str = ADDRESS, port: int = 22) -> None:
        """A real login works, at the latest after so many seconds."""
        end = time.monotonic() + within * slow()
        while (tried := self.ssh("echo in", user, address, port)).stdout != "in\n":
            if time.monotonic() > end:
                raise Failed(f"no login within {within * slow():g} s: {tried.stderr.strip()} (rc {tried.rc})")
            time.sleep(0.05)

    def expect_refused(self, port: int = 22) -> None:
        """A client sees "Connection refused": nothing listens."""
        tried = self.ssh(port=port)
        if tried.rc != 255 or "Connection refused" not in tried.stderr:
            raise Failed(f"expected a refused connection, got rc {tried.rc}: {tried.stdout}{tried.stderr}")

    @contextlib.contextmanager
    def session(self, user: str = "alice", port: int = 22) -> Iterator[Session]:
        """A login that stays open for the length of the block."""
        process = self.client_popen(self.ssh_argv("cat", user, port=port))
        try:
            session = Session(process)
            if not session.answers():
                raise Failed("the session did not open")
            yield session
        finally:
            process.kill()
            process.communicate()

    # The console

    def mark(self) -> int:
        """This point of the console, for `since`."""
        return len(self.console())

    def expect_console(self, pattern: str | None = None, *, within: float = 2.0, since: int | None = None,
                       state: str | None = None, says: str | None = None, **tag: object) -> Line:
        """Waits for a line of sshguardd, and returns it.

        The line matches a regular expression, has the state word, the text in its sentence, and these keys in its tag
        (`id="sshd.failed"`; `alive=True` for a key without a value). Without `since`, reading goes on after the last
        line that was expected, so that a story is told in its order and nothing is missed in between.
        """
        begin = self._read_up_to if since is None else since
        wanted = {"pattern": pattern, "state": state, "says": says, **tag}
        line: Line = self.wait(
            lambda: next((line for line in self.console_lines(begin)
                          if line.matches(pattern, state=state, says=says, **tag)), None),
            within, f"a console line with { {key: value for key, value in wanted.items() if value is not None} }")
        self._read_up_to = max(self._read_up_to, line.end)
        return line

    def expect_quiet(self, seconds: float, since: int | None = None) -> None:
        """No line of sshguardd for so long."""
        begin = self.mark() if since is None else since
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if lines := self.console_lines(begin):
                raise Failed(f"expected a quiet console, got: {lines[0].text}")
            time.sleep(min(0.2, max(0.0, end - time.monotonic())))

    # The product

    def await_agent(self, within: float = 5.0) -> None:
        """Waits until sshguardd runs and has said all it says at its start."""
        self.wait(lambda: self.unit("sshguardd", "ActiveState") == "active", within, "sshguardd to be active")
        try:
            self.wait(self.console_lines, within, "the first line of sshguardd on the console")
        except Failed:
            # agetty throws away what a terminal has not taken yet when it starts (tcflush(3)): all of it, on a machine
            # that is busy enough. Whoever logs in there reads it above the prompt; scenarios read the console.
            if not self.run("journalctl -b -q -u sshguardd -o cat | grep '^sshd listens on'", check=False).stdout:
                raise
            self.run("systemctl restart sshguardd")
            self.wait(self.console_lines, within, "a line of sshguardd on the console")
        self.wait(self._console_settled, within, "the end of the summary", every=0)
        self._read_up_to = self.mark()

    def _console_settled(self) -> bool:
        before = self.mark()
        time.sleep(0.4)
        return self.mark() == before

    def ctl(self, *arguments: str) -> Result:
        """Runs sshguardctl; its exit status is part of the answer."""
        return self.run(["sshguardctl", *arguments], check=False)

    def status(self) -> dict[str, Any]:
        """What `sshguardctl status --json` says."""
        done = self.ctl("status", "--json")
        try:
            return dict(json.loads(done.stdout))
        except ValueError as error:
            raise Failed(f"no status ({error}), rc {done.rc}: {done.stdout}{done.stderr}") from None

    def findings(self) -> set[str]:
        """The ids of all that is open and more than worth knowing."""
        return {finding["id"] for finding in self.status()["findings"] if finding["severity"] != "info"}

    def worth_knowing(self) -> set[str]:
        """The ids of all that is open and worth knowing, no more."""
        return {finding["id"] for finding in self.status()["findings"] if finding["severity"] == "info"}

    def agent_pid(self) -> int:
        """The process of sshguardd; 0 when it does not run."""
        return int(self.unit("sshguardd", "MainPID"))

    def wakeups(self, pid: int) -> int:
        """How often a process went to sleep so far, all its threads together."""
        lines = self.run(f"cat /proc/{pid}/task/*/status").stdout.splitlines()
        return sum(int(line.split()[1]) for line in lines if line.startswith("voluntary_ctxt_switches"))

    def cost(self) -> Cost:
        """What the agent has used so far."""
        pid = self.agent_pid()
        text = self.run(f"cat /proc/{pid}/status; cat /proc/{pid}/stat; ls /proc/{pid}/fd | wc -l").stdout.splitlines()
        anonymous = next(int(line.split()[1]) for line in text if line.startswith("RssAnon:"))
        ticks = sum(map(int, text[-2].rpartition(")")[2].split()[11:15]))  # utime, stime, and those of its children
        return Cost(pid, anonymous, int(text[-1]), ticks / os.sysconf("SC_CLK_TCK"), self.wakeups(pid))

    # Units

    def unit(self, name: str, what: str) -> str:
        """One property of a unit, as `systemctl show` gives it."""
        return self.run(["systemctl", "show", "-P", what, name]).stdout.strip()

    def journal(self, unit: str) -> str:
        """What a unit, and systemd about it, logged since boot."""
        return self.run(["journalctl", "-b", "--no-pager", "-o", "short-precise", "-u", unit]).stdout

    def starts_of(self, unit: str) -> int:
        """How often systemd has begun to start a unit since boot, also in vain."""
        self.run(["journalctl", "--sync"])
        matches = [f"UNIT={unit}", *(f"MESSAGE_ID={number}" for number in _STARTS)]
        entries = self.run(["journalctl", "-b", "-q", "--no-pager", "-o", "json", *matches]).stdout.splitlines()
        return len({json.loads(entry)["INVOCATION_ID"] for entry in entries})

    def drop_in(self, unit: str, text: str) -> None:
        """Adds a drop-in to a unit and has systemd read it."""
        self.write(f"/etc/systemd/system/{unit}.d/lab.conf", text)
        self.run(["systemctl", "daemon-reload"])

    def sshd_splits(self) -> bool:
        """Connections are served by another program (9.8 and later), which gets its keys from the listener."""
        return self.run("ls /usr/lib/openssh/sshd-session", check=False).rc == 0

    def kill_sshd_until_failed(self) -> None:
        """Kills sshd until systemd gives up on it; sshd may be healed already when this returns."""
        self.run(_KILL_UNTIL_FAILED)

    @contextlib.contextmanager
    def lock_held(self, path: str = "/var/lib/dpkg/lock-frontend") -> Iterator[None]:
        """Somebody in the guest holds a lock as dpkg and apt do it (a POSIX record lock)."""
        holder = self.popen(["python3", "-c", _HOLD_LOCK, path])
        assert holder.stdout is not None
        try:
            if holder.stdout.readline() != "held\n":
                raise Failed(f"nobody could lock {path}: {holder.communicate()[1]}")
            yield
        finally:
            holder.communicate()  # closes its input, which ends it

    # When it went wrong

    def report(self) -> str:
        """All that explains a failed scenario."""
        parts = [f"---- console of {self.name}\n{self.console()}"]
        for command in ("sshguardctl status", "systemctl --no-pager --full status ssh.service sshguardd.service",
                        "journalctl -b --no-pager -o short-precise -u sshguardd -u ssh | tail -n 200"):
            try:
                done = self.run(command, check=False, timeout=10)
                parts.append(f"---- {command}\n{done.stdout}{done.stderr}")
            except Failed as error:
                parts.append(f"---- {command}\n{error}")
        return "\n".join(parts)
