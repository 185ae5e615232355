"""The fixtures of the scenarios, and what is printed when one fails."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sshlab import roots, spaces, suites
from sshlab.guest import Guest
from sshlab.machine import Machine


def pytest_addoption(parser: pytest.Parser) -> None:
    """Which suites, and which build of the product for each."""
    group = parser.getgroup("lab")
    group.addoption("--suites", default=os.environ.get("SSHGUARDD_LAB_SUITES", "bookworm"),
                    help=f"comma separated, of {','.join(suites.SUITES)} (or SSHGUARDD_LAB_SUITES)")
    for suite in suites.SUITES:
        variable = f"SSHGUARDD_DEB_{suite.upper()}"
        group.addoption(f"--deb-{suite}", default=os.environ.get(variable), metavar="DEB",
                        help=f"the product for {suite} (or {variable})")


def pytest_configure(config: pytest.Config) -> None:
    """A polite kill ends a run as an interrupt from the keyboard does: with its guests removed."""
    # A parallel run's worker may be another thread (execnet), where there is no handler to be set: guests die with it.
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, lambda *_: pytest.exit("terminated", 143))
    if os.geteuid() != 0:
        raise pytest.UsageError("the lab boots real guests: it needs root")


def pytest_sessionstart(session: pytest.Session) -> None:
    """Roots are built once, before the workers of a parallel run ask for them."""
    config = session.config
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    for suite in _suites(config):
        _root(config, suite, installed=config.getoption(f"deb_{suite}") is not None)


def pytest_unconfigure() -> None:
    """Nothing of a run stays on the machine."""
    spaces.Run.end()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each scenario is run in each suite."""
    if "suite" in metafunc.fixturenames:
        metafunc.parametrize("suite", _suites(metafunc.config), scope="session")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The long scenarios begin first, each at the head of another worker, so that all others run beside them.

    xdist's `load` begins by handing each worker a part of the list, in order.
    """
    long = [item for item in items if item.get_closest_marker("long")]
    items[:] = [item for item in items if item not in long]
    workers = getattr(config, "workerinput", {}).get("workercount", 1)
    part = max((len(items) + len(long)) // (4 * workers), 2) if workers > 1 else 0
    for number, item in enumerate(long):
        items.insert(number * part, item)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """A failed scenario shows what its guests have to say."""
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]
    if report.failed and report.when != "teardown":
        for guest in sorted(Machine.alive, key=lambda machine: machine.name):
            if isinstance(guest, Guest):
                report.sections.append((f"guest {guest.name}", guest.report()))


@pytest.fixture
def new_guest(request: pytest.FixtureRequest, suite: str) -> Iterator[Callable[..., Guest]]:
    """Boots as many guests as a scenario wants: `new_guest()`, `new_guest(installed=False)`."""
    booted: list[Guest] = []

    def boot(installed: bool = True, disk: str = "512M", file_system: str = "ext4") -> Guest:
        guest = Guest(_root(request.config, suite, installed), disk, file_system=file_system)
        booted.append(guest)
        guest.__enter__()
        if installed:
            guest.await_agent()
        return guest

    yield boot
    for guest in booted:
        guest.close()


@pytest.fixture
def guest(new_guest: Callable[..., Guest]) -> Guest:
    """A healthy guest with sshguardd at work."""
    return new_guest()


@pytest.fixture
def bare_guest(new_guest: Callable[..., Guest]) -> Guest:
    """A guest that has never heard of sshguardd."""
    return new_guest(installed=False)


@pytest.fixture
def deb(request: pytest.FixtureRequest, suite: str) -> Path:
    """The product for this suite, for a scenario that installs it by hand."""
    return _deb(request.config, suite)


def _suites(config: pytest.Config) -> list[str]:
    return [suite for suite in config.getoption("suites").split(",") if suite]


def _deb(config: pytest.Config, suite: str) -> Path:
    path = config.getoption(f"deb_{suite}")
    if path is None:
        pytest.fail(f"needs the product: --deb-{suite}=PATH", pytrace=False)
    return Path(path)


def _root(config: pytest.Config, suite: str, installed: bool) -> roots.Root:
    return roots.with_product(suite, _deb(config, suite)) if installed else roots.base(suite)
