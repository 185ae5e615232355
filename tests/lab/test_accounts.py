"""Whom sshd lets in: rules, shadow(5), nologin(5), and who got in before."""

from __future__ import annotations

import json
import struct
import time
from pathlib import Path

import pytest
from sshlab.guest import Guest
from sshlab.machine import Result

DROP_IN = "/etc/ssh/sshd_config.d/20-accounts.conf"
KEYS = "/home/alice/.ssh/authorized_keys"


def forgive(guest: Guest) -> None:
    """From 9.8 on sshd would turn a client away that is denied so often (PerSourcePenalties)."""
    if guest.sshd_splits():
        guest.write("/etc/ssh/sshd_config.d/lab.conf", "PerSourcePenalties no\n")
        guest.run("systemctl restart ssh.service")
    guest.expect_login()


def recorded(guest: Guest, user: str) -> bool:
    """The agent knows that the account got in."""
    uid = guest.run(["id", "-u", user]).stdout.strip()
    lines = guest.run("cat /var/lib/sshguardd/*/logins", check=False).stdout.splitlines()
    return any(line.split()[0] == uid for line in lines)


def gets_in(guest: Guest, user: str = "alice") -> None:
    """The account logs in, and the agent has seen it."""
    with guest.session(user):
        guest.wait(lambda: recorded(guest, user), 5, f"{user} in the record")


def configure(guest: Guest, text: str) -> None:
    """sshd reads this in addition."""
    guest.write(DROP_IN, text)
    guest.run("systemctl reload ssh")


def refused(guest: Guest, says: str, user: str = "alice") -> None:
    """A real login fails, and the client says so."""

    def login() -> Result | None:
        tried = guest.plain_ssh() if user == "alice" else guest.ssh("true", user)
        return None if "Connection refused" in tried.stderr else tried

    tried = guest.wait(login, 3, "sshd, which does not listen for a moment when it is reloaded")
    assert tried.rc == 255 and says in tried.stderr, tried


def test_a_rule_shuts_out_who_got_in(guest: Guest) -> None:
    forgive(guest)
    gets_in(guest)
    guest.run("useradd --create-home --shell /bin/bash never")
    # Written and not read yet: it comes with the next reload.
    guest.write(DROP_IN, "AllowUsers root\n")
    told = guest.expect_console(id="account.excluded", state="WARNING", within=5,
                                says="the NEXT sshd RESTART shuts out: alice is not in AllowUsers")
    assert "DO: add alice to sshd_config.d/20-accounts.conf:1" in told.sentence, told.text
    guest.expect_login()
    guest.run("systemctl reload ssh")
    told = guest.expect_console(id="account.excluded", state="CRITICAL", within=5,
                                says="LOGIN DENIED: alice is not in AllowUsers")
    assert "DO: add alice to sshd_config.d/20-accounts.conf:1" in told.sentence, told.text
    refused(guest, "Permission denied")
    assert guest.status()["client_sees"]["symptom"] == "denied"
    assert [one["subject"] for one in guest.status()["findings"] if one["id"] == "account.excluded"] == ["alice"]
    guest.expect_login(user="root")
    configure(guest, "AllowUsers root alice\n")
    guest.expect_console(id="account.excluded", state="OK", within=5)
    guest.expect_login()


def test_a_group_and_pam_access_shut_out_at_once(guest: Guest) -> None:
    forgive(guest)
    gets_in(guest)
    guest.run("groupadd out")
    configure(guest, "DenyGroups out\n")
    guest.run("usermod -aG out alice")
    told = guest.expect_console(id="account.excluded", state="CRITICAL", says="alice is in group out", within=5)
    refused(guest, "Permission denied")
    guest.run("gpasswd -d alice out")
    guest.expect_console(id="account.excluded", state="OK", ends=told.seq, within=5)
    guest.expect_login()
    # A rule for clients is nobody's end, for all that can be known here.
    guest.append("/etc/security/access.conf", "-:alice:10.1.0.0/16\n-:alice:ALL\n")
    guest.write("/etc/pam.d/sshd", "account required pam_access.so\n" + guest.read("/etc/pam.d/sshd"))
    told = guest.expect_console(id="account.excluded", state="CRITICAL", says="LOGIN CLOSED: alice is denied by",
                                within=5)
    refused(guest, "Connection closed")
    guest.run("sed -i '/^-:alice:ALL/d' /etc/security/access.conf")
    guest.expect_console(id="account.excluded", state="OK", ends=told.seq, within=5)
    guest.expect_login()
    # ... unless it is about where she came from.
    guest.run("sed -i 's/10.1.0.0/10.77.0.0/' /etc/security/access.conf")
    guest.expect_console(id="account.excluded", state="CRITICAL", says="(pam_access) for 10.77.0.1", within=5)
    refused(guest, "Connection closed")


def test_a_rule_for_the_address_that_somebody_comes_from(guest: Guest) -> None:
    forgive(guest)
    with guest.session("alice"):
        guest.wait(lambda: "10.77.0.1" in guest.run("cat /var/lib/sshguardd/*/logins", check=False).stdout, 5,
                   "alice's address in the record")
    # Others' addresses are no matter.
    configure(guest, "Match Address 192.0.2.0/24\nAllowUsers root\n")
    guest.expect_login()
    configure(guest, "Match Address 10.77.0.0/16\nAllowUsers root\n")
    told = guest.expect_console(id="account.excluded", state="CRITICAL", within=5,
                                says="LOGIN DENIED: alice is not in AllowUsers for 10.77.0.1")
    refused(guest, "Permission denied")
    configure(guest, "AllowUsers root alice@10.77.0.0/16\n")
    guest.expect_console(id="account.excluded", state="OK", ends=told.seq, within=5)
    guest.expect_login()
    configure(guest, "AllowUsers root alice@192.0.2.0/24\n")
    guest.expect_console(id="account.excluded", state="CRITICAL", within=5, says="is not in AllowUsers for 10.77.0.1")
    refused(guest, "Permission denied")


def test_an_account_expires(guest: Guest) -> None:
    forgive(guest)
    gets_in(guest)
    guest.run("useradd --create-home --shell /bin/bash --expiredate 2020-01-01 never")
    soon = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 3 * 86400))
    guest.run(["chage", "-E", soon, "alice"])
    guest.expect_console(id="account.locked", state="WARNING", says=f"SOON: alice will be kept out from {soon} on",
                         within=5)
    guest.expect_login()
    guest.run("chage -E 0 alice")
    told = guest.expect_console(id="account.locked", state="CRITICAL", says="LOGIN CLOSED: alice has expired", within=5)
    assert "DO: chage -E -1 alice" in told.sentence, told.text
    refused(guest, "Connection closed")
    assert guest.status()["client_sees"]["symptom"] == "closed"
    assert [one["subject"] for one in guest.status()["findings"] if one["id"] == "account.locked"] == ["alice"]
    guest.run("chage -E -1 alice")
    guest.expect_console(id="account.locked", state="OK", within=5)
    guest.expect_login()


def test_a_lock_counts_without_pam_alone(guest: Guest) -> None:
    forgive(guest)
    gets_in(guest)
    guest.run("usermod -L alice")
    guest.expect_login()
    assert not guest.findings()
    configure(guest, "UsePAM no\n")
    told = guest.expect_console(id="account.locked", state="CRITICAL", says="LOGIN DENIED: alice is locked", within=5)
    refused(guest, "Permission denied")
    guest.run("usermod -p '*' alice")
    guest.expect_console(id="account.locked", state="OK", ends=told.seq, within=5)
    guest.expect_login()
    # A shell that is gone.
    guest.run("usermod -s /bin/gone alice")
    told = guest.expect_console(id="account.locked", state="CRITICAL", says="a shell that is not there", within=5)
    refused(guest, "Permission denied")
    guest.run("usermod -s /bin/bash alice")
    guest.expect_console(id="account.locked", state="OK", ends=told.seq, within=5)
    guest.expect_login()


def test_a_home_that_is_not_mounted(guest: Guest) -> None:
    forgive(guest)
    gets_in(guest)
    guest.append("/etc/fstab", "LABEL=homes /home ext4 nofail 0 2\n")
    # No watch tells of mounts: whatever asks anew next.
    guest.run("mv /home /kept && mkdir /home && touch /etc/passwd")
    told = guest.expect_console(id="account.locked", state="CRITICAL", within=5,
                                says="LOGIN DENIED: alice has no home, and so no key: /home (fstab) is not mounted")
    refused(guest, "Permission denied")
    guest.run("mount --bind /kept /home; touch /etc/passwd")
    guest.expect_console(id="account.locked", state="OK", ends=told.seq, within=5)
    guest.expect_login()


def test_known_from_wtmp(guest: Guest, tmp_path: Path) -> None:
    """An account that came before the agent did, where the machine has wtmp(5)."""
    record = struct.pack("=hxxi32s4s32s256shhiii16s20s", 7, 1, b"pts/0", b"ts/0", b"alice", b"10.77.0.1", 0, 0, 1,
                         int(time.time()), 0, b"", b"")
    assert len(record) == 384
    (tmp_path / "wtmp").write_bytes(record)
    guest.put(tmp_path / "wtmp", "/var/log/wtmp")
    guest.run("touch /etc/passwd")
    guest.wait(lambda: recorded(guest, "alice"), 5, "alice in the record")
    guest.run("chage -E 0 alice")
    guest.expect_console(id="account.locked", state="CRITICAL", says="alice has expired", within=5)


@pytest.mark.parametrize("path", ["/run/nologin", "/etc/nologin"])
def test_nologin(guest: Guest, path: str) -> None:
    forgive(guest)
    guest.write(path, "Back at noon.\n")
    told = guest.expect_console(id="account.nologin", state="CRITICAL", says=f"LOGIN CLOSED: {path} keeps", within=10)
    assert f"DO: rm {path}" in told.sentence, told.text
    finding = next(one for one in guest.status()["findings"] if one["id"] == "account.nologin")
    assert finding["evidence"] == [{"what": path, "value": "Back at noon."}]
    refused(guest, "Connection closed")
    guest.expect_login(user="root")
    guest.run(["rm", path])
    guest.expect_console(id="account.nologin", state="OK", ends=told.seq, within=5)
    guest.expect_login()


def test_nologin_before_a_shutdown_is_meant(guest: Guest) -> None:
    guest.run("shutdown +4")
    guest.wait(lambda: "account.nologin" in guest.worth_knowing(), 10, "the file that shutdown makes")
    assert guest.ctl("status").rc == 0
    guest.run("shutdown -c")
    guest.wait(lambda: "account.nologin" not in guest.worth_knowing(), 10, "its end")


def test_nobody_has_a_way_in(guest: Guest) -> None:
    forgive(guest)
    guest.run(f"mv {KEYS} /home/alice/kept; mv /root/.ssh/authorized_keys /root/kept")
    # What explains it: both had keys.
    guest.expect_console(id="keys.missing", state="CRITICAL", says="LOGIN DENIED: alice has no key any more", within=25)
    guest.expect_console(id="keys.missing", state="CRITICAL", says="LOGIN DENIED: root has no key any more", within=5)
    told = next(one for one in guest.status()["findings"] if one["id"] == "account.none")
    assert (told["severity"], told["root"]) == ("critical", False), told
    for user in ("alice", "root"):
        refused(guest, "Permission denied", user)
    guest.run(f"mv /home/alice/kept {KEYS}; mv /root/kept /root/.ssh/authorized_keys")
    guest.expect_console(id="keys.missing", state="OK", within=5)
    guest.expect_login()
    guest.wait(lambda: not guest.findings(), 5, "nothing any more")
    assert not guest.findings()


def test_nobody_has_a_way_in_for_a_rule(guest: Guest) -> None:
    forgive(guest)
    guest.run("systemctl stop sshguardd; rm -rf /var/lib/sshguardd")
    configure(guest, "AllowUsers nobody\n")
    mark = guest.mark()
    guest.run("systemctl start sshguardd")
    told = guest.expect_console(id="account.none", state="CRITICAL", within=30, since=mark)
    assert "of 2 with a login shell 2 are shut out by A" in told.sentence, told.text
    assert "DO: change AllowUsers (sshd_config.d/20-accounts.conf:1)" in told.sentence, told.text
    configure(guest, "")
    guest.expect_console(id="account.none", state="OK", within=10)


def test_nobody_knows_how_sshd_judges_while_it_cannot_be_asked(guest: Guest) -> None:
    forgive(guest)
    guest.run("chmod 777 /home/alice/.ssh; systemctl stop sshguardd; rm -rf /var/lib/sshguardd")
    guest.append("/etc/ssh/sshd_config", "\nProt 2\n")
    mark = guest.mark()
    guest.run("systemctl start sshguardd")
    guest.expect_console(id="sshd.config-invalid", state="WARNING", within=10, since=mark)
    asked = guest.ctl("check", "keys.mode", "account.nologin")
    assert asked.rc == 3 and "sshd refuses its configuration" in asked.stdout, asked
    told = guest.status()
    assert {"keys.mode", "account.nologin"} <= {one["id"] for one in told["unknown"]}, told["unknown"]
    assert told["state"] == "warning", told
    assert guest.run("stat -c %a /home/alice/.ssh").stdout.strip() == "777"
    guest.run("sed -i /Prot/d /etc/ssh/sshd_config; chmod 700 /home/alice/.ssh")
    guest.expect_console(id="sshd.config-invalid", state="OK", within=10)
    assert guest.ctl("check", "keys.mode").rc == 0
    # Stopped it cannot always be asked either: what is true, or unknown.
    guest.write("/etc/nologin", "Back at noon.\n")
    guest.run("systemctl stop sshguardd ssh.socket ssh.service")
    asked = guest.ctl("check", "account.nologin")
    assert (asked.rc, "LOGIN CLOSED" in asked.stdout) == (2, True) or (
        asked.rc == 3 and "sshd is down" in asked.stdout), asked
    guest.run("rm /etc/nologin; systemctl start ssh.service sshguardd")
    guest.expect_login()


def test_a_fresh_look_is_whole_whatever_comes_late(guest: Guest) -> None:
    guest.append("/etc/ssh/sshd_config", "\nProt 2\n")
    keys = {len(guest.run("ls /etc/ssh/ssh_host_*_key.pub").stdout.split())}
    guest.run("systemctl stop sshguardd")
    seen = {len(json.loads(guest.ctl("check", "--json").stdout)["host_keys"]) for _ in range(25)}
    assert seen == keys
