"""Rules of native nftables: up to three tables of any family, sets, maps, all the hooks on the way."""

from __future__ import annotations

from dataclasses import dataclass

from flowlab.net import PORTS
from flowlab.pick import Pick
from flowlab.trial import Command

_V4 = ("10.98.0.2", "10.98.0.3", "192.0.2.7", "10.99.0.2", "203.0.113.9", "10.98.0.0/24", "10.0.0.0/8",
       "192.0.2.0/24", "0.0.0.0/1")
_V6 = ("fd98::2", "fd98::3", "2001:db8::7", "fd99::2", "2001:db8:9::9", "fd98::/64", "fd00::/8", "2001:db8::/32")
_V4_RANGES = ("10.98.0.0-10.98.0.2", "192.0.2.0-203.0.113.255")
_V6_RANGES = ("fd98::-fd98::2", "2001:db8::-2001:db8:9::ffff")
_STATES = ("new", "established", "invalid", "untracked", "established,related", "new,untracked", "related")
_REJECTS = {
    "ip": ("", "with icmp type port-unreachable", "with icmp type host-prohibited", "with icmp type net-unreachable",
           "with icmp type admin-prohibited", "with icmp type host-unreachable", "with icmp type prot-unreachable",
           "with icmp type net-prohibited"),
    "ip6": ("", "with icmpv6 type no-route", "with icmpv6 type admin-prohibited", "with icmpv6 type policy-fail",
            "with icmpv6 type addr-unreachable", "with icmpv6 type reject-route",
            "with icmpv6 type port-unreachable"),
    "inet": ("", "with icmpx type admin-prohibited", "with icmpx type host-unreachable", "with icmpx type no-route",
             "with icmpx type port-unreachable"),
}


@dataclass(frozen=True)
class Hook:
    """Where base chains are put."""

    name: str
    priority: str
    type: str = "filter"

    @property
    def out(self) -> bool:
        """It sees what leaves."""
        return self.name in ("output", "postrouting")


_HOOKS = (
    (6.0, Hook("input", "0")), (2, Hook("input", "-10")), (2, Hook("input", "10")), (1, Hook("input", "-150")),
    (3, Hook("prerouting", "-300")), (1.5, Hook("prerouting", "-150")), (1, Hook("prerouting", "0")),
    (1.5, Hook("prerouting", "-100", "nat")), (1, Hook("prerouting", "-90", "nat")),
    (1.5, Hook("output", "0")), (0.5, Hook("output", "-150")), (0.4, Hook("postrouting", "0")),
    (0.3, Hook("output", "-150", "route")), (0.3, Hook("input", "100", "nat")),
)


class Table:
    """One table, in nft's own language."""

    def __init__(self, pick: Pick, family: str, name: str, shift: int = 0) -> None:
        self.pick = pick
        self.shift = shift  # of all priorities
        self.family = family
        self.name = name
        self.v4 = family != "ip6"
        self.v6 = family != "ip"

    def address(self) -> str:
        """A match of an address, of a family that the table sees."""
        pick = self.pick
        six = self.v6 and (not self.v4 or pick.chance(0.4))
        plain, ranges, word = (_V6, _V6_RANGES, "ip6") if six else (_V4, _V4_RANGES, "ip")
        named = "@six" if six else "@four"
        other = "@six_ranges" if six else "@four_ranges"
        some = pick.sample([one for one in plain if "/" not in one], 2)
        value = pick.weighted(((4, pick.one(plain)), (1, pick.one(ranges)), (2, "{ " + ", ".join(some) + " }"),
                               (2, named), (1, other)))
        operator = "!= " if pick.chance(0.25) else ""
        if pick.chance(0.1):
            own = pick.one(("fd98::1", "fd99::/64") if six else ("10.98.0.1", "10.99.0.0/24"))
            return f"{word} daddr {operator}{own}"
        return f"{word} saddr {operator}{value}"

    def port(self) -> str:
        """A match of sshd's port."""
        pick = self.pick
        port = pick.one(PORTS)
        return pick.weighted(((6, f"tcp dport {port}"), (1, f"tcp dport != {port}"), (1, "tcp dport { 22, 2222 }"),
                              (1, "tcp dport 22-80"), (1, "tcp dport > 80"), (1, "th dport 22"),
                              (1, "tcp dport @ports"), (1, "tcp dport != { 22, 80 }"), (0.5, "udp dport 22"),
                              (0.5, "tcp dport <= 22")))

    def both(self) -> str:
        """An address and a port at once."""
        if self.v4 and (not self.v6 or self.pick.chance(0.5)):
            return self.pick.one(("ip saddr . tcp dport { 10.98.0.2 . 22, 10.99.0.2 . 80, 192.0.2.7 . 2222 }",
                                  "ip saddr . tcp dport != { 10.98.0.3 . 22, 203.0.113.9 . 80 }",
                                  "ip saddr . tcp dport @four_port",
                                  "iifname . ip saddr { up0 . 10.98.0.2, up1 . 10.99.0.2 }"))
        return self.pick.one(("ip6 saddr . tcp dport { fd98::2 . 22, fd99::2 . 80 }",
                              "meta iifname . tcp dport { up0 . 22, up1 . 80 }"))

    def interface(self, hook: Hook | None) -> str:
        """... by name, by number, by its beginning."""
        word = "oif" if hook and hook.out else "iif"
        name = self.pick.one(("up0", "up1"))
        operator = self.pick.one(("", "", "!= "))
        return self.pick.weighted(((4, f"{word}name {operator}{name}"), (1, f"{word} {operator}{name}"),
                                   (1, f'{word}name {operator}"up*"'), (1, f'{word}name {operator}"x*"'),
                                   (1, f"{word}name {operator}lo"), (1, f"{word}name {{ {name}, eth7 }}")))

    def state(self) -> str:
        """What conntrack makes of it."""
        pick = self.pick
        return pick.weighted(((5, f"ct state {pick.one(_STATES)}"), (1, "ct state { established, related }"),
                              (1, f"ct state != {pick.one(('new', 'established'))}"), (1, "ct status dnat"),
                              (0.5, "ct direction original"), (0.5, "ct direction reply"),
                              (1, f"ct mark {pick.one((0, 1, 2))}"),
                              (0.5, "ct state vmap { established : accept, related : accept, invalid : drop }")))

    def other(self, hook: Hook | None) -> str:
        """What is asked now and then; the last ones nobody can tell."""
        pick = self.pick
        things = [(2.0, "meta l4proto tcp"), (1, "meta l4proto != tcp"), (1, "meta l4proto { tcp, udp }"),
                  (2, f"meta mark {pick.one((0, 1, 2))}"), (0.5, f"meta mark != {pick.one((0, 1))}"),
                  (0.5, "meta mark and 1 == 1"), (0.7, "limit rate 1000/second"), (0.2, "limit rate over 1/hour"),
                  (0.2, "numgen random mod 2 1"), (0.2, "tcp sport > 1023"), (0.2, "ct count over 5000"),
                  (0.2, "quota over 500 mbytes")]
        if self.family == "inet":
            things += [(2, "meta nfproto ipv4"), (1, "meta nfproto ipv6"), (0.5, "meta protocol ip6")]
        if self.v4:
            things += [(0.5, "ip protocol tcp"), (0.5, "ip protocol != tcp"), (0.3, "ip daddr . tcp dport { 10.98.0.1 . 22 }")]
        if self.v6:
            things += [(0.5, "ip6 nexthdr tcp")]
        if hook is None or not hook.out:
            things += [(1, "fib daddr type local"), (0.5, "fib daddr . iif type local"), (0.5, "fib daddr type { unicast, broadcast }"), (0.5, "fib saddr type local"),
                       (1, "tcp flags & (fin|syn|rst|ack) == syn"), (0.5, "tcp flags syn"), (0.5, "tcp flags ! syn"),
                       (0.5, "tcp flags & (syn|ack) != syn")]
        if hook is not None and hook.name == "prerouting":
            things += [(1, "fib saddr . iif oif missing"), (0.5, "fib saddr oif missing"), (0.5, "fib saddr . iif oif 0"), (0.5, "meta pkttype host")]
        return pick.weighted(things)

    def match(self, hook: Hook | None) -> str:
        """One of them."""
        make = self.pick.weighted(((4, self.address), (5, self.port), (1.5, self.both), (2.5, self.state)))
        return self.pick.weighted(((12.0, make), (2, lambda: self.interface(hook)), (3.5, lambda: self.other(hook))))()

    def reject(self) -> str:
        """All kinds, of the family of the table."""
        pick = self.pick
        if pick.chance(0.25):
            return "reject with tcp reset"
        family = self.family
        if family == "inet" and pick.chance(0.4):
            family = pick.one(("ip", "ip6"))
        kind = pick.one(_REJECTS[family])
        return f"reject {kind}".strip()

    def change(self) -> str:
        """Of a mark, of a set; where its value cannot be had the rule ends."""
        pick = self.pick
        some = pick.one(("ct mark map { 1 : 2 }", "tcp dport map { 22 : 1, 80 : 2 }", "ct mark map { 0 : 1 }"))
        end = pick.one(("", "", "accept", "drop"))
        things = [(2.0, f"meta mark set meta mark {pick.one(('or', 'and', 'xor'))} {pick.one((1, 2))}"), (1, "meta mark set ct mark"),
                  (1, f"meta mark set {some}"), (2, f"ct mark set {pick.one((1, 2))}"), (1, "ct mark set meta mark"),
                  (0.5, "ct mark set ct mark or 2"), (0.5, f"ct mark set {some}"),
                  (0.5, "meta priority set tcp dport map { 80 : 1:1 }")]
        if self.v4:
            things.append((0.5, "delete @gone { ip saddr }"))
        return f"{pick.weighted(things)} {end}".strip()

    def perhaps(self) -> str:
        """A map that often finds nothing; what is behind it is done where it says continue."""
        pick = self.pick
        what = pick.one(("accept", "drop", "continue", "continue"))
        things = [(2.0, f"tcp dport vmap {{ {pick.one(PORTS)} : {what} }}"), (1, f"meta iifname vmap {{ up0 : {what} }}"),
                  (1, f"tcp sport vmap {{ 0-30000 : {what}, 30001-65535 : {what} }}")]
        if self.v4:
            things.append((1, f"ip saddr vmap {{ 10.98.0.0/24 : {what} }}"))
        if self.v6:
            things.append((1, f"ip6 saddr vmap {{ fd98::/64 : {what} }}"))
        return pick.weighted(things)

    def verdict(self, depth: int, hook: Hook | None) -> str:
        """How a rule ends; `depth`: of its chain, which jumps to deeper ones only."""
        pick = self.pick
        things = [(5.0, "accept"), (3, "drop"), (1.5, "return"), (0.4, "continue"), (0.8, "counter"),
                  (1, f"meta mark set {pick.one((1, 2, 3))}"), (1, self.change()),
                  (1, f"{self.perhaps()} {pick.one(('accept', 'drop', 'reject'))}")]
        if hook is None or hook.name in ("input", "output", "prerouting"):
            things.append((3 if hook is None or not hook.out else 1, self.reject()))
        if depth < 2:
            chain = f"c{depth}{pick.one((0, 1))}"
            things += [(2, f"jump {chain}"), (1, f"goto {chain}"),
                       (1.2, f"tcp dport vmap {{ 22 : {pick.one(('accept', 'drop', f'jump {chain}'))}, "
                             f"80 : {pick.one(('return', 'drop', f'goto {chain}'))} }}"),
                       (0.7, "tcp dport vmap @verdicts")]
            if self.v4:
                things.append((0.5, "ip saddr vmap { 10.98.0.0/24 : accept, 203.0.113.9 : drop }"))
        return pick.weighted(things)

    def translation(self) -> str:
        """The port, or another machine."""
        pick = self.pick
        port = pick.one((22, 80, 2222, 9))
        things = [(5.0, f"redirect to :{port}"), (0.5, "redirect"), (1, "accept"), (0.5, "return"), (0.5, "drop"),
                  (0.5, f"tcp dport vmap {{ 80 : accept }} redirect to :{port}")]
        if self.family == "ip":
            things += [(1, f"dnat to 10.98.0.1:{port}"), (0.5, "dnat to 198.51.100.77"), (0.5, f"dnat to :{port}")]
        if self.family == "inet":
            things += [(0.5, f"dnat ip to 10.99.0.1:{port}"), (0.3, "dnat ip6 to 2001:db8:77::7")]
        verdict = pick.weighted(things)
        if "redirect" in verdict or "to :" in verdict or verdict.count(":") == 1:
            return f"{pick.one((self.port_plain(), 'meta l4proto tcp'))} {verdict}"
        return f"{self.port_plain()} {verdict}"

    def source(self) -> str:
        """That the server sees instead of the client's own."""
        to = {"ip": "to 10.98.0.3", "ip6": "to fd98::3", "inet": self.pick.one(("ip to 10.98.0.3", "ip6 to fd98::3"))}
        return f"{self.port_plain()} snat {to[self.family]}"

    def port_plain(self) -> str:
        """One port."""
        return f"tcp dport {self.pick.one(PORTS)}"

    def rule(self, depth: int, hook: Hook | None) -> str:
        """Matches and a verdict."""
        pick = self.pick
        count = pick.weighted(((1.0, 0), (6, 1), (4, 2), (1, 3)))
        matches = [self.match(hook) for _ in range(count)]
        words = [one for one in matches if "vmap" not in one] + [one for one in matches if "vmap" in one][:1]
        if words and "vmap" in words[-1]:
            return " ".join(words)
        if pick.chance(0.15):
            words.append("counter")
        if hook is not None and hook.priority == "-300" and pick.chance(0.25):
            return " ".join([*words, pick.one(("notrack", "notrack", "ct zone set 7"))])
        verdict = self.verdict(depth, hook)
        if self.family == "inet" and "tcp reset" in verdict:
            # nft(8) lists neither of these before a reset, and loses what they ask.
            words = [one for one in words if not one.startswith(("meta nfproto", "meta protocol"))]
        comment = ' comment "a rule"' if pick.chance(0.05) and "vmap" not in verdict else ""
        return " ".join([*words, verdict]) + comment

    def base(self, number: int) -> str:
        """A base chain."""
        pick = self.pick
        hook = pick.weighted(_HOOKS)
        nat = hook.type == "nat"
        strict = not nat and hook.type != "route" and pick.chance(0.1 if hook.out else 0.3)
        rules = []
        if (strict or hook.name == "input") and pick.chance(0.8):
            rules.append("ct state established,related accept" if hook.priority != "-300" else "accept")
        if hook.priority == "-300" and pick.chance(0.6):  # before conntrack
            rules.append(f"ct state {pick.one(('new', 'invalid', 'established', 'untracked'))} "
                         f"{pick.weighted(((2.0, 'drop'), (1, self.reject()), (1, 'accept')))}")
        for _ in range(pick.randint(1, 5)):
            if nat and hook.name == "input":
                rules.append(self.source())
            elif nat:
                own = [self.match(Hook("prerouting", "nat"))] if pick.chance(0.4) else []
                rules.append(" ".join([*(one for one in own if "vmap" not in one), self.translation()]))
            else:
                rules.append(self.rule(0 if not hook.out else 2, hook))
        priority = int(hook.priority) + self.shift
        head = f"type {hook.type} hook {hook.name} priority {priority}; policy {'drop' if strict else 'accept'};"
        return self.chain(f"b{number}", [head, *rules])

    def chain(self, name: str, lines: list[str]) -> str:
        """As text."""
        return "\n".join([f" chain {name} {{", *(f"  {line}" for line in lines), " }"])

    def sets(self) -> list[str]:
        """That its rules may name."""
        four = "type ipv4_addr; flags timeout; elements = { 10.98.0.3, 192.0.2.7 timeout 1h }"
        concat = "type ipv4_addr . inet_service; flags interval; elements = { 10.98.0.0/24 . 22, 192.0.2.7 . 80-90 }"
        out = [f" set four {{ {four} }}", f" set four_port {{ {concat} }}",
               " set four_ranges { type ipv4_addr; flags interval; elements = { 10.99.0.0/16, 192.0.2.0-192.0.2.9 } }",
               " set six { type ipv6_addr; elements = { fd98::3, 2001:db8:9::9 } }",
               " set six_ranges { type ipv6_addr; flags interval; elements = { fd98::/64, 2001:db8::-2001:db8::f } }",
               " set ports { type inet_service; flags interval; elements = { 22, 1000-3000 } }",
               " set gone { type ipv4_addr; flags dynamic, timeout; size 8; }",
               " map verdicts { type inet_service : verdict; elements = { 22 : accept, 80 : drop, 2222 : jump c10 } }"]
        return out

    def text(self) -> str:
        """The whole table."""
        pick = self.pick
        lines = [f"table {self.family} {self.name} {{"]
        if pick.chance(0.03):
            lines.append(" flags dormant;")
        chains = [self.chain(f"c{depth}{number}", [self.rule(depth + 1, None) for _ in range(pick.randint(0, 3))])
                  for depth in (1, 0) for number in (0, 1)]
        return "\n".join([*lines, *self.sets(), *chains, *(self.base(one) for one in range(pick.randint(1, 3))), "}"])


def ingress(pick: Pick) -> str:
    """A netdev table, as those have who fend off floods."""
    verdict = pick.one(("drop", "accept", "counter"))
    match = pick.one(("ip saddr 10.98.0.3", "tcp dport 80", "ip6 saddr fd98::3", "ip saddr { 192.0.2.7, 203.0.113.9 } tcp dport 22"))
    if pick.chance(0.5):
        match = pick.one(("ip daddr 10.98.0.3", "tcp sport 80", "ip6 daddr fd98::3", "tcp sport 22", "tcp dport 22"))
        return (f"table netdev guard {{\n chain out {{\n  type filter hook egress device {pick.one(('up0', 'up1'))} priority 0; "
                f"policy accept;\n  {match} {verdict}\n }}\n}}")
    return (f"table netdev guard {{\n chain in {{\n  type filter hook ingress device {pick.one(('up0', 'up1'))} priority -500; "
            f"policy accept;\n  {match} {verdict}\n }}\n}}")


def text(pick: Pick) -> str:
    """Tables for nft -f."""
    tables = [Table(pick, pick.weighted(((3.0, "inet"), (1, "ip"), (1, "ip6"))), f"t{number}").text()
              for number in range(pick.weighted(((4.0, 1), (3, 2), (1, 3))))]
    if pick.chance(0.1):
        tables.insert(pick.randint(0, len(tables)), ingress(pick))
    return "\n".join(tables)


def make(pick: Pick) -> list[Command]:
    """A ruleset."""
    return [Command(("nft", "-f", "-"), text(pick) + "\n")]
