"""`sshguardctl access` beside a real sshd, where keys come from elsewhere than the usual files."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sshlab.guest import Guest
from sshlab.machine import ADDRESS

CLIENT = "10.77.0.1"
FILE = "/home/alice/.ssh/authorized_keys"
COMMAND = "AuthorizedKeysCommand {} \nAuthorizedKeysCommandUser keys"
PRINT = f"cat {FILE}.kept"


@dataclass(frozen=True)
class Row:
    """One state of the guest, and what the client has."""

    name: str
    config: str = ""
    shell: str = ""
    line: str = ""  # alice's key file; {key} is the client's public key, {ca} that of an authority
    key: str = "plain"
    truth: str = ""  # what sshd is known to do; empty: whatever it does
    unknown: bool = False  # access cannot tell


def script(body: str, mode: str = "755", path: str = "/usr/local/bin/keys") -> str:
    """Puts a program for keys into the guest."""
    return f"cat >{path} <<'END'\n#!/bin/sh\n{body}\nEND\nchmod {mode} {path}"


ECHO = "echo '{key}'"


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A directory with a client's keys and two authorities."""
    directory = tmp_path_factory.mktemp("keys")
    for name, kind in [("plain", "ed25519"), ("rsa", "rsa"), ("ca", "ed25519"), ("other_ca", "ed25519"),
                       ("rsa_ca", "rsa")]:
        subprocess.run(["ssh-keygen", "-q", "-N", "", "-C", name, "-t", kind, "-f", directory / name], check=True)
    yield directory


class Subject:
    """A guest whose sshd and sshguardctl are asked the same."""

    def __init__(self, guest: Guest, keys: Path) -> None:
        self.guest = guest
        self.keys = keys
        guest.run("systemctl stop sshguardd; useradd -r keys; useradd -m bob; mkdir /root/clean /root/keys; "
                  "cp -a /home/alice /root/clean/; cp -a /etc/passwd /etc/nsswitch.conf /root/clean/")

    def public(self, name: str) -> str:
        return (self.keys / f"{name}.pub").read_text().strip()

    def text(self, text: str, key: str) -> str:
        for name, value in [("key", self.public(key.split("-cert")[0])), ("ca", self.public("ca")),
                            ("other_ca", self.public("other_ca")), ("rsa_ca", self.public("rsa_ca"))]:
            text = text.replace("{" + name + "}", value)
        return text

    def prepare(self, row: Row) -> None:
        guest = self.guest
        guest.run("rm -rf /home/?alice* /home/D* /home/alice /etc/ssh/keys /etc/ssh/krl /etc/ssh/ca /etc/ssh/principals /etc/ssh/revoked "
                  "/usr/local/bin/keys /opt/bin; chmod 755 /usr/local/bin; "
                  "cp -a /root/clean/alice /home/alice; cp -a /root/clean/passwd /root/clean/nsswitch.conf /etc/")
        guest.write(FILE, self.text(row.line, row.key))
        guest.run(f"chown alice: {FILE}; chmod 600 {FILE}")
        guest.write(f"/root/keys/{row.key}.pub", self.public(row.key))
        if row.shell:
            done = guest.run(self.text(row.shell, row.key), check=False)
            assert done.rc == 0, (row, done)
        forgiving = "PerSourcePenalties no\n" if guest.sshd_splits() else ""
        guest.write("/etc/ssh/sshd_config.d/00-lab.conf", forgiving + self.text(row.config, row.key) + "\n")
        guest.run("systemctl reload ssh.service")
        guest.wait(lambda: guest.client(["ssh-keyscan", "-T", "2", "-t", "ed25519", ADDRESS]).stdout, 10, "sshd")

    def sshd(self, key: str) -> str:
        """A real client."""
        argv = self.guest.ssh_argv("echo in", user="alice")
        argv[argv.index("-i") + 1] = str(self.keys / key.split("-cert")[0])
        if key.endswith("-cert"):
            argv[1:1] = ["-o", f"CertificateFile={self.keys / key}.pub"]
        real = self.guest.client(argv)
        return "in" if real.rc == 0 and real.stdout == "in\n" else "out"

    def access(self, key: str) -> dict[str, object]:
        said = self.guest.run(["sshguardctl", "access", "alice", "--from", CLIENT, "--json",
                               "--key", f"/root/keys/{key}.pub"], check=False)
        answer: dict[str, object] = json.loads(said.stdout)
        assert said.rc == {"in": 0, "out": 2, "unknown": 3}[str(answer["answer"])]
        return answer

    def compare(self, rows: list[Row]) -> None:
        wrong: list[str] = []
        for row in rows:
            self.prepare(row)
            answer = self.access(row.key)
            truth = self.sshd(row.key)
            expected = "unknown" if row.unknown else truth
            if answer["answer"] != expected or (row.truth and truth != row.truth):
                wrong.append(f"{row.name}: sshd {truth} ({row.truth}), {json.dumps(answer)}")
        assert not wrong, "\n".join(wrong)


def commanded(name: str, words: str, body: str, truth: str, **more: str) -> Row:
    return Row(name, COMMAND.format(words), script(body), truth=truth, **more)  # type: ignore[arg-type]


BIN = "/usr/local/bin/keys"
COMMANDS = [
    commanded("it prints the key", BIN, ECHO, "in"),
    commanded("it prints another key", BIN, "echo '{ca}'", "out"),
    commanded("it prints nothing", BIN, ":", "out"),
    commanded("it fails", BIN, ECHO + "; exit 1", "out"),
    commanded("a signal ends it", BIN, ECHO + "; kill -9 $$", "out"),
    commanded("among bad lines", BIN, "echo rubbish; echo '# no'; " + ECHO, "in"),
    commanded("from= here", BIN, "echo 'from=\"10.77.0.0/24\" {key}'", "in"),
    commanded("from= elsewhere", BIN, "echo 'from=\"192.0.2.0/24\" {key}'", "out"),
    commanded("expired", BIN, "echo 'expiry-time=\"20200101\" {key}'", "out"),
    commanded("an authority", BIN, "echo 'cert-authority {key}'", "out"),
    commanded("the name without tokens", BIN, 'test "$*" = alice && ' + ECHO, "in"),
    commanded("tokens", BIN + " %u %U %h %%", 'test "$*" = "alice $(id -u alice) /home/alice %" && ' + ECHO, "in"),
    commanded("the key's tokens", BIN + " %t %k %f",
              'test "$1 $2" = "$(echo "{key}" | cut -d" " -f1-2)" && '
              'echo "{key}" | ssh-keygen -lf - | grep -qF " $3 " && ' + ECHO, "in"),
    commanded("a token that is none", BIN + " %Z", ECHO, "out"),
    commanded("quotes", BIN + " \"a b\" 'c  d' e\\ f", 'test "$1|$2|$3" = "a b|c  d|e f" && ' + ECHO, "in"),
    commanded("its environment", BIN, 'test "$USER $LOGNAME $HOME $PATH" = '
              '"keys keys /home/keys /usr/bin:/bin:/usr/sbin:/sbin" && test -z "$SSH_CONNECTION" && ' + ECHO, "in"),
    commanded("who it is", BIN, 'test "$(id -un) $(id -Gn)" = "keys keys" && ' + ECHO, "in"),
    commanded("its input", BIN, 'test -z "$(cat)" && ' + ECHO, "in"),
    commanded("it writes errors", BIN, "echo '{key}' >&2", "out"),
    Row("others may write it", COMMAND.format(BIN), script(ECHO, "777"), truth="out"),
    Row("nobody may run it", COMMAND.format(BIN), script(ECHO, "644"), truth="out"),
    Row("others may write beside it", COMMAND.format(BIN), script(ECHO) + "; chmod 777 /usr/local/bin", truth="out"),
    Row("it is somebody's", COMMAND.format(BIN), script(ECHO) + "; chown bob /usr/local/bin/keys", truth="out"),
    Row("a link to it", COMMAND.format("/opt/bin/keys"),
        "mkdir -p /opt/bin; ln -s /usr/local/bin/keys /opt/bin/keys; " + script(ECHO), truth="in"),
    Row("it is not there", COMMAND.format(BIN), truth="out"),
    Row("nobody to run it as", f"AuthorizedKeysCommand {BIN}\nAuthorizedKeysCommandUser nosuch", script(ECHO),
        truth="out"),
    Row("as the account itself", f"AuthorizedKeysCommand {BIN}\nAuthorizedKeysCommandUser %u",
        script('test "$(id -un)" = alice && ' + ECHO), truth="in"),
    Row("a file has the key, it fails", COMMAND.format(BIN), script("exit 1"), "{key}\n", truth="in"),
    Row("a file refuses the key, it has it", COMMAND.format(BIN), script(ECHO), 'from="192.0.2.1" {key}\n', truth="in"),
    Row("StrictModes does not matter", "StrictModes no\n" + COMMAND.format(BIN), script(ECHO, "777"), truth="out"),
]


def test_programs_for_keys(guest: Guest, keys: Path) -> None:
    Subject(guest, keys).compare(COMMANDS)


def test_a_program_for_keys_that_nobody_can_ask(guest: Guest, keys: Path) -> None:
    subject = Subject(guest, keys)
    # It hangs, with a child, for longer than access waits.
    subject.prepare(Row("hangs", COMMAND.format(BIN), script("sleep 77 & sleep 77")))
    answer = subject.access("plain")
    assert (answer["answer"], answer["blocked_by"]) == ("unknown", "keys command"), answer
    assert guest.run("pgrep -x sleep", check=False).rc == 1
    # It prints without end.
    subject.prepare(Row("endless", COMMAND.format(BIN), script("exec yes")))
    assert subject.access("plain")["answer"] == "unknown"
    # It asks for a key, and there is none; all accounts at once run nothing.
    subject.prepare(Row("key", COMMAND.format(BIN + " %k"), script("touch /tmp/ran")))
    said = guest.run(["sshguardctl", "access", "alice"], check=False)
    assert said.rc == 3 and "--key" in said.stdout, said
    guest.run(["sshguardctl", "access", "--all"], check=False)
    assert guest.run("ls /tmp/ran", check=False).rc != 0


# From OpenSSH 10.0 on wildcards are expanded, before they are letters.
KEYS = "/home/alice/.ssh/keys.d"
HERS = f"mkdir -p {KEYS}; chown -R alice: {KEYS}; "
PATTERNS = [
    Row("one of several", "AuthorizedKeysFile .ssh/keys.d/*.pub",
        HERS + f"echo '{{ca}}' >{KEYS}/a.pub; echo '{{key}}' >{KEYS}/b.pub"),
    Row("none fits", "AuthorizedKeysFile .ssh/keys.d/*.pub", HERS + f"echo '{{key}}' >{KEYS}/b.key"),
    Row("one bad file, one good", "AuthorizedKeysFile .ssh/keys.d/?",
        HERS + f"echo '{{key}}' >{KEYS}/a; chmod 666 {KEYS}/a; echo '{{key}}' >{KEYS}/b"),
    Row("a bad file", "AuthorizedKeysFile .ssh/keys.d/?", HERS + f"echo '{{key}}' >{KEYS}/a; chmod 666 {KEYS}/a"),
    Row("hidden", "AuthorizedKeysFile .ssh/keys.d/*", HERS + f"echo '{{key}}' >{KEYS}/.a"),
    Row("a directory beside", "AuthorizedKeysFile .ssh/keys.d/*", HERS + f"mkdir {KEYS}/a; echo '{{key}}' >{KEYS}/b"),
    Row("root's", "AuthorizedKeysFile /etc/ssh/keys/%u*",
        "mkdir -p /etc/ssh/keys; echo '{key}' >/etc/ssh/keys/alice.pub"),
    Row("that may not be listed", "AuthorizedKeysFile /etc/ssh/keys/%u*",
        "mkdir -p -m 711 /etc/ssh/keys; echo '{key}' >/etc/ssh/keys/alice.pub"),
    Row("that may not be searched", "AuthorizedKeysFile /etc/ssh/keys/%u*",
        "mkdir -p -m 700 /etc/ssh/keys; echo '{key}' >/etc/ssh/keys/alice.pub"),
    Row("letters after all", "AuthorizedKeysFile /etc/ssh/keys/%u*",
        "mkdir -p /etc/ssh/keys; echo '{key}' >'/etc/ssh/keys/alice*'", truth="in"),
    Row("letters that fit nothing", "AuthorizedKeysFile /etc/ssh/keys/[%u]",
        "mkdir -p /etc/ssh/keys; echo '{key}' >'/etc/ssh/keys/[alice]'"),
    Row("letters that fit a name", "AuthorizedKeysFile /etc/ssh/keys/[%u]",
        "mkdir -p /etc/ssh/keys; echo '{key}' >'/etc/ssh/keys/a'"),
    Row("a home with a bracket", "", "mv /home/alice '/home/[alice]'; sed -i 's,:/home/alice:,:/home/[alice]:,' "
        "/etc/passwd; echo '{key}' >'/home/[alice]/.ssh/authorized_keys'"),
    Row("a home with a backslash", "", "mv /home/alice '/home/D\\alice'; "
        "sed -i 's,:/home/alice:,:/home/D\\\\alice:,' /etc/passwd; "
        "echo '{key}' >'/home/D\\alice/.ssh/authorized_keys'"),
]


def test_patterns_of_key_files(guest: Guest, keys: Path) -> None:
    Subject(guest, keys).compare(PATTERNS)
