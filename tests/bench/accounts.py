#!/usr/bin/python3
"""What one pass over many accounts and their key files takes, and what it leaves with the agent.

The accounts are real ones, each with a home and a key; the pass is the agent's own child, run as the agent runs it.
"""

from __future__ import annotations

import argparse
import re
import statistics
import sys

from common import Guest, Row, main

_MAKE = """
import os, sys
key = open("/home/alice/.ssh/authorized_keys").readline()
with open("/etc/passwd", "a") as passwd, open("/etc/group", "a") as group, open("/etc/shadow", "a") as shadow:
    for uid in range(20000, 20000 + int(sys.argv[1])):
        name, home = f"u{uid}", f"/home/u{uid}"
        passwd.write(f"{name}:x:{uid}:{uid}::{home}:/bin/bash\\n")
        group.write(f"{name}:x:{uid}:\\n")
        shadow.write(f"{name}:!:19000:0:99999:7:::\\n")
        os.makedirs(f"{home}/.ssh", mode=0o700)
        with open(f"{home}/.ssh/authorized_keys", "w") as file:
            file.write(key)
        for path in (home, f"{home}/.ssh", f"{home}/.ssh/authorized_keys"):
            os.chown(path, uid, uid)
"""
_PASS = """
import resource, subprocess, time
begin = time.monotonic()
words = ["strict-modes", "keys", "root", "use-pam", "rsa=1024", "key-file=.ssh/authorized_keys",
         "key-file=.ssh/authorized_keys2", "algorithm=ssh-ed25519"]
subprocess.run(["/usr/sbin/sshguardd", "--own-child", "look-at-accounts", *words], check=True,
               stdout=subprocess.DEVNULL)
print(time.monotonic() - begin, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """How many."""
    parser.add_argument("--accounts", type=int, default=10_000, help="accounts with a home (default: 10000)")


def memory(guest: Guest) -> tuple[int, int]:
    """What is the agent's alone, and what of it is there at all, in KiB."""
    text = guest.read(f"/proc/{guest.agent_pid()}/status")
    return tuple(int(found[1]) for name in ("RssAnon", "VmRSS")  # type: ignore[return-value]
                 if (found := re.search(rf"{name}:\s+(\d+)", text)))


def measure(guest: Guest, options: argparse.Namespace) -> list[Row]:
    """Medians of the pass with ten accounts and with many; the agent's memory beside them."""
    rows = []
    for count in (10, options.accounts):
        guest.run("systemctl stop sshguardd")
        guest.run("sed -i '/^u2[0-9]*:/d' /etc/passwd /etc/group /etc/shadow; rm -rf /home/u2*")
        guest.run(["python3", "-c", _MAKE, str(count)], timeout=300)
        guest.run("systemctl start sshguardd")
        guest.await_agent(within=60)
        passes = [list(map(float, guest.run(["python3", "-c", _PASS], timeout=120).stdout.split())) for _ in range(5)]
        seconds, peak = (statistics.median(column) for column in zip(*passes, strict=True))
        anonymous, resident = memory(guest)
        rows += [Row(f"a pass over {count} accounts", f"{seconds * 1000:.0f} ms, at most {peak / 1024:.1f} MiB",
                     "under 60 ms" if count == 10 else "under 1 s with 10,000"),
                 Row("  the agent beside it", f"anonymous {anonymous / 1024:.2f} MiB, RSS {resident / 1024:.2f} MiB",
                     "1.5 MiB, 8 MiB" if count == 10 else "")]
    return rows


if __name__ == "__main__":
    sys.exit(main(__doc__, (measure, add_options)))
