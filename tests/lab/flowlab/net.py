"""The network of a trial: a server with two interfaces, a client with many addresses behind them.

The rules are loaded at the server. Ports that it listens on answer with their own number, so that a client sees
which one a translated connection came to.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

PORTS = (22, 80, 2222)
ALSO_LISTENED_ON = (9, 81)  # translations lead there
ELSEWHERE = ("198.51.100.77", "2001:db8:77::7")  # no address of the server's; it is no router
INTERFACES = {"up0": "c0", "up1": "c1"}  # the server's, and its other end
SERVER = {"up0": ("10.98.0.1", "fd98::1"), "up1": ("10.99.0.1", "fd99::1")}
LOCAL = [address for pair in SERVER.values() for address in pair]


@dataclass(frozen=True)
class Source:
    """An address of the client's, and the interface of the server that it comes by."""

    address: str
    interface: str
    way_back: str  # the interface that the server's route leads back by

    @property
    def ipv6(self) -> bool:
        """Else IPv4."""
        return ":" in self.address


SOURCES = (
    Source("10.98.0.2", "up0", "up0"),
    Source("10.98.0.3", "up0", "up0"),
    Source("192.0.2.7", "up0", "up0"),  # of another network
    Source("10.99.0.2", "up1", "up1"),
    Source("203.0.113.9", "up1", "up0"),  # the answer takes another way
    Source("fd98::2", "up0", "up0"),
    Source("fd98::3", "up0", "up0"),
    Source("2001:db8::7", "up0", "up0"),
    Source("fd99::2", "up1", "up1"),
    Source("2001:db8:9::9", "up1", "up0"),
)


@dataclass(frozen=True)
class Flow:
    """One connection, as flow_answer takes it."""

    source: str
    destination: str
    port: int
    interface: str
    way_back: bool
    own_address: bool = True  # the destination is that interface's
    local: tuple[str, ...] = tuple(LOCAL)
    outgoing: bool = False  # the server asks: `source` is who is asked
    neighbours: bool = False  # nobody knows the other's address of the link yet

    def as_json(self) -> dict[str, Any]:
        """For the evaluator and for the client."""
        return asdict(self)

    def __str__(self) -> str:
        """For people."""
        if self.outgoing:
            return f"to {self.source} port {self.port} by {self.interface}"
        back = "" if self.way_back else ", answered by the other one"
        return f"{self.source} -> {self.destination} port {self.port} by {self.interface}{back}"


FLOWS = tuple(Flow(source.address, SERVER[source.interface][source.ipv6], port, source.interface,
                   source.way_back == source.interface)
              for source in SOURCES for port in PORTS)
OUTGOING_FLOWS = tuple(Flow(source.address, SERVER[source.way_back][source.ipv6], port, source.way_back, True, outgoing=True)
                       for source in SOURCES for port in PORTS)
