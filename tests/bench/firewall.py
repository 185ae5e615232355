#!/usr/bin/python3
"""What a verdict over many firewall rules takes: rules that are loaded for real, and what their own programs list.

No guest: name spaces of this machine, and tests/flow/flow_answer.cpp, best of a release build:

    cmake -S . -B build/bench -G Ninja -DCMAKE_BUILD_TYPE=Release && ninja -C build/bench flow_answer
    sudo tests/bench/firewall.py build/bench/tests/flow_answer

Every row is compared with the smaller one of the same run: ten times the rules take about ten times as long.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from common import Row, show

_FLOW = {"source": "203.0.113.77", "destination": "10.0.0.1", "port": 22, "interface": "eth0", "local": ["10.0.0.1"],
         "way_back": True}
_TIMES = 5
_NOT_LINEAR = 3.0  # as much more than the number of rules grew by, or of elements


@dataclass(frozen=True)
class Kind:
    """One kind of rules."""

    name: str
    file: str  # flow_answer's word for it
    load: str
    list: str
    text: Callable[[int], str]
    counts: tuple[int, ...] = (10, 1_000, 10_000)


def address(number: int) -> str:
    """None that is asked about."""
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def nft_rules(count: int) -> str:
    """None fits but the last one."""
    rules = [f"ip saddr {address(number)} tcp dport {number % 60000 + 1} drop" for number in range(count)]
    return "\n".join(["table inet t {", "chain in {", "type filter hook input priority 0; policy drop;",
                      "ct state established accept", *rules, "tcp dport 22 accept", "}", "}"])


def nft_set(count: int) -> str:
    """... but the rule behind the set."""
    elements = ", ".join(address(2 * number) for number in range(count))
    return "\n".join(["table inet t {", f"set s {{ type ipv4_addr; elements = {{ {elements} }}", "}", "chain in {",
                      "type filter hook input priority 0; policy drop;", "ip saddr @s drop",
                      "ct state established accept", "tcp dport 22 accept", "}", "}"])


def iptables(count: int) -> str:
    """The same of iptables."""
    rules = [f"-A INPUT -s {address(number)} -p tcp -m tcp --dport {number % 60000 + 1} -j DROP" for number in range(count)]
    return "\n".join(["*filter", ":INPUT DROP [0:0]", "-A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT", *rules,
                      "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT", "COMMIT"])


KINDS = (
    Kind("nft, rules", "nft", "nft -f -", "nft -j list ruleset", nft_rules),
    Kind("nft, elements of a set", "nft", "nft -f -", "nft -j list ruleset", nft_set, (10, 2_000, 20_000)),
    Kind("iptables-nft, rules", "ip-nft", "iptables-nft-restore", "iptables-nft-save", iptables),
    Kind("iptables-legacy, rules", "ip-legacy", "iptables-legacy-restore", "iptables-legacy-save", iptables),
)


def listed(kind: Kind, count: int, file: Path) -> None:
    """Loaded in a name space of their own, and listed there."""
    # A new /proc/net is of the new name space, and iptables-legacy-save looks there.
    script = f"{kind.load} && {kind.list} >{file}"
    subprocess.run(["unshare", "--net", "--mount", "--", "sh", "-c", script], input=kind.text(count) + "\n", text=True,
                   check=True, timeout=120)


def measured(flow_answer: Path, kind: Kind, file: Path) -> dict[str, float]:
    """Medians; the answer has to be the last rule's."""
    lines = []
    for _ in range(_TIMES):
        done = subprocess.run([flow_answer, f"{kind.file}={file}"], input=json.dumps(_FLOW) + "\n", text=True,
                              capture_output=True, check=True, timeout=120)
        answer, cost = map(json.loads, done.stdout.splitlines())
        if answer["kind"] != "accepted":
            raise RuntimeError(f"{kind.name}: {answer}")
        lines.append(cost)
    return {what: statistics.median(one[what] for one in lines) for what in ("reading_s", "walking_s", "peak_kib")}


def rows(flow_answer: Path, directory: Path) -> list[Row]:
    """All kinds, each growing."""
    out = []
    for kind in KINDS:
        smaller: dict[str, float] = {}
        before = 0
        for count in kind.counts:
            file = directory / f"{kind.file}-{count}"
            listed(kind, count, file)
            cost = measured(flow_answer, kind, file)
            seconds = cost["reading_s"] + cost["walking_s"]
            ratio = seconds / sum(smaller[what] for what in ("reading_s", "walking_s")) if smaller else 0.0
            growth = count / before if before else 0.0
            # A few rules take as long as to begin at all.
            linear = count < 10_000 or ratio <= _NOT_LINEAR * growth
            more = f", {ratio:.1f} times as long for {growth:.0f} times as many" if smaller else ""
            out.append(Row(f"{kind.name}: {count}",
                           f"read {cost['reading_s'] * 1000:.1f} ms, verdict {cost['walking_s'] * 1000:.2f} ms, "
                           f"at most {cost['peak_kib'] / 1024:.1f} MiB{more}", broken=not linear))
            smaller, before = cost, count
    return out


def main() -> int:
    """1 where it grows faster than the rules do."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("flow_answer", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        return show(rows(options.flow_answer.resolve(), Path(directory)))


if __name__ == "__main__":
    sys.exit(main())
