"""Behind a socket unit: where it listens, where sshd's configuration says, and what systemd has open."""

from __future__ import annotations

import pytest
from sshlab.console import Line
from sshlab.guest import Guest
from sshlab.machine import ADDRESS6
from test_ports import configure, infos, look, squat
from test_socket_activation import by_socket, by_socket_per_connection

# Listens on port 22 of both families and ends each connection at once.
_CLOSER = """
import socket
s = socket.socket(socket.AF_INET6)
s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("::", 22))
s.listen()
while True:
    s.accept()[0].close()
"""
_EACH_FAMILY = "ListenStream=0.0.0.0:{port}\nListenStream=[::]:{port}\nBindIPv6Only=ipv6-only\n"  # as Ubuntu has it


def streams(guest: Guest, *lines: str) -> None:
    """What the socket unit is to listen on, known to systemd and not restarted."""
    guest.drop_in("ssh.socket", "[Socket]\nListenStream=\n" + "".join(f"{line}\n" for line in lines))


def restart_socket(guest: Guest, check: bool = True) -> None:
    """systemd starts no socket unit while its service runs."""
    guest.run("systemctl stop ssh.service; systemctl restart ssh.socket", check)


def do(guest: Guest, told: Line) -> None:
    """Types what the status says, which is what the line says."""
    assert told.sentence.endswith("restart ssh.socket."), told.sentence
    short, command = next(one["fix"] for one in guest.status()["findings"] if one["id"] == "sshd.socket-stale")
    assert f"DO: {short}." in told.sentence and command.endswith("systemctl restart ssh.socket")
    guest.run(command)


def test_an_address_behind_a_socket(guest: Guest) -> None:
    by_socket(guest)
    streams(guest, "ListenStream=10.77.0.2:22")
    restart_socket(guest)
    guest.expect_login()  # sshd runs from now on, so that it says what it makes of its configuration
    guest.wait(lambda: guest.findings() == set(), 10, "no findings")
    # More is asked for than the socket has.
    configure(guest, "ListenAddress 0.0.0.0\n")
    told = guest.expect_console(id="sshd.socket-stale", state="WARNING", within=15)
    assert told.sentence.startswith(
        "ssh.socket listens on 10.77.0.2:22, which counts; sshd's configuration names 0.0.0.0"), told.sentence
    guest.expect_login()
    assert guest.ssh(address=ADDRESS6).rc == 255
    streams(guest, "ListenStream=0.0.0.0:22")
    restart_socket(guest)
    guest.expect_console(id="sshd.socket-stale", state="OK", ends=told.seq, within=15)
    guest.expect_login()
    assert "sshd.socket-stale" not in infos(guest) | guest.findings()
    # Less is asked for: whoever got in gets in.
    since = guest.mark()
    configure(guest, "ListenAddress 10.77.0.2\n")
    guest.wait(lambda: "sshd.socket-stale" in infos(guest), 20, "the info")
    guest.expect_login()
    assert guest.findings() == set()
    guest.expect_quiet(1, since)


def test_a_socket_that_was_changed_and_not_restarted(guest: Guest) -> None:
    by_socket(guest)
    guest.wait(lambda: guest.status()["listeners"], 10, "its listeners")
    # systemd closes what the unit no longer names and opens nothing else.
    streams(guest, "ListenStream=2222")
    told = guest.expect_console(id="sshd.socket-stale", state="CRITICAL", says="SSH REFUSED", within=15)
    assert "nothing listens on [::]:2222" in told.sentence
    status = guest.status()
    assert status["client_sees"]["because"] == "sshd.socket-stale"
    for port in (22, 2222):
        tried = guest.ssh(port=port)
        assert tried.rc == 255
        assert tried.stderr.strip().endswith(status["client_sees"]["message"].rpartition(": ")[2]), tried.stderr
    do(guest, told)
    guest.expect_console(id="sshd.socket-stale", state="OK", ends=told.seq, by="person", within=15)
    guest.expect_login(port=2222)
    # The same while an sshd runs, which has the old socket: people get in until it stops.
    streams(guest, "ListenStream=22")
    told = guest.expect_console(id="sshd.socket-stale", state="WARNING", within=15)
    assert told.sentence.startswith("nothing listens on [::]:22: ssh.socket was changed, not restarted"), told.sentence
    guest.expect_login(port=2222)
    with guest.session(port=2222) as session:
        do(guest, told)
        guest.expect_console(id="sshd.socket-stale", state="OK", ends=told.seq, within=15)
        assert session.answers()
    guest.expect_login()
    assert guest.findings() == set() and guest.status()["heals"] == []


def test_a_socket_that_starts_during_a_look_is_not_knocked_at(guest: Guest) -> None:
    by_socket(guest)
    starts = guest.starts_of("ssh.service")
    for _ in range(15):  # each brings several looks, which read units first and sockets a moment later
        guest.run("systemctl stop ssh.socket; systemctl reset-failed ssh.socket; systemctl start ssh.socket")
    guest.wait(lambda: guest.findings() == set(), 10, "no findings")
    guest.run("sleep 3")
    assert guest.unit("ssh.service", "ActiveState") == "inactive"
    assert guest.starts_of("ssh.service") == starts, "the agent's own probe has started sshd"


def test_another_program_has_the_sockets_next_port(guest: Guest) -> None:
    by_socket(guest)
    squat(guest)
    streams(guest, "ListenStream=2222")
    told = guest.expect_console(id="sshd.socket-stale", state="WARNING", within=15)
    assert told.sentence.startswith("squat.service has [::]:2222: ssh.socket was changed, not restarted. DO: stop")
    restart_socket(guest, check=False)
    guest.expect_console(id="sshd.port-taken", state="CRITICAL", says="SSH RESETS", within=20)
    tried = guest.ssh(port=2222)
    message = guest.status()["client_sees"]["message"]
    assert tried.rc == 255 and message.partition(":")[0] == tried.stderr.partition(":")[0]
    guest.run("systemctl stop squat.service")
    look(guest)
    guest.expect_login(port=2222, within=20)
    guest.wait(lambda: guest.findings() == set(), 10, "the end of it")


def test_a_port_behind_a_socket_for_each_connection(guest: Guest) -> None:
    by_socket_per_connection(guest)
    guest.expect_login()  # /run/sshd is there from now on, which sshd 9.2 wants before it tells its configuration
    configure(guest, "Port 2222\n")
    told = guest.expect_console(id="sshd.socket-stale", state="WARNING", within=15)
    assert told.sentence.startswith("ssh.socket listens on 22, which counts; sshd's configuration names port 2222")
    guest.expect_login()
    guest.expect_refused(port=2222)
    with guest.session() as session:
        streams(guest, "ListenStream=2222")
        broken = guest.expect_console(id="sshd.socket-stale", state="CRITICAL", says="SSH REFUSED", within=15)
        guest.expect_refused()
        guest.expect_refused(port=2222)
        do(guest, broken)
        guest.expect_console(id="sshd.socket-stale", state="OK", within=15)
        assert session.answers()
    guest.expect_login(port=2222)
    guest.wait(lambda: guest.findings() == set(), 10, "the end of it")
    assert guest.status()["heals"] == []


@pytest.mark.parametrize(("config", "socket", "port"), [
    ("", "ListenStream=22", 22),
    ("", "ListenStream=2222", 2222),
    ("Port 2222\n", "ListenStream=2222", 2222),
    ("Port 22\nPort 2222\n", "ListenStream=[::]:2222\nListenStream=22", 2222),
    ("", _EACH_FAMILY.format(port=22), 22),
    ("AddressFamily inet\n", "ListenStream=0.0.0.0:22", 22),
    ("ListenAddress 10.77.0.2\n", "ListenStream=10.77.0.2:22", 22),
    ("ListenAddress 10.77.0.2:2222\nListenAddress ::1\n", "ListenStream=[0:0::1]:22\nListenStream=10.77.0.2:2222",
     2222),
], ids=["default", "socket-alone", "both", "two-ports", "each-family", "only-ipv4", "one-address", "spellings"])
def test_deliberate_behind_a_socket_is_silent(guest: Guest, config: str, socket: str, port: int) -> None:
    by_socket(guest)
    streams(guest, socket)
    restart_socket(guest)
    guest.expect_login(port=port)
    since = guest.mark()
    configure(guest, config)
    guest.run("sleep 6; sshguardctl check", check=False)
    assert guest.findings() | infos(guest) == set() and guest.status()["heals"] == []
    guest.expect_login(port=port)
    guest.run("systemctl stop ssh.service")  # idle again
    guest.run("sleep 2; sshguardctl check", check=False)
    assert guest.findings() | infos(guest) == set() and guest.status()["heals"] == []
    guest.expect_quiet(1, since)


def test_another_program_has_the_sockets_port(guest: Guest) -> None:
    by_socket(guest)
    guest.run("systemctl stop ssh.socket")
    guest.write("/root/closer.py", _CLOSER)
    guest.run("systemd-run --unit=squat python3 /root/closer.py")
    guest.wait(lambda: guest.run("ss -ltn").stdout.count(":22 "), 5, "the port to be taken")
    guest.run("systemctl start ssh.socket", check=False)
    assert guest.unit("ssh.socket", "ActiveState") == "failed"
    told = guest.expect_console(id="sshd.port-taken", state="CRITICAL", says="SSH RESETS", within=20)
    assert "port 22 is held by" in told.sentence and "DO: stop squat.service" in told.sentence
    tried, status = guest.ssh(), guest.status()
    assert tried.rc == 255 and status["client_sees"]["because"] == "sshd.port-taken"
    assert status["client_sees"]["message"].partition(":")[0] == tried.stderr.partition(":")[0]
    roots = {finding["id"]: finding["caused_by"] for finding in status["findings"]}
    assert roots["sshd.failed"] == "sshd.port-taken"
    tries = guest.starts_of("ssh.socket")
    guest.run("sleep 3")
    assert guest.starts_of("ssh.socket") == tries, "a start would be in vain"
    # Given back: the agent starts the socket.
    guest.run("systemctl stop squat.service")
    look(guest)
    guest.expect_login(within=20)
    guest.wait(lambda: guest.findings() == set(), 10, "the end of it")
    assert guest.unit("ssh.socket", "ActiveState") == "active"
