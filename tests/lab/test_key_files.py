"""Key files that sshd does not take: whose, for what reason, and what a person types."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from sshlab.guest import Guest

HOME = "/home/alice"
FILE = f"{HOME}/.ssh/authorized_keys"


def put(guest: Guest, content: bytes) -> None:
    """Alice's key file with this content, by one rename."""
    text = base64.b64encode(content).decode()
    guest.run(f"base64 -d >{FILE}.new <<'END'\n{text}\nEND\n"
              f"chown alice: {FILE}.new && chmod 600 {FILE}.new && mv {FILE}.new {FILE}")


def finding(guest: Guest, found: str) -> dict[str, Any] | None:
    """Alice's finding of that id, as the status has it."""
    return next((dict(one) for one in guest.status()["findings"] if (one["id"], one["subject"]) == (found, "alice")),
                None)


def denied(guest: Guest) -> bool:
    """A real client is turned away, and not by a network."""
    refused = guest.ssh()
    return refused.rc == 255 and "Permission denied" in refused.stderr


def forgive(guest: Guest) -> None:
    """From 9.8 on sshd would turn a client away that is denied so often (PerSourcePenalties)."""
    if guest.sshd_splits():
        guest.write("/etc/ssh/sshd_config.d/lab.conf", "PerSourcePenalties no\n")
        guest.run("systemctl restart ssh.service")
    guest.expect_login()


def test_lines_that_sshd_passes_over(guest: Guest) -> None:
    forgive(guest)
    good = guest.read(FILE).strip().encode()
    kind, data = good.split()[:2]
    # Each verdict is a client's, too.
    for content, line, why in [
            (kind + b" " + data[:40] + b"\n" + data[40:] + b"\n", 1, "a key split over 2 lines"),
            (b"# of alice\r\n" + b"\xef\xbb\xbf" + good + b"\r\n", 2, "a byte order mark (BOM) before the key"),
            (good.decode().encode("utf-16"), 1, "UTF-16 text: sshd reads ASCII and UTF-8"),
            (b"no-pty, no-user-rc " + good, 1, "a blank among the options before the key")]:
        put(guest, content)
        broken = guest.expect_console(id="keys.malformed", state="CRITICAL", says="LOGIN DENIED", within=5)
        assert why in broken.sentence, broken.text
        told = finding(guest, "keys.malformed")
        assert told is not None and told["evidence"] == [{"what": f"{FILE}:{line}", "value": why}]
        assert denied(guest)
        put(guest, good)
        guest.expect_console(id="keys.malformed", state="OK", ends=broken.seq, within=5)
        guest.expect_login()
    # Line ends of another system, and a bad line beside a good one.
    put(guest, b"\xef\xbb\xbf# from elsewhere\r\n" + data + b" bob\r\n" + good + b"\r\n")
    guest.wait(lambda: "keys.malformed" in guest.worth_knowing(), 5, "the line that is passed over")
    told = finding(guest, "keys.malformed")
    assert told is not None
    assert told["evidence"] == [{"what": f"{FILE}:2", "value": "key data without a key type before it"}]
    assert told["fix"][0] == f"sed -n 2p {FILE}"
    assert guest.ctl("status").rc == 0
    guest.expect_login()
    guest.expect_quiet(1)


def test_files_that_sshd_does_not_take(guest: Guest) -> None:
    forgive(guest)
    saved = guest.read(FILE)
    for breaks, found, command in [
            (f"chown nobody {HOME}/.ssh && chmod 755 {HOME}/.ssh", "keys.owner", f"chown alice: {HOME}/.ssh"),
            (f"chown root:root {FILE}", "keys.unreadable", f"chown alice: {FILE}"),
            (f"chown root:root {HOME}/.ssh && chmod 700 {HOME}/.ssh", "keys.unreadable", f"chown alice: {HOME}/.ssh"),
            (f"chmod 000 {HOME}", "keys.unreadable", f"chmod u+rX {HOME}"),
            (f"rm {FILE} && mkfifo {FILE} && chown alice: {FILE}", "keys.irregular", f"ls -ld {FILE}")]:
        guest.run(breaks)
        broken = guest.expect_console(id=found, state="CRITICAL", says="LOGIN DENIED", within=5)
        assert f"DO: {command}" in broken.sentence, broken.text
        assert denied(guest)
        told = finding(guest, found)
        assert told is not None and told["fix"][0] == command
        # As a person would: type what stands there.
        guest.run(command)
        if found == "keys.irregular":
            put(guest, saved.encode())
        guest.expect_console(id=found, state="OK", ends=broken.seq, within=5)
        guest.expect_login()
    # sshd reads a file with two names; a link to /dev/null is how a person switches one off.
    guest.run(f"ln {FILE} {HOME}/.ssh/again && ln -s /dev/null {HOME}/.ssh/authorized_keys2")
    guest.wait(lambda: "keys.irregular" in guest.worth_knowing(), 5, "what is odd about them")
    guest.expect_login()
    assert guest.ctl("status").rc == 0
    guest.expect_quiet(1)


def test_keys_that_sshd_rejects(guest: Guest) -> None:
    forgive(guest)
    good = guest.read(FILE).strip()
    put(guest, f'expiry-time="20260101Z" {good}\n'.encode())
    broken = guest.expect_console(id="keys.rejected", state="CRITICAL", says="LOGIN DENIED", within=5)
    assert "expiry-time= is over since 2026-01-01T00:00:00Z" in broken.sentence, broken.text
    assert denied(guest)
    said = guest.ctl("access", "alice")
    assert said.rc == 2 and "expiry-time= is over" in said.stdout, said.stdout
    put(guest, f"{good}\n".encode())
    guest.expect_console(id="keys.rejected", state="OK", ends=broken.seq, within=5)
    guest.expect_login()
    # The same key, and another setting: as an update of the policies for cryptography brings it.
    guest.write("/etc/ssh/sshd_config.d/algorithms.conf", "PubkeyAcceptedAlgorithms rsa-sha2-512\n")
    guest.run("systemctl reload ssh.service")
    broken = guest.expect_console(id="keys.rejected", state="CRITICAL", says="PubkeyAcceptedAlgorithms", within=10)
    assert denied(guest)
    guest.run("rm /etc/ssh/sshd_config.d/algorithms.conf; systemctl reload ssh.service")
    guest.expect_console(id="keys.rejected", state="OK", ends=broken.seq, within=10)
    guest.expect_login(within=5)


def test_without_its_list_of_revoked_keys_sshd_takes_none(guest: Guest) -> None:
    guest.run("touch /etc/ssh/revoked")
    guest.write("/etc/ssh/sshd_config.d/revoked.conf", "RevokedKeys /etc/ssh/revoked\n")
    guest.run("systemctl reload ssh.service")
    forgive(guest)
    guest.expect_quiet(2)
    guest.run("mv /etc/ssh/revoked /etc/ssh/revoked.away")
    broken = guest.expect_console(id="keys.source", state="CRITICAL", says="sshd refuses every key", within=5)
    assert denied(guest)
    assert guest.run("sshd -t", check=False).rc == 0
    guest.run("mv /etc/ssh/revoked.away /etc/ssh/revoked")
    guest.expect_console(id="keys.source", state="OK", ends=broken.seq, within=5)
    guest.expect_login()
    # A key that stands in it.
    guest.run(f"cp {FILE} /etc/ssh/revoked")
    broken = guest.expect_console(id="keys.rejected", state="CRITICAL", says="revoked by /etc/ssh/revoked", within=5)
    assert denied(guest)
    guest.run(": >/etc/ssh/revoked")
    guest.expect_console(id="keys.rejected", state="OK", ends=broken.seq, within=5)
    guest.expect_login()


def test_a_program_for_keys_that_sshd_does_not_run(guest: Guest) -> None:
    guest.write("/usr/local/bin/keys", "#!/bin/sh\n", mode="755")
    guest.write("/etc/ssh/sshd_config.d/keys.conf",
                "AuthorizedKeysCommand /usr/local/bin/keys %u\nAuthorizedKeysCommandUser nobody\n")
    guest.run("systemctl reload ssh.service")
    guest.expect_quiet(2)
    guest.run("chmod 777 /usr/local/bin/keys")
    broken = guest.expect_console(id="keys.source", state="WARNING", says="/usr/local/bin/keys has mode 0777", within=5)
    guest.run("chmod 755 /usr/local/bin/keys")
    guest.expect_console(id="keys.source", state="OK", ends=broken.seq, within=5)


def test_a_hostile_home(guest: Guest) -> None:
    forgive(guest)
    good = guest.read(FILE)
    before = guest.run("stat -c '%a %u %n' /etc/shadow /dev/zero /root/.ssh /root/.ssh/authorized_keys").stdout
    # A user's own, with names that a terminal would obey; what is wrong with it is not its to be mended.
    guest.run("printf 'ev\\033[2Jil:x:3000:3000::/home/e\\033cv:/bin/bash\\n' >>/etc/passwd; "
              "H=$(printf '/home/e\\033cv'); mkdir -p \"$H/.ssh\"; chmod 777 \"$H/.ssh\"; "
              f"install -m 644 {FILE} \"$H/.ssh/\"")
    guest.expect_console(id="keys.mode", state="CRITICAL", within=10)
    for shell in [
            "mkfifo $F; chown alice: $F", "mknod $F c 1 5; chown alice: $F", "mkdir $F", f"ln -s {FILE} $F",
            "ln -s /dev/zero $F", "ln -s /proc/self/fd/0 $F", "ln -s /etc/shadow $F",
            "python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"'$F'\")'; chown alice: $F",
            "truncate -s 10G $F; chown alice: $F", "head -c 3000000 /dev/urandom >$F; chown alice: $F",
            "yes 'ssh-ed25519 \x1b]0;x\x07' | head -100000 >$F; chown alice: $F",
            "printf 'from=\"' >$F; yes 10.0.0.0/8, | head -100000 | tr -d '\\n' >>$F; chown alice: $F"]:
        guest.run(f"F={FILE}; rm -rf $F; {shell}")
        said = guest.ctl("access", "alice", "--from", "10.77.0.1")
        assert said.rc == 2, (shell, said)
        assert "\x1b" not in said.stdout + said.stderr
    guest.run(f"rm -rf {FILE}")
    put(guest, good.encode())
    guest.expect_login()
    everything = guest.ctl("access", "--all")
    assert everything.rc == 0 and "alice" in everything.stdout and "\x1b" not in everything.stdout
    status = guest.ctl("status")
    assert status.rc == 2 and "ev\\x1b[2Jil" in status.stdout, status.stdout  # it is still not mended
    assert "\x1b" not in status.stdout and not any("\x1b" in line.text for line in guest.console_lines())
    assert "777" in guest.run("stat -c %a /home/e*v/.ssh").stdout
    assert before == guest.run("stat -c '%a %u %n' /etc/shadow /dev/zero /root/.ssh /root/.ssh/authorized_keys").stdout


def test_a_pattern_names_key_files_from_10_0_on(guest: Guest) -> None:
    keys = f"{HOME}/.ssh/keys.d"
    if not guest.sshd_splits():
        pytest.skip("before OpenSSH 10.0 a pattern is a name like others")
    guest.run(f"mkdir {keys}; cp {FILE} {keys}/a.pub; chmod 600 {keys}/a.pub; chown -R alice: {keys}")
    guest.write("/etc/ssh/sshd_config.d/keys.conf", "AuthorizedKeysFile .ssh/keys.d/*.pub\n")
    guest.run("systemctl reload ssh.service")
    guest.expect_login()
    guest.expect_quiet(2)
    guest.run(f"chown 4242 {keys}/a.pub")
    broken = guest.expect_console(id="keys.unreadable", state="CRITICAL", within=10)
    assert f"{keys}/a.pub" in str(finding(guest, "keys.unreadable"))
    guest.run(f"chown alice {keys}/a.pub")
    guest.expect_console(id="keys.unreadable", state="OK", ends=broken.seq, within=10)
    guest.expect_login()
