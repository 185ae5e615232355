"""sshd is there and does not serve, or serves and looks dead."""

from __future__ import annotations

import subprocess
import time

from sshlab.guest import Guest
from sshlab.machine import ADDRESS6

# Connects so often, says nothing and holds the connections until its input ends.
_HALF_OPEN = """
import socket, sys
held = []
for _ in range(int(sys.argv[1])):
    try:
        held.append(socket.create_connection((sys.argv[2], 22), timeout=5))
    except OSError:
        pass
print("held", flush=True)
sys.stdin.read()
"""


# Serves over IPv6 only, whatever its configuration says.
_DEAF = """#!/bin/sh
for word; do
    case $word in -t | -T | -G) exec /usr/sbin/sshd.real "$@" ;; esac
done
exec /usr/sbin/sshd.real "$@" -o AddressFamily=inet6
"""


def sshd_pid(guest: Guest) -> int:
    """The listening daemon."""
    return int(guest.unit("ssh.service", "MainPID"))


def test_a_stopped_daemon_is_restarted(guest: Guest) -> None:
    daemon = sshd_pid(guest)
    with guest.session() as session:
        guest.run(["kill", "-STOP", str(daemon)])
        # Nothing tells of it: the slow timer finds it.
        broken = guest.expect_console(id="sshd.unresponsive", state="CRITICAL", says="stopped by a signal", within=70)
        guest.expect_console(id="sshd.unresponsive", state="OK", ends=broken.seq, by="agent", within=20)
        assert sshd_pid(guest) not in (0, daemon)
        guest.expect_login()
        assert session.answers()
    heals = guest.status()["heals"]
    assert [(heal["id"], heal["outcome"]) for heal in heals] == [("sshd.unresponsive", "healed")]


def test_half_open_connections_are_no_reason_to_restart(guest: Guest) -> None:
    daemon = sshd_pid(guest)
    client = guest.client_popen(["python3", "-c", _HALF_OPEN, "200", "10.77.0.2"])
    try:
        assert client.stdout is not None and client.stdout.readline() == "held\n"
        guest.run("sshguardctl check sshd.startups-full", check=False)
        full = guest.expect_console(id="sshd.startups-full", within=90)
        assert "MaxStartups" in full.sentence
        assert sshd_pid(guest) == daemon and guest.status()["heals"] == []
    finally:
        client.kill()
        client.communicate()
    guest.expect_console(id="sshd.startups-full", state="OK", ends=True, within=90)
    # No login here: from 9.8 on sshd turns this client away for minutes (PerSourcePenalties).
    assert sshd_pid(guest) == daemon and guest.status()["heals"] == []


def test_a_fifo_as_include(guest: Guest) -> None:
    guest.run("mkfifo /etc/ssh/sshd_config.d/10-pipe.conf")
    told = guest.expect_console(id="sshd.config-unchecked", state="WARNING", within=15)
    assert "sshd -t hangs" in told.sentence
    # What hung is gone, with all that it had started.
    guest.wait(lambda: guest.run(["pgrep", "-f", "sshd -t"], check=False).stdout == "", 10, "the test to be gone")
    guest.expect_login()
    guest.run("rm /etc/ssh/sshd_config.d/10-pipe.conf")
    guest.expect_console(id="sshd.config-unchecked", state="OK", ends=told.seq, within=10)


# Holds a port until its input ends.
_SQUATTER = """
import socket, sys
s = socket.socket()
s.bind((sys.argv[1], 2222))
s.listen()
print("held", flush=True)
sys.stdin.read()
"""


def squat(guest: Guest, address: str) -> subprocess.Popen[str]:
    """Somebody else has the port that sshd is to have."""
    squatter = guest.popen(["python3", "-c", _SQUATTER, address])
    assert squatter.stdout is not None and squatter.stdout.readline() == "held\n"
    return squatter


def start_sshd_with(guest: Guest, text: str) -> int:
    """Restarts sshd with another configuration; its process."""
    guest.write("/etc/ssh/sshd_config.d/port.conf", text)
    time.sleep(0.5)
    guest.run("systemctl restart ssh.service")
    return sshd_pid(guest)


def test_half_of_its_addresses(guest: Guest) -> None:
    # Somebody holds the port of one family while sshd starts, and goes: sshd runs on, half dead.
    squatter = squat(guest, "0.0.0.0")
    daemon = start_sshd_with(guest, "Port 2222\n")
    squatter.communicate()
    told = guest.expect_console(id="sshd.not-listening", state="CRITICAL", within=90)
    assert "0.0.0.0:2222" in told.sentence and "NEXT: the agent restarts sshd" in told.sentence
    guest.expect_console(id="sshd.not-listening", state="OK", ends=told.seq, by="agent", within=15)
    assert sshd_pid(guest) not in (0, daemon)
    guest.expect_login(port=2222)
    assert [heal["outcome"] for heal in guest.status()["heals"]] == ["healed"]


def test_an_address_that_comes_later(guest: Guest) -> None:
    daemon = start_sshd_with(guest, "ListenAddress 127.0.0.1\nListenAddress 10.77.0.9\n")
    guest.expect_quiet(7)
    assert (guest.findings(), sshd_pid(guest)) == (set(), daemon)
    guest.run("ip address add 10.77.0.9/24 dev eth0")
    told = guest.expect_console(id="sshd.not-listening", state="CRITICAL", says="10.77.0.9:22", within=15)
    guest.expect_login(address="10.77.0.9", within=5)
    guest.expect_console(id="sshd.not-listening", state="OK", ends=told.seq, by="agent", within=5)
    assert [heal["outcome"] for heal in guest.status()["heals"]] == ["healed"]


def test_half_of_its_addresses_while_another_has_the_port(guest: Guest) -> None:
    # A restart would change nothing: the other one is still there.
    squatter = squat(guest, "127.0.0.1")
    daemon = start_sshd_with(guest, "Port 2222\n")
    told = guest.expect_console(id="sshd.not-listening", state="CRITICAL", within=90)
    assert "NEXT" not in told.sentence
    time.sleep(8)
    assert (sshd_pid(guest), guest.status()["heals"]) == (daemon, [])
    squatter.communicate()
    guest.run("systemctl reload sshguardd")
    guest.expect_console(id="sshd.not-listening", state="OK", ends=told.seq, by="agent", within=20)
    guest.expect_login(port=2222)


def test_half_of_its_addresses_for_good(guest: Guest) -> None:
    # What keeps it from binding is not to be seen: one restart, and no second one.
    guest.write("/usr/sbin/sshd.new", _DEAF, mode="755")
    guest.run("ln /usr/sbin/sshd /usr/sbin/sshd.real && mv /usr/sbin/sshd.new /usr/sbin/sshd")
    start_sshd_with(guest, "Port 2222\n")
    told = guest.expect_console(id="sshd.not-listening", state="CRITICAL", within=90)
    assert "NEXT: the agent restarts sshd" in told.sentence
    given_up = guest.expect_console(id="sshd.not-listening", says="has restarted it for that already", within=30)
    assert given_up.sentence.count("DO: systemctl restart ssh.service") == 1
    time.sleep(15)
    assert [heal["outcome"] for heal in guest.status()["heals"]] == ["still-broken"]
    guest.expect_login(port=2222, address=ADDRESS6)
    # What the agent does not know yet after its own restart is not over.
    since = guest.mark()
    guest.run("systemctl restart sshguardd")
    guest.expect_quiet(8, since=since)
    assert [heal["outcome"] for heal in guest.status()["heals"]] == ["still-broken"]
    assert guest.findings() == {"sshd.not-listening"}
