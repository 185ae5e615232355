"""Key files that sshd passes over for a mode: told, mended as the account, and nothing else in a home is touched."""

from __future__ import annotations

import pytest
from sshlab.guest import Guest
from sshlab.machine import slow

HOME = "/home/alice"
SSH = f"{HOME}/.ssh"
KEYS = f"{SSH}/authorized_keys"
ID = "keys.mode"

# Names are exchanged as fast as the user can, and what lies inside (by descriptor) is open to everybody again, until
# the input ends.
_EXCHANGES = """
import ctypes, os, select, sys
libc = ctypes.CDLL(None, use_errno=True)
home = os.open(sys.argv[1], os.O_PATH | os.O_DIRECTORY)
inside = [os.open(sys.argv[1] + name, os.O_RDONLY) for name in ("/", "/.ssh/authorized_keys")]
print("begun", flush=True)
while not select.select([0], [], [], 0)[0]:
    for _ in range(20):
        if libc.renameat2(home, b".ssh", home, b"bait", 2) != 0:
            sys.exit(os.strerror(ctypes.get_errno()))
    for one in inside:
        os.fchmod(one, 0o777)
"""

# The agent's own child, again and again: exit status 0 is done, 1 refused.
_MENDS = """
end=$(($(date +%s) + $1)) done=0 refused=0
while [ "$(date +%s)" -lt "$end" ]; do
    if /usr/sbin/sshguardd --own-child clear-key-mode alice "$(id -u alice)" /home/alice /home/alice \
        /home/alice/.ssh /home/alice/.ssh/authorized_keys 2>/dev/null; then done=$((done + 1)); else
        [ $? = 1 ] || exit 1; refused=$((refused + 1)); fi
done
echo "$done $refused"
"""

# As if nobody had thought of it: looks, then changes by name.
_NAIVE = """
import os, sys, time
end = time.monotonic() + float(sys.argv[1])
outside = os.stat("/srv/outside").st_mode, os.stat("/srv/outside/authorized_keys").st_mode
while time.monotonic() < end:
    for name in ("/home/alice/.ssh/authorized_keys", "/home/alice/.ssh"):
        try:
            if not os.path.islink("/home/alice/.ssh"):
                os.chmod(name, os.lstat(name).st_mode & 0o7755, follow_symlinks=True)
        except OSError:
            pass
    if outside != (os.stat("/srv/outside").st_mode, os.stat("/srv/outside/authorized_keys").st_mode):
        sys.exit("lost")
"""


def mode(guest: Guest, path: str) -> str:
    """The permission bits and the owner: "755 alice:alice"."""
    return guest.run(["stat", "-c", "%a %U:%G", path]).stdout.strip()


def of_the_account(guest: Guest, subject: str = "alice") -> dict[str, object]:
    """The finding about an account, as the status has it."""
    return next(one for one in guest.status()["findings"] if one["id"] == ID and one["subject"] == subject)


def healed(guest: Guest) -> list[tuple[str, str, str]]:
    """What was done to whom, and what came of it."""
    return [(heal["subject"], heal["remedy"], heal["outcome"]) for heal in guest.status()["heals"]]


@pytest.mark.parametrize(("how", "path", "before", "after"), [
    (f"chmod 0777 {HOME}", HOME, "777 alice:alice", "755 alice:alice"),
    (f"groupadd people; usermod -aG people daemon; chgrp people {SSH}; chmod 0770 {SSH}", SSH,
     "770 alice:people", "750 alice:people"),
    (f"chmod 0666 {KEYS}", KEYS, "666 alice:alice", "644 alice:alice"),
], ids=["home", "ssh", "file"])
def test_told_and_mended(guest: Guest, how: str, path: str, before: str, after: str) -> None:
    keys = guest.read(KEYS)
    guest.ctl("pause", "10m")
    guest.run(how)
    told = guest.expect_console(id=ID, state="CRITICAL", says="LOGIN DENIED: sshd ignores alice's keys", within=5)
    assert of_the_account(guest)["summary"] == f"sshd ignores alice's keys: {path} is mode 0{before.split()[0]}"
    sees = guest.status()["client_sees"]
    assert sees["symptom"] == "denied" and sees["because"] == ID
    client = guest.plain_ssh()
    assert client.rc == 255 and sees["message"].split(" (")[0] in client.stderr, (sees, client.stderr)
    assert mode(guest, path) == before
    finding = of_the_account(guest)
    assert finding["fix"][0] == f"chmod go-w {path}"  # type: ignore[index]
    assert {"what": "keys in it", "value": "1"} in finding["evidence"]  # type: ignore[operator]
    guest.ctl("resume")
    guest.expect_console(id=ID, state="OK", ends=told.seq, by="agent", within=10)
    assert mode(guest, path) == after
    guest.expect_login()
    assert guest.read(KEYS) == keys
    assert healed(guest) == [("alice", "clear-key-mode", "healed")]
    assert not guest.findings()


def test_by_itself_and_all_on_the_way(guest: Guest) -> None:
    guest.run(f"chmod -R 0777 {HOME}")
    # Not by trying to log in until it works: newer sshds punish that.
    guest.wait(lambda: healed(guest) == [("alice", "clear-key-mode", "healed")], 15, "the verified heal")
    guest.expect_login()
    assert [mode(guest, path) for path in (HOME, SSH, KEYS)] == ["755 alice:alice"] * 3
    assert mode(guest, f"{HOME}/.bashrc") == "777 alice:alice", "not on the way"
    assert not guest.findings()


def test_roots_own_home(guest: Guest) -> None:
    guest.run("chmod 0777 /root /root/.ssh")
    guest.wait(lambda: healed(guest) == [("root", "clear-key-mode", "healed")], 15, "the verified heal")
    guest.expect_login(user="root")
    assert mode(guest, "/root") == "755 root:root"


def test_switched_off_it_is_told_and_left(guest: Guest) -> None:
    guest.write("/etc/sshguardd/sshguardd.conf.d/keys.conf", "[heal]\nclear_key_mode = no\n")
    guest.run(["systemctl", "reload", "sshguardd"])
    guest.run(f"chmod 0777 {HOME}")
    told = guest.expect_console(id=ID, state="CRITICAL", within=5)
    assert f"DO: chmod go-w {HOME} (healing is off: [heal] clear_key_mode = no)." in told.sentence
    guest.expect_quiet(2)
    assert mode(guest, HOME) == "777 alice:alice"
    dry = guest.ctl("heal", ID, "--once", "--dry-run")
    assert f"chmod go-w {HOME}" in dry.stdout, dry
    assert mode(guest, HOME) == "777 alice:alice"
    # A person's consent to one run.
    done = guest.ctl("heal", ID, "--once")
    assert done.rc == 0 and "healed" in done.stdout, done
    assert mode(guest, HOME) == "755 alice:alice"
    guest.expect_console(id=ID, state="OK", ends=told.seq, within=5)
    guest.expect_login()


def test_without_the_agent(guest: Guest) -> None:
    guest.run(["systemctl", "stop", "sshguardd"])
    guest.run(f"chmod 0777 {HOME}")
    done = guest.ctl("heal", ID)
    assert done.rc == 0 and "healed" in done.stdout, done
    assert mode(guest, HOME) == "755 alice:alice"
    guest.expect_login()


@pytest.mark.parametrize("what", ["link", "list", "names", "setgid"])
def test_left_to_a_person(guest: Guest, what: str) -> None:
    """Where the agent could not mend all of it, or does not know what it would change, it changes nothing."""
    guest.run({
        "link": f"install -d -o alice -g alice /srv/keys && mv {KEYS} /srv/keys/ && ln -s /srv/keys/authorized_keys {KEYS}",
        "list": "true",
        "setgid": f"chmod g+s {HOME}",
        "names": f"ln {KEYS} {HOME}/second",
    }[what])
    guest.expect_login()
    guest.run({
        "link": "chmod 0777 /srv/keys",
        "list": f"python3 -c \"import os, struct; os.setxattr('{HOME}', 'system.posix_acl_access', b''.join([struct.pack("
                f"'<I', 2)] + [struct.pack('<HHI', *one) for one in ((1, 7, 2**32-1), (2, 7, 2), (4, 7, 2**32-1), "
                f"(16, 7, 2**32-1), (32, 7, 2**32-1))]))\"",
        "names": f"chmod 0666 {KEYS}",
        "setgid": f"chmod 2777 {HOME}",
    }[what])
    path = {"link": "/srv/keys", "names": KEYS}.get(what, HOME)
    before = mode(guest, path)
    told = guest.expect_console(id=ID, state="CRITICAL", within=5)
    assert "DO: " in told.sentence and "NEXT" not in told.sentence
    assert any(one["what"] == "left to a person" for one in of_the_account(guest)["evidence"])  # type: ignore[attr-defined]
    guest.expect_quiet(2)
    assert mode(guest, path) == before
    assert guest.ctl("heal", ID, "--once").rc != 0
    assert mode(guest, path) == before and healed(guest) == []


def test_many_at_once_are_left_alone(guest: Guest) -> None:
    names = [f"person{number}" for number in range(5)]
    for name in names:
        guest.run(f"useradd -m -s /bin/sh {name} && cp -r {SSH} /home/{name}/.ssh && chown -R {name}: /home/{name}/.ssh")
    # Between the two commands a .ssh was root's, which a look may have seen.
    guest.wait(lambda: not guest.findings(), 5, "nothing to tell")
    # Two of seven are two people's slips, each a story of its own.
    guest.run(f"chmod 0777 /home/{names[0]} /home/{names[1]}")
    guest.wait(lambda: sorted(heal[0] for heal in healed(guest)) == names[:2], 15, "two verified heals")
    guest.wait(lambda: not guest.findings(), 5, "the end of it")
    guest.expect_login(user=names[0])
    guest.expect_login(user=names[1])
    # ... and six of seven are somebody at work.
    since = guest.mark()
    guest.run("chmod 0777 /home/*")
    told = guest.expect_console(id=ID, state="CRITICAL", says="6 of 7 accounts", within=10, since=since)
    guest.expect_quiet(3)
    assert guest.run("stat -c %a /home/* | sort -u").stdout == "777\n"
    assert len(healed(guest)) == 2
    several = of_the_account(guest, "several accounts")
    assert len(several["evidence"]) == 6 and several["remedy"]["kind"] is None  # type: ignore[arg-type,index]
    guest.run("chmod 0755 /home/*")
    guest.expect_console(id=ID, state="OK", ends=told.seq, by="person", within=10)
    guest.expect_login()


def test_who_exchanges_names_gains_nothing(guest: Guest) -> None:
    """Half a minute against a user who puts a link to elsewhere in the place of .ssh thousands of times a second."""
    # A directory of the lower layer cannot be exchanged on an overlay.
    guest.run(f"cp -a {SSH} {HOME}/new && rm -r {SSH} && mv {HOME}/new {SSH}")
    guest.run(f"install -d -o alice -m 0777 /srv/outside && cp {KEYS} /srv/outside/ && "
              f"chown alice: /srv/outside/* && chmod 0666 /srv/outside/* && ln -s /srv/outside {HOME}/bait")
    outside = "stat -c '%n %i %a %U %z' /srv/outside /srv/outside/authorized_keys"
    before = guest.run(outside).stdout
    agent = guest.agent_pid()
    attacker = guest.popen(["setpriv", "--reuid=alice", "--regid=alice", "--init-groups", "python3", "-c", _EXCHANGES, HOME])
    try:
        assert attacker.stdout is not None and attacker.stdout.readline() == "begun\n"
        ran = guest.run(["sh", "-c", _MENDS, "sh", "30"], timeout=60 * slow())
        done, refused = map(int, ran.stdout.split())
        assert attacker.poll() is None, attacker.communicate()[1]
        assert guest.run(outside).stdout == before
        assert done > 20 and refused > 20, (done, refused)
        # The same guest, the same attacker, a careless remedy: so there was something to lose.
        careless = guest.run(["python3", "-c", _NAIVE, "30"], check=False, timeout=60 * slow())
        assert careless.stderr == "lost\n", careless
    finally:
        attacker.communicate()  # closes its input, which ends it
    assert guest.agent_pid() == agent
    assert mode(guest, "/etc/shadow") == "640 root:shadow"
