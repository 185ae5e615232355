"""All generators by their names."""

from __future__ import annotations

from collections.abc import Callable

from flowlab import make_firewalld, make_iptables, make_mixed, make_nft, make_out, make_ufw
from flowlab.pick import Pick
from flowlab.trial import Command, Ruleset

GENERATORS: dict[str, Callable[[Pick], list[Command]]] = {
    "nft": make_nft.make,
    "iptables-nft": make_iptables.make_nft,
    "iptables-legacy": make_iptables.make_legacy,
    "mixed": make_mixed.make,
    "ufw": make_ufw.make,
    "firewalld": make_firewalld.make,
}
# Of what the machine asks others.
OUTGOING: dict[str, Callable[[Pick], list[Command]]] = {
    "out-nft": make_out.make_nft,
    "out-iptables-nft": make_out.make_iptables_nft,
    "out-iptables-legacy": make_out.make_iptables_legacy,
}


def ruleset(name: str) -> Ruleset:
    """ "nft/SEED/7" -> the same rules each time."""
    generator, seed, number = name.split("/")
    return Ruleset(generator, seed, int(number), tuple((GENERATORS | OUTGOING)[generator](Pick(name))))
