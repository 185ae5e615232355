"""Tables of the shape that firewalld makes, for it cannot run without a system's D-Bus.

Rebuilt after what firewalld 1.3.3 made on Debian 12: its chains, their order and priorities, its zones by source, by
interface and by default with their targets, services, rich rules, forwarded ports, the reverse-path rule of IPv6, and
the table of panic mode. Its dispatch by policies is there as far as packets to the machine go through it.
"""

from __future__ import annotations

from flowlab.net import PORTS
from flowlab.pick import Pick
from flowlab.trial import Command

_PARTS = ("pre", "log", "deny", "allow", "post")
_TARGETS = {"public": "reject with icmpx type admin-prohibited", "work": "reject with icmpx type admin-prohibited",
            "drop": "drop", "block": "reject with icmpx type admin-prohibited", "trusted": "accept"}
_SOURCES = ("ip saddr 10.98.0.3", "ip saddr 192.0.2.0/24", "ip6 saddr fd98::/64", "ip6 saddr 2001:db8::7", "ip saddr @banned",
            "ip saddr 10.98.0.0/24")
_REJECTS = ("reject", "reject with icmp type host-prohibited", "reject with tcp reset", "reject with icmpx type port-unreachable")


def rich_rule(pick: Pick) -> tuple[str, str]:
    """The part of the zone that it goes to, and the rule."""
    source = pick.one(("ip saddr 10.98.0.2", "ip saddr 203.0.113.0/24", "ip6 saddr fd99::2", "ip saddr != 10.98.0.0/24",
                       "meta nfproto ipv4", "meta nfproto ipv6"))
    port = f"tcp dport {pick.one(PORTS)} "
    kind = pick.weighted(((4.0, "accept"), (2, "drop"), (2, "reject"), (0.5, "limit")))
    if kind == "accept":
        return "allow", f"{source} {port}accept"
    if kind == "limit":
        return "allow", f"{source} {port}limit rate 300/minute accept"
    if kind == "drop":
        return "deny", f"{source} {port}drop"
    reject = pick.one(_REJECTS)
    if "icmp type" in reject:
        source = source if source.startswith("ip saddr") else "ip saddr 192.0.2.7"
    return "deny", f"{source} {port}{reject}"


class Zone:
    """Of the runtime configuration."""

    def __init__(self, pick: Pick, name: str) -> None:
        self.name = name
        self.target = _TARGETS[name]
        self.rules: dict[str, list[str]] = {part: [] for part in _PARTS}
        for port in pick.sample(PORTS, pick.weighted(((1.0, 0), (3, 1), (1, 2)))):
            self.rules["allow"].append(f"tcp dport {port} accept")
        if pick.chance(0.3):
            self.rules["allow"].append("tcp dport 1000-3000 accept")
        for _ in range(pick.weighted(((3.0, 0), (2, 1), (1, 2)))):
            part, rule = rich_rule(pick)
            self.rules[part].append(rule)
        self.forward = pick.sample(PORTS, 2) if pick.chance(0.25) else []

    def chains(self) -> list[str]:
        """Of the filter, and of nat."""
        own = f"filter_IN_{self.name}"
        lines = ["jump filter_INPUT_POLICIES_pre", *(f"jump {own}_{part}" for part in _PARTS), "jump filter_INPUT_POLICIES_post"]
        if self.name not in ("drop", "trusted"):
            lines.append("meta l4proto { icmp, ipv6-icmp } accept")
        lines.append(self.target)
        redirect = [f"tcp dport {self.forward[0]} redirect to :{self.forward[1]}"] if self.forward else []
        nat = f"nat_PRE_{self.name}"
        return [*(chain(f"{own}_{part}", rules) for part, rules in self.rules.items()), chain(own, lines),
                chain(f"{nat}_allow", redirect), chain(nat, [f"jump {nat}_allow"])]


def chain(name: str, lines: list[str]) -> str:
    """As text."""
    return "\n".join([f" chain {name} {{", *(f"  {line}" for line in lines), " }"])


def dispatch(pick: Pick, names: list[str]) -> tuple[list[str], list[str]]:
    """Which zone a packet is of: sources go before interfaces before the default; in the filter, and in nat."""
    rules = [(pick.one(_SOURCES), name) for name in names if pick.chance(0.5)]
    rules += [(f'iifname "{interface}"', pick.one(names)) for interface in ("up0", "up1") if pick.chance(0.5)]
    rules.append(("", names[0]))
    return ([f"{match} goto filter_IN_{name}".strip() for match, name in rules],
            [f"{match} goto nat_PRE_{name}".strip() for match, name in rules])


def text(pick: Pick) -> str:
    """The table."""
    names = ["public", *pick.sample(["work", "drop", "block", "trusted"], pick.randint(1, 3))]
    zones = [Zone(pick, name) for name in names]
    filters, nats = dispatch(pick, names)
    before = [rich_rule(pick)[1]] if pick.chance(0.15) else []
    return table(zones, filters, nats, before, invalid=pick.chance(0.9))


def table(zones: list[Zone], filters: list[str], nats: list[str], before: list[str], *, invalid: bool) -> str:
    """Of these zones."""
    parts = [
        " set banned { type ipv4_addr; flags interval; elements = { 203.0.113.0/24, 192.0.2.7 } }",
        chain("filter_INPUT_POLICIES_pre", before), chain("filter_INPUT_POLICIES_post", []),
        *(one for zone in zones for one in zone.chains()),
        chain("filter_INPUT_ZONES", filters), chain("nat_PREROUTING_ZONES", nats), chain("mangle_PREROUTING_ZONES", []),
        chain("mangle_PREROUTING", ["type filter hook prerouting priority -140; policy accept;", "jump mangle_PREROUTING_ZONES"]),
        chain("nat_PREROUTING", ["type nat hook prerouting priority -90; policy accept;", "jump nat_PREROUTING_ZONES"]),
        chain("nat_POSTROUTING", ["type nat hook postrouting priority 110; policy accept;"]),
        chain("filter_PREROUTING", ["type filter hook prerouting priority 10; policy accept;",
                                    "icmpv6 type { nd-router-advert, nd-neighbor-solicit } accept",
                                    "meta nfproto ipv6 fib saddr . mark . iif oif missing drop"]),
        chain("filter_INPUT", ["type filter hook input priority 10; policy accept;",
                               "ct state { established, related } accept", "ct status dnat accept", "iifname lo accept",
                               *(["ct state invalid drop"] if invalid else []),
                               "jump filter_INPUT_ZONES", "reject with icmpx type admin-prohibited"]),
        chain("filter_OUTPUT", ["type filter hook output priority 10; policy accept;", "ct state { established, related } accept",
                                'oifname "lo" accept']),
    ]
    return "\n".join(["table inet firewalld {", *parts, "}"])


_PANIC = """table inet firewalld_policy_drop {
 chain raw_prerouting {
  type filter hook prerouting priority -291; policy drop;
 }
 chain raw_output {
  type filter hook output priority -291; policy drop;
 }
}
"""


def plain() -> list[Command]:
    """As it is installed: one zone, and sshd's port."""
    public = Zone(Pick("plain"), "public")
    public.forward = []
    public.rules = {part: ["tcp dport 22 accept"] if part == "allow" else [] for part in _PARTS}
    rules = table([public], ["goto filter_IN_public"], ["goto nat_PRE_public"], [], invalid=True)
    return [Command(("nft", "-f", "-"), rules + "\n")]


def make(pick: Pick) -> list[Command]:
    """The daemon's table; sometimes panic mode, or a ban of fail2ban's beside it."""
    commands = [Command(("nft", "-f", "-"), text(pick) + "\n")]
    if pick.chance(0.04):
        commands.append(Command(("nft", "-f", "-"), _PANIC))
    if pick.chance(0.2):
        ban = ("table inet f2b-table {\n set addr-set-sshd { type ipv4_addr; elements = { 10.98.0.2, 10.99.0.2 } }\n"
               " chain f2b-chain {\n  type filter hook input priority -1; policy accept;\n"
               "  tcp dport 22 ip saddr @addr-set-sshd reject with icmp type port-unreachable\n }\n}\n")
        commands.append(Command(("nft", "-f", "-"), ban))
    return commands
