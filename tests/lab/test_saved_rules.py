"""The firewall that the next boot loads is read from its files as its own programs load it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from sshlab.guest import Guest

_BUILT = [Path(__file__).parents[2] / "build" / preset / "tests/saved_rules_show" for preset in ("asan", "dev")]
_UNIT = Path(__file__).parents[2] / "packaging/sshguardd.service"
# In the agent's unit nobody may make a name space: systemd is asked.
_BOTH = pytest.mark.parametrize("in_unit", [False, True], ids=["as root", "in the agent's unit"])

_BY_HAND = r"""
*nat
:PREROUTING ACCEPT [0:0]
-A PREROUTING --protocol tcp --destination-port 2222 --jump REDIRECT --to-ports 22
-A PREROUTING -p tcp -d 10.0.0.1 --dport=2223 -j DNAT --to-destination 10.0.0.2:22
COMMIT
*filter
:mine - [0:0]
:other - [0:0]
[3:4] -A mine --source 10.0.0.0/8,192.168.0.0/255.255.0.0 -p tcp -m comment --comment "a \"c\" -j" --dport ssh -j ACCEPT
-A mine ! -s 1.2.3.4 -p tcp -m multiport --destination-ports ssh,http,8000:8080 -m state --state new -j DROP
-A mine -p tcp -m conntrack --ctstate NEW --dport 22 --syn -g other
-A mine -p tcp -s 10.1.1.1 -d 10.2.2.2,10.3.3.3 -i eth+ ! -o lo -j REJECT --reject-with tcp-reset
-A mine -p icmp --icmp-type 8 -j DROP
-A mine -p tcp --dport 22 -m recent --set --name S --rsource
-I mine -p tcp --dport 2022 -j ACCEPT
-I mine 2 -p tcp -m tcp ! --dport 1:1024 -m limit --limit 3/min -j ACCEPT
-A mine -m addrtype --dst-type local -j ACCEPT
-A other -p tcp -j RETURN
-I INPUT -j mine
COMMIT
"""

_UFW = {
    "allow": "ufw allow 22/tcp",
    "limit and deny": "ufw limit ssh; ufw deny from 192.0.2.0/24; ufw reject out 25/tcp",
    "reject and prepend": "ufw default reject incoming; ufw prepend deny from 203.0.113.9; "
                          "ufw allow in on eth0 from 10.0.0.0/8 to any port 22,2222 proto tcp comment 'its me'",
    "no IPv6": "sed -i s/IPV6=yes/IPV6=no/ /etc/default/ufw; ufw allow OpenSSH; ufw logging full",
    "open": "ufw default allow incoming; ufw default deny outgoing; ufw default allow routed; ufw deny ssh; "
            "ufw allow from 2001:db8::/32 to any port 22 proto tcp; ufw logging off",
    "by hand": "cat /root/by-hand /etc/ufw/before.rules >/root/before; cat /root/before >/etc/ufw/before.rules; "
               "ufw allow 22",
}

_NFT = """#!/usr/sbin/nft -f
flush ruleset
define ports = { 22, 80 }
table inet filter {
  set friends { type ipv4_addr; elements = { 192.0.2.7 }; }
  chain input { type filter hook input priority filter; policy drop;
    iif "lo" accept
    tcp dport $ports ip saddr @friends accept
  }
}
include "/etc/nft.d/*.conf"
"""


def tool() -> Path:
    """tests/lab/saved/show.cpp of the last build; built here, it runs in guests of all suites."""
    own = os.environ.get("SSHGUARDD_SAVED_RULES_SHOW")
    there = sorted((path for path in ([Path(own)] if own else _BUILT) if path.exists()),
                   key=lambda path: path.stat().st_mtime)
    if not there:
        pytest.fail("needs tests/lab/saved/show.cpp: cmake --preset dev && "
                    "cmake --build --preset dev --target saved_rules_show", pytrace=False)
    return there[-1]


def show(guest: Guest, what: str, in_unit: bool = False) -> str:
    """What the tool says in the guest, at will with all that the agent's unit forbids."""
    guest.put(tool(), "/usr/sbin/show")
    guest.run(["chmod", "755", "/usr/sbin/show"])
    if not in_unit:
        return guest.run(["sh", "-c", f"/usr/sbin/show {what}"]).stdout
    kept = [line for line in _UNIT.read_text().splitlines()
            if not line.startswith(("Type=", "NotifyAccess=", "Exec", "Restart=", "RestartSec=", "WatchdogSec="))]
    run = f"Type=oneshot\nExecStart=/usr/sbin/show {what}\nStandardOutput=truncate:/root/said"
    kept.insert(kept.index("[Service]") + 1, run)
    guest.write("/etc/systemd/system/show.service", "\n".join(kept) + "\n")
    guest.run(["sh", "-c", "systemctl daemon-reload; systemctl start show"])
    return guest.read("/root/said")


def only_rules(text: str) -> str:
    """Without its heading."""
    return "".join(line for line in text.splitlines(True) if not line.startswith(("by ", "unread ")))


@pytest.mark.parametrize("setting", _UFW)
def test_ufw_as_it_loads_it(bare_guest: Guest, setting: str) -> None:
    bare_guest.write("/root/by-hand", _BY_HAND)
    bare_guest.run(["sh", "-c", f"({_UFW[setting]}) && sed -i s/ENABLED=no/ENABLED=yes/ /etc/ufw/ufw.conf"])
    boot = show(bare_guest, "boot")
    assert boot.startswith("by ufw\n") and "unread" not in boot
    bare_guest.run(["sh", "-c", "systemctl restart ufw; iptables-save >/root/4; ip6tables-save >/root/6"])
    live = show(bare_guest, "ip /root/4") + show(bare_guest, "ip6 /root/6")
    assert only_rules(boot) == live


def test_ufw_that_is_off(bare_guest: Guest) -> None:
    assert show(bare_guest, "boot") == "by \n"


def test_an_init_hook_of_ufw(bare_guest: Guest) -> None:
    bare_guest.run(["sh", "-c", "chmod 755 /etc/ufw/before.init; sed -i s/ENABLED=no/ENABLED=yes/ /etc/ufw/ufw.conf"])
    assert "unread /etc/ufw/before.init runs" in show(bare_guest, "boot")
    bare_guest.run(["systemctl", "disable", "ufw"])
    assert show(bare_guest, "boot") == "by \n"


_FIREWALLD = {
    "default": "true",
    "zones": "firewall-offline-cmd --zone=internal --add-source=192.0.2.0/24; "
             "firewall-offline-cmd --zone=drop --add-interface=eth0; "
             "firewall-offline-cmd --zone=public --remove-service-from-zone=ssh; "
             "firewall-offline-cmd --zone=internal --add-port=2222/tcp",
    "rich rules": "firewall-offline-cmd --set-default-zone=block; firewall-offline-cmd --zone=block --add-rich-rule="
                  "'rule priority=-5 family=ipv4 source address=192.0.2.0/24 port port=22 protocol=tcp accept'; "
                  "firewall-offline-cmd --zone=block --add-rich-rule="
                  "'rule family=ipv6 source address=2001:db8::/32 service name=ssh reject'; "
                  "firewall-offline-cmd --zone=block --add-rich-rule='rule service name=ssh accept limit value=3/m'; "
                  "firewall-offline-cmd --zone=block --add-forward-port=port=2200:proto=tcp:toport=22",
}


@_BOTH
def test_nftables_reads_its_own_file(bare_guest: Guest, in_unit: bool) -> None:
    bare_guest.run(["nft", "add table ip live; add chain ip live c { type filter hook input priority 0; }; "
                      "add rule ip live c tcp dport 1 drop"])
    live = bare_guest.run(["nft", "-a", "list", "ruleset"]).stdout
    bare_guest.run(["mkdir", "/etc/nft.d"])
    more = "table ip more {\n chain c { type filter hook input priority 5; policy accept; }\n}\n"
    bare_guest.write("/etc/nft.d/more.conf", more)
    bare_guest.write("/etc/nftables.conf", _NFT)
    bare_guest.run(["systemctl", "enable", "nftables"])
    boot = show(bare_guest, "boot", in_unit)
    assert "unread" not in boot
    assert only_rules(boot) == ("inet filter input 2 0 drop\n"
                                "    iifname==lo accept\n"
                                "    dport==0016,0050 ip_saddr== accept\n"
                                "ip more c 2 5 accept\n")
    assert bare_guest.run(["nft", "-a", "list", "ruleset"]).stdout == live, "the rules in force are as they were"

    # By its index, which only an interface that is there has.
    bare_guest.write("/etc/nftables.conf", _NFT.replace('"lo"', '"eth9"'))
    told = show(bare_guest, "boot", in_unit)
    assert "unread /etc/nftables.conf: not loaded" in told and "Interface does not exist" in told
    assert only_rules(told) == ""
    assert bare_guest.run(["nft", "-a", "list", "ruleset"]).stdout == live


@pytest.mark.parametrize("setting", _FIREWALLD)
@_BOTH
def test_firewalld_reads_its_own_configuration(bare_guest: Guest, in_unit: bool, setting: str) -> None:
    bare_guest.run(["sh", "-c", _FIREWALLD[setting]])
    bare_guest.run(["systemctl", "enable", "firewalld"])
    boot = show(bare_guest, "boot", in_unit)
    assert boot.startswith("by firewalld\n") and "unread" not in boot
    assert bare_guest.run(["nft", "list", "ruleset"]).stdout == "", "nothing of it is in force"
    bare_guest.run(["sh", "-c", "systemctl start firewalld; "
                    "until firewall-cmd --state; do sleep 0.2; done; nft -j list ruleset >/root/live"])
    assert only_rules(boot) == show(bare_guest, "nft /root/live")


def test_direct_rules_of_firewalld(bare_guest: Guest) -> None:
    bare_guest.run(["firewall-offline-cmd", "--direct", "--add-rule", "ipv4", "filter", "INPUT", "0",
                    "-p", "tcp", "--dport", "22", "-m", "conntrack", "--ctstate", "NEW", "-j", "DROP"])
    bare_guest.run(["systemctl", "enable", "firewalld"])
    for in_unit in (False, True):
        boot = show(bare_guest, "boot", in_unit)
        assert "l4proto==06 dport==0016 ct_state~00000008 drop\n" in boot and "unread" not in boot
    assert bare_guest.run(["nft", "list", "ruleset"]).stdout == ""


# It takes its stock configuration then, whatever the other one closed or opened.
@_BOTH
def test_a_configuration_that_firewalld_cannot_load(bare_guest: Guest, in_unit: bool) -> None:
    bare_guest.run(["sh", "-c", "firewall-offline-cmd --set-default-zone=drop; "
                                "echo '<ipset type=\"none\"></ipset>' >/etc/firewalld/ipsets/x.xml"])
    bare_guest.run(["systemctl", "enable", "firewalld"])
    boot = show(bare_guest, "boot", in_unit)
    assert boot.startswith("by firewalld\n") and "unread" not in boot and "filter_IN_public_allow" in boot
    bare_guest.run(["sh", "-c", "systemctl start firewalld; "
                    "until firewall-cmd --get-zones; do sleep 0.2; done; sleep 1; nft -j list ruleset >/root/live"])
    assert only_rules(boot) == show(bare_guest, "nft /root/live")


def test_services_of_which_systemd_starts_one(bare_guest: Guest) -> None:
    bare_guest.run(["systemctl", "enable", "firewalld", "nftables"])
    assert "unread nftables.service and firewalld do not start together" in show(bare_guest, "boot")


_RESTORED = """
install -d /etc/iptables /usr/share/netfilter-persistent/plugins.d /etc/systemd/system
for n in 15-ip4tables 25-ip6tables; do
  printf '#!/bin/sh\\n' >/usr/share/netfilter-persistent/plugins.d/$n
  chmod 755 /usr/share/netfilter-persistent/plugins.d/$n
done
printf '[Service]\\nType=oneshot\\nExecStart=/usr/sbin/netfilter-persistent start\\n[Install]\\nWantedBy=multi-user.target\\n' \\
  >/etc/systemd/system/netfilter-persistent.service
systemctl enable netfilter-persistent
cat /etc/ufw/before6.rules >/etc/iptables/rules.v6
sed -i 's/^:ufw6-before-input.*/&\\n:ufw6-logging-deny - [0:0]/' /etc/iptables/rules.v6
"""


def test_netfilter_persistent(bare_guest: Guest) -> None:
    bare_guest.run(["sh", "-c", _RESTORED])
    bare_guest.write("/etc/iptables/rules.v4", _BY_HAND)
    boot = show(bare_guest, "boot")
    assert boot.startswith("by netfilter-persistent\n") and "unread" not in boot
    bare_guest.run(["sh", "-c", "iptables-restore </etc/iptables/rules.v4; ip6tables-restore </etc/iptables/rules.v6; "
                                "iptables-save >/root/4; ip6tables-save >/root/6"])
    assert only_rules(boot) == show(bare_guest, "ip /root/4") + show(bare_guest, "ip6 /root/6")

    bare_guest.run(["sh", "-c", "chmod 644 /usr/share/netfilter-persistent/plugins.d/25-ip6tables; "
                                "echo garbage >>/etc/iptables/rules.v4; "
                                "sed -i s/ENABLED=no/ENABLED=yes/ /etc/ufw/ufw.conf"])
    told = show(bare_guest, "boot")
    assert told.startswith("by ufw, netfilter-persistent\n")
    assert "unread /etc/iptables/rules.v4: garbage" in told and "unread several of these" in told
    bare_guest.run(["ln", "-sf", "/dev/null", "/etc/systemd/system/netfilter-persistent.service"])
    bare_guest.run(["systemctl", "mask", "ufw"])
    assert show(bare_guest, "boot") == "by \n"


def test_the_service_of_rhel(bare_guest: Guest) -> None:
    bare_guest.run(["mkdir", "-p", "/etc/sysconfig"])
    bare_guest.write("/etc/sysconfig/iptables", "*filter\n:INPUT DROP [0:0]\n"
                     "-A INPUT -p tcp -m state --state NEW -m tcp --dport 22 -j ACCEPT\nCOMMIT\n")
    bare_guest.write("/etc/systemd/system/iptables.service", "[Service]\nType=oneshot\n"
                     "ExecStart=/usr/libexec/iptables/iptables.init start\n[Install]\nWantedBy=multi-user.target\n")
    bare_guest.run(["systemctl", "enable", "iptables"])
    boot = show(bare_guest, "boot")
    assert boot.startswith("by iptables.service\nip filter FORWARD")
    assert "ip filter INPUT 2 0 drop\n    l4proto==06 ct_state~00000008 dport==0016 accept\n" in boot


def test_who_else_loads_rules(bare_guest: Guest) -> None:
    bare_guest.run(["mkdir", "-p", "/etc/network"])
    bare_guest.write("/etc/network/interfaces", "auto eth0\niface eth0 inet dhcp\n  pre-up iptables-restore </etc/fw\n")
    bare_guest.write("/etc/rc.local", "#!/bin/sh\nnft -f /etc/fw\n")  # not executable
    bare_guest.write("/etc/systemd/system/fw.service", "[Service]\nExecStart=/usr/sbin/nft -f /etc/fw\n"
                     "[Install]\nWantedBy=multi-user.target\n")
    assert show(bare_guest, "boot") == ("by /etc/network/interfaces\n"
                                        "unread /etc/network/interfaces runs, and may load rules\n")
    bare_guest.run(["systemctl", "enable", "fw"])
    assert "unread /etc/systemd/system/fw.service runs" in show(bare_guest, "boot")


def test_nftables_empties_what_ufw_loads(bare_guest: Guest) -> None:
    bare_guest.run(["sed", "-i", "s/ENABLED=no/ENABLED=yes/", "/etc/ufw/ufw.conf"])
    bare_guest.run(["systemctl", "enable", "nftables"])
    boot = show(bare_guest, "boot")
    assert boot.startswith("by ufw, nftables.service\nunread nftables.service empties all tables")


def test_the_identity_changes_with_what_decides(bare_guest: Guest) -> None:
    seen = [show(bare_guest, "identity")]
    assert show(bare_guest, "identity") == seen[0]
    bare_guest.run(["mkdir", "/etc/nft.d"])
    for change in ("ufw allow 22/tcp", "sed -i s/ENABLED=no/ENABLED=yes/ /etc/ufw/ufw.conf",
                   "systemctl enable nftables", "echo 'include \"/etc/nft.d/*.conf\"' >>/etc/nftables.conf",
                   "touch /etc/nft.d/new.conf", "echo '#' >>/etc/nft.d/new.conf"):
        bare_guest.run(["sh", "-c", change])
        seen.append(show(bare_guest, "identity"))
    assert len(set(seen)) == len(seen)
