"""`sshguardctl access` beside a real sshd, where keys come from elsewhere than the usual files."""

from __future__ import annotations

import base64
import json
import shlex
import shutil
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
    sign: str = ""  # the client has a certificate of that key: ssh-keygen's words, the authority's name first
    forged: int = 0  # ... of which that byte is another one, from its end; ssh(1) itself does not take it then


def script(body: str, mode: str = "755", path: str = "/usr/local/bin/keys") -> str:
    """Puts a program for keys into the guest."""
    return f"cat >{path} <<'END'\n#!/bin/sh\n{body}\nEND\nchmod {mode} {path}"


LIST = "RevokedKeys /etc/ssh/krl"
REVOKE = "echo '{}' >/tmp/revoked.pub; ssh-keygen -q -k -f /etc/ssh/krl /tmp/revoked.pub"
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
                  "cp -a /home/alice /root/clean/; "
                  "cp -a /etc/passwd /etc/nsswitch.conf /etc/pam.d /etc/security /root/clean/")

    def public(self, name: str) -> str:
        return (self.keys / f"{name}.pub").read_text().strip()

    def given(self, row: Row) -> str:
        """The name of what the client has."""
        if not row.sign:
            return row.key
        ca, *words = shlex.split(row.sign)
        (self.keys / "signed.pub").write_text(self.public(row.key))
        subprocess.run(["ssh-keygen", "-q", "-s", self.keys / ca, "-I", "a key", *words, self.keys / "signed.pub"],
                       check=True)
        if row.forged:
            words = self.public("signed-cert").split()
            data = bytearray(base64.b64decode(words[1]))
            data[-row.forged] ^= 1
            (self.keys / "signed-cert.pub").write_text(f"{words[0]} {base64.b64encode(data).decode()} forged\n")
        return "signed-cert"

    def text(self, text: str, key: str) -> str:
        for name, value in [("key", self.public(key)), ("ca", self.public("ca")),
                            ("other_ca", self.public("other_ca")), ("rsa_ca", self.public("rsa_ca"))]:
            text = text.replace("{" + name + "}", value)
        return text

    def prepare(self, row: Row) -> None:
        guest = self.guest
        guest.run("rm -rf /home/?alice* /home/D* /home/alice /etc/ssh/keys /etc/ssh/krl /etc/ssh/ca /etc/ssh/principals "
                  "/etc/ssh/revoked /etc/security /usr/local/bin/keys /opt/bin; chmod 755 /usr/local/bin; "
                  "cp -a /root/clean/alice /home/alice; "
                  "cp -a /root/clean/passwd /root/clean/nsswitch.conf /root/clean/pam.d /root/clean/security /etc/")
        guest.write(FILE, self.text(row.line, row.key))
        guest.run(f"chown alice: {FILE}; chmod 600 {FILE}")
        given = self.given(row)
        guest.write(f"/root/keys/{given}.pub", self.public(given) + "\n")
        if row.shell:
            done = guest.run(self.text(row.shell, row.key), check=False)
            assert done.rc == 0, (row, done)
        forgiving = "PerSourcePenalties no\n" if guest.sshd_splits() else ""
        guest.write("/etc/ssh/sshd_config.d/00-lab.conf", forgiving + self.text(row.config, row.key) + "\n")
        guest.run("systemctl reload ssh.service")
        guest.wait(lambda: guest.client(["ssh-keyscan", "-T", "2", "-t", "ed25519", ADDRESS]).stdout, 10, "sshd")

    def sshd(self, row: Row) -> str:
        """A real client."""
        argv = self.guest.ssh_argv("echo in", user="alice")
        argv[argv.index("-i") + 1] = str(self.keys / row.key)
        if row.sign:
            argv[1:1] = ["-o", f"CertificateFile={self.keys}/signed-cert.pub"]
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
        truths: set[str] = set()
        for row in rows:
            self.prepare(row)
            answer = self.access("signed-cert" if row.sign else row.key)
            truth = self.sshd(row)
            truths.add(truth)
            expected = "unknown" if row.unknown else truth
            if answer["answer"] != expected or (row.truth and truth != row.truth):
                wrong.append(f"{row.name}: sshd {truth} ({row.truth}), {json.dumps(answer)}")
        assert not wrong, "\n".join(wrong)
        assert truths == {"in", "out"}


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
              '"keys keys /home/keys /usr/local/bin:/usr/bin:/bin:/usr/games" && test -z "$SSH_CONNECTION" && ' + ECHO, "in"),
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
    # Nor is it for somebody whom sshd has refused by then.
    for config, shell in [("DenyUsers alice", ":"), (LIST, REVOKE.format("{key}"))]:
        subject.prepare(Row("refused", COMMAND.format(BIN) + "\n" + config, script("touch /tmp/ran") + "\n" + shell))
        assert subject.access("plain")["answer"] == "out"
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


SERIAL = ("echo '{ca}' >/tmp/ca.pub; echo 'serial: 5' >/tmp/spec; "
          "ssh-keygen -q -k -f /etc/ssh/krl -s /tmp/ca.pub /tmp/spec")
TRUST = "TrustedUserCAKeys /etc/ssh/ca"
CA = "echo '{ca}' >/etc/ssh/ca"
REVOKED = [
    Row("the key is in it", LIST, REVOKE.format("{key}"), "{key}\n", truth="out"),
    Row("another key is in it", LIST, REVOKE.format("{ca}"), "{key}\n", truth="in"),
    Row("nothing is in it", LIST, "ssh-keygen -q -k -f /etc/ssh/krl", "{key}\n", truth="in"),
    Row("it is damaged", LIST, "printf 'SSHKRL\\n\\000rubbish' >/etc/ssh/krl", "{key}\n", truth="out", unknown=True),
    Row("a long plain list", "RevokedKeys /etc/ssh/revoked", "yes '# padding' | head -c 2000000 >/etc/ssh/revoked",
        "{key}\n", truth="in"),
    Row("a plain list that is too long for access", "RevokedKeys /etc/ssh/revoked",
        "yes '# padding' | head -c 9000000 >/etc/ssh/revoked", "{key}\n", truth="in", unknown=True),
    Row("a certificate's authority is in it", LIST + "\n" + TRUST, CA + ";" + REVOKE.format("{ca}"), sign="ca -n alice",
        truth="out"),
    Row("a certificate's key is in it", LIST + "\n" + TRUST, CA + ";" + REVOKE.format("{key}"), sign="ca -n alice",
        truth="out"),
    Row("a certificate's number is in it", LIST + "\n" + TRUST, CA + ";" + SERIAL, sign="ca -n alice -z 5", truth="out"),
    Row("another one's number is in it", LIST + "\n" + TRUST, CA + ";" + SERIAL, sign="ca -n alice -z 6", truth="in"),
    Row("a certificate's authority is in a plain list", "RevokedKeys /etc/ssh/revoked\n" + TRUST,
        CA + "; cp /etc/ssh/ca /etc/ssh/revoked", sign="ca -n alice", truth="out"),
    Row("a certificate's key is in a plain list", "RevokedKeys /etc/ssh/revoked\n" + TRUST,
        CA + "; echo '{key}' >/etc/ssh/revoked", sign="ca -n alice", truth="out"),
]


def test_lists_of_revoked_keys(guest: Guest, keys: Path) -> None:
    Subject(guest, keys).compare(REVOKED)


def signed(name: str, sign: str, truth: str, config: str = "", shell: str = "", **more: object) -> Row:
    return Row(name, TRUST + "\n" + config, CA + "\n" + shell, sign=sign, truth=truth, **more)  # type: ignore[arg-type]


NAMES = "AuthorizedPrincipalsFile /etc/ssh/principals/%u"


def listing(line: str, more: str = ":") -> str:
    return f"mkdir /etc/ssh/principals; printf '%s\\n' '{line}' >/etc/ssh/principals/alice; {more}"


CERTIFICATES = [
    signed("hers", "ca -n alice", "in"),
    signed("hers and others'", "ca -n bob,alice", "in"),
    signed("another's", "ca -n bob", "out"),
    signed("everybody's", "ca -n '*'", "out"),
    signed("nobody's", "ca", "out"),
    signed("another authority's", "other_ca -n alice", "out"),
    signed("one of two authorities'", "other_ca -n alice", "in", shell="echo '{other_ca}' >>/etc/ssh/ca"),
    signed("no authorities", "ca -n alice", "out", shell="rm /etc/ssh/ca"),
    signed("expired", "ca -n alice -V 20200101:20200102", "out"),
    signed("not yet", "ca -n alice -V 20990101:20990102", "out"),
    signed("for ever", "ca -n alice -V always:forever", "in"),
    signed("a host's", "ca -n alice -h", "out"),
    signed("from here", "ca -n alice -O source-address=192.0.2.1,10.77.0.0/24", "in"),
    signed("from elsewhere", "ca -n alice -O source-address=192.0.2.0/24", "out"),
    signed("a command", "ca -n alice -O force-command='echo in'", "in"),
    signed("nothing allowed", "ca -n alice -O clear", "in"),
    signed("an option that nobody knows", "ca -n alice -O critical:x@example.org=y", "out"),
    signed("an extension that nobody knows", "ca -n alice -O extension:x@example.org=y", "in"),
    signed("an RSA key's", "ca -n alice", "in", key="rsa"),
    signed("an RSA key's, too short", "ca -n alice", "out", "RequiredRSASize 4096", key="rsa"),
    signed("by an RSA key", "rsa_ca -n alice", "in", shell="echo '{rsa_ca}' >/etc/ssh/ca"),
    signed("by an RSA key with SHA-1", "rsa_ca -t ssh-rsa -n alice", "out", shell="echo '{rsa_ca}' >/etc/ssh/ca"),
    signed("CASignatureAlgorithms", "ca -n alice", "out", "CASignatureAlgorithms rsa-sha2-512"),
    signed("CASignatureAlgorithms of RSA", "rsa_ca -t rsa-sha2-256 -n alice", "out",
           "CASignatureAlgorithms rsa-sha2-512", "echo '{rsa_ca}' >/etc/ssh/ca"),
    signed("plain keys alone", "ca -n alice", "out", "PubkeyAcceptedAlgorithms ssh-ed25519"),
    signed("certificates alone", "ca -n alice", "in", "PubkeyAcceptedAlgorithms ssh-ed25519-cert-v01@openssh.com"),
    signed("DenyUsers", "ca -n alice", "out", "DenyUsers alice"),
    signed("PubkeyAuthentication no", "ca -n alice", "out", "PubkeyAuthentication no"),
    signed("a role of hers", "ca -n web", "in", NAMES, listing("web")),
    signed("a role that she has not", "ca -n alice", "out", NAMES, listing("web")),
    signed("a role and why", "ca -n web", "in", NAMES, listing("  web # the servers")),
    signed("a role from here", "ca -n web", "in", NAMES, listing('from="10.77.*" web')),
    signed("a role from elsewhere", "ca -n web", "out", NAMES, listing('from="192.0.2.*" web')),
    signed("a role with an option that is none", "ca -n web", "out", NAMES, listing("no-such web")),
    signed("a role in a file of everybody's", "ca -n web", "out", NAMES,
           listing("web", "chmod 666 /etc/ssh/principals/alice")),
    signed("a role in a file of root's alone", "ca -n web", "out", NAMES,
           listing("web", "chmod 600 /etc/ssh/principals/alice")),
    signed("no roles", "ca -n alice", "out", NAMES),
    signed("roles in her home", "ca -n web", "in", "AuthorizedPrincipalsFile .ssh/principals",
           "echo web >/home/alice/.ssh/principals"),
    signed("forged", "ca -n alice", "out", forged=3),
    signed("damaged", "ca -n alice", "out", forged=150),
    Row("a file trusts one that is forged", line="cert-authority {ca}\n", sign="ca -n alice", forged=3, truth="out"),
    Row("a file trusts", line="cert-authority {ca}\n", sign="ca -n alice", truth="in"),
    Row("a file trusts, for another", line="cert-authority {ca}\n", sign="ca -n bob", truth="out"),
    Row("a file trusts, for nobody", line="cert-authority {ca}\n", sign="ca"),
    Row("a file trusts roles", line='cert-authority,principals="db,web" {ca}\n', sign="ca -n web", truth="in"),
    Row("a file trusts other roles", line='cert-authority,principals="db,web" {ca}\n', sign="ca -n alice", truth="out"),
    Row("a file trusts from elsewhere", line='cert-authority,from="192.0.2.*" {ca}\n', sign="ca -n alice", truth="out"),
    Row("a file trusts no more", line='cert-authority,expiry-time="20200101" {ca}\n', sign="ca -n alice", truth="out"),
    Row("a file has the authority's key", line="{ca}\n", sign="ca -n alice", truth="out"),
    Row("a file refuses, sshd trusts", TRUST, CA, 'cert-authority,from="192.0.2.*" {ca}\n', sign="ca -n alice",
        truth="in"),
    Row("a program trusts", COMMAND.format(BIN + " %t %f"),
        script('test "$1" = ssh-ed25519-cert-v01@openssh.com && echo "{key}" | ssh-keygen -lf - | grep -qF " $2 " && '
               "echo 'cert-authority {ca}'"), sign="ca -n alice", truth="in"),
    Row("nobody trusts", sign="ca -n alice", truth="out"),
]


def test_certificates(guest: Guest, keys: Path) -> None:
    Subject(guest, keys).compare(CERTIFICATES)


def roles(name: str, words: str, body: str, truth: str, sign: str = "ca -n web", **more: object) -> Row:
    """A program that sshd asks for a certificate's principals."""
    return Row(name, f"{TRUST}\nAuthorizedPrincipalsCommand {words}\nAuthorizedPrincipalsCommandUser keys",
               CA + "\n" + script(body), sign=sign, truth=truth, **more)  # type: ignore[arg-type]


CLIENT_AND_PORTS = f'test "${{1% *}}" = "{ADDRESS} 22 {CLIENT}" && test "$2" = "" && '
PROGRAMS = [
    roles("it names a role of hers", BIN, "echo web", "in"),
    roles("it names another one", BIN, "echo db", "out"),
    roles("it names several", BIN, "echo '# all'; echo db; echo '  web # why'", "in"),
    roles("it names nobody", BIN, ":", "out"),
    roles("her own name is no role", BIN, ":", "out", sign="ca -n alice"),
    roles("it fails", BIN, "echo web; exit 1", "out"),
    roles("a role from here", BIN, "echo 'from=\"10.77.*\" web'", "in"),
    roles("a role from elsewhere", BIN, "echo 'from=\"192.0.2.*\" web'", "out"),
    roles("no words, no name", BIN, 'test $# = 0 && echo web', "in"),
    roles("the account's tokens", BIN + " %u %U %h %%",
          'test "$*" = "alice $(id -u alice) /home/alice %" && echo web', "in"),
    roles("the certificate's tokens", BIN + " %T %K %i %s %t",
          'test "$1 $2" = "$(echo "{ca}" | cut -d" " -f1-2)" && test "$3|$4|$5" = '
          '"a key|5|ssh-ed25519-cert-v01@openssh.com" && echo web', "in", sign="ca -n web -z 5"),
    roles("its fingerprints", BIN + " %f %F", 'echo "{key}" | ssh-keygen -lf - | grep -qF " $1 " && '
          'echo "{ca}" | ssh-keygen -lf - | grep -qF " $2 " && echo web', "in"),
    roles("the certificate itself", BIN + " %t %k", 'echo "$1 $2" | ssh-keygen -Lf - | grep -q web && echo web', "in"),
    roles("a token that is none", BIN + " %Z", "echo web", "out"),
    roles("the connection", BIN + ' "%C" "%D"', CLIENT_AND_PORTS + "echo web", ""),
    roles("who it is", BIN, 'test "$(id -un)" = keys && echo web', "in"),
    roles("a forged certificate", BIN, "echo web", "out", forged=3),
    Row("nobody to run it as", f"{TRUST}\nAuthorizedPrincipalsCommand {BIN}\nAuthorizedPrincipalsCommandUser nosuch",
        CA + "\n" + script("echo web"), sign="ca -n web", truth="out"),
    Row("others may write it", f"{TRUST}\nAuthorizedPrincipalsCommand {BIN}\nAuthorizedPrincipalsCommandUser keys",
        CA + "\n" + script("echo web", "777"), sign="ca -n web", truth="out"),
    Row("a file has the role, it fails", f"{TRUST}\n{NAMES}\nAuthorizedPrincipalsCommand {BIN}\n"
        "AuthorizedPrincipalsCommandUser keys", CA + "\n" + listing("web") + "\n" + script("exit 1"), sign="ca -n web",
        truth="in"),
    Row("the file has another role, it has hers", f"{TRUST}\n{NAMES}\nAuthorizedPrincipalsCommand {BIN}\n"
        "AuthorizedPrincipalsCommandUser keys", CA + "\n" + listing("db") + "\n" + script("echo web"), sign="ca -n web",
        truth="in"),
    commanded("keys, and the connection", BIN + ' "%C" "%D"', CLIENT_AND_PORTS + ECHO, ""),
]


def test_programs_for_principals(guest: Guest, keys: Path) -> None:
    subject = Subject(guest, keys)
    subject.compare(PROGRAMS)
    # It hangs for longer than access waits.
    subject.prepare(roles("hangs", BIN, "sleep 77", ""))
    answer = subject.access("signed-cert")
    assert (answer["answer"], answer["blocked_by"]) == ("unknown", "key"), answer
    # Without a certificate nobody asks it.
    subject.prepare(roles("asked", BIN, "touch /tmp/asked", ""))
    guest.run("rm -f /tmp/asked; sshguardctl access alice; sshguardctl access --all", check=False)
    assert guest.run("ls /tmp/asked", check=False).rc != 0
    # Where ssh-keygen is not there nobody knows what a signature is worth.
    subject.prepare(signed("genuine", "ca -n alice", "in"))
    answer = subject.access("signed-cert")
    assert answer["answer"] == "in" and "its signature is genuine" in str(answer["steps"]), answer
    guest.run("mv /usr/bin/ssh-keygen /usr/bin/ssh-keygen.away")
    answer = subject.access("signed-cert")
    assert (answer["answer"], answer["blocked_by"]) == ("unknown", "certificate"), answer
    guest.run("mv /usr/bin/ssh-keygen.away /usr/bin/ssh-keygen")


def test_all_accounts_say_what_depends_on_the_address(guest: Guest, keys: Path) -> None:
    subject = Subject(guest, keys)
    for config, line, depends in [
        ("", "{key}\n", []),
        ("Match Address 10.77.0.0/24\nPubkeyAuthentication no", "{key}\n", ["Match"]),
        ("Match User alice\nX11Forwarding no", "{key}\n", []),
        ("AllowUsers alice@10.77.0.0/24 bob", "{key}\n", ["AllowUsers"]),
        ("", 'from="10.77.0.*" {key}\n', ["from="]),
        ("", 'from="10.77.0.*" {key}\n{ca}\n', []),
        ("DenyUsers *@192.0.2.1", 'from="10.77.0.*" {key}\n', ["DenyUsers", "from="]),
    ]:
        subject.prepare(Row("all", config, line=line))
        said = guest.run(["sshguardctl", "access", "--all", "--json"], check=False)
        alice = next(one for one in json.loads(said.stdout)["accounts"] if one["user"] == "alice")
        assert alice["depends_on_address"] == depends, (config, line, alice)
        said = guest.run(["sshguardctl", "access", "--all"], check=False)
        assert all(word in said.stdout for word in depends), said
        said = guest.run(["sshguardctl", "access", "alice", "--from", CLIENT, "--json"], check=False)
        assert json.loads(said.stdout)["depends_on_address"] == []


# A source of accounts for nsswitch.conf. Carol is in none of the guest's files; with /run/hang it never answers.
SERVICE = r"""
#include <grp.h>
#include <nss.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static enum nss_status carol(struct passwd *entry, int known) {
  while (access("/run/hang", F_OK) == 0) sleep(1);
  if (!known) return NSS_STATUS_NOTFOUND;
  *entry = (struct passwd){"carol", "x", 7000, 7000, "Carol", "/home/carol", "/bin/sh"};
  return NSS_STATUS_SUCCESS;
}
enum nss_status _nss_lab_getpwnam_r(const char *name, struct passwd *entry, char *text, size_t size, int *error) {
  (void)text, (void)size, (void)error;
  return carol(entry, strcmp(name, "carol") == 0);
}
enum nss_status _nss_lab_getpwuid_r(uid_t uid, struct passwd *entry, char *text, size_t size, int *error) {
  (void)text, (void)size, (void)error;
  return carol(entry, uid == 7000);
}
static enum nss_status group(struct group *entry, gid_t gid) {
  static char *nobody[] = {NULL};
  if (gid != 7000 && gid != 7001) return NSS_STATUS_NOTFOUND;
  *entry = (struct group){gid == 7000 ? "carol" : "staffers", "x", gid, nobody};
  return NSS_STATUS_SUCCESS;
}
enum nss_status _nss_lab_getgrgid_r(gid_t gid, struct group *entry, char *text, size_t size, int *error) {
  (void)text, (void)size, (void)error;
  return group(entry, gid);
}
enum nss_status _nss_lab_initgroups_dyn(const char *name, gid_t own, long *start, long *size, gid_t **ids, long limit,
                                        int *error) {
  (void)own, (void)limit, (void)error;
  if (strcmp(name, "carol") != 0) return NSS_STATUS_NOTFOUND;
  if (*start < *size) (*ids)[(*start)++] = 7001;
  return NSS_STATUS_SUCCESS;
}
"""


def test_an_account_of_a_name_service(guest: Guest, keys: Path) -> None:
    if shutil.which("cc") is None:
        pytest.skip("no compiler for a source of accounts")
    library = keys / "libnss_lab.so.2"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, "-x", "c", "-"], input=SERVICE, text=True, check=True)
    subject = Subject(guest, keys)
    guest.write("/root/library", base64.b64encode(library.read_bytes()).decode())
    guest.run("systemctl stop sshguardd; base64 -d /root/library >$(dirname $(ldd /bin/ls | grep -o '/[^ ]*libc.so.6'))"
              "/libnss_lab.so.2; sed -i 's/^passwd:.*/passwd: files lab/; s/^group:.*/group: files lab/' "
              "/etc/nsswitch.conf; mkdir -p /home/carol/.ssh; cp /root/clean/alice/.ssh/authorized_keys "
              "/home/carol/.ssh/; chown -R 7000:7000 /home/carol; cp /etc/nsswitch.conf /root/clean/")
    # Without PAM nothing but sshd's own rules is asked, and its answer is known.
    for config, truth in [("UsePAM no", "in"), ("UsePAM no\nAllowGroups staffers", "in"),
                          ("UsePAM no\nDenyGroups staffers", "out"), ("UsePAM no\nAllowUsers alice", "out")]:
        subject.prepare(Row("carol", config))
        said = guest.run(["sshguardctl", "access", "carol", "--from", CLIENT, "--json"], check=False)
        assert json.loads(said.stdout)["answer"] == truth, (config, said)
        assert "by the name service" in said.stdout
        assert (guest.ssh("true", user="carol").rc == 0) == (truth == "in"), config
    # What PAM says of its expiry is not known, and nothing else stands in the way.
    subject.prepare(Row("carol", ""))
    said = guest.run(["sshguardctl", "access", "carol", "--json"], check=False)
    answer = json.loads(said.stdout)
    assert (answer["answer"], answer["blocked_by"]) == ("unknown", "expiry"), said
    # Nobody of that name, anywhere; then nobody who could tell.
    assert guest.run(["sshguardctl", "access", "dave"], check=False).rc == 2
    guest.run("touch /run/hang")
    said = guest.run(["sshguardctl", "access", "dave"], check=False, timeout=40)
    assert said.rc == 3 and "name service" in said.stdout, said
    # Who is in the files is not asked of it.
    assert guest.run(["sshguardctl", "access", "alice"], check=False).rc == 2
