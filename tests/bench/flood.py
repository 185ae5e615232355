#!/usr/bin/python3
"""What a million events do to the agent: files touched in a directory that it watches, changes of sshd's unit.

As many as fit in the time (--seconds), or so many (--events 1000000), as fast as the guest makes them. Memory and
descriptors must not grow with them, and the agent must be as quick afterwards as before.
"""

from __future__ import annotations

import argparse
import sys

from common import Guest, Row, main
from sshlab.floods import TOUCHES, UNIT_CHANGES

_MOST = 10**9
_GROWTH_KIB = 256  # what the allocator may keep, however many events there were


def add_options(parser: argparse.ArgumentParser) -> None:
    """How long, or how many."""
    parser.add_argument("--seconds", type=float, default=60, help="for both kinds together (default: 60)")
    parser.add_argument("--events", type=int, metavar="N",
                        help="so many instead, one in a hundred of the unit; takes as long as it takes")


def flood(guest: Guest, program: str, subject: str, limit: int, seconds: float) -> int:
    """How many events were made."""
    return int(guest.run(["python3", "-c", program, subject, str(limit), str(seconds)],
                         timeout=seconds + 60).stdout)


def kinds(options: argparse.Namespace) -> list[tuple[str, str, str, int, float]]:
    """Which floods, how large and how long."""
    half = options.seconds / 2
    if options.events is None:
        sizes = [(_MOST, half), (_MOST, half)]
    else:
        files = options.events * 99 // 100
        sizes = [(files, 3600.0), (options.events - files, 3600.0)]
    return [("files touched", TOUCHES, "/etc/ssh/sshd_config.d", *sizes[0]),
            ("changes of sshd's unit", UNIT_CHANGES, "ssh.service", *sizes[1])]


def settled(guest: Guest) -> None:
    """The agent has looked at what there is now."""
    for present in (True, False):
        guest.run(["touch" if present else "rm", "/etc/ssh/sshd_config.d/settled.conf"])
        asked = float(guest.run(["date", "+%s"]).stdout)
        guest.wait(lambda: float(guest.run(["stat", "-c", "%Y", "/run/sshguardd/status.json"]).stdout) >= asked, 30,
                   "a fresh status file")  # noqa: B023 - asked before it changes


def measure(guest: Guest, options: argparse.Namespace) -> list[Row]:
    """A small flood first, so that what is needed once is there; then the counted ones."""
    rows = []
    for what, program, subject, limit, seconds in kinds(options):
        flood(guest, program, subject, _MOST, 3)
        settled(guest)
        before = guest.cost()
        made = flood(guest, program, subject, limit, seconds)
        settled(guest)
        after = guest.cost()
        grown, opened = after.anonymous - before.anonymous, after.descriptors - before.descriptors
        rows += [Row(what, f"{made}"),
                 Row("  agent", f"{after.cpu - before.cpu:.2f} s of processor time, its children's too"),
                 Row("  memory grown by", f"{grown} KiB", f"at most {_GROWTH_KIB}", grown > _GROWTH_KIB),
                 Row("  descriptors grown by", str(opened), "none", opened > 0),
                 Row("  still the same process", str(after.pid == before.pid), "", after.pid != before.pid)]
    return rows


if __name__ == "__main__":
    sys.exit(main(__doc__, (measure, add_options)))
