"""Rules of several programs beside each other: what one accepts, another may drop."""

from __future__ import annotations

from flowlab import make_iptables, make_nft
from flowlab.pick import Pick
from flowlab.trial import Command


def make(pick: Pick) -> list[Command]:
    """Two or all three, in any order."""
    # Of chains of the same priority in different tables nobody can tell which comes first.
    shift = pick.weighted(((1.0, 0), (4, -5), (4, 5)))
    table = make_nft.Table(pick, pick.one(("inet", "ip", "ip6")), "own", shift)
    commands = [Command(("nft", "-f", "-"), table.text() + "\n")]
    commands += [make_iptables.family(pick, version, kind) for kind in pick.one((("nft",), ("legacy",), ("nft", "legacy")))
                 for version in (4, 6) if pick.chance(0.8)]
    pick.shuffle(commands)
    return commands
