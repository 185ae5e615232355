#!/usr/bin/python3
"""How fast the agent heals a failed sshd, beside a person who types it at once; and what it costs meanwhile.

Pairs in turn in one real guest: failed -> banner by the agent, and by hand. Prints medians and their ratio, the
agent's memory and its wakeups while idle. A measurement, not a test: it never fails for being slow.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "lab"))

from sshlab import roots, spaces, suites  # noqa: E402
from sshlab.guest import Guest  # noqa: E402

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


def fresh_agent(guest: Guest) -> None:
    """Forgets earlier heals: twenty in a row would otherwise meet the agent's own back-off."""
    guest.run("systemctl stop sshguardd; rm -rf /run/sshguardd/*; rm -f /etc/sshguardd/disabled; "
              "systemctl start sshguardd")
    guest.await_agent()


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


def memory(guest: Guest) -> dict[str, float]:
    """MiB of the agent, by the kernel's sum over its mappings."""
    lines = guest.read(f"/proc/{guest.agent_pid()}/smaps_rollup").splitlines()[1:]
    kib = {line.split(":")[0]: int(line.split()[1]) for line in lines}
    return {name: kib[name] / 1024 for name in ("Rss", "Pss", "Anonymous")}


def wakeups_a_minute(guest: Guest, seconds: int) -> float:
    """How often the agent wakes while nothing happens."""
    before = guest.wakeups(guest.agent_pid())
    time.sleep(seconds)
    return (guest.wakeups(guest.agent_pid()) - before) * 60 / seconds


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("deb", type=Path, help="the product, as a release build")
    parser.add_argument("--suite", choices=suites.SUITES, default="bookworm")
    parser.add_argument("--pairs", type=int, default=20)
    parser.add_argument("--idle", type=int, default=120, metavar="SECONDS")
    options = parser.parse_args()
    root = roots.with_product(options.suite, options.deb)
    with spaces.run(), Guest(root) as guest:
        guest.await_agent()
        guest.drop_in("ssh.service", "[Service]\nRestart=no\n")
        agent, hand = pairs(guest, options.pairs)
        fresh_agent(guest)
        time.sleep(10)
        idle = wakeups_a_minute(guest, options.idle)
        used = memory(guest)
    by_agent, by_hand = statistics.median(agent), statistics.median(hand)
    print(f"failed to banner  agent {by_agent:.1f} ms, by hand {by_hand:.1f} ms, ratio {by_agent / by_hand:.2f} "
          f"(medians of {options.pairs})")
    print(f"memory            anonymous {used['Anonymous']:.2f} MiB, RSS {used['Rss']:.2f} MiB, "
          f"PSS {used['Pss']:.2f} MiB")
    print(f"idle              {idle:.1f} wakeups a minute")


if __name__ == "__main__":
    main()
