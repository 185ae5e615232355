"""One trial: rules at a server, connections to it, what the evaluator says of them and what the client saw."""

from __future__ import annotations

import json
import re
import shlex
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Any

from flowlab.client import FORGET, FORGET_COMMANDS, SILENT, TIMED_OUT
from flowlab.net import FLOWS, OUTGOING_FLOWS, Flow
from sshlab import spaces

_LAB = Path(__file__).resolve().parent.parent
_LISTINGS = {
    "nft": ["nft", "-j", "list", "ruleset"],
    "ip-nft": ["iptables-nft-save"],
    "ip6-nft": ["ip6tables-nft-save"],
    "ip-legacy": ["iptables-legacy-save"],
    "ip6-legacy": ["ip6tables-legacy-save"],
}
_REFUSED = re.compile(r"(?:^/dev/stdin:|line:? )(\d+)", re.MULTILINE)  # which line the tools do not like
_RULE = ("  ", "-A ")  # begins so, of nft and of iptables-restore
# An ICMP error that comes while connect(2) holds the socket counts with the next SYN only, a second later.
_WINDOWS_S = (1.7, 3.5, 7.5)


@dataclass(frozen=True)
class Command:
    """What is done to load rules."""

    argv: tuple[str, ...]
    text: str = ""  # its standard input
    may_fail: bool = False

    def __str__(self) -> str:
        """As a shell takes it."""
        words = shlex.join(self.argv)
        return f"{words} <<'RULES'\n{self.text.rstrip()}\nRULES" if self.text else words


@dataclass(frozen=True)
class Ruleset:
    """What a generator made of its name, the seed and a number."""

    generator: str
    seed: str
    number: int
    commands: tuple[Command, ...]

    @property
    def name(self) -> str:
        """By which it is made again."""
        return f"{self.generator}/{self.seed}/{self.number}"


@dataclass(frozen=True)
class Mismatch:
    """For people."""

    flow: Flow
    answer: dict[str, Any]
    seen: str

    def __str__(self) -> str:
        return f"{self.flow}\n  the client saw: {self.seen}\n  the evaluator:  {json.dumps(self.answer)}"


@dataclass
class Result:
    """Of one ruleset."""

    ruleset: Ruleset
    agree: int = 0
    undecided: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    whys: Counter[str] = field(default_factory=Counter)  # of those that are undecided
    mismatches: list[Mismatch] = field(default_factory=list)
    listings: dict[str, str] = field(default_factory=dict)
    refused: str = ""  # why the rules were not loaded

    def __str__(self) -> str:
        """Everything to do it again by hand."""
        parts = [f"RULES {self.ruleset.name}", *map(str, self.ruleset.commands)]
        parts += [f"---- {name}\n{text}" for name, text in self.listings.items() if text.strip() and name != "nft"]
        return "\n".join([*parts, *(f"MISMATCH {one}" for one in self.mismatches)])


class NotLoaded(Exception):
    """The kernel or the tool refuses the rules."""


class Server:
    """Name spaces of their own for one trial."""

    def __enter__(self) -> Server:
        command = spaces.isolated(sys.executable, "-B", "-m", "flowlab.server", network=True)
        self._process = subprocess.Popen(command, cwd=_LAB, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                         env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"})
        if self._line() != "ready":
            raise RuntimeError("no server")
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        self._spaces = ["nsenter", "--target", children[0], "--mount", "--net", "--pid"]
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.communicate()

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def run(self, argv: list[str] | tuple[str, ...], text: str = "", timeout: float = 60) -> subprocess.CompletedProcess[str]:
        """A command at the server."""
        return subprocess.run([*self._spaces, *argv], input=text, text=True, capture_output=True, timeout=timeout,
                              check=False, env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"})

    def load(self, commands: tuple[Command, ...]) -> tuple[Command, ...]:
        """As they were loaded: without the rules that do not go together. Or NotLoaded."""
        loaded = [self._load(command) for command in commands]
        self.run([sys.executable, "-B", "-c", f"import sys; sys.path.insert(0, {str(_LAB)!r}); "
                  "from flowlab.server import apply_settings; apply_settings()"])
        return tuple(loaded)

    def _load(self, command: Command) -> Command:
        for _ in range(40):
            done = self.run(command.argv, command.text)
            if done.returncode == 0 or command.may_fail:
                return command
            refused = {int(line) for line in _REFUSED.findall(done.stdout + done.stderr)}
            lines = command.text.splitlines()
            if not refused or any(number > len(lines) or not lines[number - 1].startswith(_RULE) for number in refused):
                break
            text = "\n".join(line for number, line in enumerate(lines, 1) if number not in refused)
            command = replace(command, text=text + "\n")
        raise NotLoaded(f"{command}\n{done.stdout}{done.stderr}")

    def listings(self) -> dict[str, str]:
        """What the tools tell of the rules."""
        return {name: done.stdout for name, argv in _LISTINGS.items() if (done := self.run(argv)).returncode == 0}

    def forget_neighbours(self) -> None:
        """Of IPv6, both of them: who asks next looks for the other's address of the link."""
        for command in FORGET_COMMANDS:
            self.run(command.split())
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(FORGET) + "\n")
        self._process.stdin.flush()
        assert json.loads(self._line()) == FORGET

    def connect(self, flows: list[Flow], window_s: float) -> list[str]:
        """What the client sees of each; the server itself where it asks."""
        if flows[0].outgoing:
            ask = json.dumps([[[flow.destination, flow.source, flow.port] for flow in flows], window_s])
            done = self.run([sys.executable, "-B", "-c", f"import sys; sys.path.insert(0, {str(_LAB)!r}); "
                             "from flowlab.client import main; main()"], ask + "\n")
            return list(json.loads(done.stdout))
        assert self._process.stdin is not None
        ask = [[flow.source, flow.destination, flow.port] for flow in flows]
        self._process.stdin.write(json.dumps([ask, window_s]) + "\n")
        self._process.stdin.flush()
        return list(json.loads(self._line()))


def predict(flow_answer: Path, listings: dict[str, str], flows: list[Flow]) -> list[dict[str, Any]]:
    """The evaluator's answers."""
    with tempfile.TemporaryDirectory() as directory:
        words = []
        for name, text in listings.items():
            file = Path(directory, name)
            file.write_text(text)
            words.append(f"{name}={file}")
        lines = "".join(json.dumps(flow.as_json()) + "\n" for flow in flows)
        done = subprocess.run([flow_answer, *words], input=lines, text=True, capture_output=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()[:len(flows)]]


def fits(possible: dict[str, Any], seen: str) -> bool:
    """What the client saw is what this leads to."""
    kind = possible["kind"]
    if kind == "accepted":
        port = possible["port"]
        return seen == str(port) if port else seen.isdigit()
    if seen == SILENT:  # connected, and then nothing: for ssh(1) a time-out too
        seen = TIMED_OUT
    if kind == "forwarded":  # and the server is no router
        return seen == TIMED_OUT
    if not possible["messages"]:
        return not seen.isdigit()
    return seen in possible["messages"]


def fits_outgoing(possible: dict[str, Any], seen: str) -> bool:
    """An answer came of who was asked. Where it is sent elsewhere, of anybody."""
    if possible["kind"] == "accepted":
        return seen == str(possible["port"])
    return possible["kind"] == "forwarded" or not seen.isdigit()


def right(flow: Flow, answer: dict[str, Any], seen: str) -> bool:
    """One of what it says may be."""
    if flow.outgoing:
        return any(fits_outgoing(possible, seen) for possible in answer["possible"])
    return any(fits(possible, seen) for possible in answer["possible"])


def run(ruleset: Ruleset, flow_answer: Path, outgoing: bool = False) -> Result:
    """Loads it, asks both, and asks again with more patience where they differ."""
    result = Result(ruleset)
    flows = list(OUTGOING_FLOWS if outgoing else FLOWS)
    with Server() as server:
        try:
            result.ruleset = replace(ruleset, commands=server.load(ruleset.commands))
        except NotLoaded as refused:
            result.refused = str(refused)
            return result
        result.listings = server.listings()
        answers = dict(zip(flows, predict(flow_answer, result.listings, flows), strict=True))
        seen = {}
        again = flows
        for window_s in _WINDOWS_S:
            seen |= dict(zip(again, server.connect(again, window_s), strict=True))
            again = [flow for flow in again if not right(flow, answers[flow], seen[flow])]
            if not again:
                break
    for flow, answer in answers.items():
        result.kinds[answer["kind"]] += 1
        if answer["kind"] == "undecided":
            result.whys[answer["why"]] += 1
        if not right(flow, answer, seen[flow]):
            result.mismatches.append(Mismatch(flow, answer, seen[flow]))
        elif answer["kind"] == "undecided":
            result.undecided += 1
        else:
            result.agree += 1
    return result
