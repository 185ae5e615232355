"""Programs on the way of packets beside all rules, and what systemd keeps from a socket."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sshlab.guest import Guest
from test_firewall import client, known, nft, verify

_PROGRAMS = Path(__file__).parent / "sshlab/programs.py"
_POLICY = "table inet filter { chain input { type filter hook input priority filter; policy drop;\n iifname lo accept\n }\n }\n"
_UNDECIDED = "firewall.undecided"


@contextlib.contextmanager
def attached(guest: Guest, kind: str, where: str, what: str) -> Iterator[None]:
    """A program is there, meanwhile."""
    process = guest.beside(["/usr/bin/python3", "-B", str(_PROGRAMS), kind, where, what])
    assert process.stdin and process.stdout
    if process.stdout.readline() != "attached\n":
        pytest.skip(f"no program can be attached here: {process.communicate()[1][-300:]}")
    try:
        yield
    finally:
        process.stdin.close()
        process.wait(10)


def ask_again(guest: Guest) -> None:
    """No event tells of tc: the agent asks with the next change of rules."""
    nft(guest, "table inet asks { }\ndelete table inet asks\n")


@pytest.mark.parametrize("kind", ["xdp", "ingress", "egress"])
def test_a_program_on_the_interface_is_named(guest: Guest, kind: str) -> None:
    known(guest)
    assert verify(guest, "--from", client(guest))["answer"] == "accepted"
    named = {"xdp": "an XDP program on eth0", "ingress": "a BPF program (tcx) on eth0, ingress",
             "egress": "a BPF program (tcx) on eth0, egress"}[kind]
    with attached(guest, kind, "eth0", "pass"):
        assert guest.ssh().rc == 0
        answer = verify(guest, "--from", client(guest), "--trace")
        assert (answer["answer"], answer["why"], answer["rule"]) == ("undecided", named, None)
        assert {one["answer"] for one in answer["possible"]} == {"accepted", "dropped"}
        assert named in {step["text"] for step in answer["trace"]}
        assert named in guest.ctl("verify-flow", "--from", client(guest), "--trace").stdout
        # What the rules keep out stays kept out.
        nft(guest, _POLICY)
        answer = verify(guest, "--from", client(guest))
        assert answer["answer"] == "dropped" and "policy drop" in answer["rule"]
        nft(guest, "delete table inet filter\n")
    assert verify(guest, "--from", client(guest))["answer"] == "accepted"
    with attached(guest, kind, "eth0", "drop"):
        assert guest.ssh().rc != 0
        assert verify(guest, "--from", "10.77.0.1")["why"] == named


def test_xdp_is_an_event_and_no_alarm(guest: Guest) -> None:
    known(guest)
    since = guest.mark()
    with attached(guest, "xdp", "eth0", "pass"):
        guest.wait(lambda: _UNDECIDED in guest.worth_knowing(), 10, _UNDECIDED)
        assert _UNDECIDED not in guest.findings()
        # Known sources are kept out by a rule, and that is told as ever.
        nft(guest, _POLICY)
        guest.wait(lambda: "firewall.drops" in guest.findings(), 10, "firewall.drops")
        nft(guest, "delete table inet filter\n")
        guest.wait(lambda: "firewall.drops" not in guest.findings(), 10, "no firewall.drops")
        time.sleep(3)  # links are compared no more than every two seconds: what comes and goes between is no news
    guest.wait(lambda: _UNDECIDED not in guest.worth_knowing(), 10, "no " + _UNDECIDED)
    assert not [line for line in guest.console_lines(since) if _UNDECIDED in line.text]


def test_a_filter_of_tc_is_named(guest: Guest) -> None:
    known(guest)
    guest.run("tc qdisc add dev eth0 clsact")
    assert verify(guest, "--from", client(guest))["answer"] == "accepted", "a qdisc without filters is nothing"
    if guest.run("tc filter add dev eth0 ingress protocol ip u32 match ip dport 22 0xffff "
                 "action mirred egress redirect dev lo", check=False).rc != 0:
        pytest.skip("this kernel has no such filter")
    assert guest.ssh().rc != 0
    answer = verify(guest, "--from", "10.77.0.1")
    assert (answer["answer"], answer["why"]) == ("undecided", "a tc filter (u32) on eth0, ingress")
    ask_again(guest)
    guest.wait(lambda: _UNDECIDED in guest.worth_knowing(), 10, _UNDECIDED)
    assert _UNDECIDED not in guest.findings()
    guest.run("tc qdisc del dev eth0 clsact")
    assert verify(guest, "--from", "10.77.0.1")["answer"] == "accepted"


def test_systemd_keeps_addresses_from_the_socket(guest: Guest) -> None:
    known(guest)
    guest.run("systemctl set-property --runtime ssh.service IPAddressDeny=any IPAddressAllow=192.0.2.0/24")
    # A guest of this kind has no such programs unless it is allowed bpf(2): systemd then goes on without.
    has_it = guest.ssh().rc != 0
    assert verify(guest, "--from", "10.77.0.1")["answer"] == ("dropped" if has_it else "accepted")
    group = str(guest.files_from_outside("/sys/fs/cgroup/system.slice/ssh.service"))
    with contextlib.nullcontext() if has_it else attached(guest, "group", group, "drop"):
        assert guest.ssh().rc != 0
        answer = verify(guest, "--from", "10.77.0.1", "--trace")
        assert answer["answer"] == "dropped"
        assert (answer["rule"], answer["owner"]) == ("IPAddressDeny=0.0.0.0/0 of ssh.service", "systemd")
        assert answer["client"] == "Connection timed out"
        assert answer["fix"] == "systemctl set-property ssh.service IPAddressAllow=10.77.0.1"
        assert verify(guest, "--from", "192.0.2.7")["answer"] == "accepted"
        guest.run("systemctl set-property --runtime ssh.service IPAddressAllow=10.77.0.1")
        assert verify(guest, "--from", "10.77.0.1")["answer"] == "accepted"
    guest.run("systemctl set-property --runtime ssh.service IPAddressDeny= IPAddressAllow=")
    with attached(guest, "group", group, "pass"):
        assert guest.ssh().rc == 0
        answer = verify(guest, "--from", "10.77.0.1")
        assert (answer["answer"], answer["why"]) == ("undecided", "a BPF program of the control group of ssh.service")
