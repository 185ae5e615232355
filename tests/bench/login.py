#!/usr/bin/python3
"""How soon after somebody is locked out at the login the agent knows it: change -> finding in the status file.

One change for each id, made in a real guest and taken back again; for what sshd's log alone tells, a real client is
turned away. Prints the median of each.
"""

from __future__ import annotations

import argparse
import statistics
import sys

from common import Guest, Row, main

_SSH = "/home/alice/.ssh"
_FILE = f"{_SSH}/authorized_keys"

# id: what breaks it, what takes it back.
_CHANGES = {
    "keys.mode": (f"chmod 777 {_SSH}", f"chmod 700 {_SSH}"),
    "keys.owner": (f"chown nobody {_SSH}; chmod 755 {_SSH}", f"chown alice: {_SSH}; chmod 700 {_SSH}"),
    "keys.unreadable": (f"chown root:root {_FILE}", f"chown alice: {_FILE}"),
    "keys.malformed": (f"sed -i 's/^ssh-/ssj-/' {_FILE}", f"sed -i 's/^ssj-/ssh-/' {_FILE}"),
    "keys.rejected": (f"""sed -i 's/^/expiry-time="20200101" /' {_FILE}""", f"sed -i 's/^expiry[^ ]* //' {_FILE}"),
    "keys.irregular": (f"mv {_FILE} {_FILE}.away; mkfifo {_FILE}", f"mv {_FILE}.away {_FILE}"),
    "account.locked": ("usermod -e 1 alice", "usermod -e '' alice"),
}

_ROUND = """
import json, subprocess, sys, time

def found(wanted):
    try:
        with open("/run/sshguardd/status.json") as file:
            return any(one["id"] == wanted for one in json.load(file)["findings"])
    except (OSError, ValueError):
        return False

def until(name, wanted):
    end = time.monotonic() + 90
    while found(name) != wanted:
        if time.monotonic() > end:
            sys.exit(f"{name}: not within 90 s")
        time.sleep(0.001)
    return time.monotonic()

name, breaks, mends = sys.argv[1:]
begin = time.monotonic()
subprocess.run(breaks, shell=True, check=True)
print((until(name, True) - begin) * 1000)
subprocess.run(mends, shell=True, check=True)
until(name, False)
time.sleep(0.5)
"""

# Beside a client that is outside: when the finding was there.
_AWAIT = """
import json, time
end = time.monotonic() + 90
while time.monotonic() < end:
    try:
        with open("/run/sshguardd/status.json") as file:
            if any(one["id"] == "auth.invalid-user" for one in json.load(file)["findings"]):
                break
    except (OSError, ValueError):
        pass
    time.sleep(0.001)
else:
    raise SystemExit("not within 90 s")
print(time.time())
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """How often."""
    parser.add_argument("--rounds", type=int, default=5, help="changes of each kind (default: 5)")


def told_by_the_log(guest: Guest) -> float:
    """Milliseconds from the end of a client's third try for a name that there is not, to the finding."""
    for _ in range(3):
        guest.ssh(user="nosuch")
    last = float(guest.run(["date", "+%s.%N"]).stdout)
    return (float(guest.run(["python3", "-c", _AWAIT], timeout=120).stdout) - last) * 1000


def measure(guest: Guest, options: argparse.Namespace) -> list[Row]:
    """A median for each id."""
    guest.write("/etc/sshguardd/conf.d/bench.conf", "[heal]\nenabled = no\n")
    guest.run("systemctl reload sshguardd")
    guest.expect_login()
    rows = []
    for name, (breaks, mends) in _CHANGES.items():
        times = [float(guest.run(["python3", "-c", _ROUND, name, breaks, mends], timeout=240).stdout)
                 for _ in range(options.rounds)]
        rows.append(Row(f"{name}: change to finding", f"{statistics.median(times):.0f} ms", "under 1 s"))
    rows.append(Row("auth.invalid-user: after a try", f"{told_by_the_log(guest):.0f} ms", "under 1 s"))
    return rows


if __name__ == "__main__":
    sys.exit(main(__doc__, (measure, add_options)))
