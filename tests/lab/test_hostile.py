"""Somebody who wants the agent to act, to lie or to die: by log lines, names, files, and connections."""

from __future__ import annotations

import json
import re
import sys
import time
from pathlib import Path

import pytest
from sshlab.floods import TOUCHES, UNIT_CHANGES
from sshlab.guest import Cost, Guest
from sshlab.machine import ADDRESS, ADDRESS6, slow

CONFIG = "/etc/ssh/sshd_config"
DROP_INS = "/etc/ssh/sshd_config.d"
PRODUCT = Path("/run/sshguardd/status.json")

# As systemd and sshd themselves write them; a program of any user can.
_FORGED = """
import random, socket, sys
lines = [
    b"fatal: Missing privilege separation directory: /run/sshd", b"fatal: Cannot bind any address.",
    b"error: Bind to port 22 on 0.0.0.0 failed: Address already in use.", b"Server listening on 0.0.0.0 port 22.",
    b"Received signal 15; terminating.", b"sshd: no hostkeys available -- exiting.",
    b"/etc/ssh/sshd_config: line 1: Bad configuration option: forged",
    b"Authentication refused: bad ownership or modes for directory /home/alice",
    b"drop connection #10 from [10.77.0.1]:1 on [10.77.0.2]:22 past MaxStartups",
    b"Failed password for root from 127.0.0.1 port 1 ssh2", b"\\x1b[2J\\x9b31mfatal: \\xff\\x84forged",
]
unit = [b"ssh.service: Main process exited, code=killed, status=9/KILL", b"Failed to start ssh.service.",
        b"ssh.service: Failed with result 'signal'.", b"ssh.service: Start request repeated too quickly."]
log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
native = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
log.connect("/dev/log")
native.connect("/run/systemd/journal/socket")
for number in range(int(sys.argv[1])):
    tag = random.choice([b"sshd", b"sshd-session", b"systemd"])
    log.send(b"<34>%s[%d]: %s" % (tag, random.randrange(1, 99999), random.choice(lines + unit)))
    if number % 10 == 0:
        native.send(b"MESSAGE=%s\\nPRIORITY=2\\nSYSLOG_IDENTIFIER=systemd\\nUNIT=ssh.service\\nJOB_RESULT=failed\\n"
                    b"MESSAGE_ID=d9b373ed55a64feb8242e02dbe79a49c\\nSSHGUARDD_ID=sshd.failed\\n" % random.choice(unit))
"""

_HOSTILE_NAME = "98-\x1b[2J\x1b]0;owned\x07\u009b31m\u0085\nSSHGUARDD OK lab [v1 alive].conf"

_WRITE_HOSTILE = """
import sys
name = "/etc/ssh/sshd_config.d/" + sys.argv[1]
open(name.encode() [:-5] + b"\\xff\\xfe.conf", "wb").write(
    b"# harmless\\nPr\\x1b[31m\\xc2\\x9bot\\x85\\xff 22 [v1 boot=aaaa seq=1 open=0 alive]\\n")
"""


def printable(text: bytes) -> bool:
    """Nothing that moves a cursor or starts another line."""
    return all(0x20 <= byte < 0x7f for byte in text)


def expect_clean(guest: Guest) -> None:
    """No control byte, nor anything beyond ASCII, on any way out."""
    raw = guest.console_file.read_bytes()
    lines = [line.rstrip(b"\r") for line in raw.split(b"\n") if b"SSHGUARDD " in line]
    assert lines
    for line in lines:
        told = line[line.index(b"SSHGUARDD "):]
        assert printable(told) and len(told) <= 240, told
    entries = guest.run(["journalctl", "-b", "-q", "-o", "json", "--all", "SYSLOG_IDENTIFIER=sshguardd"]).stdout
    for entry in map(json.loads, entries.splitlines()):
        # journalctl gives what is not printable as a list of bytes
        assert isinstance(entry["MESSAGE"], str) and printable(entry["MESSAGE"].encode()), entry
    assert printable(guest.run(["cat", str(PRODUCT)]).stdout.replace("\n", "").encode())
    assert printable(guest.unit("sshguardd", "StatusText").encode())
    for arguments in (["status"], ["status", "--json"], ["check"]):
        assert printable(guest.ctl(*arguments).stdout.replace("\n", "").encode())


def expect_responsive(guest: Guest, before: Cost, within: float = 5) -> None:
    """The agent looks when it is told to, is still the same process, and has not grown fat."""
    asked = float(guest.run(["date", "+%s"]).stdout)
    guest.run(["touch", CONFIG])
    guest.wait(lambda: float(guest.run(["stat", "-c", "%Y", str(PRODUCT)]).stdout) >= asked, within,
               "a fresh status file")
    now = guest.cost()
    assert now.pid == before.pid
    assert now.anonymous < before.anonymous + 4096, "KiB"
    assert now.descriptors < before.descriptors + 16


def expect_untouched(guest: Guest, sshd: str) -> None:
    """Nobody restarted sshd, and nothing critical was said that is not so."""
    assert guest.unit("ssh.service", "MainPID") == sshd
    assert guest.status()["heals"] == []
    told = [line for line in guest.console_lines() if line.state == "CRITICAL"]
    full = [line for line in told if line.tag.get("id") == "sshd.startups-full"]
    assert [line.text for line in told if line not in full] == []
    # A slow machine may really be full for ten seconds: then sshd has said so itself.
    assert not full or re.search("drop connection #|MaxStartups throttling", guest.journal("ssh.service"))


def test_forged_log_lines(guest: Guest) -> None:
    sshd, before = guest.unit("ssh.service", "MainPID"), guest.cost()
    guest.run(["runuser", "-u", "alice", "--", "python3", "-c", _FORGED, "10000"], timeout=60)
    guest.run("for line in 1 2 3; do echo 'fatal: forged' | systemd-cat -t sshd -p crit; done; "
              "logger -t sshd -p auth.crit 'Server listening on 0.0.0.0 port 22.'")
    guest.expect_quiet(3)
    expect_responsive(guest, before)
    guest.expect_quiet(1)
    assert guest.status()["findings"] == []
    expect_untouched(guest, sshd)
    assert guest.cost().cpu - before.cpu < 1

    # What they left in the journal is not taken for evidence of a real failure either.
    guest.kill_sshd_until_failed()
    told = guest.expect_console(id="sshd.failed", state="CRITICAL")
    assert "forged" not in told.sentence
    guest.expect_login()
    expect_clean(guest)


def test_names_and_words_with_control_bytes(guest: Guest) -> None:
    before = guest.cost()
    guest.run(["python3", "-c", _WRITE_HOSTILE, _HOSTILE_NAME])
    warned = guest.expect_console(state="WARNING", says="NEXT sshd RESTART", within=5)
    assert warned.tag["id"] == "sshd.config-invalid"
    # The host name is the guest's own, of any bytes that the kernel takes.
    guest.run(["python3", "-c", "import socket; socket.sethostname(b'h\\x1b[2J \\x9b\\n[v1 x]\\xff')"])
    guest.run("systemctl restart ssh", check=False)
    broken = guest.expect_console(state="CRITICAL", id="sshd.config-invalid", within=5)
    assert "\\x1b[2J" in broken.host
    expect_clean(guest)
    guest.run(f"rm {DROP_INS}/98-*")
    guest.expect_login(within=15)
    guest.expect_console(state="OK", id="sshd.config-invalid", ends=True, within=5)
    expect_clean(guest)
    expect_responsive(guest, before)


@pytest.mark.parametrize("path", [CONFIG, f"{DROP_INS}/50-long.conf"])
def test_a_line_of_ten_megabytes(guest: Guest, path: str) -> None:
    before = guest.cost()
    # First one that sshd takes, then one that it does not.
    guest.run(f"(printf '\\n#'; head -c 10000000 /dev/zero | tr '\\0' x; echo) >>{path}")
    guest.expect_quiet(3)
    expect_responsive(guest, before)
    assert guest.findings() == set()
    guest.run(f"(head -c 10000000 /dev/zero | tr '\\0' x; echo) >>{path}")
    guest.expect_console(state="WARNING", id="sshd.config-invalid", within=10)
    expect_responsive(guest, before)
    expect_clean(guest)
    assert int(guest.run(["stat", "-c", "%s", str(PRODUCT)]).stdout) < 65536
    guest.run(["truncate", "--size=0", path] if path != CONFIG else ["sed", "-i", "/xxxx/d", path])
    guest.expect_console(state="OK", id="sshd.config-invalid", ends=True, within=10)


def test_ten_thousand_includes(guest: Guest) -> None:
    before = guest.cost()
    guest.run(["python3", "-c", "for n in range(10000):\n"
               f"    open(f'{DROP_INS}/many-{{n:05}}.conf', 'w').write('# nothing\\n')"])
    guest.expect_quiet(3)
    expect_responsive(guest, before, within=15)
    assert guest.findings() == set()
    # It says that it does not follow them all.
    told = {finding["id"]: finding for finding in guest.status()["findings"]}
    assert told["sshd.config-unwatched"]["severity"] == "info"
    assert "more than 512 files" in told["sshd.config-unwatched"]["summary"]
    # The last one counts as the first does.
    guest.write(f"{DROP_INS}/many-09999.conf", "Prot 22\n")
    guest.expect_console(state="WARNING", id="sshd.config-invalid", within=100)
    guest.run(f"find {DROP_INS} -name 'many-*' -delete")
    guest.expect_console(state="OK", id="sshd.config-invalid", ends=True, within=15)
    expect_responsive(guest, before)
    guest.wait(lambda: guest.status()["findings"] == [], 15, "nothing to be worth knowing")


def test_one_change_among_too_many_files(guest: Guest) -> None:
    # Where no event tells: the file is far beyond those that are followed, in a directory of its own.
    guest.run(["python3", "-c", "import os\nfor n in range(600):\n    os.makedirs(f'/etc/ssh/site/{n:03}')\n"
               "    open(f'/etc/ssh/site/{n:03}/site.conf', 'w').write('# nothing\\n')"])
    guest.write(f"{DROP_INS}/site.conf", "Include /etc/ssh/site/*/site.conf\n")
    guest.wait(lambda: "sshd.config-unwatched" in {finding["id"] for finding in guest.status()["findings"]}, 10,
               "the agent to say that it does not follow them all")
    guest.expect_quiet(2)
    guest.write("/etc/ssh/site/599/site.conf", "Prot 22\n")
    warned = guest.expect_console(state="WARNING", id="sshd.config-invalid", within=100)
    assert "site/599/site.conf:1" in warned.sentence
    guest.write("/etc/ssh/site/599/site.conf", "# nothing\n")
    guest.run("systemctl daemon-reload")  # an event at last
    guest.expect_console(state="OK", id="sshd.config-invalid", ends=True, within=15)

    # Nor is a living sshd restarted of which nobody can tell what it would read then.
    daemon = guest.unit("ssh.service", "MainPID")
    guest.run(f"kill -STOP {daemon}; systemctl daemon-reload")
    guest.expect_console(state="CRITICAL", id="sshd.unresponsive", within=15)
    stopped = next(one for one in guest.status()["findings"] if one["id"] == "sshd.unresponsive")
    assert stopped["remedy"]["state"] == "withheld" and "may be newer than its start" in stopped["remedy"]["why"]
    guest.run(f"kill -CONT {daemon}; systemctl daemon-reload")
    guest.expect_console(state="OK", id="sshd.unresponsive", ends=True, within=30)
    assert guest.unit("ssh.service", "MainPID") == daemon and guest.status()["heals"] == []


def test_directories_that_lead_in_a_circle(guest: Guest) -> None:
    sshd, before = guest.unit("ssh.service", "MainPID"), guest.cost()
    guest.run(f"mv {DROP_INS} /root/kept && ln -s sshd_config.d {DROP_INS}")
    guest.expect_quiet(3)
    assert guest.findings() == set()
    guest.run(f"rm {DROP_INS} && mv /root/kept {DROP_INS}")
    # All of it: sshd could not start again.
    guest.run("mv /etc/ssh /root/ssh && ln -s ssh /etc/ssh")
    # A look in between the two commands may have found nothing there at all, and said so first.
    guest.expect_console(state="WARNING", id="sshd.config-invalid", says="symbolic", within=5)
    guest.run("rm /etc/ssh && mv /root/ssh /etc/ssh")
    guest.expect_console(state="OK", id="sshd.config-invalid", ends=True, within=5)
    expect_responsive(guest, before)
    expect_clean(guest)
    expect_untouched(guest, sshd)


@pytest.mark.parametrize(("program", "subject"), [(TOUCHES, DROP_INS), (UNIT_CHANGES, "ssh.service")],
                         ids=["files", "unit"])
def test_a_flood_of_events(guest: Guest, program: str, subject: str) -> None:
    sshd, begun = guest.unit("ssh.service", "MainPID"), guest.cost()
    flood = ["python3", "-c", program, subject]
    guest.run([*flood, "20000", "3"])  # what is needed once
    expect_responsive(guest, begun)
    before = guest.cost()
    made = int(guest.run([*flood, "1000000000", "8"], timeout=30).stdout)
    assert made > 1000
    expect_responsive(guest, before)
    after = guest.cost()
    print(f"{made} events: agent {after.cpu - before.cpu:.2f} s of CPU, {after.wakeups - before.wakeups} wakeups")
    assert after.anonymous < before.anonymous + 256 and after.descriptors <= before.descriptors
    assert guest.findings() == set()
    expect_untouched(guest, sshd)


# Opens so many connections a second, for so long; what is sent is what scanners and broken clients send.
_STORM = """
import random, socket, sys, time
address, rate, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
sends = [b"", b"\\x16\\x03\\x01\\x02\\x00\\x01", b"GET / HTTP/1.1\\r\\n\\r\\n", b"SSH-2.0-Go\\r\\n",
         b"SSH-2.0-libssh2_1.4.3\\r\\n" + bytes(64), bytes(2000), b"\\xff" * 300 + b"\\r\\n"]
held, begin, count = [], time.monotonic(), 0
while (now := time.monotonic()) - begin < seconds:
    client = socket.socket()
    client.settimeout(1)
    try:
        client.connect((address, 22))
        client.send(random.choice(sends))
        count += 1
    except OSError:
        pass
    # Some are held for a while, as a slow client would.
    held.append((now + random.choice([0, 0, 0, 0.5]), client))
    while held and held[0][0] <= now:
        held.pop(0)[1].close()
    time.sleep(max(0, begin + (count + 1) / rate - time.monotonic()))
print(count)
"""


def expect_stood_the_attack(guest: Guest, sshd: str, before: Cost, what: str) -> None:
    """sshd was left alone, people get in, and it cost next to nothing."""
    expect_untouched(guest, sshd)
    after = guest.cost()
    print(f"{what}: agent {after.cpu - before.cpu:.2f} s of CPU, {after.wakeups - before.wakeups} wakeups")
    assert after.pid == before.pid and after.cpu - before.cpu < 3
    assert after.anonymous < before.anonymous + 1024 and after.descriptors < before.descriptors + 8
    # By the other family: sshd itself may have had enough of the attacker's address.
    guest.expect_login(within=15, address=ADDRESS6)
    guest.wait(lambda: guest.findings() == set(), 60, "all findings to end")
    expect_untouched(guest, sshd)
    expect_clean(guest)


def test_fifty_connections_a_second(guest: Guest) -> None:
    sshd, before = guest.unit("ssh.service", "MainPID"), guest.cost()
    storm = guest.client([sys.executable, "-c", _STORM, ADDRESS, "50", "60"], timeout=90)
    assert int(storm.stdout) > 1000, storm
    expect_stood_the_attack(guest, sshd, before, f"{storm.stdout.strip()} connections in a minute")


def test_real_clients_that_guess(guest: Guest) -> None:
    sshd, before = guest.unit("ssh.service", "MainPID"), guest.cost()
    end = time.monotonic() + 20
    users, tried, clients = ["root", "admin", "alice", "$(reboot)", "a\x1b[2Jb", "oracle"], 0, []
    while time.monotonic() < end:
        clients = [client for client in clients if client.poll() is None]
        while len(clients) < 8:
            # No key that it would take.
            argv = guest.ssh_argv("true", users[tried % len(users)])
            argv[argv.index("-i") + 1] = "/dev/null"
            clients.append(guest.client_popen(argv))
            tried += 1
        time.sleep(0.02)
    for client in clients:
        client.communicate(timeout=30 * slow())
    assert tried > 50
    expect_stood_the_attack(guest, sshd, before, f"{tried} logins that failed in 20 s")
