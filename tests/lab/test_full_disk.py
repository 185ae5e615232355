"""How the agent itself lives with a disk that is full, out of inodes or read-only."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest

from sshlab.guest import Guest
from test_disks import FILLER, LOOK, evidence, fill_to, finding, look

# What the agent may write while nothing can be written: all of it is in memory.
OUTSIDE = "find / -xdev -newer /run/lab-start -not -path '/var/log/journal/*' -type f -path '*sshguard*'"


def fill_up(guest: Guest) -> None:
    """To the last block, also for root."""
    guest.run(f"cat /dev/zero >{FILLER}", check=False)
    guest.run(f"sync; dd if=/dev/zero bs=4096 of={FILLER}2; sync; dd if=/dev/zero bs=1024 of={FILLER}3", check=False)
    assert int(guest.run("df --output=avail / | tail -n 1").stdout) == 0


def restart(guest: Guest) -> None:
    """The agent begins anew, and knows nothing of what it has told."""
    guest.run("systemctl stop sshguardd; rm -f /run/sshguardd/ledger.json; touch /run/lab-start; "
              "systemctl start sshguardd", timeout=30)


def test_started_at_a_hundred_percent(guest: Guest) -> None:
    fill_up(guest)
    restart(guest)
    full = guest.expect_console(id="disk.full", state="CRITICAL", says="/ is full: 100% used", within=15)
    assert FILLER in full.sentence, full.text
    guest.run("test -s /run/sshguardd/ledger.json && test -s /run/sshguardd/status.json")
    assert guest.run(OUTSIDE).stdout == ""
    assert guest.ctl("pause", "1m").rc == 0
    assert guest.ctl("resume").rc == 0
    assert "SSH" in guest.ctl("access", "alice").stdout or guest.ctl("access", "alice").rc in (0, 1)
    guest.expect_login(within=5)
    # sshd is healed all the same.
    guest.kill_sshd_until_failed()
    guest.expect_login(within=10)
    guest.run(f"rm {FILLER}*")
    look(guest)
    guest.expect_console(id="disk.full", state="OK", ends=full.seq, within=LOOK)
    # What it would have written would have been found.
    guest.run("mkdir -p /var/lib/sshguardd && touch /var/lib/sshguardd/lab")
    assert "/var/lib/sshguardd/lab" in guest.run(OUTSIDE).stdout


def test_started_without_inodes(guest: Guest) -> None:
    guest.run("mkdir /var/spool/many && cd /var/spool/many && "
              "seq $(df --output=iavail / | tail -n 1) | xargs touch 2>/dev/null; true", timeout=300)
    assert int(guest.run("df --output=iavail / | tail -n 1").stdout) == 0
    restart(guest)
    told = guest.expect_console(id="disk.inodes", state="CRITICAL", says="/ runs out of inodes", within=15)
    guest.wait(lambda: "/var/spool/many" in evidence(finding(guest, "disk.inodes")), 15, "the directory")
    guest.run("test -s /run/sshguardd/ledger.json")
    guest.expect_login(within=5)
    guest.run("rm -r /var/spool/many", timeout=300)
    look(guest)
    guest.expect_console(id="disk.inodes", state="OK", ends=told.seq, within=LOOK)


# An overlay takes a remount by mount(2) alone; util-linux has another call from 2.39 on, and this way back.
REMOUNT = "LIBMOUNT_FORCE_MOUNT2=always mount -o remount,"


def test_a_root_that_is_read_only(guest: Guest) -> None:
    look(guest)
    guest.run("touch /run/lab-start; systemctl stop systemd-journald.socket systemd-journald-dev-log.socket "
              f"systemd-journald-audit.socket systemd-journald.service; {REMOUNT}ro /", check=False)
    if guest.run("touch /x 2>&1", check=False).rc == 0:
        raise AssertionError("the root is still writable")
    told = guest.expect_console(id="disk.readonly", state="CRITICAL", says="/ is read-only", within=30)
    guest.run("systemctl restart sshguardd", timeout=30)
    guest.wait(lambda: finding(guest, "disk.readonly") is not None, 20, "the agent to know again")
    guest.run("test -s /run/sshguardd/ledger.json")
    guest.expect_login(within=10)
    guest.run(f"{REMOUNT}rw /; systemctl start systemd-journald.socket systemd-journald")
    look(guest)
    guest.expect_console(id="disk.readonly", state="OK", ends=told.seq, within=LOOK)


def test_a_hundred_thousand_files(new_guest: Callable[..., Guest]) -> None:
    guest = new_guest(disk="1600M")
    left = int(guest.run("df --output=iavail / | tail -n 1").stdout)
    assert left > 100_000, left
    guest.run("mkdir -p /var/lib/app/cache && cd /var/lib/app/cache && seq 100000 | xargs touch", timeout=300)
    look(guest)
    guest.expect_console(id="disk.inodes", state="CRITICAL", says="/ runs out of inodes", within=LOOK)
    guest.wait(lambda: "/var/lib/app/cache" in evidence(finding(guest, "disk.inodes")), 20, "the directory")
    told = finding(guest, "disk.inodes")
    # It may have counted while the last of them were made.
    said = re.fullmatch(r"see what makes (\d+) files in /var/lib/app/cache", told["fix"][0] if told else "")
    assert said and int(said[1]) > 90_000, told


def test_rebooted_with_a_full_disk(guest: Guest) -> None:
    fill_up(guest)
    look(guest)
    guest.expect_console(id="disk.full", state="CRITICAL", within=10)
    guest.reboot()
    booted = time.monotonic()
    full = guest.expect_console(id="disk.full", state="CRITICAL", says="/ is full", within=10)
    took = time.monotonic() - booted
    print(f"told {took:.1f} s after the start of process 1")
    assert FILLER in full.sentence, full.text
    guest.expect_login(within=10)
    assert "disk.full" in guest.findings()


def test_kubelet_breathes(guest: Guest) -> None:
    # Images are removed from 85 % down to 80 %, again and again.
    since = guest.mark()
    for percent in (84, 86, 80, 84, 86, 80, 83, 85.5, 79.5):
        fill_to(guest, percent)
        look(guest)
    time.sleep(4)
    told = [line for line in guest.console_lines(since) if "disk." in line.text]
    assert len(told) == 1 and told[0].state == "WARNING", [line.text for line in told]


def test_a_data_disk_nearly_full_for_good(guest: Guest) -> None:
    guest.run("mkdir -p /srv/data && mount -t tmpfs -o size=200M none /srv/data && fallocate -l 198M /srv/data/x")
    since = guest.mark()
    for _ in range(4):
        look(guest)
        time.sleep(0.5)
    guest.expect_quiet(2, since)
    assert guest.findings() == set() and guest.status()["state"] == "ok"


def test_pam_that_has_to_write(guest: Guest) -> None:
    # What a required pam_lastlog does for an account that it has no entry of: sshd lets in, and the session ends.
    if guest.run("ls /usr/lib/*/security/pam_lastlog.so", check=False).rc != 0:
        pytest.skip("there is no pam_lastlog any more")
    guest.run("echo 'session required pam_lastlog.so' >>/etc/pam.d/sshd; touch /var/log/lastlog")
    fill_up(guest)
    look(guest)
    guest.expect_console(id="disk.full", state="CRITICAL", within=LOOK)
    for _ in range(2):
        tried = guest.ssh("echo in")
        assert tried.rc != 0 and "in\n" not in tried.stdout, tried
    broken = guest.expect_console(id="session.broken", state="CRITICAL", within=20)
    assert "make / writable again" in broken.sentence, broken.text
    assert guest.status()["client_sees"]["symptom"] == "closed"
    guest.run(f"rm {FILLER}*")
    guest.expect_login(within=5)
    guest.expect_console(id="session.broken", state="OK", ends=broken.seq, within=30)
