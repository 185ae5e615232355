"""`sshguardctl access` beside a real sshd: the same answer, whatever is wrong with home, keys, account or settings."""

from __future__ import annotations

import json
import random
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sshlab.guest import Guest
from sshlab.machine import ADDRESS, Result

CLIENT = "10.77.0.1"  # as the guest sees who knocks
FILE = "/home/alice/.ssh/authorized_keys"
SEED = 20261122
PARTS = 4  # scenarios that the table is dealt out to
PAIRS = 130  # troubles that meet; each trouble also comes alone


@dataclass(frozen=True)
class Trouble:
    """Something that is not as it usually is."""

    kind: str  # of two troubles of a kind the later one would hide the other
    name: str
    shell: str = ""  # done to the guest
    config: str = ""  # lines of sshd's configuration
    key: str = "ed25519"  # what the client has
    line: str = "{key}\n"  # alice's key file


HOME = [Trouble("home", f"home {what}", shell) for what, shell in [
    ("0777", "chmod 777 /home/alice"),
    ("0775 of a group of her own", "chmod 775 /home/alice"),
    ("0775 of users", "chgrp users /home/alice; chmod 775 /home/alice"),
    ("0775 of her group with bob", "usermod -aG alice bob; chmod 775 /home/alice"),
    ("0711", "chmod 711 /home/alice"),
    ("0000", "chmod 0 /home/alice"),
    ("root's", "chown root: /home/alice; chmod 755 /home/alice"),
    ("root's 0700", "chown root: /home/alice; chmod 700 /home/alice"),
    ("bob's", "chown bob: /home/alice; chmod 755 /home/alice"),
    ("with the sticky bit", "chmod 1777 /home/alice"),
    ("a link", "mkdir -p /data; mv /home/alice /data/; ln -s /data/alice /home/alice"),
    ("a link through a directory of everybody's",
     "mkdir -p /data; chmod 777 /data; mv /home/alice /data/; ln -s /data/alice /home/alice"),
    ("elsewhere", "mkdir -p /data; mv /home/alice /data/; sed -i 's,:/home/alice:,:/data/alice:,' /etc/passwd"),
    ("that does not exist", "mv /home/alice /home/alice.away"),
    ("below one of everybody's", "chmod 777 /home"),
]]
DIRECTORY = [Trouble("directory", f".ssh {what}", f"cd /home/alice || exit 0; {shell}") for what, shell in [
    ("0777", "chmod 777 .ssh"),
    ("0770", "chmod 770 .ssh"),
    ("0755", "chmod 755 .ssh"),
    ("0600", "chmod 600 .ssh"),
    ("root's 0755", "chown root: .ssh; chmod 755 .ssh"),
    ("root's 0700", "chown root: .ssh; chmod 700 .ssh"),
    ("bob's", "chown bob: .ssh; chmod 755 .ssh"),
    ("a link within the home", "mv .ssh dot-ssh; ln -s dot-ssh .ssh"),
    ("a link into /tmp", "rm -rf /tmp/a; mv .ssh /tmp/a; ln -s /tmp/a .ssh"),
    ("a file", "rm -rf .ssh; echo >.ssh"),
    ("a link to itself", "rm -rf .ssh; ln -s .ssh .ssh"),
]]
KEY_FILE = [Trouble("file", f"key file {what}", f"cd /home/alice/.ssh || exit 0; {shell}") for what, shell in [
    ("0666", "chmod 666 authorized_keys"),
    ("0664", "chmod 664 authorized_keys"),
    ("0644", "chmod 644 authorized_keys"),
    ("0000", "chmod 0 authorized_keys"),
    ("0400", "chmod 400 authorized_keys"),
    ("02600", "chmod 2600 authorized_keys"),
    ("root's 0600", "chown root: authorized_keys"),
    ("root's 0644", "chown root: authorized_keys; chmod 644 authorized_keys"),
    ("bob's 0644", "chown bob: authorized_keys; chmod 644 authorized_keys"),
    ("of a group of several", "chgrp users authorized_keys; chmod 664 authorized_keys"),
    ("a link to a file of hers", "mv authorized_keys mine; ln -s mine authorized_keys"),
    ("a link into bob's home", "cp authorized_keys /home/bob/keys; chmod 644 /home/bob/keys; "
                               "chown bob: /home/bob/keys; ln -sf /home/bob/keys authorized_keys"),
    ("a link into /tmp", "mv authorized_keys /tmp/keys; ln -s /tmp/keys authorized_keys"),
    ("a link to nothing", "rm authorized_keys; ln -s /nowhere authorized_keys"),
    ("with two names", "ln authorized_keys again"),
    ("a FIFO", "rm authorized_keys; mkfifo authorized_keys; chown alice: authorized_keys"),
    ("a directory", "rm authorized_keys; mkdir authorized_keys; chown alice: authorized_keys"),
    ("away", "rm authorized_keys"),
    ("away, but the second one is there", "mv authorized_keys authorized_keys2"),
    ("empty", "truncate -s 0 authorized_keys"),
]]
LINE = [Trouble("line", what, key=key, line=line) for what, key, line in [
    ("another key", "ed25519", "{rsa2048}\n"),
    ("CR LF", "ed25519", "{key}\r\n"),
    ("no line end", "ed25519", "{key}"),
    ("among others", "ed25519", "# mine\n\n{rsa2048}\nrubbish\n{key}\n"),
    ("options that are known", "ed25519", 'no-pty,environment="A=1" {key}\n'),
    ("an option that is not", "ed25519", "no-such {key}\n"),
    ("a blank among the options", "ed25519", "no-pty, no-user-rc {key}\n"),
    ("restrict", "ed25519", "restrict {key}\n"),
    ("from= here", "ed25519", 'from="10.77.0.0/24" {key}\n'),
    ("from= elsewhere", "ed25519", 'from="192.0.2.*,198.51.100.0/24" {key}\n'),
    ("from= not here", "ed25519", 'from="*,!10.77.0.1" {key}\n'),
    ("from= with bits behind the mask", "ed25519", 'from="10.77.0.1/24" {key}\n'),
    ("expired", "ed25519", 'expiry-time="20200101" {key}\n'),
    ("expiring", "ed25519", 'expiry-time="20990101Z" {key}\n'),
    ("an authority", "ed25519", "cert-authority {key}\n"),
    ("the second line is right", "ed25519", 'from="192.0.2.1" {key}\n{key}\n'),
    ("RSA", "rsa2048", "{key}\n"),
    ("short RSA", "rsa1024", "{key}\n"),
    ("ECDSA", "ecdsa", "{key}\n"),
]]
SETTING = [Trouble("setting", what.replace("\n", "; "), shell, what) for what, shell in [
    ("StrictModes no", ""),
    ("PubkeyAuthentication no", ""),
    ("AuthorizedKeysFile .ssh/authorized_keys2", ""),
    ("AuthorizedKeysFile none", ""),
    ("AuthorizedKeysFile /nowhere .ssh/authorized_keys", ""),
    ("AuthorizedKeysFile %h/.ssh/authorized_keys", ""),
    ("AuthorizedKeysFile /etc/ssh/keys/%u", f"cp {FILE} /etc/ssh/keys/alice; chmod 644 /etc/ssh/keys/alice"),
    ("AuthorizedKeysFile /etc/ssh/keys/%u", f"cp {FILE} /etc/ssh/keys/alice; chown root: /etc/ssh/keys/alice; "
                                            "chmod 600 /etc/ssh/keys/alice"),
    ("AuthorizedKeysFile /etc/ssh/keys/%U", f"cp {FILE} /etc/ssh/keys/$(id -u alice); chmod 777 /etc/ssh/keys"),
    ("AllowUsers bob", ""),
    ("AllowUsers bob al*", ""),
    ("AllowUsers alice@10.77.0.0/24", ""),
    ("AllowUsers alice@192.0.2.0/24", ""),
    ("DenyUsers alice", ""),
    ("DenyUsers alice@10.77.*", ""),
    ("DenyUsers alice@192.0.2.1", ""),
    ("AllowGroups users", ""),
    ("AllowGroups alice", ""),
    ("DenyGroups ali?e", ""),
    ("PubkeyAcceptedAlgorithms ssh-ed25519", ""),
    ("PubkeyAcceptedAlgorithms rsa-sha2-512", ""),
    ("PubkeyAcceptedAlgorithms ssh-rsa", ""),
    ("RequiredRSASize 3072", ""),
    ("RevokedKeys /etc/ssh/revoked", "rm -f /etc/ssh/revoked"),
    ("RevokedKeys /etc/ssh/revoked", f"cp {FILE} /etc/ssh/revoked"),
    ("RevokedKeys /etc/ssh/revoked", "echo '# nobody' >/etc/ssh/revoked"),
    ("AuthenticationMethods publickey", ""),
    ("AuthenticationMethods publickey password", ""),
    ("Match User alice\nPubkeyAuthentication no", ""),
    ("Match Address 10.77.0.0/24\nAllowUsers bob", ""),
    ("Match Address 192.0.2.0/24\nAllowUsers bob", ""),
    ("ForceCommand echo in", ""),
]]
ACCOUNT = [Trouble("account", what, shell, config) for what, shell, config in [
    ("locked", "usermod -L alice", ""),
    ("locked, without PAM", "usermod -L alice", "UsePAM no"),
    ("never had a password", "usermod -p '*' alice", ""),
    ("never had a password, without PAM", "usermod -p '*' alice", "UsePAM no"),
    ("expired", "chage -E 1 alice", ""),
    ("expired, without PAM", "chage -E 1 alice", "UsePAM no"),
    ("expires later", "chage -E 2099-01-01 alice", ""),
    ("its password expired long ago", "chage -d 2020-01-01 -M 30 -I 5 alice", ""),
    ("its shell is gone", "usermod -s /bin/nowhere alice", ""),
    ("its shell cannot be executed", "usermod -s /etc/hostname alice", ""),
    ("its shell says goodbye", "usermod -s /usr/sbin/nologin alice", ""),
    ("its shell is /bin/false", "usermod -s /bin/false alice", ""),
    ("nologin", "echo away >/etc/nologin", ""),
    ("another shell", "usermod -s /bin/sh alice", ""),
    ("gone", "sed -i /^alice:/d /etc/passwd", ""),
]]
# Later ones see what earlier ones did.
KINDS = [LINE, SETTING, DIRECTORY, KEY_FILE, HOME, ACCOUNT]

RESET = """
rm -rf /home/alice /home/alice.away /data /etc/ssh/keys /etc/ssh/revoked /etc/nologin /tmp/a /tmp/keys /home/bob/keys
cp -a /root/clean/passwd /root/clean/shadow /root/clean/group /etc/
cp -a /root/clean/alice /home/alice; chmod 755 /home; mkdir /etc/ssh/keys
"""


def table() -> list[tuple[Trouble, ...]]:
    """Each trouble alone, and many pairs of them, the same in each run."""
    chosen: list[tuple[Trouble, ...]] = [(one,) for kind in KINDS for one in kind]
    dice = random.Random(SEED)
    for _ in range(PAIRS):
        first, second = sorted(dice.sample(range(len(KINDS)), 2))
        chosen.append((dice.choice(KINDS[first]), dice.choice(KINDS[second])))
    # One reload for all that want the same settings.
    return sorted([()] + chosen, key=config_of)


def config_of(troubles: tuple[Trouble, ...]) -> str:
    """The lines of sshd's configuration; what is global before Match."""
    return "".join(f"{line}\n" for line in sorted((one.config for one in troubles if one.config),
                                                  key=lambda text: text.startswith("Match")))


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A directory with a client's keys."""
    directory = tmp_path_factory.mktemp("keys")
    for name, kind, bits in [("ed25519", "ed25519", "256"), ("rsa2048", "rsa", "2048"), ("rsa1024", "rsa", "1024"),
                             ("ecdsa", "ecdsa", "256")]:
        subprocess.run(["ssh-keygen", "-q", "-N", "", "-C", name, "-t", kind, "-b", bits, "-f", directory / name],
                       check=True)
    yield directory


class Subject:
    """A guest whose sshd and sshguardctl are asked the same."""

    def __init__(self, guest: Guest, keys: Path) -> None:
        self.guest = guest
        self.keys = keys
        self.config: str | None = None
        # The agent would mend modes meanwhile.
        guest.run("systemctl stop sshguardd; useradd -m -s /bin/bash bob; mkdir /root/clean /root/keys; "
                  "cp -a /etc/passwd /etc/shadow /etc/group /home/alice /root/clean/")
        for name in ("ed25519", "rsa2048", "rsa1024", "ecdsa"):
            guest.write(f"/root/keys/{name}.pub", (keys / f"{name}.pub").read_text())

    def prepare(self, troubles: tuple[Trouble, ...]) -> str:
        """Makes the guest so; the name of the client's key."""
        guest = self.guest
        line = next((one for one in troubles if one.kind == "line"), Trouble("line", ""))
        public = {name: (self.keys / f"{name}.pub").read_text().strip() for name in ("ed25519", "rsa2048")}
        text = line.line.format(key=(self.keys / f"{line.key}.pub").read_text().strip(), **public)
        octets = "".join(f"\\{octet:03o}" for octet in text.encode())
        steps = "\n".join(f"({one.shell}) || echo failed >&2" for one in troubles if one.shell)
        done = guest.run(f"{RESET}\nprintf '{octets}' >{FILE}\nchown alice: {FILE}; chmod 600 {FILE}\n{steps}")
        assert "failed" not in done.stderr, (troubles, done.stderr)
        config = config_of(troubles)
        if config != self.config:
            forgiving = "PerSourcePenalties no\n" if guest.sshd_splits() else ""
            guest.write("/etc/ssh/sshd_config.d/00-lab.conf", forgiving + config)
            guest.run("systemctl reload ssh.service")
            # It closes its listener, and opens it anew.
            guest.wait(lambda: guest.client(["ssh-keyscan", "-T", "2", "-t", "ed25519", ADDRESS]).stdout, 10, "sshd")
            self.config = config
        return line.key

    def login(self, key: str) -> Result:
        """A real client."""
        argv = self.guest.ssh_argv("echo in", user="alice")
        argv[argv.index("-i") + 1] = str(self.keys / key)
        return self.guest.client(argv)


@pytest.mark.parametrize("part", range(PARTS))
def test_access_says_what_sshd_does(guest: Guest, keys: Path, part: int) -> None:
    subject = Subject(guest, keys)
    rows = table()
    assert len(rows) >= 150
    size = -(-len(rows) // PARTS)
    wrong: list[str] = []
    answers: set[str] = set()
    for troubles in rows[part * size:(part + 1) * size]:
        key = subject.prepare(troubles)
        said = guest.run(["sshguardctl", "access", "alice", "--from", CLIENT, "--json",
                          "--key", f"/root/keys/{key}.pub"], check=False)
        answer = json.loads(said.stdout)
        real = subject.login(key)
        truth = "in" if real.rc == 0 and real.stdout == "in\n" else "out"
        answers.add(truth)
        assert said.rc == {"in": 0, "out": 2, "unknown": 3}[answer["answer"]]
        if answer["answer"] != truth:
            what = " + ".join(one.name for one in troubles) or "nothing"
            wrong.append(f"{what}: sshd {truth} ({real.stderr.strip()}), "
                         f"access {answer['answer']} by {answer['by']}, blocked by {answer['blocked_by']}")
    assert not wrong, "\n".join(wrong)
    assert answers == {"in", "out"}


def test_nobody_gets_in_while_sshd_is_down(guest: Guest) -> None:
    assert guest.ctl("access", "alice").rc == 0
    guest.run("systemctl stop ssh.socket ssh.service")
    assert guest.run("ls -d /run/sshd", check=False).rc != 0
    told = guest.ctl("access", "alice")
    assert told.rc == 2 and "alice does NOT get in. In the way first: sshd." in told.stdout, told
    assert "DO: systemctl start ssh" in told.stdout and "  ok  key" in told.stdout, told
    # sshd was asked beside that, and nothing is left of it.
    assert guest.run("ls -d /run/sshd", check=False).rc != 0
    guest.run("systemctl mask ssh.service")
    told = guest.ctl("access", "alice")
    assert told.rc == 2 and "DO: systemctl unmask" in told.stdout, told
    guest.run("systemctl unmask ssh.service; systemctl start ssh.service")
    guest.append("/etc/ssh/sshd_config", "\nProt 2\n")
    told = guest.ctl("access", "alice")
    assert told.rc == 3 and "Bad configuration option: Prot" in " ".join(told.stdout.split()), told


def test_an_account_that_is_no_login_is_not_listed(guest: Guest) -> None:
    told = guest.ctl("access", "--all")
    names = [line.split()[0] for line in told.stdout.splitlines()[1:] if not line.startswith(" ")]
    assert "alice" in names and "sync" not in names, told
