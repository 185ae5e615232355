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
