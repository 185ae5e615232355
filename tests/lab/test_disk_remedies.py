"""Room is made on a full disk: of what may be deleted, as far as needed, and of nothing else."""

from __future__ import annotations

import re
from typing import Any

from sshlab.guest import Guest
from test_disks import FILLER, LOOK, evidence, fill_to, finding, look

ARCHIVES = "/var/cache/apt/archives"
MIB = 1 << 20
# What bears a package's name and is none, or not certainly apt's alone.
LOOK_ALIKES = f"""
cd {ARCHIVES}
mkdir -p partial dir_1_all.deb /srv/debs
fallocate -l 2M partial/coming_1_amd64.deb
fallocate -l 2M /srv/precious
ln -f /srv/precious hard_1_all.deb
ln -sf /srv/precious link_1_all.deb
mkfifo fifo_1_all.deb
fallocate -l 2M mydriver.deb
fallocate -l 2M "$(printf 'con\\033[2Jtrol_1_all.deb')"
fallocate -l 2M "$(printf 'new\\nline_1_all.deb')"
fallocate -l 2M other_1_all.deb; chown 1000 other_1_all.deb
fallocate -l 2M /srv/debs/bash_1_all.deb
fallocate -l 2M bound_1_all.deb; mount --bind /srv/precious bound_1_all.deb
"""


def plant_cache(guest: Guest, packages: int, mib: int = 5) -> None:
    """So many packages of so many MiB, as apt names them."""
    no_cache(guest)
    guest.run(f"mkdir -p {ARCHIVES}; touch {ARCHIVES}/lock; "
              f"for i in $(seq {packages}); do fallocate -l {mib}M {ARCHIVES}/pack$i'_1%3a2-'$i'_amd64.deb'; done")


def no_cache(guest: Guest) -> None:
    """The lab's own root has packages there, in a layer where they take no room of this file system's."""
    guest.run(f"rm -f {ARCHIVES}/*.deb")


def packages(guest: Guest) -> int:
    return int(guest.run(f"ls {ARCHIVES} | grep -c '^pack' || true").stdout)


def heals(guest: Guest) -> list[dict[str, Any]]:
    return [dict(one) for one in guest.status()["heals"] if one["remedy"] == "make-room"]


def remedy_state(guest: Guest) -> str:
    """What the status says of the remedy of disk.full; empty where that is over."""
    told = finding(guest, "disk.full")
    return str(told["remedy"]["state"]) if told else ""


def outcome(guest: Guest, count: int = 1, within: float = 30) -> dict[str, Any]:
    """The newest of so many heals, once it is there."""
    guest.wait(lambda: len(heals(guest)) >= count, within, "room to be made")
    return heals(guest)[-1]


def sized(text: str) -> int:
    """The bytes of "8 MiB" or "1.2 GiB"."""
    number, unit = text.split()
    return int(float(number) * {"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}[unit])


def freed(text: str, place: str) -> int:
    found = re.search(rf"([\d.]+ [KMG]iB) in {re.escape(place)}(?![/\w])", text)
    return sized(found.group(1)) if found else 0


def available(guest: Guest) -> int:
    return int(guest.run("df -B1 --output=avail / | tail -n 1").stdout)


def left(guest: Guest) -> str:
    """All that is in the cache and beside it but apt's own packages, with sizes and links."""
    return guest.run(f"cd /; find {ARCHIVES} /srv /var/log/*.1 -not -name 'pack*' -printf '%p %y %s %n\\n' "
                     "2>/dev/null | sort").stdout


def heal_config(guest: Guest, text: str) -> None:
    guest.write("/etc/sshguardd/sshguardd.conf.d/heal.conf", f"[heal]\n{text}\n")
    guest.run("systemctl reload sshguardd")


def test_a_cache_is_cleaned_as_far_as_needed(guest: Guest) -> None:
    plant_cache(guest, 20)
    guest.run(LOOK_ALIKES)
    before = left(guest)
    fill_to(guest, 97)
    room = available(guest)
    look(guest)
    full = guest.expect_console(id="disk.full", state="CRITICAL", says="/ is full", within=LOOK)
    assert "NEXT: the agent makes room" in full.sentence, full.text
    healed = outcome(guest)
    assert healed["outcome"] == "healed" and healed["subject"] == "/", healed
    told = freed(healed["after"], ARCHIVES)
    gone = 20 - packages(guest)
    assert 0 < gone < 20, "no more than is needed"
    assert told == gone * 5 * MIB, healed
    assert abs(available(guest) - room - told) < 2 * MIB, "what is told is true"
    assert left(guest) == before, "and nothing else"
    warned = guest.expect_console(id="disk.filling", state="WARNING", within=10)
    assert f"the agent freed {told // MIB} MiB in {ARCHIVES}" in warned.sentence, warned.text
    assert FILLER in warned.sentence, "the culprit is named"
    history = " ".join(guest.ctl("history").stdout.split())
    assert f"freed {told // MIB} MiB in {ARCHIVES}" in history, history
    guest.run(f"rm {FILLER}")
    look(guest)
    ended = guest.expect_console(id="disk.full", state="OK", by="agent", within=LOOK)
    assert f"there is room again by the agent (freed {told // MIB} MiB" in ended.sentence, ended.text


def test_what_is_not_the_agents_is_left_and_that_is_said(guest: Guest) -> None:
    no_cache(guest)
    guest.run(f"mkdir -p {ARCHIVES}; {LOOK_ALIKES}")
    guest.run("fallocate -l 40M /var/log/big.log; fallocate -l 30M /var/log/auth.log.1; "
              "touch -d '3 days ago' /var/log/auth.log.1; touch /var/log/auth.log")
    before = left(guest)
    fill_to(guest, 99)
    look(guest)
    full = guest.expect_console(id="disk.full", state="CRITICAL", within=LOOK)
    assert "DO: make room" in full.sentence and FILLER in full.sentence, full.text
    guest.wait(lambda: "may not be deleted ([heal]): 30 MiB in /var/log" in evidence(finding(guest, "disk.full")),
               15, "what a person could allow")
    look(guest)
    remedy = (finding(guest, "disk.full") or {})["remedy"]
    assert remedy["state"] == "withheld" and "opt-in: [heal] remove_rotated_logs = no" in remedy["why"], remedy
    assert heals(guest) == [] and left(guest) == before
    # A person may want it once ...
    plan = guest.ctl("heal", "disk.full", "--once", "--dry-run")
    assert plan.rc == 0 and "delete rotated logs in /var/log, the oldest first" in plan.stdout, plan.stdout
    assert heals(guest) == [] and left(guest) == before
    # ... or always.
    heal_config(guest, "remove_rotated_logs = yes")
    look(guest)
    healed = outcome(guest)
    assert healed["outcome"] == "healed" and freed(healed["after"], "/var/log") == 30 * MIB, healed
    assert guest.run("test -e /var/log/auth.log.1", check=False).rc != 0
    assert guest.run("stat -c %s /var/log/big.log").stdout.strip() == str(40 * MIB)
    assert left(guest) == "".join(line for line in before.splitlines(keepends=True) if "auth.log.1" not in line)


def test_where_nothing_helps_the_culprit_is_told(guest: Guest) -> None:
    no_cache(guest)
    fill_to(guest, 99)
    look(guest)
    full = guest.expect_console(id="disk.full", state="CRITICAL", within=LOOK)
    assert FILLER in full.sentence, full.text
    guest.wait(lambda: "may be deleted: nothing that would help" in evidence(finding(guest, "disk.full")), 15,
               "that nothing helps")
    assert remedy_state(guest) == "none"
    guest.expect_quiet(3)
    assert heals(guest) == []


def test_healing_that_is_off_is_said(guest: Guest) -> None:
    heal_config(guest, "enabled = no")
    plant_cache(guest, 10)
    fill_to(guest, 98)
    look(guest)
    full = guest.expect_console(id="disk.full", state="CRITICAL", within=LOOK)
    assert "healing is off: [heal] enabled = no" in full.sentence, full.text
    heal_config(guest, "clean_package_cache = no")
    look(guest)
    guest.expect_console(id="disk.full", says="healing is off: [heal] clean", within=LOOK)
    assert packages(guest) == 10 and heals(guest) == []
    plan = guest.ctl("heal", "disk.full", "--once", "--dry-run")
    assert f"delete downloaded packages in {ARCHIVES}" in plan.stdout and "up to 50 MiB" in plan.stdout, plan.stdout
    assert packages(guest) == 10
    once = guest.ctl("heal", "disk.full", "--once")
    assert once.rc == 0 and "freed" in once.stdout, once.stdout
    assert packages(guest) < 10 and heals(guest)[-1]["outcome"] == "healed"


def test_of_two_that_are_full_one_is_named(guest: Guest) -> None:
    heal_config(guest, "enabled = no")
    plant_cache(guest, 10)
    fill_to(guest, 98)
    guest.run("mount -t tmpfs -o size=20M none /home && fallocate -l 20M /home/x")
    look(guest)
    guest.wait(lambda: {one["subject"] for one in guest.status()["findings"] if one["id"] == "disk.full"} ==
               {"/", "/home"}, LOOK, "both")
    assert guest.ctl("heal", "sshd.failed", "/home").rc == 64
    assert guest.ctl("heal", "/home").rc == 64
    assert guest.ctl("heal", "disk.full", "disk.ful").rc == 64
    away = guest.ctl("heal", "disk.full", "/srv", "--once")
    assert away.rc == 0 and away.stdout == "disk.full /srv: nothing to heal: it is not so now\n", away
    none = guest.ctl("heal", "disk.full", "/home", "--once")
    assert none.rc == 3 and "disk.full /home: its remedy (safe: make-room) is not for this case" in none.stdout, none
    once = guest.ctl("heal", "disk.full", "/", "--once")
    assert once.rc == 0 and once.stdout.startswith("disk.full /: healed"), once
    assert finding(guest, "disk.full", "/home") is not None


def test_without_an_agent(guest: Guest) -> None:
    plant_cache(guest, 20)
    guest.run("systemctl stop sshguardd")
    fill_to(guest, 98)
    plan = guest.ctl("heal", "disk.full", "--dry-run")
    assert plan.rc == 0 and f"delete downloaded packages in {ARCHIVES}" in plan.stdout, plan.stdout
    assert packages(guest) == 20
    healed = guest.ctl("heal", "disk.full")
    assert healed.rc == 0 and freed(healed.stdout, ARCHIVES) == (20 - packages(guest)) * 5 * MIB > 0, healed.stdout
    guest.run("systemctl start sshguardd", timeout=20)
    guest.wait(lambda: len(heals(guest)) == 1, 15, "the agent to know of it")
    assert finding(guest, "disk.full") is None


def test_while_packages_are_installed_nothing_goes(guest: Guest) -> None:
    plant_cache(guest, 10)
    with guest.lock_held():
        fill_to(guest, 98)
        look(guest)
        full = guest.expect_console(id="disk.full", state="CRITICAL", within=LOOK)
        assert "WAITS: dpkg lock held" in full.sentence, full.text
        assert heals(guest) == [] and packages(guest) == 10
    assert outcome(guest)["outcome"] == "healed"


def test_a_cache_that_apt_is_at_work_in_is_left(guest: Guest) -> None:
    plant_cache(guest, 10)
    with guest.lock_held(f"{ARCHIVES}/lock"):
        fill_to(guest, 98)
        look(guest)
        tried = outcome(guest)
        assert tried["outcome"] == "still-broken" and "a package manager is at work" in tried["after"], tried
        assert packages(guest) == 10
    done = outcome(guest, 2, within=60)
    assert done["outcome"] == "healed", done


def test_what_is_not_enough_is_said(guest: Guest) -> None:
    plant_cache(guest, 2)
    fill_to(guest, 99.5)
    look(guest)
    guest.expect_console(id="disk.full", state="CRITICAL", within=LOOK)
    tried = outcome(guest)
    assert tried["outcome"] == "still-broken" and freed(tried["after"], ARCHIVES) == 10 * MIB, tried
    assert "still short: make room" in tried["after"] and FILLER in tried["after"], tried
    told = guest.expect_console(id="disk.full", state="CRITICAL", says=f"the agent freed 10 MiB in {ARCHIVES}",
                                within=LOOK)
    assert FILLER in told.sentence, told.text
    guest.wait(lambda: remedy_state(guest) == "none", 40, "nothing more to be deleted")
    assert packages(guest) == 0


# Archived files that are days old, as journald would have left them: of a real one, each a little older, and of an
# earlier boot. What is of this one is as young as that, whatever its times say.
AGE = r"""
import glob, os, shutil, struct, sys, time
directory = glob.glob("/var/log/journal/*")[0]
source = sorted(glob.glob(directory + "/system@*.journal"))[0]
head = os.path.basename(source)
for number in range(int(sys.argv[1])):
    written = int((time.time() - 86400 * (int(sys.argv[1]) - number + 1)) * 1e6)
    name = f"{directory}/{head[:40]}{number + 1:016x}-{written - 10**9:016x}.journal"
    shutil.copy(source, name)
    with open(name, "r+b") as file:
        file.seek(56)
        file.write(bytes(range(16)))
        file.seek(184)
        file.write(struct.pack("<QQ", written - 10**9, written))
        os.posix_fallocate(file.fileno(), 0, 12 << 20)
    os.utime(name, ns=(written * 1000, written * 1000))
"""


def journal_files(guest: Guest) -> dict[str, int]:
    """The files of the journal, the oldest first, by their size on the disk."""
    listed = guest.run("cd /var/log/journal/*/ && find . -type f -printf '%T@ %b %f\\n' | sort -n").stdout
    return {name: int(blocks) * 512 for _, blocks, name in (line.split() for line in listed.splitlines())}


def age_the_journal(guest: Guest, files: int, most: str) -> None:
    """A persistent journal with so many old files, of which journald itself may keep so much."""
    guest.write("/etc/systemd/journald.conf.d/lab.conf",
                f"[Journal]\nStorage=persistent\nSystemMaxUse={most}\nSystemKeepFree=1M\n")
    guest.run("mkdir -p /var/log/journal && systemctl restart systemd-journald && journalctl --flush")
    guest.run("logger something worth keeping; journalctl --sync; journalctl --rotate", timeout=20)
    guest.write("/root/age.py", AGE)
    guest.run(f"python3 /root/age.py {files}")


def test_a_journal_that_fills_the_disk(guest: Guest) -> None:
    no_cache(guest)
    age_the_journal(guest, 12, "400M")
    young = [name for name in journal_files(guest) if name in
             guest.run("cd /var/log/journal/*/ && find . -type f -mtime -1 -printf '%f\\n'").stdout.split()]
    old = [name for name in journal_files(guest) if name not in young]
    assert len(old) == 12 and len(young) >= 2, journal_files(guest)
    fill_to(guest, 97.5)
    room = available(guest)
    look(guest)
    guest.expect_console(id="disk.full", state="CRITICAL", within=LOOK)
    healed = outcome(guest)
    assert healed["outcome"] == "healed", healed
    now = journal_files(guest)
    gone = [name for name in old if name not in now]
    told = freed(healed["after"], "/var/log/journal")
    assert 0 < len(gone) < 12 and gone == old[:len(gone)], "the oldest, and no more than needed"
    assert told == len(gone) * 12 * MIB, healed
    assert abs(available(guest) - room - told) < 4 * MIB
    assert set(young) <= set(now)
    # Down to the floor, and not below it.
    fill_to(guest, 99.9)
    look(guest)
    outcome(guest, 2)
    guest.wait(lambda: remedy_state(guest) in ("none", ""), 60,
               "nothing more to be deleted")
    now = journal_files(guest)
    kept = sum(size for name, size in now.items() if name.startswith("system"))
    assert 64 * MIB <= kept <= 64 * MIB + 12 * MIB + 8 * MIB, now
    assert set(young) <= set(now)
    assert "something worth keeping" in guest.run("journalctl --no-pager -q -n 2000").stdout
    guest.expect_login(within=5)


def test_a_large_journal_is_made_smaller(guest: Guest) -> None:
    no_cache(guest)
    age_the_journal(guest, 14, "100M")
    guest.write("/etc/sshguardd/sshguardd.conf.d/lab.conf", "[journal]\nwarning = 1\nwarning_bytes = 120M\n")
    guest.run("systemctl reload sshguardd")
    told = guest.expect_console(id="journal.large", state="WARNING", says="NEXT: the agent makes room", within=30)
    ended = guest.expect_console(id="journal.large", state="OK", ends=told.seq, within=30)
    assert "in /var/log/journal" in ended.sentence, ended.text
    healed = next(heal for heal in guest.status()["heals"] if heal["id"] == "journal.large")
    assert healed["outcome"] == "healed", healed
    kept = sum(journal_files(guest).values())
    # Three quarters of the line, and whole files.
    assert 90 * MIB - 12 * MIB <= kept <= 90 * MIB + 12 * MIB, journal_files(guest)
    assert freed(healed["after"], "/var/log/journal") > 70 * MIB, healed
    assert "something worth keeping" in guest.run("journalctl --no-pager -q -n 2000").stdout
