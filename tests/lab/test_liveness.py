"""sshd is there and does not serve, or serves and looks dead."""

from __future__ import annotations

import time

from sshlab.guest import Guest

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


def test_half_of_its_addresses(guest: Guest) -> None:
    # Somebody holds the port of one family while sshd starts, and goes: sshd runs on, half dead.
    squatter = guest.popen(["python3", "-c", "import socket, sys\n"
                            "s = socket.socket(); s.bind(('0.0.0.0', 2222)); s.listen(); print('held', flush=True)\n"
                            "sys.stdin.read()"])
    assert squatter.stdout is not None and squatter.stdout.readline() == "held\n"
    guest.write("/etc/ssh/sshd_config.d/port.conf", "Port 2222\n")
    time.sleep(0.5)
    guest.run("systemctl restart ssh.service")
    squatter.communicate()
    told = guest.expect_console(id="sshd.not-listening", state="CRITICAL", within=90)
    assert "0.0.0.0:2222" in told.sentence
    guest.run("systemctl restart ssh.service")
    guest.expect_console(id="sshd.not-listening", state="OK", ends=told.seq, within=15)
