"""Keys that accounts had: one that is gone is known, by whom it was used, and told until it is back."""

from __future__ import annotations

import json
import time
from typing import Any

from sshlab.guest import Guest

HOME = "/home/alice"
FILE = f"{HOME}/.ssh/authorized_keys"
SETTLED = 30  # seconds: it is told when it has been so for 15, or 10


def forgive(guest: Guest) -> None:
    """From 9.8 on sshd would turn a client away that is denied so often (PerSourcePenalties)."""
    if guest.sshd_splits():
        guest.write("/etc/ssh/sshd_config.d/lab.conf", "PerSourcePenalties no\n")
        guest.run("systemctl restart ssh.service")
    guest.expect_login()


def put(guest: Guest, content: str) -> None:
    """Alice's key file with this content, by one rename."""
    guest.write(f"{FILE}.new", content)
    guest.run(f"chown alice: {FILE}.new && chmod 600 {FILE}.new && mv {FILE}.new {FILE}")


def fingerprint(guest: Guest, key: str) -> str:
    """As ssh-keygen says it."""
    guest.write("/root/one.pub", key + "\n")
    return guest.run("ssh-keygen -lf /root/one.pub").stdout.split()[1]


def record(guest: Guest, user: str = "alice") -> dict[str, Any]:
    """What the agent keeps of an account; nothing where it keeps nothing."""
    text = guest.run("cat /var/lib/sshguardd/*/keys.json", check=False).stdout
    accounts = json.loads(text)["accounts"] if text else []
    return next((dict(one) for one in accounts if one["name"] == user), {})


def used(guest: Guest, key: str) -> bool:
    """The agent knows, also after its restart, that somebody came with that key."""
    return any(one["fingerprint"] == key and one.get("used") for one in record(guest).get("keys", []))


def gets_in(guest: Guest) -> str:
    """Alice logs in, and the agent has it on record; her key file."""
    with guest.session():
        time.sleep(1)
    key = guest.read(FILE)
    guest.wait(lambda: used(guest, fingerprint(guest, key)), 90, "her key in the record")
    return key


def told(guest: Guest, found: str) -> dict[str, Any]:
    """Alice's finding of that id, as the status has it."""
    return next((dict(one) for one in guest.status()["findings"] if (one["id"], one["subject"]) == (found, "alice")),
                {})


def denied(guest: Guest) -> bool:
    """A real client is turned away, and not by a network."""
    refused = guest.ssh()
    return refused.rc == 255 and "Permission denied" in refused.stderr


def test_the_keys_of_an_account_are_away(guest: Guest) -> None:
    forgive(guest)
    key = gets_in(guest)
    # An editor, or an agent of the cloud, that exchanges the file.
    begin = guest.mark()
    guest.run(f"mv {FILE} {FILE}~ && sleep 3 && mv {FILE}~ {FILE}")
    guest.expect_quiet(18, begin)
    for breaks, says in [(f": >{FILE}", "holds none"), (f"rm {FILE}", "is not there")]:
        guest.run(breaks)
        broken = guest.expect_console(id="keys.missing", state="CRITICAL", within=SETTLED,
                                      says=f"LOGIN DENIED: alice has no key any more: {FILE} {says}")
        assert "DO: put alice's public key there" in broken.sentence, broken.text
        assert denied(guest)
        evidence = told(guest, "keys.missing")["evidence"]
        assert evidence[0]["what"] == "gone" and fingerprint(guest, key) in evidence[0]["value"], evidence
        assert guest.findings() == {"keys.missing"}
        put(guest, key)
        guest.expect_console(id="keys.missing", state="OK", ends=broken.seq, within=5)
        guest.expect_login()
    # It is gone while nobody looks.
    guest.run(f"systemctl stop sshguardd; rm {FILE}; systemctl start sshguardd")
    guest.expect_console(id="keys.missing", state="CRITICAL", within=SETTLED)
    # Who is locked out on purpose is not missed.
    guest.run("usermod --lock --expiredate 1 alice")
    guest.wait(lambda: "keys.missing" not in guest.findings(), 5, "the end of it")
    guest.run("usermod --unlock --expiredate '' alice", check=False)
    guest.run("chage -E -1 alice")
    put(guest, key)
    guest.wait(lambda: not guest.findings(), 5, "nothing")
    guest.expect_login()


def test_a_key_is_exchanged_for_another(guest: Guest) -> None:
    forgive(guest)
    key = gets_in(guest)
    guest.run("ssh-keygen -q -t ed25519 -N '' -f /root/second")
    second = guest.read("/root/second.pub")
    begin = guest.mark()
    put(guest, key + second)
    guest.wait(lambda: len(record(guest)["keys"]) == 2, 90, "both keys in the record")
    # One that nobody came with.
    put(guest, key)
    guest.wait(lambda: "keys.changed" in guest.worth_knowing(), 5, "the key that went")
    found = told(guest, "keys.changed")
    assert found["summary"] == f"a key of alice's is gone: ED25519 {fingerprint(guest, second)}"
    assert guest.ctl("status").rc == 0
    put(guest, key + second)
    guest.wait(lambda: "keys.changed" not in guest.worth_knowing(), 5, "its end")
    guest.expect_quiet(12, begin)
    # The one that she came with, for one that is hers as well, for all that is known.
    guest.run("systemctl restart sshguardd")
    guest.await_agent()
    put(guest, second)
    broken = guest.expect_console(id="keys.changed", state="CRITICAL", within=SETTLED,
                                  says=f"LOGIN DENIED: the key that alice uses is gone: {fingerprint(guest, key)}")
    assert denied(guest)
    evidence = told(guest, "keys.changed")["evidence"]
    assert any(one["what"] == FILE and "owner alice" in one["value"] for one in evidence), evidence
    # She logs in with the new one: then it is a key like the other, and worth knowing.
    shown = guest.run("ssh -i /root/second -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null "
                      "-o BatchMode=yes alice@127.0.0.1 echo in", check=False)
    assert shown.stdout == "in\n", shown
    guest.expect_console(state="OK", ends=broken.seq, within=90)
    assert "keys.changed" in guest.worth_knowing()
    put(guest, key)
    guest.expect_login()


def test_sshd_looks_for_keys_elsewhere(guest: Guest) -> None:
    forgive(guest)
    gets_in(guest)
    guest.run("install -d /etc/ssh/keys && cp /root/.ssh/authorized_keys /etc/ssh/keys/root")
    guest.write("/etc/ssh/sshd_config.d/10-keys.conf", "AuthorizedKeysFile /etc/ssh/keys/%u\n")
    # Written and not read yet.
    guest.expect_console(id="keys.missing", state="WARNING", within=SETTLED, says="the NEXT sshd RESTART")
    guest.expect_login()
    guest.run("systemctl reload ssh")
    guest.expect_console(id="keys.missing", state="CRITICAL", within=5,
                         says="LOGIN DENIED: no key of alice's in /etc/ssh/keys/alice, where sshd looks")
    assert denied(guest)
    assert [one["subject"] for one in guest.status()["findings"] if one["id"] == "keys.missing"] == ["alice"]
    guest.run(f"install -m 644 {FILE} /etc/ssh/keys/alice")
    guest.expect_console(id="keys.missing", state="OK", within=5)
    guest.expect_login()
    assert not guest.findings()


def test_all_keys_expire_soon(guest: Guest) -> None:
    forgive(guest)
    key = gets_in(guest)
    day = time.strftime("%Y%m%d", time.gmtime(time.time() + 4 * 86400))
    put(guest, f'expiry-time="{day}Z" {key}')
    told_soon = guest.expect_console(id="keys.rejected", state="WARNING", within=5,
                                     says="SOON: alice's keys expire by")
    assert f"{FILE}:1" in told_soon.sentence, told_soon.text
    guest.expect_login()
    put(guest, key)
    guest.expect_console(id="keys.rejected", state="OK", ends=told_soon.seq, within=5)
    assert not guest.findings()


def test_a_record_that_is_damaged(guest: Guest) -> None:
    forgive(guest)
    gets_in(guest)
    guest.run("systemctl stop sshguardd; for file in /var/lib/sshguardd/*/keys.json; do "
              "head -c 5000 /dev/urandom >$file; done; systemctl start sshguardd")
    guest.await_agent()
    guest.wait(lambda: guest.run("grep -q alice /var/lib/sshguardd/*/keys.json", check=False).rc == 0, 90,
               "a new record")
    assert "not as the agent wrote it" in guest.journal("sshguardd")
    assert not guest.findings() and "keys.changed" not in guest.worth_knowing()
    assert guest.run("stat -c %a /var/lib/sshguardd/*/keys.json").stdout == "600\n"
    guest.expect_login()
