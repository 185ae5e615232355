"""Cached root file systems: one for each suite, and on top of it one thin layer for each .deb of the product."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from . import suites
from .spaces import isolated, locked

HERE = Path(__file__).parent
RECIPE = HERE / "recipe.sh"


@dataclass(frozen=True)
class Root:
    """What a guest starts from: overlay directories, the uppermost first, and the key that opens it."""

    suite: str
    layers: tuple[Path, ...]
    key: Path


def cache() -> Path:
    """Where roots are kept between runs."""
    return Path(os.environ.get("SSHGUARDD_LAB_CACHE", "/var/cache/sshguardd-lab"))


def base(suite: str) -> Root:
    """The root of a suite without the product; built when its package list or its recipe has changed."""
    packages = suites.packages(suite)
    recipe = f"{suite}\n{packages}\n{_BUILD}".encode() + RECIPE.read_bytes()
    directory = _cached(f"root-{suite}", hashlib.sha256(recipe).hexdigest()[:16],
                        lambda target: _build(suite, packages, target))
    return Root(suite, (directory / "root",), directory / "id")


def with_product(suite: str, deb: Path) -> Root:
    """The root of a suite with the .deb installed into it, as an image with the agent baked in would have it."""
    under = base(suite)
    content = deb.read_bytes() + str(under.layers[0]).encode() + _INSTALL.encode()
    directory = _cached(f"deb-{suite}", hashlib.sha256(content).hexdigest()[:16],
                        lambda target: _install(under, deb, target))
    return Root(suite, (directory / "upper", *under.layers), under.key)


_BUILD = "mmdebstrap minbase, lists kept"
_INSTALL = """
set -eu
mount -t tmpfs tmpfs /run
mkdir "$1/upper" "$1/work" /run/root
chmod 0755 "$1/upper"
mount -t overlay -o "lowerdir=$2,upperdir=$1/upper,workdir=$1/work" overlay /run/root
cp "$3" /run/root/tmp/product.deb
DEBIAN_FRONTEND=noninteractive chroot /run/root dpkg --install /tmp/product.deb </dev/null
rm /run/root/tmp/product.deb
umount /run/root
rm -r "$1/work"
"""


def _build(suite: str, packages: list[str], target: Path) -> None:
    """A root by mmdebstrap, from wherever the machine's apt gets its packages."""
    _say(f"building the root for {suite} (once, about a minute)")
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f", str(target / "id")], check=True)
    scratch = target / "tmp"
    scratch.mkdir()
    _checked(target, isolated(
        "env", f"TMPDIR={scratch}", "mmdebstrap", "--mode=root", "--variant=minbase", "--format=directory",
        f"--include={','.join(packages)}",
        "--skip=cleanup/apt/lists,cleanup/apt/cache", f'--customize-hook={RECIPE} "$1" {target}/id.pub',
        suite, str(target / "root")))


def _install(under: Root, deb: Path, target: Path) -> None:
    """The files that installing the .deb changes, as a layer of their own."""
    _say(f"installing {deb.name} into a layer on {under.suite}")
    _checked(target, isolated("sh", "-c", _INSTALL, "install", str(target), str(under.layers[0]), str(deb.resolve())))


def _checked(target: Path, command: list[str]) -> None:
    """Runs a build step; its output matters only when it fails."""
    log = target / "log"
    with log.open("w") as file:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-40:])
        raise RuntimeError(f"building in {target} failed ({done.returncode}):\n{tail}")


# Roots that this process uses, by the descriptors that keep others from removing them.
_in_use: dict[Path, int] = {}


def _cached(family: str, key: str, build: Callable[[Path], None]) -> Path:
    """The directory FAMILY-KEY of the cache. It appears complete or not at all, and older ones of its family go."""
    directory = cache() / f"{family}-{key}"
    if _use(directory):
        return directory
    with locked(cache() / f"{family}.lock"):
        if not directory.exists():
            building = cache() / f".{family}.building"
            shutil.rmtree(building, ignore_errors=True)
            building.mkdir(mode=0o755)
            build(building)
            building.rename(directory)
        _use(directory)
        for old in cache().glob(f"{family}-*"):
            if old != directory:
                _remove_unless_used(old)
    return directory


def _use(directory: Path) -> bool:
    """Keeps others from removing a directory while this process lives; False when it is not there (any more)."""
    if directory not in _in_use:
        try:
            descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
        except FileNotFoundError:
            return False
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        if not directory.exists():
            os.close(descriptor)
            return False
        _in_use[directory] = descriptor
    return True


def _remove_unless_used(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(directory)
    except BlockingIOError:
        pass  # another run still boots guests from it; a later one removes it
    finally:
        os.close(descriptor)


def _say(text: str) -> None:
    print(f"lab: {text}", file=sys.stderr, flush=True)
