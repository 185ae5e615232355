"""Rules of iptables and ip6tables, for iptables-restore of both kinds: all tables, user chains, what xtables knows."""

from __future__ import annotations

from collections.abc import Sequence

from flowlab.net import PORTS
from flowlab.pick import Pick
from flowlab.trial import Command

_BASES = {"raw": ("PREROUTING", "OUTPUT"), "mangle": ("PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"),
          "nat": ("PREROUTING",), "filter": ("INPUT", "OUTPUT")}
_ADDRESSES = {
    4: ("-s 10.98.0.0/24", "! -s 10.98.0.0/24", "-s 192.0.2.7", "-s 10.98.0.2", "-s 10.0.0.2/255.0.0.255",
        "! -s 203.0.113.9", "-d 10.98.0.1", "! -d 10.0.0.0/8"),
    6: ("-s fd98::/64", "! -s fd98::/64", "-s 2001:db8::7", "-s fd98::2", "-s fd00::2/ff00::ffff", "! -s 2001:db8:9::9",
        "-d fd98::1", "! -d fd00::/8"),
}
_RANGES = {4: ("10.98.0.2-10.98.0.3", "192.0.2.0-203.0.113.9"), 6: ("fd98::2-fd98::3", "2001:db8::-2001:db8::f")}
_REJECTS = {
    4: ("", "icmp-port-unreachable", "icmp-host-prohibited", "icmp-net-unreachable", "icmp-admin-prohibited",
        "icmp-host-unreachable", "icmp-proto-unreachable", "icmp-net-prohibited", "tcp-reset"),
    6: ("", "icmp6-port-unreachable", "icmp6-adm-prohibited", "icmp6-no-route", "icmp6-addr-unreachable",
        "icmp6-policy-fail", "icmp6-reject-route", "tcp-reset"),
}
# After "-p tcp".
_PORTS = ("-m tcp --dport 22", "-m tcp --dport 22", "-m tcp --dport 80", "-m tcp ! --dport 22", "-m tcp --dport 22:100",
          "-m multiport --dports 22,80", "-m multiport ! --dports 2222", "-m multiport --ports 22",
          "-m multiport --dports 1:21,2000:3000")
_FLAGS = ("-m tcp --syn", "-m tcp ! --syn", "-m tcp --tcp-flags SYN,ACK SYN", "-m tcp --tcp-flags ALL NONE",
          "-m tcp --tcp-flags FIN,RST NONE")
_CONNTRACK = ("--ctstate NEW", "--ctstate NEW", "--ctstate RELATED,ESTABLISHED", "--ctstate INVALID", "! --ctstate NEW",
              "! --ctstate INVALID,UNTRACKED", "--ctstate UNTRACKED", "--ctstate DNAT", "! --ctstate DNAT",
              "--ctstate ESTABLISHED,DNAT", "--ctdir ORIGINAL", "--ctdir REPLY", "! --ctproto 6",
              "--ctstate NEW --ctdir ORIGINAL")
# Nobody who only reads can tell these.
_OPEN = ("-m recent --set", "-m recent --rcheck --seconds 3 --name none", "-m limit --limit 1000/s --limit-burst 1000",
         "-m statistic --mode random --probability 0.5", "-m connlimit --connlimit-above 1000",
         "-m hashlimit --hashlimit-upto 1000/sec --hashlimit-name some", "-m string --string zz --algo bm",
         "-m quota --quota 10000000", "-m length --length 40:100",
         "-m conntrack --ctstatus ASSURED", "-m u32 --u32 0=1", "-m time --timestart 00:00")


class Chain:
    """What fits into a chain of a table, by its name; chains of the user's own are jumped to from all."""

    def __init__(self, pick: Pick, version: int, table: str, name: str) -> None:
        self.pick = pick
        self.version = version
        self.table = table
        self.name = name
        self.out = name in ("OUTPUT", "POSTROUTING")
        self.anywhere = name.startswith("u")

    def match(self) -> tuple[bool, str]:
        """Whether it takes "-p tcp", and the words."""
        pick = self.pick
        things: list[tuple[float, tuple[bool, Sequence[str]]]] = [
            (6, (False, _ADDRESSES[self.version])), (6, (True, _PORTS)), (0.5, (False, ("-p udp", "! -p tcp"))),
            (3, (False, [f"-m conntrack {one}" for one in _CONNTRACK])), (0.5, (False, ("-m state --state NEW",))),
            (0.8, (False, [f"-m iprange --src-range {one}" for one in _RANGES[self.version]])),
            (0.8, (False, ("-m mark --mark 5", "-m mark ! --mark 5", "-m mark --mark 0x1/0x1"))),
            (0.5, (False, ("-m connmark --mark 0", "-m connmark --mark 5", "-m connmark ! --mark 0x4/0x4"))),
            (0.4, (False, ('-m comment --comment "a b"', "-m comment --comment \"it's \\\"quoted\\\"\""))),
            (0.35, (False, _OPEN)),
        ]
        if not self.out:
            things += [(1.5, (False, ("-i up0", "! -i up0", "-i up+", "-i lo", "! -i lo"))), (1, (True, _FLAGS)),
                       (0.1, (False, ("-m mac --mac-source 00:11:22:33:44:55",) if not self.anywhere else _OPEN)),
                       (0.8, (False, ("-m addrtype --dst-type LOCAL", "-m addrtype ! --dst-type LOCAL",
                                      "-m addrtype --dst-type BROADCAST,MULTICAST")
                              if self.version == 4 else ("-m addrtype --dst-type LOCAL",)))]
        elif not self.anywhere:
            things += [(0.7, (False, ("-o up0", "! -o e+", "-o lo")))]
        if self.name == "PREROUTING" and self.table in ("raw", "mangle"):
            things += [(0.5, (False, ("-m rpfilter --invert", "-m rpfilter", "-m rpfilter --loose --invert")))]
        tcp, words = pick.weighted(things)
        text = pick.one(words)
        # Of what leaves sshd's port is the source; the other one nobody can tell.
        return tcp, text.replace("--dport", "--sport") if self.out and pick.chance(0.9) else text

    def matches(self, tcp: bool) -> str:
        """Some, of which none is asked for twice."""
        made = [self.match() for _ in range(self.pick.weighted(((2.0, 0), (6, 1), (3, 2), (1, 3))))]
        tcp = tcp or any(needs for needs, _ in made)
        words: dict[str, str] = {}
        for _, text in made:
            word = text.removeprefix("! ").split()
            words.setdefault(" ".join(word[:2]) if word[0] == "-m" else word[0], text)
        if tcp:
            words["-p"] = "-p tcp"
        own = sorted((text for key, text in words.items() if not key.startswith("-m")), key=lambda text: "-p" in text)
        return " ".join([*own, *(text for key, text in words.items() if key.startswith("-m"))])

    def target(self) -> str:
        """Where a rule leads."""
        pick = self.pick
        deeper = {"u1": [], "u2": ["-j u1", "-g u1"]}.get(self.name, ["-j u1", "-j u2", "-g u1", "-g u2"])
        if self.table == "nat":
            to = {4: ("10.98.0.1:22", "198.51.100.77", "10.99.0.1:80"), 6: ("[fd98::1]:22", "2001:db8:77::7")}[self.version]
            return pick.weighted(((4, f"-p tcp -j REDIRECT --to-ports {pick.one((22, 2222, 9))}"), (0.5, "-j REDIRECT"),
                                  (0.1, "-p tcp -j REDIRECT --to-ports 80-81"), (1, "-j ACCEPT"), (1, "-j RETURN"),
                                  (1.5, f"-p tcp -j DNAT --to-destination {pick.one(to)}")))
        things = [(4.0, "-j ACCEPT"), (3, "-j DROP"), (1.5, "-j RETURN"), (0.5, ""), (0.3, '-j LOG --log-prefix "[x] "')]
        things += [(0.8, one) for one in deeper]
        if self.table == "filter":
            kind = pick.one(_REJECTS[self.version])
            # Out of an OUTPUT chain only this machine itself is told.
            text = f"-j REJECT --reject-with {kind}" if kind else "-j REJECT"
            things.append((0.7 if self.out else 3, f"-p tcp {text}" if kind == "tcp-reset" else text))
        if self.table == "mangle":
            things += [(1, "-j MARK --set-mark 5"), (1, "-j MARK --set-xmark 0x1/0x1"), (0.5, "-j MARK --or-mark 4"),
                       (0.5, "-j MARK --and-mark 4"), (0.5, "-j MARK --xor-mark 5"), (0.5, "-j CONNMARK --set-mark 5"),
                       (0.5, "-j CONNMARK --set-xmark 0x4/0x4"), (0.5, "-j CONNMARK --save-mark"),
                       (0.5, "-j CONNMARK --restore-mark"), (0.3, "-j CONNMARK --restore-mark --mask 0x4")]
        if self.table == "raw" and not self.anywhere:
            things += [(1, "-j CT --notrack"), (1, "-j NOTRACK"), (1, "-j CT --zone 5")]
        return pick.weighted(things)

    def rule(self) -> str:
        """A line."""
        target = self.target()
        tcp = target.startswith("-p tcp ")
        return " ".join(["-A", self.name, *self.matches(tcp).split(), *target.removeprefix("-p tcp ").split()])

    def rules(self) -> list[str]:
        """Few of what leaves, else nothing comes through."""
        pick = self.pick
        many = pick.weighted(((4.0, 0), (1, 1), (0.5, 2))) if self.out else pick.randint(1, 5)
        return [self.rule() for _ in range(many)]


def table(pick: Pick, version: int, name: str) -> str:
    """As iptables-restore takes it."""
    bases = _BASES[name]
    policies = {base: "DROP" if name == "filter" and base == "INPUT" and pick.chance(0.4) else "ACCEPT" for base in bases}
    lines = [f"*{name}", *(f":{base} {policy} [0:0]" for base, policy in policies.items())]
    chains = [*bases, *(("u1", "u2") if name != "nat" else ())]
    lines += [f":{chain} - [0:0]" for chain in chains if chain.startswith("u")]
    for chain in chains:
        if policies.get(chain) == "DROP" and pick.chance(0.8):
            lines.append(f"-A {chain} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT")
        if name == "nat":
            ports = [f"-p tcp -m tcp --dport {pick.one(PORTS)}" for _ in range(pick.randint(1, 3))]
            lines += [f"-A {chain} {port} {Chain(pick, version, name, chain).target().removeprefix('-p tcp ')}"
                      for port in ports]
        if name == "raw" and chain == "PREROUTING" and pick.chance(0.5):  # before conntrack
            lines.append(f"-A {chain} -m conntrack --ctstate {pick.one(('NEW', 'INVALID', 'UNTRACKED'))} "
                         f"-j {pick.one(('DROP', 'ACCEPT', 'RETURN'))}")
        lines += Chain(pick, version, name, chain).rules()
    return "\n".join([*lines, "COMMIT"])


def family(pick: Pick, version: int, kind: str) -> Command:
    """All tables of one family."""
    names = [name for name, often in (("raw", 0.35), ("mangle", 0.3), ("nat", 0.35)) if pick.chance(often)]
    text = "\n".join(table(pick, version, name) for name in [*names, "filter"])
    return Command((f"{'ip6' if version == 6 else 'ip'}tables-{kind}-restore",), text + "\n")


def make_nft(pick: Pick) -> list[Command]:
    """Of iptables-nft."""
    return [family(pick, version, "nft") for version in (4, 6)]


def make_legacy(pick: Pick) -> list[Command]:
    """Of iptables-legacy."""
    return [family(pick, version, "legacy") for version in (4, 6)]
