"""Where sshd listens, who else does, and whether its programs are whole."""

from __future__ import annotations

import pytest
from sshlab.guest import Guest
from sshlab.machine import ADDRESS6

PORT_CONF = "/etc/ssh/sshd_config.d/port.conf"
SESSION = "/usr/lib/openssh/sshd-session"  # from OpenSSH 9.8 on

# Listens on port 2222 of both families and ends each connection at once.
_CLOSER = """
import socket
s = socket.socket(socket.AF_INET6)
s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("::", 2222))
s.listen()
while True:
    s.accept()[0].close()
"""


def squat(guest: Guest) -> None:
    """A unit of somebody's own has port 2222."""
    guest.write("/root/closer.py", _CLOSER)
    guest.run("systemd-run --unit=squat python3 /root/closer.py")
    guest.wait(lambda: guest.run("ss -ltn").stdout.count(":2222"), 5, "the port to be taken")


def look(guest: Guest) -> None:
    """Has the agent look now: that another program's socket is gone is no event."""
    guest.run("systemctl reload sshguardd")


def configure(guest: Guest, text: str) -> None:
    """Writes a drop-in of sshd's, and lets the agent read what sshd makes of it."""
    guest.write(PORT_CONF, text)
    guest.run("sleep 0.5")


def restart(guest: Guest) -> None:
    """Restarts sshd, which may fail."""
    guest.run("systemctl restart ssh.service", check=False)


def infos(guest: Guest) -> set[str]:
    """What is worth knowing, and no more."""
    return {finding["id"] for finding in guest.status()["findings"] if finding["severity"] == "info"}


def expect_no(guest: Guest, state: str) -> None:
    """No line so far had this state."""
    assert [line.text for line in guest.console_lines() if line.state == state] == []


def leave_over(guest: Guest) -> None:
    """Stops the unit and not its process."""
    guest.drop_in("ssh.service", "[Service]\nKillMode=none\nRuntimeDirectoryPreserve=yes\n")
    guest.run("systemctl stop ssh.service")
    guest.run("rm -r /etc/systemd/system/ssh.service.d; systemctl daemon-reload")


def test_a_left_over_sshd_serves(guest: Guest) -> None:
    daemon = guest.unit("ssh.service", "MainPID")
    with guest.session() as session:
        leave_over(guest)
        told = guest.expect_console(id="sshd.port-taken", state="WARNING", says="NEXT sshd RESTART", within=10)
        assert f"left-over sshd (pid {daemon})" in told.sentence
        guest.expect_login()
        expect_no(guest, "CRITICAL")
        assert guest.findings() == {"sshd.port-taken"} and guest.status()["heals"] == []
        # What it warns of: a start finds the port taken. People still get in.
        guest.run("systemctl start ssh.service", check=False)
        guest.wait(lambda: "sshd.failed" in guest.findings(), 5, "the failed start")
        guest.run("install -d -m 0755 /run/sshd")  # the failed start removed it; 9.2 needs it for each connection
        guest.expect_login()
        # The fix that it names is the one that helps, and ends nobody's session.
        fix = next(one["fix"][0] for one in guest.status()["findings"] if one["id"] == "sshd.port-taken")
        assert fix.startswith(f"kill {daemon};")
        guest.run(fix)
        guest.wait(lambda: guest.findings() == set(), 10, "the end of it")
        guest.expect_login()
        assert guest.unit("ssh.service", "MainPID") not in ("0", daemon)
        assert session.answers()


def test_another_program_has_the_port(guest: Guest) -> None:
    squat(guest)
    # For the next restart ...
    configure(guest, "Port 2222\n")
    told = guest.expect_console(id="sshd.port-taken", state="WARNING", says="NEXT sshd RESTART", within=10)
    assert "port 2222" in told.sentence and "DO: stop squat.service" in told.sentence
    guest.expect_login()
    # ... and now.
    restart(guest)
    guest.expect_console(id="sshd.port-taken", state="CRITICAL", says="SSH RESETS", within=20)
    tried = guest.ssh(port=2222)
    status = guest.status()
    assert tried.rc == 255 and status["client_sees"]["because"] == "sshd.port-taken"
    assert status["client_sees"]["message"].partition(":")[0] == tried.stderr.partition(":")[0]
    roots = {finding["id"]: finding["caused_by"] for finding in status["findings"]}
    assert roots["sshd.failed"] == "sshd.port-taken"
    tries = guest.starts_of("ssh.service")
    guest.run("sleep 3")
    assert guest.starts_of("ssh.service") == tries, "a start would be in vain"
    # Given back: the agent starts sshd.
    guest.run("systemctl stop squat.service")
    look(guest)
    guest.wait(lambda: guest.unit("ssh.service", "ActiveState") == "active", 20, "sshd to be started")
    guest.expect_login(port=2222)
    guest.wait(lambda: guest.findings() == set(), 10, "the end of it")


def test_another_sshd_serves_the_port(guest: Guest) -> None:
    guest.drop_in("ssh.service", "[Service]\nRuntimeDirectoryPreserve=yes\n")
    guest.run("systemctl stop ssh.service && systemd-run --unit=own /usr/sbin/sshd -D && sleep 0.5")
    guest.run("systemctl start ssh.service", check=False)
    told = guest.expect_console(id="sshd.port-taken", state="WARNING", says="port 22 is held by sshd", within=10)
    assert "DO: stop own.service" in told.sentence
    guest.expect_login()
    guest.run("systemctl stop own.service; systemctl reset-failed ssh.service; systemctl start ssh.service")
    guest.wait(lambda: guest.findings() == set(), 10, "the end of it")
    guest.expect_login()


def test_a_listen_address_that_no_interface_has(guest: Guest) -> None:
    configure(guest, "ListenAddress 10.77.0.99\n")
    told = guest.expect_console(id="sshd.listen-address", state="WARNING", says="NEXT sshd RESTART", within=10)
    assert "10.77.0.99:22" in told.sentence
    guest.expect_login()
    restart(guest)
    guest.expect_console(id="sshd.listen-address", state="CRITICAL", says="SSH REFUSED", within=20)
    guest.expect_refused()
    assert "Connection refused" in guest.status()["client_sees"]["message"]
    tries = guest.starts_of("ssh.service")
    guest.run("sleep 3")
    assert guest.starts_of("ssh.service") == tries, "a start would be in vain"
    # The address comes: an event, and sshd is started.
    guest.run("ip address add 10.77.0.99/24 dev eth0")
    guest.expect_login(address="10.77.0.99", within=10)
    guest.wait(lambda: guest.findings() == set(), 10, "the end of it")


def test_loopback_only(guest: Guest) -> None:
    configure(guest, "ListenAddress 127.0.0.1\n")
    told = guest.expect_console(id="sshd.listen-address", state="WARNING", says="NEXT sshd RESTART", within=10)
    assert "loopback only" in told.sentence
    guest.expect_login()
    # Done all the same: from now on it is somebody's will.
    restart(guest)
    guest.wait(lambda: guest.findings() == set(), 10, "no more than an info")
    guest.wait(lambda: "sshd.listen-address" in infos(guest), 10, "the info")
    guest.expect_refused()


def test_a_port_for_the_next_restart(guest: Guest) -> None:
    since = guest.mark()
    configure(guest, "Port 2022\n")
    guest.wait(lambda: "sshd.port-moved" in infos(guest), 15, "the info")
    restart(guest)
    guest.expect_login(port=2022)
    guest.wait(lambda: guest.findings() == set(), 5, "no findings")
    guest.expect_quiet(1, since)


def test_a_port_behind_a_socket(guest: Guest) -> None:
    guest.run("systemctl disable --now ssh.service; systemctl enable --now ssh.socket")
    guest.wait(lambda: guest.findings() == set(), 10, "the agent to be content with the socket")
    guest.expect_login()
    configure(guest, "Port 2222\n")
    told = guest.expect_console(id="sshd.socket-stale", state="WARNING", within=15)
    assert told.sentence.startswith("ssh.socket listens on 22, which counts")
    guest.expect_login()
    guest.expect_refused(port=2222)
    guest.drop_in("ssh.socket", "[Socket]\nListenStream=\nListenStream=2222\n")
    guest.run("systemctl stop ssh.service; systemctl restart ssh.socket")
    guest.expect_console(id="sshd.socket-stale", state="OK", ends=told.seq, within=15)
    guest.expect_login(port=2222)
    guest.wait(lambda: guest.findings() == set(), 10, "the end of it")


def test_a_program_for_each_connection_is_missing(guest: Guest) -> None:
    if guest.run(["test", "-e", SESSION], check=False).rc != 0:
        pytest.skip("this sshd has none")
    guest.run(["mv", SESSION, "/root/session"])
    told = guest.expect_console(id="sshd.binary-mismatch", state="CRITICAL", says="SSH RESETS", within=10)
    assert SESSION in told.sentence
    tried = guest.ssh()
    message = guest.status()["client_sees"]["message"]
    assert tried.rc == 255 and message.partition(":")[0] == tried.stderr.partition(":")[0]
    guest.run(["mv", "/root/session", SESSION])
    guest.expect_console(id="sshd.binary-mismatch", state="OK", ends=told.seq, within=10)
    guest.expect_login(within=10)
    assert guest.status()["heals"] == []


def test_an_sshd_that_cannot_run(guest: Guest) -> None:
    daemon = guest.unit("ssh.service", "MainPID")
    guest.write("/usr/sbin/sshd.new", "#!/bin/sh\necho 'sshd: error while loading shared libraries' >&2\nexit 127\n",
                mode="755")
    guest.run("cp -p /usr/sbin/sshd /root/sshd && mv /usr/sbin/sshd.new /usr/sbin/sshd")
    told = guest.expect_console(id="sshd.binary-mismatch", within=10)
    assert "cannot run" in told.sentence
    assert guest.unit("ssh.service", "MainPID") == daemon
    # Killed, it is not started while that holds; mended, it is.
    guest.run(["kill", "-KILL", daemon])
    guest.wait(lambda: guest.unit("ssh.service", "ActiveState") == "failed", 20, "sshd to fail")
    guest.expect_console(id="sshd.binary-mismatch", state="CRITICAL", says="SSH REFUSED", within=10)
    guest.expect_refused()
    assert guest.status()["heals"] == []
    guest.run("mv /root/sshd /usr/sbin/sshd")
    guest.expect_login(within=20)
    guest.wait(lambda: guest.findings() == set(), 10, "the end of it")


def test_an_upgrade_is_worth_knowing(guest: Guest) -> None:
    since = guest.mark()
    guest.run("cp -p /usr/sbin/sshd /usr/sbin/sshd.new && mv /usr/sbin/sshd.new /usr/sbin/sshd")
    guest.wait(lambda: "sshd.binary-mismatch" in infos(guest), 15, "the info")
    guest.expect_login()
    guest.run("systemctl restart ssh.service")
    guest.wait(lambda: "sshd.binary-mismatch" not in infos(guest), 15, "its end")
    guest.expect_quiet(1, since)


@pytest.mark.parametrize(("text", "port", "address"), [
    ("Port 2222\n", 2222, None),
    ("Port 22\nPort 2222\n", 2222, None),
    ("AddressFamily inet6\n", 22, ADDRESS6),
    ("AddressFamily inet\n", 22, None),
    ("ListenAddress 10.77.0.2\n", 22, None),
    ("ListenAddress 10.77.0.2\nListenAddress 10.77.0.99\n", 22, None),
], ids=["another-port", "two-ports", "only-ipv6", "only-ipv4", "one-address", "floating-address"])
def test_deliberate_is_silent(guest: Guest, text: str, port: int, address: str | None) -> None:
    since = guest.mark()
    configure(guest, text)
    restart(guest)
    guest.run("sleep 6; sshguardctl check", check=False)
    if address:
        guest.expect_login(port=port, address=address)
    else:
        guest.expect_login(port=port)
    assert guest.findings() == set() and guest.status()["heals"] == []
    guest.expect_quiet(1, since)


def test_ipv6_switched_off(guest: Guest) -> None:
    since = guest.mark()
    # What net.ipv6.conf.all.disable_ipv6=1 does; a guest may not write there.
    guest.run("ip -6 address flush dev eth0; ip -6 address flush dev lo")
    restart(guest)
    guest.run("sleep 6; sshguardctl check", check=False)
    guest.expect_login()
    assert guest.findings() == set() and guest.status()["heals"] == []
    guest.expect_quiet(1, since)
