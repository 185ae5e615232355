#!/usr/bin/python3
"""What the agent costs while nothing happens: how often it wakes, processor time, memory."""

from __future__ import annotations

import argparse
import sys
import time

from common import Guest, Row, fresh_agent, main


def add_options(parser: argparse.ArgumentParser) -> None:
    """For how long."""
    parser.add_argument("--idle", type=int, default=120, metavar="SECONDS", help="default: 120")


def memory(guest: Guest, pid: int) -> dict[str, float]:
    """MiB, by the kernel's sum over the mappings."""
    lines = guest.read(f"/proc/{pid}/smaps_rollup").splitlines()[1:]
    kib = {line.split(":")[0]: int(line.split()[1]) for line in lines}
    return {name: kib[name] / 1024 for name in ("Rss", "Pss", "Anonymous")}


def measure(guest: Guest, options: argparse.Namespace) -> list[Row]:
    """Counts over some minutes of silence."""
    fresh_agent(guest)
    time.sleep(10)
    before = guest.cost()
    time.sleep(options.idle)
    after = guest.cost()
    used = memory(guest, after.pid)
    wakeups = (after.wakeups - before.wakeups) * 60 / options.idle
    share = (after.cpu - before.cpu) / options.idle * 100
    return [Row("idle", f"{wakeups:.1f} wakeups a minute", "at most 6"),
            Row("  of a core", f"{share:.3f} %", "under 0.01 %"),
            Row("memory, anonymous", f"{used['Anonymous']:.2f} MiB", "at most 1.5 MiB"),
            Row("  RSS, PSS", f"{used['Rss']:.2f} MiB, {used['Pss']:.2f} MiB", "RSS at most 8 MiB"),
            Row("descriptors", str(after.descriptors))]


if __name__ == "__main__":
    sys.exit(main(__doc__, (measure, add_options)))
