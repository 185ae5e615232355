"""ufw itself, by its own commands, with either kind of iptables beneath it."""

from __future__ import annotations

from flowlab.pick import Pick
from flowlab.trial import Command

_FROM = ("10.98.0.2", "10.98.0.0/24", "192.0.2.7", "203.0.113.0/24", "fd98::2", "2001:db8::/32", "fd99::/64", "any")
_PROGRAMS = ("iptables", "iptables-save", "iptables-restore", "ip6tables", "ip6tables-save", "ip6tables-restore")


def rule(pick: Pick) -> tuple[str, ...]:
    """One command."""
    action = pick.weighted(((5.0, "allow"), (2, "deny"), (2, "reject"), (0.4, "limit")))
    port = pick.one(("22", "22", "80", "2222", "22,80", "1000:3000"))
    place = pick.weighted(((5.0, ()), (2, ("prepend",)), (0.5, ("insert", "1"))))
    interface = ("in", "on", pick.one(("up0", "up1"))) if pick.chance(0.2) else ()
    source = pick.one(_FROM)
    if not interface and source == "any" and "," not in port:
        return ("ufw", *place, action, f"{port}/tcp" if ":" in port or pick.chance(0.7) else port)
    if action != "limit" and pick.chance(0.15):
        return ("ufw", *place, action, *interface, "from", source)
    return ("ufw", *place, action, *interface, "from", source, "to", "any", "port", port, "proto", "tcp")


def own_lines(pick: Pick) -> Command:
    """A line of the owner's in before.rules, in front of everybody else's."""
    line = pick.one(("-A ufw-before-input -p tcp --dport 80 -s 10.98.0.3 -j DROP",
                     "-A ufw-before-input -p tcp --dport 2222 -j ACCEPT",
                     "-A ufw-before-input -p tcp --dport 22 -m addrtype --dst-type LOCAL -i up1 -j REJECT"))
    return Command(("sed", "-i", f"/^# End required lines/a {line}", "/etc/ufw/before.rules"))


def make(pick: Pick) -> list[Command]:
    """Defaults and a few rules, then it is enabled."""
    commands = []
    if pick.chance(0.4):
        script = 'for name; do ln -sf "/usr/sbin/${name%%-*}-legacy${name#"${name%%-*}"}" "/etc/alternatives/$name"; done'
        commands.append(Command(("sh", "-c", script, "sh", *_PROGRAMS)))
    # As `ufw default` and `ufw logging` write it.
    policy = pick.weighted(((5.0, "DROP"), (1.5, "REJECT"), (1.5, "ACCEPT")))
    commands.append(Command(("sed", "-i", f's/^DEFAULT_INPUT_POLICY=.*/DEFAULT_INPUT_POLICY="{policy}"/', "/etc/default/ufw")))
    if pick.chance(0.15):
        commands.append(Command(("sed", "-i", "s/^IPV6=.*/IPV6=no/", "/etc/default/ufw")))
    if pick.chance(0.2):
        commands.append(own_lines(pick))
    commands += [Command(rule(pick), may_fail=True) for _ in range(pick.randint(2, 4))]
    return [*commands, Command(("ufw", "--force", "enable"))]
