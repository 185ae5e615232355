"""Room to live: file systems that fill, run out of inodes or become read-only."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from sshlab.guest import Guest

FILLER = "/var/tmp/filler"
LOOK = 75  # the slow look is a minute apart


def finding(guest: Guest, found: str, subject: str = "/") -> dict[str, Any] | None:
    """The finding of that id about that file system, as the status has it."""
    return next((dict(one) for one in guest.status()["findings"] if (one["id"], one["subject"]) == (found, subject)),
                None)


def evidence(told: dict[str, Any] | None) -> str:
    return "" if told is None else "\n".join(f"{one['what']}: {one['value']}" for one in told["evidence"])


def fill_to(guest: Guest, percent: float, path: str = FILLER) -> None:
    """The file system of that file, by a file that is really allocated, to so many percent of all."""
    size, used, left = (int(word) for word in guest.run(
        f"df -B1 --output=size,used,avail {path.rsplit('/', 1)[0]} | tail -n 1").stdout.split())
    old = int(guest.run(f"stat -c %s {path} 2>/dev/null || echo 0").stdout)
    wanted = int((used + left) * percent / 100) - used + old
    assert wanted > 0 and size > 0
    guest.run(f"truncate -s 0 {path} 2>/dev/null; fallocate -l {wanted} {path}")


def look(guest: Guest) -> None:
    """The agent looks now, not within the minute."""
    guest.ctl("check")


def test_a_disk_that_fills(guest: Guest) -> None:
    fill_to(guest, 87)
    filling = guest.expect_console(id="disk.filling", state="WARNING", says="/ is filling up: over 85% used",
                                   within=LOOK)
    guest.wait(lambda: FILLER in evidence(finding(guest, "disk.filling")), 10, "the culprit")
    fill_to(guest, 97)
    full = guest.expect_console(id="disk.full", state="CRITICAL", says="/ is full: over 95% used", within=LOOK)
    guest.wait(lambda: FILLER in evidence(finding(guest, "disk.full")), 10, "the culprit")
    told = finding(guest, "disk.full")
    assert told is not None and told["sees"] == "none"
    assert FILLER in told["fix"][0] and "MiB" in told["fix"][0], told
    below = finding(guest, "disk.filling")
    assert below is not None and below["caused_by"] == "disk.full"
    guest.expect_login(within=5)
    guest.run(f"rm {FILLER}")
    look(guest)
    ended = guest.expect_console(id="disk.filling", state="OK", within=LOOK)
    assert "there is room again" in ended.sentence, ended.text
    assert int(filling.seq) < int(full.seq) < int(ended.seq)
    assert guest.findings() == set()


def test_a_root_of_xfs(new_guest: Callable[..., Guest]) -> None:
    """xfs makes inodes as it needs them: on a full one none are left, and bytes are what is short."""
    guest = new_guest(file_system="xfs")
    fill_to(guest, 98)
    full = guest.expect_console(id="disk.full", state="CRITICAL", says="/ is full", within=LOOK)
    guest.wait(lambda: FILLER in evidence(finding(guest, "disk.full")), 10, "the culprit")
    assert "disk.inodes" not in guest.findings()
    guest.expect_login(within=5)
    guest.run(f"rm {FILLER}")
    look(guest)
    guest.expect_console(id="disk.full", state="OK", ends=full.seq, within=LOOK)


def test_breathing_about_the_line_is_one_warning(guest: Guest) -> None:
    fill_to(guest, 87)
    look(guest)
    guest.expect_console(id="disk.filling", state="WARNING", within=LOOK)
    guest.wait(lambda: FILLER in evidence(finding(guest, "disk.filling")), 10, "the culprit")
    time.sleep(3)  # the culprit has had its line
    since = guest.mark()
    for percent in (80, 88, 78, 86, 81, 87):
        fill_to(guest, percent)
        look(guest)
    guest.expect_quiet(2, since)
    assert guest.findings() == {"disk.filling"}
    # Nor does the agent's own restart end or begin anything.
    guest.run("systemctl restart sshguardd", timeout=20)
    guest.wait(lambda: FILLER in evidence(finding(guest, "disk.filling")), 15, "the agent to know again")
    guest.expect_quiet(2, since)
    fill_to(guest, 78)
    guest.run("systemctl restart sshguardd", timeout=20)
    guest.wait(lambda: FILLER in evidence(finding(guest, "disk.filling")), 15, "the agent to know again")
    assert guest.findings() == {"disk.filling"}


def test_a_deleted_file_that_is_held_open(guest: Guest) -> None:
    guest.run(f"fallocate -l 1M {FILLER}")
    guest.run(f"systemd-run --unit=holder sh -c 'exec 9>>{FILLER}; rm {FILLER}; exec sleep 1000'")
    guest.wait(lambda: guest.run(f"test -e {FILLER}", check=False).rc != 0, 5, "the file to be deleted")
    pid = guest.unit("holder", "MainPID")
    guest.run(f"fallocate -l $(($(df -B1 --output=avail / | tail -n 1) * 97 / 100)) /proc/{pid}/fd/9")
    look(guest)
    full = guest.expect_console(id="disk.full", state="CRITICAL", within=LOOK)
    guest.wait(lambda: f"pid {pid}" in evidence(finding(guest, "disk.full")), 15, "the process that holds it")
    told = finding(guest, "disk.full")
    assert told is not None and told["fix"][0].startswith(f"restart sleep (pid {pid}), which holds a deleted file of")
    guest.run("systemctl stop holder")
    look(guest)
    guest.expect_console(id="disk.full", state="OK", ends=full.seq, within=LOOK)


def test_inodes_run_out(guest: Guest) -> None:
    guest.run("mkdir /var/spool/many && cd /var/spool/many && "
              "seq $(($(df --output=iavail / | tail -n 1) - 500)) | xargs touch", timeout=300)
    look(guest)
    told = guest.expect_console(id="disk.inodes", state="CRITICAL", says="/ runs out of inodes", within=LOOK)
    guest.wait(lambda: "/var/spool/many" in evidence(finding(guest, "disk.inodes")), 15, "the directory")
    guest.expect_login(within=5)
    guest.run("rm -r /var/spool/many", timeout=300)
    look(guest)
    guest.expect_console(id="disk.inodes", state="OK", ends=told.seq, within=LOOK)


def test_the_agents_own_restart_changes_nothing(guest: Guest) -> None:
    total, used = (int(word) for word in guest.run("df --output=itotal,iused / | tail -n 1").stdout.split())
    guest.run(f"mkdir /var/spool/many && cd /var/spool/many && seq {int(total * 0.935) - used} | xargs touch", timeout=300)
    look(guest)
    inodes = guest.expect_console(id="disk.inodes", state="WARNING", within=LOOK)
    fill_to(guest, 87)
    look(guest)
    filling = guest.expect_console(id="disk.filling", state="WARNING", within=LOOK)
    fill_to(guest, 81)  # below its line, but not well
    look(guest)
    since = guest.mark()
    guest.run("systemctl restart sshguardd", timeout=30)
    guest.wait(lambda: finding(guest, "disk.inodes") is not None, 20, "the agent to know again")
    look(guest)
    assert finding(guest, "disk.filling") is not None
    told = finding(guest, "disk.inodes")
    assert told is not None and told["severity"] == "warning", told
    time.sleep(3)
    lines = guest.console_lines(since)
    assert not [line.text for line in lines if line.state in ("OK", "CRITICAL")], [line.text for line in lines]
    guest.run("rm -r /var/spool/many /var/tmp/filler", timeout=300)
    look(guest)
    guest.expect_console(id="disk.filling", state="OK", ends=filling.seq, within=LOOK, since=since)
    guest.expect_console(id="disk.inodes", state="OK", ends=inodes.seq, within=LOOK, since=since)


def test_read_only_is_told_and_ends(guest: Guest) -> None:
    guest.run("mount -t tmpfs -o size=64M none /root")
    look(guest)
    guest.run("mount -o remount,ro /root")
    told = guest.expect_console(id="disk.readonly", state="CRITICAL", says="/root is read-only", within=20)
    assert "mount -o remount,rw /root" in told.sentence, told.text
    guest.run("mount -o remount,rw /root")
    guest.expect_console(id="disk.readonly", state="OK", ends=told.seq, within=20)


def test_a_flood_of_mounts_costs_little(guest: Guest) -> None:
    guest.run("mkdir -p /srv/m")
    before = guest.cost()
    guest.run("for i in $(seq 500); do mount -t tmpfs none /srv/m && umount /srv/m; done", timeout=120)
    time.sleep(2)
    after = guest.cost()
    print(f"1000 mounts: {after.wakeups - before.wakeups} wakeups, {after.cpu - before.cpu:.2f} s of CPU")
    assert after.wakeups - before.wakeups < 100
    # The next one is an event again.
    guest.run("mount -t tmpfs -o size=64M none /root")
    look(guest)
    guest.run("mount -o remount,ro /root")
    guest.expect_console(id="disk.readonly", state="CRITICAL", says="/root is read-only", within=15)
    assert guest.findings() == {"disk.readonly"}


def test_the_agent_starts_on_a_full_root(guest: Guest) -> None:
    guest.run(f"cat /dev/zero >{FILLER}; sync", check=False)
    assert int(guest.run("df --output=avail / | tail -n 1").stdout) < 512  # KiB: of 512 MiB
    look(guest)
    guest.expect_console(id="disk.full", state="CRITICAL", says="/ is full: 100% used", within=LOOK)
    guest.wait(lambda: FILLER in evidence(finding(guest, "disk.full")), 10, "the culprit")
    time.sleep(3)
    since = guest.mark()
    guest.run("systemctl restart sshguardd", timeout=20)
    guest.wait(lambda: FILLER in evidence(finding(guest, "disk.full")), 15, "the agent to know again")
    guest.expect_quiet(2, since)
    assert guest.findings() >= {"disk.full"}
    guest.run("rm -rf /run/sshguardd/ledger.json; systemctl stop sshguardd; systemctl start sshguardd", timeout=20)
    full = guest.expect_console(id="disk.full", state="CRITICAL", says=FILLER, within=15)
    guest.run(f"rm {FILLER}")
    look(guest)
    guest.expect_console(id="disk.full", state="OK", ends=full.seq, within=LOOK)


def test_a_data_disk_that_is_full_is_nobodys_trouble(guest: Guest) -> None:
    guest.run("mkdir /data && mount -t tmpfs -o size=64M none /data && fallocate -l 63M /data/x")
    since = guest.mark()
    look(guest)
    guest.expect_quiet(2, since)
    assert guest.findings() == set()


def test_lines_of_its_own(guest: Guest) -> None:
    guest.write("/etc/sshguardd/sshguardd.conf.d/disk.conf",
                "[disk]\nwarning = 20\n/var/log = warning=30 critical=60 critical_bytes=300M\n")
    guest.run("systemctl reload sshguardd")
    fill_to(guest, 25)
    since = guest.mark()
    look(guest)
    guest.expect_quiet(1, since)
    fill_to(guest, 65)
    look(guest)
    guest.expect_console(id="disk.full", state="CRITICAL", says="over 60% used, at most 300 MiB left", within=LOOK)
    guest.write("/etc/sshguardd/sshguardd.conf.d/disk.conf", "[disk]\nwarning = 120\n")
    wrong = guest.ctl("config", "--check")
    assert wrong.rc == 1
    assert "disk.conf:2: [disk] warning: \"120\" is too large, allowed: 1 to 100 percent" in wrong.stdout


def test_fifty_megabytes_a_second(new_guest: Callable[..., Guest]) -> None:
    guest = new_guest(disk="4G")
    guest.run("systemd-run --unit=writer sh -c 'n=0; while fallocate -o $((n * 50000000)) -l 50000000 "
              f"{FILLER}; do n=$((n + 1)); sleep 1; done'")
    warned = guest.expect_console(id="disk.filling", state="WARNING", within=100)
    used = int(guest.run("df --output=pcent / | tail -n 1").stdout.strip(" %\n"))
    assert used < 93, f"the warning came at {used} %"
    full = guest.expect_console(id="disk.full", state="CRITICAL", within=60)
    assert int(warned.seq) < int(full.seq)


def test_one_file_system_at_two_places(guest: Guest) -> None:
    """As subvolumes are: what is below is no part of the tree above, and the same room."""
    guest.run("mkdir -p /mnt/all && mount -t tmpfs -o size=200M none /mnt/all && mount --make-private /mnt/all && "
              "cd /mnt/all && mkdir -p @/deep @deep && chmod 1777 @ && mount --bind @ /tmp && "
              "mount --bind @deep /tmp/deep && cd / && umount /mnt/all")
    guest.run("fallocate -l 120M /tmp/deep/culprit; fallocate -l 75M /tmp/other")
    look(guest)
    guest.wait(lambda: "/tmp/deep/culprit" in evidence(finding(guest, "disk.full", "/tmp")), LOOK, "the culprit")
    seen = evidence(finding(guest, "disk.full", "/tmp"))
    assert "/tmp/other" in seen and "of what was seen" not in seen, seen
    guest.run("umount /tmp/deep; umount /tmp")


# Mounts a file system whose server never answers at the place it is told, and stays.
HANGS = """
import ctypes, os, sys, time
fuse = os.open("/dev/fuse", os.O_RDWR)
libc = ctypes.CDLL(None, use_errno=True)
options = f"fd={fuse},rootmode=40000,user_id=0,group_id=0,allow_other".encode()
if libc.mount(b"hangs", os.fsencode(sys.argv[1]), b"fuse.hangs", 0, options) != 0:
    raise OSError(ctypes.get_errno(), "mount")
time.sleep(100000)
"""


def test_homes_on_a_server_that_hangs(guest: Guest) -> None:
    guest.run("test -e /dev/fuse || mknod /dev/fuse c 10 229; mkdir -p /srv/homes; "
              "useradd --no-create-home --home-dir /srv/homes/bob --shell /bin/bash bob")
    guest.write("/root/hangs.py", HANGS)
    guest.run("systemd-run --unit=hangs python3 /root/hangs.py /srv/homes")
    guest.wait(lambda: "/srv/homes" in guest.run("cat /proc/mounts").stdout, 10, "the mount")
    agent = guest.agent_pid()

    def asking() -> int:
        return len(guest.run("pgrep -f '[o]wn-child ask-space /srv/homes'", check=False).stdout.split())

    guest.wait(lambda: asking() == 1, LOOK, "a child that asks")
    # Everything else goes on.
    fill_to(guest, 88)
    look(guest)
    told = guest.expect_console(id="disk.filling", state="WARNING", says="/ is filling up", within=LOOK)
    guest.wait(lambda: FILLER in evidence(finding(guest, "disk.filling")), 10, "the culprit")
    for _ in range(5):
        look(guest)
        assert asking() <= 1
    assert finding(guest, "disk.full", "/srv/homes") is None
    guest.expect_login(within=5)
    assert guest.agent_pid() == agent
    guest.run("systemctl stop hangs", timeout=20)
    guest.wait(lambda: asking() == 0, 10, "no child left")
    guest.run(f"umount -l /srv/homes; rm {FILLER}")
    look(guest)
    guest.expect_console(id="disk.filling", state="OK", ends=told.seq, within=LOOK)
