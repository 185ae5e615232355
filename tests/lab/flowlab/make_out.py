"""Rules about what the machine asks others, of nftables and iptables: output, postrouting, and where answers come in."""

from __future__ import annotations

from collections.abc import Sequence

from flowlab.net import PORTS
from flowlab.pick import Pick
from flowlab.trial import Command

_PEERS = {4: ("10.98.0.2", "192.0.2.7", "203.0.113.9", "10.98.0.0/24", "10.0.0.0/8"),
          6: ("fd98::2", "2001:db8::7", "2001:db8:9::9", "fd98::/64", "fd00::/8")}
_OWN = {4: ("10.98.0.1", "10.99.0.1", "10.98.0.0/15"), 6: ("fd98::1", "fd99::1", "fd98::/15")}
_STATES = ("new", "established", "invalid", "untracked", "related,established", "new,established", "new,untracked")
# Ports that the kernel chooses are none of 1024-32767, all of 32768-60999.
_CHOSEN = ("22", "1-1023", "1024-65535", "32768-60999", "1-32767")
# A type, a hook, a priority; iptables' tables have the same.
_NFT = ((5.0, ("filter", "output", 0)), (1, ("filter", "output", -150)), (1.5, ("filter", "output", -300)),
        (0.7, ("route", "output", -150)), (1.2, ("nat", "output", -100)), (1, ("filter", "postrouting", 0)),
        (0.8, ("nat", "postrouting", 100)), (4, ("filter", "input", 0)), (1.2, ("filter", "prerouting", -300)),
        (0.8, ("filter", "prerouting", 0)))
_IPTABLES = {"raw": ("PREROUTING", "OUTPUT"), "mangle": ("PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"),
             "nat": ("OUTPUT", "POSTROUTING"), "filter": ("INPUT", "OUTPUT"), "security": ("INPUT", "OUTPUT")}


def _leaves(hook: str) -> bool:
    return hook.lower() in ("output", "postrouting")


class Nft:
    """Of one table."""

    def __init__(self, pick: Pick, family: str) -> None:
        self.pick = pick
        self.family = family

    def match(self, kind: str, hook: str) -> str:
        """Something of the packet, from the side that it is seen from."""
        pick, out = self.pick, _leaves(hook)
        six = self.family == "ip6" or (self.family == "inet" and pick.chance(0.4))
        version, word = (6, "ip6") if six else (4, "ip")
        other, own = ("daddr", "saddr") if out else ("saddr", "daddr")
        their, mine = ("dport", "sport") if out else ("sport", "dport")
        unlike = pick.one(("", "", "", "!= "))
        things = [(4.0, f"{word} {other} {unlike}{pick.one(_PEERS[version])}"), (4, f"tcp {their} {unlike}{pick.one(PORTS)}"),
                  (1, f"{word} {own} {unlike}{pick.one(_OWN[version])}"), (1, f"tcp {their} {{ 22, 80 }}"),
                  (1.5, f"tcp {mine} {unlike}{pick.one(_CHOSEN)}"), (0.5, f"tcp {mine} {pick.one(('< 1024', '>= 1024', '> 61000'))}"),
                  (3, f"ct state {unlike}{pick.one(_STATES)}"), (0.7, f"ct direction {pick.one(('original', 'reply'))}"),
                  (0.4, "ct status dnat"), (0.3, "limit rate 1000/second"), (0.7, f"meta mark {pick.one((0, 5))}"),
                  (0.7, f"fib daddr type {pick.one(('local', 'unicast'))}"), (1, f"tcp flags & (syn | ack) == {pick.one(('syn', 'ack'))}"),
                  (0.8, f"{'oif' if out else 'iif'}name {unlike}{pick.one(('up0', 'up1', 'lo'))}")]
        if out and kind != "nat":
            things.append((3, f"meta skuid {unlike}{pick.one((0, 0, 1000, '0-499'))}"))
        if hook == "prerouting":
            things.append((1, "fib saddr . iif oif missing"))
        return pick.weighted(things)

    def verdict(self, kind: str, hook: str, priority: int) -> str:
        """What becomes of it."""
        pick = self.pick
        if kind == "nat":
            things = [(1.0, "accept"), (0.5, "return")]
            if hook == "postrouting":
                return pick.weighted([*things, (3, "masquerade")])
            to = {"ip": "dnat to 198.51.100.77", "ip6": "dnat to 2001:db8:77::7", "inet": "dnat ip to 198.51.100.77"}[self.family]
            return pick.weighted([*things, (2, "redirect"), (1, to)])
        things = [(5.0, "accept"), (3, "drop"), (1, "return"), (0.5, "meta mark set 5")]
        if hook in ("input", "output"):
            things.append((1.5, "reject"))
        if priority == -300:
            things.append((2.5, "notrack"))
        return pick.weighted(things)

    def base(self, number: int) -> list[str]:
        """A chain that the kernel calls."""
        pick = self.pick
        kind, hook, priority = pick.weighted(_NFT)
        strict = kind == "filter" and priority == 0 and pick.chance(0.35)
        lines = [f" chain b{number} {{", f"  type {kind} hook {hook} priority {priority}; policy {'drop' if strict else 'accept'};"]
        if strict:
            lines.append("  icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept")
            if pick.chance(0.7):
                lines.append("  ct state established,related accept")
        for _ in range(pick.randint(1, 4)):
            matches = [self.match(kind, hook) for _ in range(pick.weighted(((0.5, 0), (6, 1), (4, 2))))]
            lines.append("  " + " ".join([*matches, self.verdict(kind, hook, priority)]))
        return [*lines, " }"]


def make_nft(pick: Pick) -> list[Command]:
    """One table or two."""
    lines: list[str] = []
    for number in range(pick.one((1, 1, 2))):
        family = pick.weighted(((3.0, "inet"), (2, "ip"), (1, "ip6")))
        lines += [f"table {family} t{number} {{"]
        for base in range(pick.randint(1, 3)):
            lines += Nft(pick, family).base(base)
        lines += ["}"]
    return [Command(("nft", "-f", "-"), "\n".join(lines) + "\n")]


def _words(pick: Pick, version: int, chain: str) -> str:
    out = _leaves(chain)
    no = pick.one(("", "", "", "! "))
    other, own = ("-d", "-s") if out else ("-s", "-d")
    their, mine = ("--dport", "--sport") if out else ("--sport", "--dport")
    chosen = pick.one(_CHOSEN).replace("-", ":")
    things: list[tuple[float, str]] = [
        (4, f"{no}{other} {pick.one(_PEERS[version])}"), (1, f"{no}{own} {pick.one(_OWN[version])}"),
        (4, f"-p tcp -m tcp {no}{their} {pick.one(PORTS)}"), (1.5, f"-p tcp -m tcp {no}{mine} {chosen}"),
        (1, "-p tcp -m multiport --ports 22,80"), (3, f"-m conntrack {no}--ctstate {pick.one(_STATES).upper()}"),
        (0.7, f"-m conntrack --ctdir {pick.one(('ORIGINAL', 'REPLY'))}"), (0.7, f"-m mark {no}--mark 5"),
        (0.3, "-m limit --limit 1000/s --limit-burst 1000"), (0.8, f"{no}{'-o' if out else '-i'} {pick.one(('up0', 'up1', 'lo'))}"),
        (0.8, f"-m addrtype {no}--dst-type {pick.one(('LOCAL', 'UNICAST'))}" if version == 4 else "-p tcp")]
    if out:
        things += [(3, f"-m owner {no}--uid-owner {pick.one((0, 0, 1000, '0-499'))}"), (0.3, "-m owner --gid-owner 0")]
    return pick.weighted(things)


def _target(pick: Pick, version: int, table: str, chain: str) -> str:
    if table == "nat":
        to = {4: "198.51.100.77", 6: "2001:db8:77::7"}[version]
        kinds: Sequence[tuple[float, str]] = ((3, "MASQUERADE"), (1, "ACCEPT")) if chain == "POSTROUTING" else (
            (2, "REDIRECT"), (1, f"DNAT --to-destination {to}"), (1, "ACCEPT"), (1, "RETURN"))
        return pick.weighted(kinds)
    things = [(5.0, "ACCEPT"), (3, "DROP"), (1, "RETURN")]
    if table == "filter":
        things.append((1.5, "REJECT"))
    if table == "mangle":
        things.append((2, "MARK --set-mark 5"))
    if table == "raw":
        things.append((2.5, "CT --notrack"))
    return pick.weighted(things)


def _family(pick: Pick, version: int, kind: str) -> Command:
    lines = []
    for table, often in (("raw", 0.3), ("mangle", 0.3), ("nat", 0.3), ("security", 0.4), ("filter", 1.0)):
        if not pick.chance(often):
            continue
        strict = {chain: table == "filter" and pick.chance(0.35) for chain in _IPTABLES[table]}
        lines += [f"*{table}", *(f":{chain} {'DROP' if drop else 'ACCEPT'} [0:0]" for chain, drop in strict.items())]
        for chain, drop in strict.items():
            if drop and version == 6:
                lines += [f"-A {chain} -p ipv6-icmp -j ACCEPT"]
            if drop and pick.chance(0.7):
                lines += [f"-A {chain} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT"]
            for _ in range(pick.randint(0, 3)):
                lines.append(f"-A {chain} {_words(pick, version, chain)} -j {_target(pick, version, table, chain)}")
        lines += ["COMMIT"]
    return Command((f"{'ip6' if version == 6 else 'ip'}tables-{kind}-restore",), "\n".join(lines) + "\n")


def make_iptables_nft(pick: Pick) -> list[Command]:
    """Both families."""
    return [_family(pick, version, "nft") for version in (4, 6)]


def make_iptables_legacy(pick: Pick) -> list[Command]:
    """Both families."""
    return [_family(pick, version, "legacy") for version in (4, 6)]
