"""A file system that is short is given the room that its disk has: where that is allowed, by systemd, and measured.

With xfs: resizing ext4 while it is mounted takes CAP_SYS_RESOURCE, which not every machine that runs the lab has.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from sshlab.guest import Guest
from test_mounts import as_a_machine, finding

IMAGE = "/srv/disk.img"
ID = "disk.unclaimed"
GROW = "/usr/sbin/xfs_growfs"


def bring(guest: Guest, program: str) -> None:
    """A program of this machine, with the libraries that the guest lacks."""
    source = shutil.which(program, path="/usr/sbin:/usr/bin:/sbin:/bin")
    if source is None:
        pytest.skip(f"no {program} on this machine")
    libraries = re.findall(r"=> (/\S+)", subprocess.run(["ldd", source], capture_output=True, text=True,
                                                        check=False).stdout)
    for path in libraries:
        if guest.run(f"test -e {path}", check=False).rc != 0:
            guest.put(Path(path), path)
    guest.put(Path(source), source)
    guest.run(["chmod", "755", source])


def xfs_that_is_short(guest: Guest) -> str:
    """A disk of xfs at /root that is nearly full, and then grows; returns the device."""
    as_a_machine(guest)
    bring(guest, "mkfs.xfs")
    bring(guest, "xfs_growfs")
    guest.run(f"truncate -s 320M {IMAGE} && mkfs.xfs -q -K {IMAGE}")
    device = guest.run(f"losetup -f --show {IMAGE}").stdout.strip()
    mount_and_fill(guest, device, device)
    guest.run(f"truncate -s 800M {IMAGE} && losetup -c {device}")
    return device


def mount_and_fill(guest: Guest, device: str, disk: str) -> None:
    """At /root, up to a warning. The loop device goes with the mount, however the test ends."""
    guest.run(f"mount {device} /root; losetup -d {disk}; mountpoint -q /root && "
              "fallocate -l $(($(df -B1 --output=avail /root | tail -n 1) * 92 / 100)) /root/filler")


def size(guest: Guest) -> int:
    """As statfs(2) says."""
    return int(guest.run("stat -f -c '%b %S' /root | awk '{ print $1 * $2 }'").stdout)


def heals(guest: Guest) -> list[dict[str, Any]]:
    return [dict(one) for one in guest.status()["heals"] if one["remedy"] == "grow-file-system"]


def allow(guest: Guest, more: str = "") -> None:
    guest.write("/etc/sshguardd/sshguardd.conf.d/heal.conf", f"[heal]\ngrow_file_system = yes\n{more}")
    guest.run("systemctl reload sshguardd")


def test_a_person_sees_what_it_would_do_and_consents(guest: Guest) -> None:
    xfs_that_is_short(guest)
    before = size(guest)
    guest.ctl("check")
    told = guest.expect_console(id=ID, state="WARNING", says="/root is short while", within=75)
    assert "DO: xfs_growfs /root" in told.sentence, told.text
    found = finding(guest, ID, "/root")
    assert found is not None and found["remedy"]["kind"] == "grow-file-system", found
    assert found["remedy"]["state"] == "withheld" and "opt-in" in found["remedy"]["why"], found
    dry = guest.ctl("heal", ID, "--dry-run")
    assert "opt-in: [heal] grow_file_system = no" in dry.stdout and f"{GROW} -d /root" in dry.stdout, dry
    dry = guest.ctl("heal", ID, "--once", "--dry-run")
    assert "would be healed by these steps" in dry.stdout and f"{GROW} -d /root" in dry.stdout, dry
    assert size(guest) == before and not heals(guest), "nothing was done so far"

    healed = guest.ctl("heal", ID, "--once")
    after = size(guest)
    assert after > before + (400 << 20), (before, after, healed)
    assert "healed" in healed.stdout and f"({before} to {after} bytes)" in healed.stdout, healed
    record = heals(guest)[-1]
    assert record["outcome"] == "healed" and record["subject"] == "/root", record
    assert f"{before} to {after} bytes" in " ".join(guest.ctl("history").stdout.split())
    ended = guest.expect_console(state="OK", ends=told.seq, within=75)
    assert "by the agent, asked by a person (grew /root by " in ended.sentence, ended.text
    assert guest.run("systemctl list-units --all --plain --no-legend 'sshguardd-grow*'").stdout == ""
    assert "sshguardd: xfs_growfs" in guest.journal("sshguardd-grow.service")
    guest.run("umount /root")


def test_the_agent_grows_it_where_the_configuration_says_so(guest: Guest) -> None:
    allow(guest)
    xfs_that_is_short(guest)
    before = size(guest)
    since = guest.mark()
    guest.ctl("check")
    told = guest.expect_console(id=ID, state="WARNING", says="NEXT: the agent grows /root", within=75, since=since)
    ended = guest.expect_console(state="OK", ends=told.seq, within=75)
    assert size(guest) > before + (400 << 20)
    assert "by the agent (grew /root by " in ended.sentence, ended.text
    assert [one["outcome"] for one in heals(guest)] == ["healed"], heals(guest)
    guest.run("umount /root")


def test_what_fails_is_told_and_tried_again_later(guest: Guest) -> None:
    allow(guest, "back_off = 5s\n")
    xfs_that_is_short(guest)
    before = size(guest)
    guest.run(f"mv {GROW} {GROW}.real; printf '#!/bin/sh\\necho no permission from above >&2\\nexit 1\\n' >{GROW}; "
              f"chmod 755 {GROW}")
    guest.ctl("check")
    guest.wait(lambda: bool(heals(guest)), 75, "the first try")
    record = heals(guest)[0]
    assert record["outcome"] == "still-broken" and record["after"] == "xfs_growfs: no permission from above", record
    assert size(guest) == before and ID in guest.findings()
    guest.run(f"mv {GROW}.real {GROW}")
    guest.wait(lambda: heals(guest)[-1]["outcome"] == "healed", 75, "the next try")
    assert size(guest) > before + (400 << 20)
    guest.run("umount /root")


def test_what_does_not_end_is_ended(guest: Guest) -> None:
    xfs_that_is_short(guest)
    guest.run(f"mv {GROW} {GROW}.real; printf '#!/bin/sh\\nsleep 1000 & wait\\n' >{GROW}; chmod 755 {GROW}")
    guest.ctl("check")
    guest.expect_console(id=ID, state="WARNING", within=75)
    healed = guest.ctl("heal", ID, "--once")
    assert "still broken" in healed.stdout and "xfs_growfs: " in healed.stdout, healed
    guest.wait(lambda: guest.run("pgrep -x sleep", check=False).rc != 0, 10, "its processes to be gone")
    guest.run(f"mv {GROW}.real {GROW}")
    assert "healed" in guest.ctl("heal", ID, "--once").stdout
    guest.run("umount /root")


def test_a_partition_grows_before_its_file_system(guest: Guest) -> None:
    as_a_machine(guest)
    for program in ("mkfs.xfs", "xfs_growfs", "sfdisk", "growpart"):
        bring(guest, program)
    disk = guest.run(f"truncate -s 400M {IMAGE} && losetup -f --show {IMAGE}").stdout.strip()
    # partx: not every kernel that runs the lab reads tables of partitions.
    guest.run(f"echo 2048,,L | sfdisk -q --no-reread {disk}; partx --add {disk}; name={disk}p1; "
              "mknod $name b $(tr : ' ' </sys/class/block/${name#/dev/}/dev); mkfs.xfs -q -K $name")
    mount_and_fill(guest, f"{disk}p1", disk)
    guest.run(f"truncate -s 900M {IMAGE} && losetup -c {disk}")
    before = size(guest)
    guest.ctl("check")
    told = guest.expect_console(id=ID, state="WARNING", says=f"unused behind {disk}p1", within=75)
    dry = guest.ctl("heal", ID, "--dry-run").stdout
    assert f"growpart --dry-run {disk} 1" in dry and f"growpart {disk} 1" in dry and f"{GROW} -d /root" in dry, dry
    # Half way: the partition grows, the file system does not. What is left is found, and done the next time.
    guest.run(f"mv {GROW} {GROW}.real; printf '#!/bin/sh\necho not now >&2; exit 1\n' >{GROW}; chmod 755 {GROW}")
    half = guest.ctl("heal", ID, "--once").stdout
    assert f"the partition {disk}p1 has grown, /root has not: xfs_growfs: not now" in " ".join(half.split()), half
    guest.ctl("check")
    guest.wait(lambda: (finding(guest, ID, "/root") or {}).get("fix") == ["xfs_growfs /root"], 75, "what is left to do")
    assert size(guest) == before
    guest.run(f"mv {GROW}.real {GROW}")
    healed = guest.ctl("heal", ID, "--once")
    assert "healed" in healed.stdout, healed
    assert size(guest) > before + (400 << 20)
    guest.expect_console(state="OK", ends=told.seq, within=75)
    guest.run("umount /root")


def test_without_growpart_it_is_withheld(guest: Guest) -> None:
    as_a_machine(guest)
    if guest.run("command -v growpart", check=False).rc == 0:
        pytest.skip("guests of this suite have growpart")
    for program in ("mkfs.xfs", "xfs_growfs"):
        bring(guest, program)
    disk = guest.run(f"truncate -s 900M {IMAGE} && losetup -P -f --show {IMAGE}").stdout.strip()
    guest.run(f"addpart {disk} 1 2048 {400 * 2048} && name={disk}p1 && "
              "mknod $name b $(tr : ' ' </sys/class/block/${name#/dev/}/dev) && "
              "mkfs.xfs -q -K $name")
    mount_and_fill(guest, f"{disk}p1", disk)
    allow(guest)
    guest.ctl("check")
    told = guest.expect_console(id=ID, state="WARNING", says="install cloud-guest-utils", within=75)
    assert f"growpart {disk} 1 && xfs_growfs /root" in told.sentence, told.text
    found = finding(guest, ID, "/root")
    assert found is not None and found["evidence"][-1]["what"] == "growpart", found
    assert "install cloud-guest-utils" in guest.ctl("heal", ID, "--once").stdout
    assert not heals(guest)
    guest.run("umount /root")
