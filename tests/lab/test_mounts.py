"""What fstab(5) promises: mounts that are missing, entries that the next boot fails for, and disks with unused room."""

from __future__ import annotations

from typing import Any

import pytest
from sshlab.guest import Guest

FSTAB = "/etc/fstab"


def finding(guest: Guest, found: str, subject: str) -> dict[str, Any] | None:
    """The finding of that id about that place, as the status has it."""
    return next((dict(one) for one in guest.status()["findings"] if (one["id"], one["subject"]) == (found, subject)),
                None)


def homes_elsewhere(guest: Guest) -> None:
    """Homes lie on something that fstab(5) mounts, and /home below it is empty."""
    guest.run("mkdir /srv/homes && cp -a /home/. /srv/homes/ && rm -r /home/*")
    guest.append(FSTAB, "/srv/homes /home none bind,nofail 0 0\n")
    guest.run("systemctl daemon-reload && mount /home")
    guest.expect_login(within=5)


def as_a_machine(guest: Guest) -> None:
    """What tells systemd, and so the agent, that this is no container: /sys can be written. With loop devices."""
    if guest.run("command -v mke2fs", check=False).rc != 0:
        pytest.skip("no mke2fs in guests of this suite")
    guest.run("mount -o remount,rw /sys && mknod /dev/loop-control c 10 237 && mkdir -p /run/udev /dev/disk/by-uuid && "
              "touch /run/udev/control && for i in $(seq 0 63); do mknod /dev/loop$i b 7 $i; done")


def loop_disk(guest: Guest, size: str, file_system: str, mount: str) -> str:
    """A disk with a smaller file system on it, mounted; returns the device."""
    guest.run(f"truncate -s {size} /srv/disk.img && mke2fs -q -F -t ext4 /srv/disk.img {file_system} && "
              f"mkdir -p {mount} && mount -o loop /srv/disk.img {mount}")
    return guest.run(f"findmnt -n -o SOURCE {mount}").stdout.strip()


def test_homes_that_are_not_mounted(guest: Guest) -> None:
    homes_elsewhere(guest)
    guest.ctl("check")
    since = guest.mark()
    guest.run("umount /home")
    told = guest.expect_console(id="disk.mount-missing", state="CRITICAL", says="/home (fstab) is not mounted",
                                within=30, since=since)
    assert "mount /home" in told.sentence, told.text
    assert guest.ssh().rc == 255
    missing = finding(guest, "disk.mount-missing", "/home")
    assert missing is not None and missing["sees"] == "denied"
    locked = finding(guest, "account.locked", "alice")
    assert locked is None or locked["caused_by"] == "disk.mount-missing", locked
    guest.run("mount /home")
    guest.expect_login(within=5)
    guest.expect_console(id="disk.mount-missing", state="OK", ends=told.seq, within=30)


def test_a_mount_that_nobody_misses(guest: Guest) -> None:
    guest.run("mkdir /data")
    guest.append(FSTAB, "tmpfs /data tmpfs defaults 0 0\ntmpfs /home/x tmpfs noauto 0 0\n"
                        "/dev/sdz1 /home ext4 defaults 0 2\n")  # of which systemd wants nothing in a container
    since = guest.mark()
    guest.ctl("check")
    guest.expect_quiet(35, since)
    assert guest.findings() == set()


def test_what_nobody_is_kept_out_by_is_a_warning(guest: Guest) -> None:
    guest.append(FSTAB, "tmpfs /root tmpfs defaults,nofail 0 0\n")
    told = guest.expect_console(id="disk.mount-missing", state="WARNING", says="/root (fstab) is not mounted",
                                within=60)
    guest.expect_login(within=5)
    guest.run("mount /root")
    guest.expect_console(id="disk.mount-missing", state="OK", ends=told.seq, within=30)


def test_the_next_boot_would_fail(guest: Guest) -> None:
    guest.append(FSTAB, "/srv/missing.img /data ext4 loop 0 0\n/srv/other.img /data2 ext4 loop,nofail 0 0\n"
                        "/srv/third.img /data3 ext4 loop,noauto 0 0\n/srv/nothing /data4 none bind 0 0\n")
    told = guest.expect_console(id="disk.fstab-invalid", state="WARNING", within=30,
                                says="NEXT REBOOT locks everyone out: /data (fstab): /srv/missing.img is not")
    assert "nofail" in told.sentence, told.text
    entry = finding(guest, "disk.fstab-invalid", "/data")
    assert entry is not None and (entry["sees"], entry["when"]) == ("timeout", "reboot")
    assert "unreachable source: /srv/missing.img" in str(entry["evidence"]), entry
    assert [one["subject"] for one in guest.status()["findings"] if one["id"] == "disk.fstab-invalid"] == ["/data"]
    since = guest.mark()
    guest.run("systemctl restart sshguardd", timeout=20)
    guest.expect_quiet(15, since)  # neither taken back nor told again
    assert guest.findings() == {"disk.fstab-invalid"}
    # systemd says the same.
    guest.run("systemctl daemon-reload")
    assert "data.mount" in guest.unit("local-fs.target", "Requires")
    assert guest.run("systemctl start data.mount", check=False).rc != 0
    guest.run("sed -i 's/ext4 loop 0/ext4 loop,nofail 0/' /etc/fstab")
    guest.expect_console(id="disk.fstab-invalid", state="OK", ends=told.seq, within=30)
    assert guest.findings() == set()


def test_that_boot_does_fail(bare_guest: Guest) -> None:
    """What the agent takes from systemd's rules is what systemd does: without the product."""
    guest = bare_guest
    if int(guest.run("systemctl --version").stdout.split()[1]) < 257:
        pytest.skip("no soft-reboot")
    fails = ("/srv/missing.img /data ext4 loop 0 0\n", "two /data\n", "sda1 /data ext4\n")
    goes_on = ("/srv/missing.img /data ext4 loop,nofail 0 0\n/srv/other.img /data2 ext4 loop,noauto 0 0\n"
               "/srv/nothing /data3 none bind 0 0\nnonsense\n/dev/sdz1 /data4 ext4 defaults 0 2\n"
               "tmpfs /made/by/systemd tmpfs defaults 0 0\n")
    stories = [(goes_on, "multi-user.target"), *((one, "emergency.target") for one in fails)]
    for boots, (entries, target) in enumerate(stories, 1):
        guest.write(FSTAB, entries)
        guest.run("systemctl soft-reboot", check=False)
        reached = (f"test $(timeout 5 systemctl show -P SoftRebootsCount) = {boots} && "
                   f"timeout 5 systemctl is-active {target}")
        guest.wait(lambda question=reached: guest.run(question, check=False).rc == 0, 30, f"{target} with {entries}")
        if target == "multi-user.target":
            guest.expect_login(within=5)
        else:
            guest.expect_refused()
            guest.run("systemctl --no-block isolate multi-user.target", check=False)


def test_a_uuid_that_no_disk_has(guest: Guest) -> None:
    guest.append(FSTAB, "UUID=11111111-2222-3333-4444-555555555555 /data ext4 defaults 0 2\n")
    since = guest.mark()
    guest.ctl("check")
    guest.expect_quiet(12, since)  # in a container systemd passes over it
    as_a_machine(guest)
    guest.run("touch /etc/fstab")
    told = guest.expect_console(id="disk.fstab-invalid", state="WARNING", within=45,
                                says="/data (fstab): no disk has UUID=")
    guest.run("ln -s /dev/loop0 /dev/disk/by-uuid/11111111-2222-3333-4444-555555555555; touch /etc/fstab")
    guest.expect_console(id="disk.fstab-invalid", state="OK", ends=told.seq, within=30)


def test_homes_that_the_next_boot_leaves_out(guest: Guest) -> None:
    as_a_machine(guest)
    guest.append(FSTAB, "UUID=11111111-2222-3333-4444-555555555555 /home ext4 nofail 0 2\n")
    guest.run("mount --bind /home /home")
    told = guest.expect_console(id="disk.mount-missing", state="WARNING", within=45,
                                says="NEXT REBOOT or stop may lock people out: /home (fstab) will not be mounted")
    guest.expect_login(within=5)
    guest.run("sed -i /UUID/d /etc/fstab")
    guest.expect_console(id="disk.mount-missing", state="OK", ends=told.seq, within=30)


def test_a_line_that_nobody_understands_is_worth_knowing(guest: Guest) -> None:
    guest.append(FSTAB, "nonsense\n")
    since = guest.mark()
    guest.wait(lambda: guest.ctl("check") and "disk.fstab-invalid" in guest.worth_knowing(), 20, "the line to be told")
    guest.expect_quiet(1, since)
    assert guest.findings() == set()


def test_a_disk_that_has_grown(guest: Guest) -> None:
    as_a_machine(guest)
    device = loop_disk(guest, "320M", "80M", "/root")
    guest.run("fallocate -l $(($(df -B1 --output=avail /root | tail -n 1) * 92 / 100)) /root/filler")
    guest.ctl("check")
    told = guest.expect_console(id="disk.unclaimed", state="WARNING", says="/root is short while", within=75)
    assert f"resize2fs {device}" in told.sentence, told.text
    unclaimed = finding(guest, "disk.unclaimed", "/root")
    assert unclaimed is not None and unclaimed["fix"][0] == f"resize2fs {device}", unclaimed
    # Mounted it takes CAP_SYS_RESOURCE, which not every machine that runs the lab has.
    guest.run(f"umount /root; losetup -d {device}; losetup {device} /srv/disk.img; e2fsck -f -p {device}; "
              f"{unclaimed['fix'][0]} && mount {device} /root && losetup -d {device}")
    guest.ctl("check")
    guest.wait(lambda: not guest.findings(), 75, "all to be well")
    guest.run("umount /root")


def test_a_partition_with_nothing_behind_it(guest: Guest) -> None:
    as_a_machine(guest)
    # By hand: not every kernel that runs the lab reads tables of partitions.
    disk = guest.run("truncate -s 320M /srv/disk.img && losetup -P -f --show /srv/disk.img").stdout.strip()
    guest.run(f"addpart {disk} 1 2048 {80 * 2048}")
    name = disk.rpartition("/")[2]
    guest.run(f"mknod {disk}p1 b $(tr : ' ' </sys/class/block/{name}p1/dev) && mke2fs -q -F -t ext4 {disk}p1 && "
              f"mount {disk}p1 /root; losetup -d {disk}; mountpoint /root")
    guest.run("fallocate -l $(($(df -B1 --output=avail /root | tail -n 1) * 92 / 100)) /root/filler")
    guest.ctl("check")
    told = guest.expect_console(id="disk.unclaimed", state="WARNING", says=f"unused behind {disk}p1", within=75)
    assert f"growpart {disk} 1 && resize2fs {disk}p1" in told.sentence, told.text
    guest.run("umount /root")


def test_a_disk_without_more_room_is_short_and_no_more(guest: Guest) -> None:
    as_a_machine(guest)
    loop_disk(guest, "160M", "160M", "/root")
    guest.run("fallocate -l $(($(df -B1 --output=avail /root | tail -n 1) * 92 / 100)) /root/filler")
    guest.ctl("check")
    guest.expect_console(id="disk.filling", state="WARNING", within=75)
    guest.ctl("check")
    assert guest.findings() == {"disk.filling"}
    guest.run("umount /root")


def test_homes_on_a_disk_that_does_not_last(guest: Guest) -> None:
    as_a_machine(guest)
    loop_disk(guest, "64M", "64M", "/mnt/resource")
    guest.run("touch /mnt/resource/DATALOSS_WARNING_README.txt; mkdir /mnt/resource/bob; "
              "useradd --no-create-home --home-dir /mnt/resource/bob --shell /bin/bash bob")
    guest.ctl("check")
    told = guest.expect_console(id="disk.ephemeral", state="WARNING", within=30, says="homes lie on /mnt/resource")
    ephemeral = finding(guest, "disk.ephemeral", "/mnt/resource")
    assert ephemeral is not None and "/mnt/resource/bob" in str(ephemeral["evidence"]), ephemeral
    guest.run("userdel bob")
    guest.ctl("check")
    guest.expect_console(id="disk.ephemeral", state="OK", ends=told.seq, within=30)
    guest.run("umount /mnt/resource")
