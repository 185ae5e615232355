"""What the measurements share: a guest with the product, and rows of a table.

A measurement never fails for being slow, since the machine that it runs on may be busy: what is compared was
measured in turn in the same guest. It fails when something was counted that must not be there.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "lab"))

from sshlab import roots, spaces, suites  # noqa: E402
from sshlab.guest import Guest  # noqa: E402


@dataclass(frozen=True)
class Row:
    """One line of the table; `wanted` is what the product promises on a quiet machine."""

    what: str
    value: str
    wanted: str = ""
    broken: bool = False  # counted, not timed: no machine excuses it


Measure = Callable[[Guest, argparse.Namespace], list[Row]]
AddOptions = Callable[[argparse.ArgumentParser], None]


def show(rows: list[Row]) -> int:
    """Prints them; 1 where one is broken."""
    for row in rows:
        wanted = f"   ({row.wanted})" if row.wanted else ""
        print(f"{'BROKEN  ' if row.broken else ''}{row.what:30} {row.value}{wanted}", flush=True)
    return int(any(row.broken for row in rows))


def fresh_agent(guest: Guest) -> None:
    """Forgets earlier heals: twenty in a row would otherwise meet the agent's own back-off."""
    guest.run("systemctl stop sshguardd; rm -rf /run/sshguardd/*; rm -f /etc/sshguardd/disabled; "
              "systemctl start sshguardd")
    guest.await_agent()


def main(doc: str | None, *parts: tuple[Measure, AddOptions]) -> int:
    """The command line of one or several measurements, each in a guest of its own."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("deb", type=Path, help="the product, as a release build")
    parser.add_argument("--suite", choices=suites.SUITES, default="bookworm")
    for _, add_options in parts:
        add_options(parser)
    options = parser.parse_args()
    root = roots.with_product(options.suite, options.deb)
    rows: list[Row] = []
    with spaces.run():
        for measure, _ in parts:
            with Guest(root) as guest:
                guest.await_agent()
                rows += measure(guest, options)
    return show(rows)
