#!/usr/bin/python3
"""How fast the agent heals a failed sshd, beside a person who types it at once.

Pairs in turn in one real guest: failed -> banner by the agent, and by hand. Prints medians and their ratio.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time

from common import Guest, Row, fresh_agent, main

# Runs in the guest, so that no name space is crossed between the two clocks. systemd's own time stamp of "failed" is
# the start for the agent; a person is timed from the moment that he has typed his line.
_ROUND = """
import os, socket, subprocess, sys, time

def show(what):
    return subprocess.check_output(["systemctl", "show", "-P", what, "ssh.service"], text=True).strip()

def banner():
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try:
            with socket.create_connection(("127.0.0.1", 22), 5) as answer:
                if answer.recv(64).startswith(b"SSH-2.0-"):
                    return time.monotonic()
        except OSError:
            time.sleep(0.001)
    sys.exit("no banner within 30 s")

pid = int(show("MainPID"))
os.kill(pid, 9)
while os.path.exists(f"/proc/{pid}"):
    time.sleep(0.0005)
if sys.argv[1] == "agent":
    end = banner()
    begin = int(show("InactiveEnterTimestampMonotonic")) / 1e6
else:
    while show("ActiveState") != "failed":
        time.sleep(0.005)
    begin = time.monotonic()
    # The unit's own runtime directory is gone while the unit is down, and `sshd -t` complains about that alone.
    subprocess.check_call("mkdir -p /run/sshd && /usr/sbin/sshd -t && systemctl reset-failed ssh && "
                          "systemctl restart ssh", shell=True)
    end = banner()
print((end - begin) * 1000)
"""


def one_round(guest: Guest, by: str) -> float:
    """Milliseconds from failed to banner."""
    took = float(guest.run(["python3", "-c", _ROUND, by], timeout=60).stdout)
    guest.wait(lambda: guest.unit("ssh", "ActiveState") == "active", 5, "sshd to be active")
    return took


def pairs(guest: Guest, count: int) -> tuple[list[float], list[float]]:
    """The times by the agent and by hand, in turn."""
    agent, hand = [], []
    for number in range(count):
        fresh_agent(guest)
        agent.append(one_round(guest, "agent"))
        guest.write("/etc/sshguardd/disabled", "")
        time.sleep(0.5)
        hand.append(one_round(guest, "hand"))
        print(f"pair {number + 1:2}: agent {agent[-1]:7.1f} ms, by hand {hand[-1]:7.1f} ms", flush=True)
    return agent, hand


def add_options(parser: argparse.ArgumentParser) -> None:
    """How often."""
    parser.add_argument("--pairs", type=int, default=20, help="heals by the agent, and as many by hand (default: 20)")


def measure(guest: Guest, options: argparse.Namespace) -> list[Row]:
    """Medians of both, and their ratio."""
    guest.drop_in("ssh.service", "[Service]\nRestart=no\n")
    by_agent, by_hand = map(statistics.median, pairs(guest, options.pairs))
    return [Row("failed to banner", f"agent {by_agent:.1f} ms, by hand {by_hand:.1f} ms"),
            Row("  ratio", f"{by_agent / by_hand:.2f}", "at most 1.5")]


if __name__ == "__main__":
    sys.exit(main(__doc__, (measure, add_options)))
