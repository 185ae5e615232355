"""`sshguardctl access` beside a real sshd, where PAM decides."""

from __future__ import annotations

from pathlib import Path

from sshlab.guest import Guest
from test_access_sources import Row, Subject, keys  # noqa: F401 a fixture

STACK = "/etc/pam.d/sshd"
GONE = "pam_gone_from_here.so"


def line(name: str, text: str, truth: str, config: str = "UsePAM yes", first: bool = True) -> Row:
    """A line at the top of sshd's stack, or behind its end."""
    shell = f"sed -i '1i {text}' {STACK}" if first else f"echo '{text}' >>{STACK}"
    return Row(name, config, shell, "{key}\n", truth=truth)


MODULES = [
    line("account", f"account required {GONE}", "out"),
    line("session", f"session required {GONE}", "out", first=False),
    line("requisite", f"account requisite {GONE}", "out"),
    line("optional", f"account optional {GONE}", "in"),
    line("quietly optional", f"-session optional {GONE}", "in"),
    line("sufficient", f"account sufficient {GONE}", "in"),
    line("in brackets", f"session [success=ok default=bad] {GONE}", "out"),
    line("in brackets, ignored", f"session [default=bad module_unknown=ignore] {GONE}", "in"),
    line("for passwords alone", f"password required {GONE}", "in"),
    line("a path", "account required /nowhere/pam_unix.so", "out"),
    Row("without PAM", "UsePAM no", f"echo 'account required {GONE}' >>{STACK}; usermod -p '*' alice", "{key}\n",
        truth="in"),
    Row("in a file that is included", "UsePAM yes", f"echo 'account required {GONE}' >/etc/pam.d/lab; "
        f"sed -i '1i @include lab' {STACK}", "{key}\n", truth="out"),
    Row("a forced command", "ForceCommand /nowhere/command", "", "{key}\n", truth="out"),
    Row("a forced command that is there", "ForceCommand /bin/echo in", "", "{key}\n", truth="in"),
    Row("a root that is no directory", "ChrootDirectory /nowhere", "", "{key}\n", truth="out"),
]


def test_modules_that_pam_has_not(guest: Guest, keys: Path) -> None:  # noqa: F811
    Subject(guest, keys).compare(MODULES)


def ruled(name: str, rules: str, truth: str, options: str = "", control: str = "required", **more: object) -> Row:
    """Rules of access.conf(5), with a client from 10.77.0.1; they stand before the includes of sshd's stack."""
    shell = f"sed -i '1i account {control} pam_access.so {options}' {STACK}; printf %b '{rules}' >/etc/security/access.conf"
    return Row(name, "UsePAM yes", shell, "{key}\n", truth=truth, **more)  # type: ignore[arg-type]


REST = "-:ALL:ALL\\n"
GROUP = "groupadd -f lab; gpasswd -a alice lab; "
RULES = [
    ruled("she may", "+:alice:ALL\\n" + REST, "in"),
    ruled("she may not", "-:alice:ALL\\n", "out"),
    ruled("bob may", "+:bob:ALL\\n" + REST, "out"),
    ruled("all may", "+:ALL:ALL\\n" + REST, "in"),
    ruled("nobody is named", "", "in"),
    ruled("large letters", "+ : ALICE : all\\n" + REST, "in"),
    ruled("her group in parentheses", "+:(alice):ALL\\n" + REST, "in"),
    ruled("another group in parentheses", "+:(bob):ALL\\n" + REST, "out"),
    Row("one of her groups", "UsePAM yes", GROUP + ruled("", "-:(lab):ALL\\n", "").shell, "{key}\n", truth="out"),
    Row("a group without parentheses", "UsePAM yes", GROUP + ruled("", "-:lab:ALL\\n", "").shell, "{key}\n",
        truth="out"),
    Row("a group that has to have some", "UsePAM yes", GROUP + ruled("", "-:lab:ALL\\n", "", "nodefgroup").shell,
        "{key}\n", truth="in"),
    ruled("from here", "+:alice:10.77.0.1\\n" + REST, "in"),
    ruled("from elsewhere", "+:alice:192.0.2.1\\n" + REST, "out"),
    ruled("from this network", "+:alice:10.77.0.0/24\\n" + REST, "in"),
    ruled("from another network", "+:alice:10.78.0.0/16\\n" + REST, "out"),
    ruled("from a network with bits behind its mask", "+:alice:10.77.0.200/24\\n" + REST, "in"),
    ruled("from a network with a mask", "+:alice:10.77.0.0/255.255.0.0\\n" + REST, "in"),
    ruled("from a network by its beginning", "+:alice:10.77.\\n" + REST, "in"),
    ruled("from everywhere, with a mask that is none", "+:alice:0.0.0.0/0\\n" + REST, "out"),
    ruled("from IPv6", "+:alice:2001:db8::/32\\n" + REST, "out"),
    ruled("from IPv6 or here", "+:alice:2001:db8::/32 10.77.0.0/24\\n" + REST, "in"),
    ruled("at the machine", "+:alice:LOCAL\\n" + REST, "out"),
    ruled("at a terminal", "+:alice:tty1 :0\\n" + REST, "out"),
    ruled("all but her", "-:ALL EXCEPT alice:ALL\\n", "in"),
    ruled("all but bob", "-:ALL EXCEPT bob (bob):ALL\\n", "out"),
    ruled("all but all but her", "-:ALL EXCEPT ALL EXCEPT alice:ALL\\n", "out"),
    ruled("from all but here", "-:alice:ALL EXCEPT 10.77.0.0/24\\n", "in"),
    ruled("from all but elsewhere", "-:alice:ALL EXCEPT LOCAL 192.0.2.0/24\\n", "out"),
    ruled("a line without an end", "-:ALL:ALL", "in"),
    ruled("a line with a blank before it", " -:ALL:ALL\\n", "in"),
    ruled("a comment", "#-:ALL:ALL\\n", "in"),
    ruled("two fields", "-:ALL\\n", "in"),
    ruled("other separators", "-|the people,alice|ALL\\n", "out", "[listsep=,] [fieldsep=|]"),
    ruled("debug", REST, "out", "debug noaudit"),
    ruled("an option that is none", REST, "out", "no-such"),
    ruled("requisite", REST, "out", control="requisite"),
    ruled("optional", REST, "in", control="optional"),
    ruled("sufficient", REST, "in", control="sufficient"),
    ruled("in brackets", REST, "out", control="[success=ok default=die]"),
    ruled("in brackets, ignored", REST, "in", control="[success=ok perm_denied=ignore default=bad]"),
    Row("its own file", "UsePAM yes", ruled("", "", "", "accessfile=/etc/security/mine").shell +
        f"; printf %b '{REST}' >/etc/security/mine", "{key}\n", truth="out"),
    ruled("its own file is away", "", "out", "accessfile=/etc/security/mine"),
    Row("no file", "UsePAM yes", ruled("", "", "").shell + "; rm /etc/security/access.conf", "{key}\n", truth="in"),
    Row("more files", "UsePAM yes", ruled("", "-:bob:ALL\\n", "").shell + "; mkdir -p /etc/security/access.d; "
        f"printf %b '+:alice:10.77.0.1\\n' >/etc/security/access.d/a.conf; printf %b '{REST}' >/etc/security/access.d/b.conf",
        "{key}\n", truth="in"),
    Row("more files, of which one denies", "UsePAM yes", ruled("", "-:bob:ALL\\n", "").shell + "; mkdir -p "
        f"/etc/security/access.d; printf %b '{REST}' >/etc/security/access.d/a.conf", "{key}\n", truth="out"),
    Row("for sessions", "UsePAM yes", f"echo 'session required pam_access.so' >>{STACK}; "
        f"printf %b '{REST}' >/etc/security/access.conf", "{key}\n", truth="out"),
    Row("without PAM", "UsePAM no", ruled("", REST, "").shell + "; usermod -p '*' alice", "{key}\n", truth="in"),
    Row("behind the usual modules", "UsePAM yes", f"echo 'account required pam_access.so' >>{STACK}; "
        f"printf %b '{REST}' >/etc/security/access.conf", "{key}\n", truth="out"),
    Row("within the usual modules", "UsePAM yes", "echo 'account required pam_access.so' >>/etc/pam.d/common-account; "
        f"printf %b '{REST}' >/etc/security/access.conf", "{key}\n", truth="out"),
    # Nobody here asks a name service, or knows which of the modules before it end the stack.
    ruled("from a host by its name", "+:alice:host.example.org\\n" + REST, "out", unknown=True),
    ruled("from a host by its name, without DNS", "+:alice:host.example.org\\n" + REST, "out", "nodns"),
    Row("from here, by a name that it may have", "UseDNS yes", ruled("", "+:alice:10.77.0.1\\n" + REST, "").shell,
        "{key}\n", truth="in", unknown=True),
    Row("whatever its name is", "UseDNS yes", ruled("", "+:alice:ALL\\n" + REST, "").shell, "{key}\n", truth="in"),
    ruled("a netgroup", "+:@people:ALL\\n" + REST, "out", unknown=True),
    Row("behind what may end the stack", "UsePAM yes", f"sed -i '1i account sufficient pam_localuser.so' {STACK}; "
        f"echo 'account required pam_access.so' >>{STACK}; printf %b '{REST}' >/etc/security/access.conf", "{key}\n",
        truth="in", unknown=True),
]


def test_rules_of_pam_access(guest: Guest, keys: Path) -> None:  # noqa: F811
    subject = Subject(guest, keys)
    subject.compare(RULES)
    # From anywhere: what depends on the address is not known without one.
    subject.prepare(ruled("from this network", "+:alice:10.77.0.0/24\\n" + REST, "in"))
    said = guest.run(["sshguardctl", "access", "alice"], check=False)
    assert said.rc == 3 and "--from" in said.stdout, said
    said = guest.run(["sshguardctl", "access", "alice", "--from", "192.0.2.1"], check=False)
    assert said.rc == 2 and "/etc/security/access.conf:2 denies it from 192.0.2.1" in said.stdout, said
