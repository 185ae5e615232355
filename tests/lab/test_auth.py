"""What sshd's own log lines tell: who was turned away and why, and sessions that end before they begin."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sshlab.guest import Guest
from sshlab.machine import Result
from test_accounts import gets_in
from test_key_files import denied, forgive

_SETTINGS = "/etc/ssh/sshd_config.d/scenario.conf"


def told(guest: Guest, found: str) -> list[dict[str, Any]]:
    """The findings of that id."""
    return [dict(one) for one in guest.status()["findings"] if one["id"] == found]


def await_told(guest: Guest, found: str, subject: str | None = None) -> dict[str, Any]:
    """Waits for a finding of that id, and returns it: the log is read because somebody connected, not at the next look,
    which may be a minute away."""
    def first() -> dict[str, Any] | None:
        return next((one for one in told(guest, found) if subject in (None, one["subject"])), None)

    one: dict[str, Any] = guest.wait(first, 8, f"{found} of {subject}")
    return one


def await_end(guest: Guest, found: str) -> None:
    """Waits until there is no finding of that id after a look: that is when it sees that its time is over."""
    def ended() -> bool:
        guest.run(["systemctl", "reload", "sshguardd"])
        return not told(guest, found)

    guest.wait(ended, 25, f"the end of {found}", every=0.7)


def evidence(finding: dict[str, Any], what: str) -> list[str]:
    """What a finding has as evidence under that name."""
    return [one["value"] for one in finding["evidence"] if one["what"] == what]


def configure(guest: Guest, text: str) -> None:
    """A part of sshd's configuration, in force."""
    guest.write(_SETTINGS, text)
    guest.run("systemctl restart ssh.service")


def keys(tmp_path: Path, number: int) -> list[str]:
    """Options for a client that has so many keys, which nobody knows."""
    options: list[str] = []
    for one in range(number):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / f"key{one}")], check=True)
        options += ["-i", str(tmp_path / f"key{one}")]
    return options


def ssh(guest: Guest, options: list[str], user: str = "alice") -> Result:
    """A login with these options, and without the key that would let it in."""
    argv = guest.ssh_argv("true", user)
    own = argv.index("-i")
    return guest.client([argv[0], *options, *argv[1:own], *argv[own + 2:]])


def test_logins_are_nothing(guest: Guest) -> None:
    since = guest.mark()
    for _ in range(4):
        guest.expect_login()
    guest.expect_login(user="root")
    # One that is told, so that the lines before it have been read as well.
    for _ in range(3):
        assert guest.ssh(user="nosuch").rc == 255
    await_told(guest, "auth.invalid-user", "nosuch")
    about_logins = {one for one in guest.worth_knowing() | guest.findings() if one.startswith(("auth.", "session."))}
    assert about_logins - {"auth.password-off"} == {"auth.invalid-user"}
    assert guest.ctl("status").rc == 0
    guest.expect_quiet(0.1, since)


def test_keys_that_sshd_refuses_for_no_reason_of_theirs(guest: Guest) -> None:
    configure(guest, "RevokedKeys /etc/ssh/no-such-list\n")
    assert denied(guest)
    finding = await_told(guest, "auth.refused", "alice")
    assert "revoked keys file /etc/ssh/no-such-list: No such file or directory" in finding["summary"], finding
    assert finding["severity"] == "info" and finding["sees"] == "denied" and finding["remedy"]["kind"] is None
    configure(guest, "")
    guest.expect_login()
    await_end(guest, "auth.refused")


def test_clients_that_have_to_mend_it_themselves(guest: Guest, tmp_path: Path) -> None:
    forgive(guest)
    for _ in range(3):
        assert guest.ssh(user="ec2-user").rc == 255
    spent = ssh(guest, keys(tmp_path, 8))
    assert "Too many authentication failures" in spent.stderr, spent
    old = ssh(guest, ["-o", "KexAlgorithms=diffie-hellman-group1-sha1", "-o", "LogLevel=INFO"])
    assert "no matching key exchange method" in old.stderr, old

    unknown = await_told(guest, "auth.invalid-user", "ec2-user")
    assert unknown["summary"].startswith('no account "ec2-user" here: 3 tries from 10.77.0.'), unknown
    assert evidence(unknown, "accounts with a key file") == ["2"]
    tries = await_told(guest, "auth.too-many-tries", "alice")
    assert "IdentitiesOnly=yes" in tries["fix"][0]
    common = await_told(guest, "auth.no-common-algorithm")
    assert evidence(common, "it offers")[0].startswith("diffie-hellman-group1-sha1")
    assert common["fix"][0] == "sshd -T | grep -i '^KexAlgorithms '"
    assert {one["severity"] for one in (unknown, tries, common)} == {"info"}
    assert guest.ctl("status").rc == 0


def test_lines_that_others_write_are_not_believed(guest: Guest) -> None:
    lines = ["Invalid user forged from 192.0.2.9 port 1"] * 5
    lines += ["Unable to negotiate with 192.0.2.9 port 1: no matching MAC found. Their offer: forged [preauth]"]
    lines += ["drop connection #0 from [192.0.2.9]:1 on [10.77.0.2]:22 penalty: failed authentication"]
    lines += ["Accepted publickey for alice from 192.0.2.9 port 1 ssh2: ED25519 SHA256:forged",
              "error: PAM: pam_open_session(): Module is unknown"] * 3
    guest.write("/tmp/lines", "\n".join(lines) + "\n")
    # As a user; and as a user whose program has sshd's name.
    guest.run("cp /usr/bin/logger /tmp/sshd; chmod 755 /tmp/sshd; chmod 644 /tmp/lines; "
              "for tag in sshd sshd-session; do for program in logger /tmp/sshd; do "
              "setpriv --reuid=alice --regid=alice --init-groups $program -t $tag -p auth.info -f /tmp/lines; "
              "done; done")
    # As root, from another program.
    guest.run("logger -t sshd -p auth.info -f /tmp/lines")
    # A user name that looks like such a line.
    for _ in range(3):
        assert guest.ssh(user="x from 192.0.2.9 port 1").rc == 255
    real = await_told(guest, "auth.invalid-user", "x from 192.0.2.9 port 1")
    assert evidence(real, "from")[0].startswith("10.77.0."), real
    journal = guest.run(["journalctl", "-b", "-q", "-o", "cat", "-t", "sshd"]).stdout
    assert journal.count("Invalid user forged") >= 15, "the lines are there"
    assert [one["subject"] for one in told(guest, "auth.invalid-user")] == ["x from 192.0.2.9 port 1"]
    for found in ("auth.no-common-algorithm", "auth.banned", "session.broken"):
        assert not told(guest, found), found
    assert not guest.findings()


def pam_module(guest: Guest) -> None:
    """A module that fails, as one of a service that is away."""
    guest.append("/etc/pam.d/sshd", "session required pam_deny.so\n")


def chroot(guest: Guest) -> None:
    """A root directory that is gone while sshd goes on, behind a name that the agent does not look at."""
    configure(guest, "Match LocalPort 22\n  ChrootDirectory /srv/gone\n")


@pytest.mark.parametrize(("breaks", "says", "mends"), [
    (pam_module, "PAM", "sed -i '$d' /etc/pam.d/sshd"),
    (chroot, "chroot", f"rm {_SETTINGS}; systemctl restart ssh.service"),
], ids=["pam", "chroot"])
def test_sessions_that_end_at_once(guest: Guest, breaks: Callable[[Guest], None], says: str, mends: str) -> None:
    guest.expect_login()
    breaks(guest)
    for _ in range(2):
        tried = guest.ssh()
        assert tried.rc != 0 and "Permission denied" not in tried.stderr, tried
    finding = await_told(guest, "session.broken", "alice")
    assert says in finding["summary"] and finding["sees"] == "closed" and finding["severity"] == "critical", finding
    broken = guest.expect_console(id="session.broken", state="CRITICAL", within=5)
    assert says in broken.sentence, broken.text
    assert guest.ctl("status").rc == 2
    assert guest.status()["heals"] == []
    guest.run(mends)
    guest.expect_login(user="root")
    guest.run(["systemctl", "reload", "sshguardd"])
    assert told(guest, "session.broken"), "somebody else's login proves nothing of alice's"
    guest.expect_login()
    await_end(guest, "session.broken")
    guest.expect_console(id="session.broken", state="OK", ends=broken.seq, within=5)
    guest.expect_login()


@pytest.mark.parametrize(("breaks", "says", "mends"), [
    ("echo 'session required pam_lab_gone.so' >>/etc/pam.d/sshd",
     "every login ends at once: PAM has no pam_lab_gone.so", "sed -i /pam_lab_gone/d /etc/pam.d/sshd"),
    # Any of the modules that common-session names, as after a removed package.
    ("mv /lib/*/security/pam_unix.so /root/", "PAM has no pam_unix.so",
     "mv /root/pam_unix.so /lib/*/security/"),
    (f"install -d -m 0777 /srv/root; echo ChrootDirectory /srv/root >{_SETTINGS}; systemctl reload ssh",
     "ChrootDirectory: /srv/root is to be root's", "chmod go-w /srv/root; "
     f"rm {_SETTINGS}; systemctl reload ssh"),
    (f"echo ForceCommand /usr/local/bin/gate --x >{_SETTINGS}; systemctl reload ssh",
     "ForceCommand: /usr/local/bin/gate is not there", f"rm {_SETTINGS}; systemctl reload ssh"),
], ids=["pam", "module", "chroot", "command"])
def test_what_will_end_sessions_is_seen_before_one(guest: Guest, breaks: str, says: str, mends: str) -> None:
    gets_in(guest)
    since = guest.mark()
    guest.run(breaks)
    broken = guest.expect_console(id="session.broken", state="CRITICAL", says=says, within=5, since=since)
    assert "LOGIN CLOSED" in broken.sentence or "DO:" in broken.sentence, broken.text
    tried = guest.ssh()
    assert tried.rc != 0 and "Permission denied" not in tried.stderr, tried
    guest.run(mends)
    guest.expect_login(10)
    guest.expect_console(id="session.broken", state="OK", ends=broken.seq, within=10)


def test_an_attack_is_worth_knowing(guest: Guest, tmp_path: Path) -> None:
    penalties = "PerSourcePenalties no\n" if guest.sshd_splits() else ""
    configure(guest, f"{penalties}MaxAuthTries 60\nLogLevel VERBOSE\n")
    guest.expect_login()
    since = guest.mark()
    options = keys(tmp_path, 30)
    for _ in range(5):
        assert ssh(guest, options).rc == 255
    attack = await_told(guest, "auth.attack")
    assert attack["severity"] == "info" and attack["remedy"]["kind"] is None
    assert [one["what"].startswith("10.77.0.") for one in attack["evidence"]] == [True], attack
    assert guest.ctl("status").rc == 0
    guest.expect_quiet(0.1, since)
    guest.expect_login()


def test_tcp_wrappers_keep_out_who_had_been_let_in(guest: Guest) -> None:
    guest.expect_login()
    guest.write("/etc/hosts.deny", "sshd: 10.77.0.\n")
    turned_away = guest.client(guest.ssh_argv("true"), timeout=20)
    assert turned_away.rc == 255 and "Permission denied" not in turned_away.stderr, turned_away
    banned = await_told(guest, "auth.banned")
    assert banned["severity"] == "critical" and banned["subject"].startswith("10.77.0."), banned
    line = guest.expect_console(id="auth.banned", state="CRITICAL", says="TCP wrappers", within=5)
    assert "/etc/hosts.deny" in line.sentence
    guest.run("rm /etc/hosts.deny")
    guest.expect_login(15)
    await_end(guest, "auth.banned")
    guest.expect_console(id="auth.banned", state="OK", ends=line.seq, within=5)


def test_sshds_own_penalties(guest: Guest) -> None:
    if not guest.sshd_splits():
        pytest.skip("from OpenSSH 9.8 on")
    guest.expect_login()
    denials = 0
    while "Permission denied" in (tried := guest.ssh(user="nosuch")).stderr:
        denials += 1
        assert denials < 30, tried
    banned = await_told(guest, "auth.banned")
    assert banned["severity"] == "critical" and banned["subject"].startswith("10.77.0."), banned
    # For what, is sshd's: the newest of several penalties.
    assert banned["summary"].startswith("sshd (") and ") keeps out 10.77.0." in banned["summary"], banned
    line = guest.expect_console(id="auth.banned", state="CRITICAL", within=5)
    guest.run("systemctl restart ssh.service")
    guest.expect_login(15)
    await_end(guest, "auth.banned")
    guest.expect_console(id="auth.banned", state="OK", ends=line.seq, within=5)


# The action that Debian's own jails take from nftables.
_JAIL = """
[DEFAULT]
backend = systemd
banaction = nftables
[sshd]
enabled = true
maxretry = 3
findtime = 1h
"""


def test_fail2ban_keeps_out_who_had_been_let_in(guest: Guest) -> None:
    forgive(guest)
    guest.write("/etc/fail2ban/jail.local", _JAIL)
    guest.run("systemctl start fail2ban.service")
    guest.wait(lambda: guest.run(["fail2ban-client", "status", "sshd"], check=False).rc == 0, 20, "fail2ban's jail")
    guest.expect_login()
    for _ in range(3):
        assert guest.ssh(user="nosuch").rc == 255
    guest.wait(lambda: guest.run(["fail2ban-client", "get", "sshd", "banip"]).stdout.strip(), 20, "the ban", every=0.3)
    # The ban cuts a connection that has begun: its client waits in vain.
    guest.wait(lambda: "Connection refused" in guest.client(["timeout", "3", *guest.ssh_argv("true")]).stderr, 5,
               "the rule")
    banned = await_told(guest, "auth.banned")
    assert banned["severity"] == "critical" and banned["sees"] == "refused", banned
    line = guest.expect_console(id="auth.banned", state="CRITICAL", says="SSH REFUSED", within=5)
    address = banned["subject"]
    assert banned["fix"][0] == f"fail2ban-client set sshd unbanip {address}"
    assert banned["fix"][0] in line.sentence, line.text
    guest.run(banned["fix"][0])
    guest.expect_login(5)
    guest.expect_console(id="auth.banned", state="OK", ends=line.seq, within=45)


def test_sshguard_keeps_out_who_had_been_let_in(guest: Guest) -> None:
    forgive(guest)
    guest.run("systemctl start sshguard.service")
    guest.wait(lambda: guest.run(["nft", "list", "set", "ip", "sshguard", "attackers"], check=False).rc == 0, 20,
               "SSHGuard's set")
    guest.expect_login()

    def banned_by_it() -> bool:
        # It drops what comes: the client that is banned in the middle waits in vain.
        assert guest.client(["timeout", "3", *guest.ssh_argv("true", "nosuch")]).rc != 0
        return "10.77.0." in guest.run("nft list set ip sshguard attackers | grep elements", check=False).stdout

    guest.wait(banned_by_it, 30, "the ban", every=0.3)
    line = guest.expect_console(id="auth.banned", state="CRITICAL", says="SSHGuard keeps out 10.77.0.", within=10)
    banned = await_told(guest, "auth.banned")
    assert banned["severity"] == "critical" and banned["sees"] == "timeout", banned
    guest.run(banned["fix"][0])
    guest.expect_login(5)
    guest.expect_console(id="auth.banned", state="OK", ends=line.seq, within=45)
