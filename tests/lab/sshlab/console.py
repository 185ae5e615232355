"""The serial console of a guest, and the lines that sshguardd writes there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()][0-9A-Za-z]|[=>78McDEHNOZ])")

# Not anchored to a line's begin: a getty's prompt may stand before it on the same line.
_LINE = re.compile(r"SSHGUARDD (?P<state>OK|WARNING|CRITICAL|UNKNOWN) (?P<host>\S+) "
                   r"(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ) (?P<sentence>[^\n]*) \[v1 ?(?P<tag>[^\]\n]*)\]")


@dataclass(frozen=True)
class Line:
    """One report on the console. `end` is where it ends in the text, the place to go on reading from."""

    text: str
    state: str
    host: str
    time: str
    sentence: str
    tag: dict[str, str | bool]
    end: int

    @property
    def seq(self) -> str:
        """Its number within this boot, as the `ends=` of a later line names it."""
        return str(self.tag["seq"])

    def matches(self, pattern: str | None = None, *, state: str | None = None, says: str | None = None,
                **tag: object) -> bool:
        """Whether the line has this state word, this text in its sentence and these keys in its tag."""
        return ((pattern is None or re.search(pattern, self.text) is not None)
                and (state is None or self.state == state)
                and (says is None or says in self.sentence)
                and all(self._has(key, wanted) for key, wanted in tag.items()))

    def _has(self, key: str, wanted: object) -> bool:
        found = self.tag.get(key)
        if isinstance(wanted, bool):
            return (found is not None) == wanted
        return found is not None and str(found) == str(wanted)


def clean(raw: str) -> str:
    """The text as a person sees it: no carriage returns, no colours."""
    return _ESCAPES.sub("", raw).replace("\r", "")


def parse(text: str, since: int = 0) -> list[Line]:
    """The reports in a cleaned console text, from an offset on; a line still being written is not there yet."""
    return [_line(found) for found in _LINE.finditer(text, since)]


def _line(found: re.Match[str]) -> Line:
    tag: dict[str, str | bool] = {}
    for word in found["tag"].split():
        key, equals, value = word.partition("=")
        tag[key] = value if equals else True
    return Line(found[0], found["state"], found["host"], found["time"], found["sentence"], tag, found.end())


class Console:
    """The file that script(1) writes, cleaned. Read in full each time: it holds some kilobytes."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def text(self) -> str:
        """All of it so far, without the line that script(1) itself puts at the top."""
        try:
            raw = self._path.read_bytes().decode(errors="replace")
        except FileNotFoundError:
            return ""
        _, _, rest = raw.partition("\n")
        return clean(rest)

    def lines(self, since: int = 0) -> list[Line]:
        """The reports from an offset on."""
        return parse(self.text(), since)
