"""Name spaces, cgroups and the directory of a run: what a run takes from the machine, and how it gives it back.

Nothing here depends on a clean end. The processes of a guest die with the process that started it
(`PR_SET_PDEATHSIG`), and mounts, loop devices and network name spaces die with those processes. What can outlive a
killed run is one directory and one empty cgroup; both carry the pid of the run, and the next run sweeps them.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

PREFIX = "sshguardd-lab-"
LOCK = Path("/run/lock/sshguardd-lab")
INOTIFY_INSTANCES = 1024


def isolated(*command: str, network: bool = False) -> list[str]:
    """The command in mount and pid name spaces of its own, killed with everything it started when we die."""
    more = ["--net", "--cgroup"] if network else []
    return ["setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--propagation", "private", "--pid", "--fork",
            "--kill-child", "--mount-proc", *more, "--", *command]


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Holds an exclusive lock on a file, which stays behind."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def cgroup_root() -> Path:
    """Where the machine has mounted the unified cgroup hierarchy (it is beside version 1 on hybrid machines)."""
    for line in Path("/proc/mounts").read_text().splitlines():
        _, where, kind, *_ = line.split()
        if kind == "cgroup2":
            return Path(where)
    raise RuntimeError("no cgroup2 file system is mounted; try: mkdir -p /sys/fs/cgroup/unified && "
                       "mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified")


def remove_cgroup(group: Path, within: float = 10.0) -> None:
    """Kills whatever is left in a cgroup and removes it with all below it."""
    end = time.monotonic() + within
    while group.exists():
        with contextlib.suppress(OSError):
            (group / "cgroup.kill").write_text("1")
        for directory, _, _ in os.walk(group, topdown=False):
            with contextlib.suppress(OSError):
                os.rmdir(directory)
        if time.monotonic() > end:
            raise RuntimeError(f"{group} does not become empty")
        if group.exists():
            time.sleep(0.02)


def allow_inotify() -> None:
    """All guests' systemd, udev, D-Bus and agents share what root may have: the kernel's 128 are ten guests' worth."""
    limit = Path("/proc/sys/fs/inotify/max_user_instances")
    if int(limit.read_text()) < INOTIFY_INSTANCES:
        limit.write_text(f"{INOTIFY_INSTANCES}\n")


class Run:
    """The directory and the cgroup of this process; the guests live below. One for each process, made when needed."""

    _current: Run | None = None

    def __init__(self) -> None:
        name = f"{PREFIX}{os.getpid()}"
        self.directory = Path(tempfile.gettempdir(), name)
        self.cgroup = cgroup_root() / name
        with locked(LOCK):
            sweep()
            allow_inotify()
            self.directory.mkdir(mode=0o700)
            self._held = _lock_of(self.directory)
            self.cgroup.mkdir()

    @classmethod
    def current(cls) -> Run:
        """The run of this process."""
        if cls._current is None:
            cls._current = cls()
        return cls._current

    @classmethod
    def end(cls) -> None:
        """Gives everything back, also what killed runs (workers, for example) left behind."""
        run, cls._current = cls._current, None
        with locked(LOCK):
            if run is not None:
                remove_cgroup(run.cgroup)
                shutil.rmtree(run.directory)
                os.close(run._held)
            sweep()


@contextlib.contextmanager
def run() -> Iterator[None]:
    """For programs outside of pytest: a polite kill is an orderly end, and nothing stays."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        yield
    finally:
        Run.end()


def leftovers() -> list[Path]:
    """What dead runs have left on this machine."""
    return [path for base in (Path(tempfile.gettempdir()), cgroup_root()) for path in base.glob(f"{PREFIX}*")
            if not _owned(path.name)]


def sweep() -> None:
    for path in leftovers():
        if path.is_relative_to(cgroup_root()):
            remove_cgroup(path)
        else:
            shutil.rmtree(path, ignore_errors=True)


def _lock_of(directory: Path) -> int:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return descriptor


def _owned(name: str) -> bool:
    """Whether a live process holds the run: by lock, because a pid may long belong to somebody else."""
    try:
        os.close(_lock_of(Path(tempfile.gettempdir(), name)))
    except BlockingIOError:
        return True
    except FileNotFoundError:
        pass
    return False
