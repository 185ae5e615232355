#!/usr/bin/python3
"""How soon after a change that will lock people out the agent knows it, beside `sshd -t` by hand.

Pairs in turn in one real guest: a broken drop-in appears while sshd runs -> the finding is in the status file; and
the time that `sshd -t` takes for the same files, which is the least that anybody needs. Prints medians.
"""

from __future__ import annotations

import argparse
import statistics
import sys

from common import Guest, Row, main

_ROUND = """
import json, os, subprocess, sys, time

def found():
    try:
        with open("/run/sshguardd/status.json") as file:
            return any(one["id"] == "sshd.config-invalid" for one in json.load(file)["findings"])
    except (OSError, ValueError):
        return False

def until(wanted):
    end = time.monotonic() + 30
    while found() != wanted:
        if time.monotonic() > end:
            sys.exit("not within 30 s")
        time.sleep(0.0005)
    return time.monotonic()

path = "/etc/ssh/sshd_config.d/bench.conf"
begin = time.monotonic()
with open(path, "w") as file:
    file.write("Prot 22\\n")
agent = until(True) - begin
begin = time.monotonic()
subprocess.run(["/usr/sbin/sshd", "-t"], stderr=subprocess.DEVNULL)
hand = time.monotonic() - begin
begin = time.monotonic()
os.unlink(path)
gone = until(False) - begin
time.sleep(2)
print(agent * 1000, hand * 1000, gone * 1000)
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """How often."""
    parser.add_argument("--changes", type=int, default=20, help="broken configurations (default: 20)")


def measure(guest: Guest, options: argparse.Namespace) -> list[Row]:
    """Medians of finding it, of seeing that it is gone, and of the test alone."""
    rounds = [list(map(float, guest.run(["python3", "-c", _ROUND], timeout=90).stdout.split()))
              for _ in range(options.changes)]
    agent, hand, gone = (statistics.median(column) for column in zip(*rounds, strict=True))
    return [Row("broken file to finding", f"agent {agent:.1f} ms, sshd -t {hand:.1f} ms", "under 100 ms"),
            Row("  ratio", f"{agent / hand:.2f}"),
            Row("mended file to no finding", f"agent {gone:.1f} ms")]


if __name__ == "__main__":
    sys.exit(main(__doc__, (measure, add_options)))
