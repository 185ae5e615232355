"""`sshd -t` is run as systemd would run the unit: the same options, the same environment."""

from __future__ import annotations

from sshlab.guest import Guest

# Stands in the place of sshd, notes how it was called, and becomes sshd.
RECORDER = """#!/bin/sh
name=started
for word in "$@"; do
    case $word in -t) name=tested ;; -G | -T) name=asked ;; esac
done
: > /run/$name.new
for word in "$@"; do printf '%s\\n' "$word" >> /run/$name.new; done
env > /run/$name.env
mv /run/$name.new /run/$name
exec /usr/sbin/sshd "$@"
"""

DROP_IN = r"""[Service]
Environment=PLAIN=one "QUOTED=two words" OVERRIDDEN=here GONE=1
EnvironmentFile=/etc/default/sshd-lab
EnvironmentFile=-/etc/default/not-there
UnsetEnvironment=GONE
ExecStartPre=
ExecStart=
ExecStart=/opt/lab/sshd -D $SSHD_OPTS $WORDS -o ${BANNER} $UNSET "-oPidFile=${PID_FILE}" -o LogLevel=$$OPTS
ExecStart=
ExecStart=/opt/lab/sshd -D $SSHD_OPTS $WORDS -o ${BANNER} $UNSET "-oPidFile=${PID_FILE}"
"""

ENVIRONMENT_FILE = r"""# a comment
; another
SSHD_OPTS=-p 22 -oClientAliveInterval=7
WORDS="-o 'Banner none'" 
BANNER='VersionAddendum "lab"'
PID_FILE=/run/sshd\
.pid
OVERRIDDEN=there
BROKEN LINE
ESCAPED="a \"b\" \$c"
"""

# What systemd adds of its own accord, for each start anew or from its own environment.
OF_SYSTEMD = {"INVOCATION_ID", "NOTIFY_SOCKET", "JOURNAL_STREAM", "SYSTEMD_EXEC_PID", "RUNTIME_DIRECTORY", "LANG",
              "PATH", "PWD", "SHLVL", "_", "LC_ALL", "MEMORY_PRESSURE_WATCH", "MEMORY_PRESSURE_WRITE", "OLDPWD",
              "USER", "LOGNAME", "HOME", "SHELL"}


def environment(guest: Guest, path: str) -> dict[str, str]:
    """An `env` listing, without what is systemd's or the shell's own."""
    pairs = (line.partition("=") for line in guest.read(path).splitlines())
    return {name: value for name, _, value in pairs if name not in OF_SYSTEMD}


def options(guest: Guest, path: str) -> list[str]:
    """A command line, without what makes it a daemon or a test; `-o X` and `-oX` are the same to sshd."""
    words = " ".join("\0" + word for word in guest.read(path).splitlines() if word not in ("-D", "-t", "-G", "-T"))
    return [word for word in words.replace("\0-o \0", "\0-o").replace("\0-p \0", "\0-p").split(" \0") if word]


def test_the_same_options_and_environment(guest: Guest) -> None:
    guest.run("mkdir -p /opt/lab")
    guest.write("/opt/lab/sshd", RECORDER, mode="755")
    guest.write("/etc/default/sshd-lab", ENVIRONMENT_FILE)
    guest.drop_in("ssh.service", DROP_IN)
    guest.run("rm -f /run/tested /run/started; systemctl restart ssh.service")
    guest.expect_login()
    guest.wait(lambda: guest.run("test -e /run/tested", check=False).rc == 0, 3, "the agent's sshd -t")

    started = options(guest, "/run/started")
    assert "-oClientAliveInterval=7" in started and "-oBanner none" in started
    assert options(guest, "/run/tested") == started
    guest.wait(lambda: guest.run("test -e /run/asked", check=False).rc == 0, 3, "the agent's sshd -G or -T")
    assert options(guest, "/run/asked") == started
    assert environment(guest, "/run/tested.env") == environment(guest, "/run/started.env")
    assert guest.findings() == set()


def test_a_fault_in_the_options_of_the_unit(guest: Guest) -> None:
    guest.write("/etc/default/ssh", "SSHD_OPTS='-o Prot=22'\n")
    guest.expect_console(id="sshd.config-invalid", state="WARNING", says="NEXT sshd RESTART")
    guest.expect_login()
    guest.write("/etc/default/ssh", "SSHD_OPTS=\n")
    guest.expect_console(id="sshd.config-invalid", state="OK", ends=True)


def test_an_include_that_does_not_exist_yet(guest: Guest) -> None:
    config = guest.read("/etc/ssh/sshd_config")
    guest.write("/etc/ssh/sshd_config", "Include /etc/lab/*/mine.conf\n" + config)
    # At once, as a package or a person would: the directory, and the file in it.
    guest.run("sleep 0.5; mkdir -p /etc/lab/deep; echo Prot 22 > /etc/lab/deep/mine.conf")
    warned = guest.expect_console(id="sshd.config-invalid", state="WARNING")
    assert "/etc/lab/deep/mine.conf:1" in warned.sentence
    guest.write("/etc/lab/deep/mine.conf", "")
    guest.expect_console(id="sshd.config-invalid", state="OK", ends=True)
    guest.write("/etc/lab/deep/mine.conf", "Prot 22\n")
    guest.expect_console(id="sshd.config-invalid", state="WARNING")
    guest.run("mv /etc/lab /etc/lab.away")
    guest.expect_console(id="sshd.config-invalid", state="OK", ends=True)


def test_an_include_behind_a_link(guest: Guest) -> None:
    guest.run("mkdir -p /srv/lab; echo 'ClientAliveInterval 7' > /srv/lab/real.conf")
    guest.run("ln -s /srv/lab/real.conf /etc/ssh/sshd_config.d/99-link.conf; sleep 0.5")
    guest.write("/srv/lab/real.conf", "Prot 22\n")
    guest.expect_console(id="sshd.config-invalid", state="WARNING")
    guest.run("echo 'ClientAliveInterval 7' > /srv/lab/.new && mv /srv/lab/.new /srv/lab/real.conf")
    guest.expect_console(id="sshd.config-invalid", state="OK", ends=True)
