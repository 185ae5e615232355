"""A machine: a real system that boots in about a second and is gone without a trace."""

from __future__ import annotations

import contextlib
import itertools
import os
import shlex
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from .console import Console, Line
from .roots import Root
from .spaces import Run, isolated, remove_cgroup

LAUNCH = Path(__file__).with_name("launch.sh")
ADDRESS = "10.77.0.2"
ADDRESS6 = "fd77::2"

_SSH_OPTIONS = ("-F", "/dev/null", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no",
                "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", "-o", "ConnectTimeout=3",
                "-o", "IdentitiesOnly=yes")


def slow() -> float:
    """By how much this machine may be slower than the product's limits assume."""
    return float(os.environ.get("SSHGUARDD_LAB_SLOW", "1"))


@dataclass(frozen=True)
class Result:
    """What a command did."""

    command: str
    rc: int
    stdout: str
    stderr: str


class Failed(AssertionError):
    """A command in the guest failed, or something expected did not come in time."""


class Machine:
    """Starts, reaches and removes one guest. What scenarios say about it is in `guest.Guest`."""

    alive: set[Machine] = set()
    _numbers = itertools.count(1)

    def __init__(self, root: Root, disk: str = "512M", name: str | None = None,
                 file_system: str = "ext4") -> None:
        self.root = root
        run, number = Run.current(), next(self._numbers)
        # Always as long: what the console cuts of a line goes by it.
        self.name = name or f"lab-{os.getpid() % 100000:05}-{number:02x}"
        self._disk = [disk, file_system]
        self._directory = run.directory / str(number)
        self._cgroup = run.cgroup / str(number)
        self.console_file = self._directory / "console"
        self._console = Console(self.console_file)
        self._process: subprocess.Popen[bytes] | None = None
        self._client = self._leader = 0

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException as error:
            text = self._console.text()
            self.close()
            if isinstance(error, Failed):
                raise Failed(f"{error}; its console:\n{text}") from error
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _start(self) -> None:
        self._directory.mkdir()
        self._cgroup.mkdir()
        self.alive.add(self)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ready, \
                (self._directory / "launch.log").open("wb") as log:
            ready.bind(str(self._directory / "notify"))
            launch = shlex.join(isolated(
                str(LAUNCH), str(self._directory), self.name, ":".join(map(str, self.root.layers)), *self._disk,
                network=True))
            # In its cgroup first, so that the cgroup name space begins there.
            self._process = subprocess.Popen(
                ["sh", "-c", f"echo $$ >{self._cgroup}/cgroup.procs && exec {launch}"],
                stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True)
            self._await_boot(ready)
        self._client = self._first_process(depth=1)
        self._leader = self._first_process(depth=2)

    def _await_boot(self, ready: socket.socket, within: float = 30.0) -> None:
        """Waits for systemd in the guest to say that its boot is finished."""
        assert self._process is not None
        end = time.monotonic() + within * slow()
        ready.settimeout(0.1)
        while True:
            try:
                if b"READY=1" in ready.recv(4096):
                    return
            except TimeoutError:
                log = (self._directory / "launch.log").read_text(errors="replace")
                if self._process.poll() is not None:
                    raise Failed(f"the guest did not start: {log}") from None
                if time.monotonic() > end:
                    raise Failed(f"the guest did not boot within {within:g} s: {log}") from None

    def _first_process(self, depth: int) -> int:
        """Process 1 of the pid name space that many levels below ours, by our own numbering."""
        for file in self._cgroup.rglob("cgroup.procs"):
            for pid in file.read_text().split():
                numbers = _pid_in_each_space(pid)
                if len(numbers) == depth + 1 + _OWN_DEPTH and numbers[-1] == "1":
                    return int(pid)
        raise Failed("the guest has no process 1")

    def close(self) -> None:
        """Removes the guest at once, whatever state it is in."""
        self.alive.discard(self)
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            assert self._process.stdin is not None
            self._process.stdin.close()
            self._process = None
        remove_cgroup(self._cgroup)
        shutil.rmtree(self._directory, ignore_errors=True)

    def running(self) -> bool:
        """Whether the guest is still there: it is not after it has powered off."""
        return self._process is not None and self._process.poll() is None

    def poweroff(self, within: float = 20.0) -> None:
        """An orderly shutdown, as the button of the VM asks for it."""
        os.kill(self._leader, signal.SIGRTMIN + 4)
        self.wait(lambda: not self.running(), within, "the guest to power off")

    def reboot(self, within: float = 30.0) -> None:
        """An orderly reboot: the disk stays. Returns when process 1 is another, which is long before the boot is done."""
        old = self._leader
        os.kill(old, signal.SIGRTMIN + 5)

        def other() -> bool:
            try:
                self._leader = self._first_process(depth=2)
            except (Failed, OSError):
                return False
            return self._leader != old

        self.wait(other, within, "the guest to reboot")

    def freeze(self) -> None:
        """Stops every process of the guest, as a paused VM."""
        self._set_frozen(True)

    def thaw(self) -> None:
        """Lets a frozen guest go on."""
        self._set_frozen(False)

    def _set_frozen(self, frozen: bool) -> None:
        group = self._cgroup / "payload"
        (group / "cgroup.freeze").write_text(str(int(frozen)))
        self.wait(lambda: f"frozen {int(frozen)}" in (group / "cgroup.events").read_text(), 5, "the freezer")

    @contextlib.contextmanager
    def init_stopped(self) -> Iterator[None]:
        """Process 1 of the guest does nothing for the length of the block (a signal that only comes from outside)."""
        os.kill(self._leader, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self._leader, signal.SIGCONT)

    def wait(self, predicate: Callable[[], Any], within: float, what: str, every: float = 0.05) -> Any:
        """Asks again and again until the answer is true, and returns it."""
        end = time.monotonic() + within * slow()
        while not (answer := predicate()):
            if time.monotonic() > end:
                raise Failed(f"waited {within * slow():g} s in vain for {what}")
            time.sleep(every)
        return answer

    def run(self, command: str | list[str], check: bool = True, timeout: float = 30,
            input: str | None = None) -> Result:  # noqa: A002 - the name that subprocess uses
        """Runs a command as root in the guest, beside its systemd: works while PID 1 or D-Bus are stuck."""
        argv = ["sh", "-c", command] if isinstance(command, str) else command
        result = _finish(self.popen(argv), argv, timeout * slow(), input)
        if check and result.rc != 0:
            raise Failed(f"{result.command!r} gave {result.rc}\n{result.stdout}{result.stderr}")
        return result

    def popen(self, argv: list[str]) -> subprocess.Popen[str]:
        """Starts a process in the guest and leaves it running."""
        return _spawn(self.argv(argv))

    def argv(self, argv: list[str]) -> list[str]:
        """The command line that runs a program in the guest, from this machine."""
        clean = ["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LANG=C.UTF-8",
                 f"TERM={os.environ.get('TERM', 'dumb')}", "DEBIAN_FRONTEND=noninteractive"]
        return ["nsenter", "-t", str(self._leader), "-a", "--", *clean, *argv]

    def beside(self, argv: list[str]) -> subprocess.Popen[str]:
        """Starts a program of this machine on the guest's own network, with this machine's permissions and files."""
        return _spawn(["nsenter", "-t", str(self._leader), "-n", "--", *argv])

    def files_from_outside(self, path: str) -> Path:
        """Where this machine sees a file of the guest."""
        return Path(f"/proc/{self._leader}/root{path}")

    def client(self, argv: list[str], timeout: float = 15) -> Result:
        """Runs a program of this machine on the client's side of the guest's network."""
        return _finish(self.client_popen(argv), argv, timeout * slow())

    def client_popen(self, argv: list[str]) -> subprocess.Popen[str]:
        """The same, left running."""
        return _spawn(self.client_argv(argv))

    def client_argv(self, argv: list[str]) -> list[str]:
        """The command line that runs a program on the client's side, from this machine."""
        return ["nsenter", "-t", str(self._client), "-n", "--", *argv]

    def ssh(self, command: str = "true", user: str = "alice", address: str = ADDRESS, port: int = 22) -> Result:
        """One login by a real ssh client."""
        return self.client(self.ssh_argv(command, user, address, port))

    def plain_ssh(self) -> Result:
        """One login by a client that says all that a person's would: with LogLevel=ERROR some of it is left out."""
        return self.client([word.replace("LogLevel=ERROR", "LogLevel=INFO") for word in self.ssh_argv("true")])

    def ssh_argv(self, command: str, user: str = "alice", address: str = ADDRESS, port: int = 22) -> list[str]:
        """The client's command line for a login."""
        return ["ssh", *_SSH_OPTIONS, "-i", str(self.root.key), "-p", str(port), f"{user}@{address}", command]

    def console(self) -> str:
        """The serial console so far."""
        return self._console.text()

    def console_lines(self, since: int = 0) -> list[Line]:
        """What sshguardd has said on the console."""
        return self._console.lines(since)


def _spawn(argv: list[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *argv], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True, errors="replace", start_new_session=True)


def _finish(process: subprocess.Popen[str], argv: list[str], timeout: float, given: str | None = None) -> Result:
    """Waits for the end of a process; its whole group is killed when it takes too long."""
    command = shlex.join(argv)
    try:
        stdout, stderr = _communicate(process, timeout, given)
    except BaseException as error:
        with contextlib.suppress(ProcessLookupError):  # it may just have ended
            os.killpg(process.pid, signal.SIGKILL)
        stdout, stderr = process.communicate()
        if isinstance(error, subprocess.TimeoutExpired):
            raise Failed(f"{command!r} took more than {timeout:g} s\n{stdout}{stderr}") from None
        raise
    return Result(command, process.returncode, stdout, stderr)


def _communicate(process: subprocess.Popen[str], timeout: float, given: str | None) -> tuple[str, str]:
    """All that a process says until its end.

    A reboot stops every process of the guest for a moment (systemd's broadcast_signal). nsenter sees that of its child
    and stops itself as well (continue_as_child), outside, where nobody lets it go on but this.
    """
    end = time.monotonic() + timeout
    while (left := end - time.monotonic()) > 1:
        try:
            return process.communicate(given, 1)
        except subprocess.TimeoutExpired:
            given = None  # subprocess has kept what is left of it
            process.send_signal(signal.SIGCONT)
    return process.communicate(given, max(left, 0))


def _pid_in_each_space(pid: str) -> list[str]:
    try:
        status = Path("/proc", pid, "status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return []
    return next((line.split()[1:] for line in status.splitlines() if line.startswith("NSpid:")), [])


_OWN_DEPTH = len(_pid_in_each_space("self")) - 1
