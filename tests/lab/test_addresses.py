"""Addresses that are elsewhere, come later, or are of one family only."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sshlab.guest import Guest
from sshlab.machine import ADDRESS6
from test_ports import configure, infos, look, restart

NEIGHBOUR = "10.77.0.9"
FLOATING = "10.77.0.99"
LINK_LOCAL = "fe80::77"

# An SSH server of another host's, as far as a probe can tell.
_BANNER = """
import socket, sys
s = socket.socket()
s.bind((sys.argv[1], 22))
s.listen()
print("ready", flush=True)
while True:
    c = s.accept()[0]
    c.sendall(b"SSH-2.0-OpenSSH_9.2p1\\r\\n")
    c.close()
"""

# Addresses that come and go, for about five seconds.
_CHURN = """
for i in $(seq 40); do
  for j in $(seq 20); do echo "address add 10.99.$i.$j/32 dev lo"; done
  for j in $(seq 20); do echo "address del 10.99.$i.$j/32 dev lo"; done
done >/root/churn
split -l 40 /root/churn /root/churn.
systemd-run --unit=churn sh -c 'for f in /root/churn.*; do ip -batch $f; sleep 0.1; done'
"""


@contextmanager
def neighbour(guest: Guest) -> Iterator[None]:
    """Another host on the same network, with an SSH server."""
    assert guest.client(["ip", "address", "add", f"{NEIGHBOUR}/24", "dev", "client"]).rc == 0
    process: subprocess.Popen[str] = guest.client_popen(["python3", "-c", _BANNER, NEIGHBOUR])
    try:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        yield
    finally:
        process.kill()
        process.communicate()


def test_the_address_is_a_neighbours(guest: Guest) -> None:
    with neighbour(guest):
        ask = f"exec 3<>/dev/tcp/{NEIGHBOUR}/22; head -n1 <&3"
        reached = guest.run(["bash", "-c", ask], check=False).stdout
        assert reached.startswith("SSH-2.0-"), "the scenario's own server is to be reached from the guest"
        configure(guest, f"ListenAddress {NEIGHBOUR}\n")
        told = guest.expect_console(id="sshd.listen-address", state="WARNING", says="NEXT sshd RESTART", within=10)
        assert f"{NEIGHBOUR}:22 is on no interface" in told.sentence
        guest.expect_login()
        restart(guest)
        guest.expect_console(id="sshd.listen-address", state="CRITICAL", says="SSH REFUSED", within=20)
        since = guest.mark()
        guest.expect_refused()
        tries = guest.starts_of("ssh.service")
        look(guest)
        guest.run("sleep 5; sshguardctl check", check=False)
        status = guest.status()
        assert status["state"] == "critical" and status["heals"] == []
        assert "Connection refused" in status["client_sees"]["message"]
        assert status["client_sees"]["because"] == "sshd.listen-address"
        assert not (status["probe"] or {}).get("alive"), "the neighbour is not asked"
        assert guest.starts_of("ssh.service") == tries, "a start would be in vain"
        assert [line.text for line in guest.console_lines(since) if line.state == "OK"] == []
        # Mended: the agent starts sshd, where it is to be.
        configure(guest, "")
        guest.expect_login(within=10)
        guest.wait(lambda: guest.findings() == set(), 10, "the end of it")


def test_a_floating_address_that_comes_later(guest: Guest) -> None:
    configure(guest, f"ListenAddress 10.77.0.2\nListenAddress {FLOATING}\n")
    restart(guest)
    guest.wait(lambda: "sshd.listen-address" in infos(guest), 20, "the info")
    assert guest.findings() == set()
    # It comes: sshd has not bound it, and does after one restart.
    guest.run(f"ip address add {FLOATING}/24 dev eth0")
    told = guest.expect_console(id="sshd.not-listening", state="CRITICAL", within=10)
    assert f"nothing listens on {FLOATING}:22" in told.sentence
    guest.expect_login(address=FLOATING, within=5)
    guest.expect_console(id="sshd.not-listening", state="OK", ends=told.seq, by="agent", within=10)
    assert [heal["outcome"] for heal in guest.status()["heals"]] == ["healed"]
    # It goes to another host and comes back, which an sshd that has bound it does not notice: nor does the agent.
    since = guest.mark()
    guest.run(f"ip address del {FLOATING}/24 dev eth0; sleep 3; ip address add {FLOATING}/24 dev eth0")
    guest.expect_login(address=FLOATING, within=5)
    guest.run("sleep 6")
    assert guest.findings() == set()
    guest.expect_quiet(1, since)


def test_the_only_address_comes_back(guest: Guest) -> None:
    configure(guest, f"ListenAddress {FLOATING}\n")
    restart(guest)
    guest.expect_console(id="sshd.listen-address", state="CRITICAL", says="SSH REFUSED", within=20)
    guest.run("sleep 2")
    # An event, not a timer: those are a minute apart.
    guest.run(f"ip address add {FLOATING}/24 dev eth0")
    guest.expect_login(address=FLOATING, within=2)
    guest.wait(lambda: guest.findings() == set(), 10, "the end of it")


def test_a_burst_of_addresses_delays_nothing(guest: Guest) -> None:
    guest.run(_CHURN)
    guest.run("sleep 2")
    assert guest.unit("churn.service", "ActiveState") == "active"
    guest.append("/etc/ssh/sshd_config", "Prot 22\n")
    told = guest.expect_console(id="sshd.config-invalid", state="WARNING", within=2)
    guest.run(["sed", "-i", "/^Prot 22$/d", "/etc/ssh/sshd_config"])
    guest.expect_console(id="sshd.config-invalid", state="OK", ends=told.seq, within=2)
    guest.wait(lambda: guest.unit("churn.service", "ActiveState") != "active", 20, "the end of the burst")
    guest.expect_login()
    assert guest.findings() == set() and guest.status()["heals"] == []


@pytest.mark.parametrize(("text", "port", "address"), [
    ("AddressFamily inet6\nPort 22\nPort 2222\n", 2222, ADDRESS6),
    ("AddressFamily inet6\nPort 22\nPort 2222\n", 22, ADDRESS6),
    (f"ListenAddress [{ADDRESS6}]:2222\nPort 22\n", 2222, ADDRESS6),
    (f"ListenAddress {LINK_LOCAL}%eth0\nListenAddress {ADDRESS6}\n", 22, f"{LINK_LOCAL}%client"),
], ids=["two-ports", "first-port", "one-address", "link-local"])
def test_a_guest_with_ipv6_alone(guest: Guest, text: str, port: int, address: str) -> None:
    guest.run(f"ip address flush dev eth0 scope global; ip -6 address add {ADDRESS6}/64 dev eth0 nodad; "
              f"ip -6 address add {LINK_LOCAL}/64 dev eth0 nodad")
    since = guest.mark()
    configure(guest, text)
    restart(guest)
    guest.expect_login(port=port, address=address, within=5)
    guest.run("sleep 6; sshguardctl check", check=False)
    guest.expect_login(port=port, address=address)
    assert guest.findings() == set() and guest.status()["heals"] == []
    guest.expect_quiet(1, since)


def test_one_of_two_ports_is_taken_on_ipv6_alone(guest: Guest) -> None:
    guest.run("ip -4 address flush dev eth0")
    guest.write("/root/one.py", "import socket\ns = socket.create_server(('::', 2222), family=socket.AF_INET6)\n"
                                "while True: s.accept()[0].close()\n")
    guest.run("systemd-run --unit=squat python3 /root/one.py")
    guest.wait(lambda: guest.run("ss -ltn").stdout.count(":2222"), 5, "the port to be taken")
    configure(guest, "AddressFamily inet6\nPort 22\nPort 2222\n")
    told = guest.expect_console(id="sshd.port-taken", within=10)
    assert "port 2222" in told.sentence and "DO: stop squat.service" in told.sentence
    restart(guest)
    guest.expect_login(address=ADDRESS6, within=5)
    guest.wait(lambda: "sshd.port-taken" in guest.findings() | infos(guest), 15, "what is so now")
    assert guest.status()["state"] != "critical" and guest.status()["heals"] == []
    guest.run("systemctl stop squat.service")
    restart(guest)
    guest.expect_login(address=ADDRESS6, port=2222, within=5)
    guest.wait(lambda: guest.findings() == set(), 10, "the end of it")
