"""Rules that are made by chance, loaded for real, and real connections: the evaluator says what the client sees.

Likewise what the server itself reaches of others (as root): `out-*` are rules about that.

No guest is booted: each ruleset has a server and a client in network name spaces of their own on this machine. The
rules are read as sshguardd reads them, from what nft and iptables-save list, by tests/flow/flow_answer.cpp.

    SSHGUARDD_FLOW_RULESETS=500   in all; 60 without it
    SSHGUARDD_FLOW_SEED=x         the rulesets of that seed; without it a long run has another one each time
    SSHGUARDD_FLOW_ONLY=nft/x/7   that one alone, as a failure prints it
    SSHGUARDD_FLOW_ANSWER=PATH    the program; that of build/asan or build/dev without it
"""

from __future__ import annotations

import os
import random
import shutil
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from flowlab import make, make_firewalld, trial
from flowlab.net import FLOWS

_TOP = Path(__file__).resolve().parent.parent.parent
_RULESETS = int(os.environ.get("SSHGUARDD_FLOW_RULESETS", "60"))
_SEED = os.environ.get("SSHGUARDD_FLOW_SEED")
_ONLY = os.environ.get("SSHGUARDD_FLOW_ONLY")
_AT_ONCE = 4  # they mostly wait
_TOOLS = {"nft": ["nft"], "iptables-nft": ["iptables-nft-restore"], "iptables-legacy": ["iptables-legacy-restore"],
          "mixed": ["nft", "iptables-nft-restore", "iptables-legacy-restore"], "ufw": ["ufw", "iptables-nft-restore"],
          "firewalld": ["nft"], "out-nft": ["nft"], "out-iptables-nft": ["iptables-nft-restore"],
          "out-iptables-legacy": ["iptables-legacy-restore"]}
_UNDECIDED = 0.15  # at most
_NOT_LOADED = 0.1  # the kernel refuses what does not go together


def _flow_answer() -> Path:
    own = os.environ.get("SSHGUARDD_FLOW_ANSWER")
    built = [Path(own)] if own else [_TOP / "build" / preset / "tests/flow_answer" for preset in ("asan", "dev")]
    there = sorted((path for path in built if path.exists()), key=lambda path: path.stat().st_mtime)
    if not there:
        pytest.fail("needs tests/flow/flow_answer.cpp: cmake --preset dev && cmake --build --preset dev --target flow_answer",
                    pytrace=False)
    return there[-1]


@pytest.fixture(scope="module")
def seed() -> str:
    """That is printed with whatever fails."""
    if _SEED:
        return _SEED
    return "each" if _RULESETS <= 60 else f"{random.SystemRandom().getrandbits(32):08x}"


@pytest.mark.timeout(180 + 15 * _RULESETS)
@pytest.mark.parametrize("generator", make.GENERATORS)
def test_the_evaluator_says_what_the_client_sees(generator: str, seed: str) -> None:
    compare(generator, seed)


@pytest.mark.timeout(180 + 15 * _RULESETS)
@pytest.mark.parametrize("generator", [*make.OUTGOING, "nft", "iptables-nft"])
def test_the_evaluator_says_what_the_machine_itself_reaches(generator: str, seed: str) -> None:
    compare(generator, seed, outgoing=True)


def compare(generator: str, seed: str, outgoing: bool = False) -> None:
    """As many rulesets as were asked for."""
    missing = [tool for tool in _TOOLS[generator] if not shutil.which(tool, path="/usr/sbin:/usr/bin:/sbin:/bin")]
    assert not missing, f"not installed: {missing}"
    if _ONLY and not _ONLY.startswith(f"{generator}/"):
        pytest.skip(f"only {_ONLY}")
    names = [_ONLY] if _ONLY else [f"{generator}/{seed}/{number}" for number in range(-(-_RULESETS // len(make.GENERATORS)))]
    flow_answer = _flow_answer()
    begin = time.monotonic()
    with ThreadPoolExecutor(_AT_ONCE) as workers:
        results = list(workers.map(lambda name: trial.run(make.ruleset(name), flow_answer, outgoing), names))

    loaded = [one for one in results if not one.refused]
    agree, undecided = sum(one.agree for one in loaded), sum(one.undecided for one in loaded)
    wrong = [one for one in loaded if one.mismatches]
    kinds, whys = (sum((getattr(one, what) for one in loaded), Counter[str]()) for what in ("kinds", "whys"))
    print(f"{generator}, seed {seed}: {len(loaded)} rulesets in {time.monotonic() - begin:.0f} s, {agree} connections agree, "
          f"{undecided} undecided and true, {sum(len(one.mismatches) for one in wrong)} wrong\n{dict(kinds)}\n"
          f"undecided: {whys.most_common(5)}")
    if wrong:
        pytest.fail("\n\n".join(map(str, wrong[:3])) + f"\n{len(wrong)} rulesets: {[one.ruleset.name for one in wrong]}\n"
                    f"Again: SSHGUARDD_FLOW_ONLY={wrong[0].ruleset.name}", pytrace=False)
    assert len(results) - len(loaded) <= max(_NOT_LOADED * len(results), 1), [one.refused for one in results if one.refused][:3]
    # Of a few rulesets one may make many undecided.
    if len(loaded) >= 10:
        assert undecided <= _UNDECIDED * (agree + undecided), whys.most_common(10)


def _nft(*rules: str, before: str = "") -> tuple[trial.Command, ...]:
    inner = "\n  ".join(rules)
    return (trial.Command(("nft", "-f", "-"), f"table inet t {{\n{before} chain in {{\n"
                          f"  type filter hook input priority 0; policy drop;\n  {inner}\n }}\n}}\n"),)


def _ip6tables(kind: str, *rules: str) -> tuple[trial.Command, ...]:
    lines = "".join(f"-A INPUT {rule}\n" for rule in ("-m conntrack --ctstate ESTABLISHED -j ACCEPT", *rules,
                                                      "-p tcp -m tcp --dport 22 -j ACCEPT"))
    return (trial.Command((f"ip6tables-{kind}-restore",), f"*filter\n:INPUT DROP [0:0]\n{lines}COMMIT\n"),)


_ESTABLISHED = "ct state established,related accept"
_SSH = "tcp dport 22 accept"
_DISCOVERY = "icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert } accept"
_LOOKED_FOR = [f"-p ipv6-icmp -m icmp6 --icmpv6-type {one} -m hl --hl-eq 255 -j ACCEPT" for one in (135, 136)]
_REVERSE_PATH = " chain pre {\n  type filter hook prerouting priority -300; policy accept;\n  %s\n }\n"
_WITH_NEIGHBOURS: dict[str, tuple[tuple[trial.Command, ...], str]] = {
    "nft": (_nft(_ESTABLISHED, _DISCOVERY, _SSH), "accepted"),
    "nft, by hop limit": (_nft(_ESTABLISHED, f"ip6 hoplimit 255 {_DISCOVERY}", _SSH), "accepted"),
    "nft, by a map": (_nft(_ESTABLISHED, "icmpv6 type vmap { 135 : accept, nd-neighbor-advert : accept }", _SSH), "accepted"),
    "nft, forgotten": (_nft(_ESTABLISHED, _SSH), "dropped"),
    "nft, answers alone": (_nft(_ESTABLISHED, "icmpv6 type { nd-neighbor-advert, echo-request } accept", _SSH), "dropped"),
    "nft, reverse path": (_nft(_ESTABLISHED, _DISCOVERY, _SSH, before=_REVERSE_PATH % "fib saddr . iif oif missing drop"), "accepted"),
    "nft, reverse path by mark": (_nft(_ESTABLISHED, _DISCOVERY, _SSH, before=_REVERSE_PATH % (
        "meta nfproto ipv6 fib saddr . mark . iif oif missing drop")), "accepted"),
    "iptables-nft": (_ip6tables("nft", *_LOOKED_FOR), "accepted"),
    "iptables-nft, forgotten": (_ip6tables("nft"), "dropped"),
    "iptables-legacy": (_ip6tables("legacy", *_LOOKED_FOR), "accepted"),
    "ufw": ((trial.Command(("ufw", "allow", "22/tcp")), trial.Command(("ufw", "--force", "enable"))), "accepted"),
    "firewalld": (tuple(make_firewalld.plain()), "accepted"),
}


@pytest.mark.timeout(120)
@pytest.mark.parametrize("name", _WITH_NEIGHBOURS)
def test_the_evaluator_asks_for_the_neighbours_of_ipv6(name: str) -> None:
    """Nobody knows the other's address of the link: what lets sshd's port in alone lets nobody in."""
    commands, expected = _WITH_NEIGHBOURS[name]
    flows = [replace(flow, neighbours=True) for flow in FLOWS if ":" in flow.source and flow.port == 22 and flow.way_back]
    with trial.Server() as server:
        server.load(commands)
        answers = trial.predict(_flow_answer(), server.listings(), flows)
        server.forget_neighbours()
        seen = server.connect(flows, 5)
    assert [answer["kind"] for answer in answers] == [expected] * len(flows), answers
    # Whoever finds no neighbour tells the client so after a while.
    wrong = [f"{flow}: {one}" for flow, one in zip(flows, seen, strict=True) if (one == "22") != (expected == "accepted")]
    assert not wrong, wrong
