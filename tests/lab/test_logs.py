"""What logging takes of the room: the journal and its limits, log files that nobody rotates; and sshd's memory."""

from __future__ import annotations

from typing import Any

import pytest

from sshlab.guest import Guest
from test_disks import HANGS

LARGE = "/etc/sshguardd/sshguardd.conf.d/journal.conf"
CAP = "/etc/systemd/journald.conf.d/50-lab.conf"


def told(guest: Guest, found: str) -> dict[str, Any] | None:
    return next((dict(one) for one in guest.status()["findings"] if one["id"] == found), None)


def look(guest: Guest) -> None:
    """The agent asks again what logs take."""
    guest.run("systemctl reload sshguardd")
    guest.ctl("check")


def test_a_healthy_journal_is_nobodys_trouble(guest: Guest) -> None:
    look(guest)
    ids = guest.findings() | guest.worth_knowing()
    assert not {one for one in ids if one.startswith(("journal.", "logs."))}, ids
    assert "sshd.oom-unprotected" not in ids


def test_a_large_journal(guest: Guest) -> None:
    # journald itself keeps it at a tenth, so that the lines are lower here.
    guest.write(LARGE, "[journal]\nwarning = 4\nwarning_bytes = 20M\n")
    guest.write(CAP, "[Journal]\nRateLimitIntervalSec=0\n")
    guest.run("systemctl restart systemd-journald")
    guest.run("base64 -w 1000 /dev/urandom | head -c 60M | systemd-cat -t noise; journalctl --sync", timeout=120)
    look(guest)
    large = guest.expect_console(id="journal.large", state="WARNING", says="the journal is large: over 4% of /",
                                 within=15)
    found = told(guest, "journal.large")
    assert found is not None and found["subject"] == "/var/log/journal" and found["sees"] == "none"
    assert found["fix"][0].startswith("journalctl --rotate; journalctl --vacuum-size=")
    guest.run("journalctl --rotate; journalctl --vacuum-size=8M")
    look(guest)
    guest.expect_console(id="journal.large", state="OK", ends=large.seq, within=15)


def test_a_journal_of_another_machine(guest: Guest) -> None:
    guest.write(LARGE, "[journal]\nwarning = 4\nwarning_bytes = 20M\n")
    other = "/var/log/journal/0123456789abcdef0123456789abcdef"
    guest.run(f"mkdir {other} && fallocate -l 60M {other}/system.journal")
    look(guest)
    guest.expect_console(id="journal.large", state="WARNING", within=15)
    found = told(guest, "journal.large")
    assert found is not None and "not this machine's" in found["fix"][0], found


def test_a_journal_without_a_limit(guest: Guest) -> None:
    guest.write(CAP, "[Journal]\nSystemMaxUse=100G\n")
    guest.ctl("check")  # a change of journald's configuration is seen by itself
    open_line = guest.expect_console(id="journal.uncapped", state="WARNING", says="the journal may take 9", within=15)
    assert "50-lab.conf:2" in open_line.sentence, open_line.text
    found = told(guest, "journal.uncapped")
    assert found is not None
    # What it says is what helps.
    guest.run(found["fix"][1])
    guest.ctl("check")
    guest.expect_console(id="journal.uncapped", state="OK", ends=open_line.seq, within=15)
    limit = guest.run("journalctl -b -q -o cat -t systemd-journald | grep 'max ' | tail -n 1").stdout
    print(limit)
    # A drop-in of that name in /etc takes the place of one elsewhere.
    guest.run(f"rm {CAP} /etc/systemd/journald.conf.d/zz-size.conf")
    guest.write("/usr/lib/systemd/journald.conf.d/10-image.conf", "[Journal]\nSystemMaxUse=90G\n")
    look(guest)
    again = guest.expect_console(id="journal.uncapped", state="WARNING", says="10-image.conf:2", within=15)
    guest.run("ln -s /dev/null /etc/systemd/journald.conf.d/10-image.conf")
    guest.ctl("check")
    guest.expect_console(id="journal.uncapped", state="OK", ends=again.seq, within=15)


# A logrotate of our own: guests have none.
TIMER = "[Timer]\nOnCalendar=daily\n[Install]\nWantedBy=timers.target\n"


def test_settings_that_cannot_be_read_are_no_good_news(guest: Guest) -> None:
    look(guest)
    assert guest.status()["state"] == "ok"
    guest.run(f"mkdir -p $(dirname {CAP}) && head -c 2M /dev/zero | tr '\\0' '#' >{CAP}")
    guest.run("systemctl restart sshguardd", timeout=30)
    guest.wait(lambda: "journald.conf" in str(guest.status()["unknown"]), 20, "what could not be looked at")
    assert guest.status()["state"] == "unknown"
    asked = {finding: guest.ctl("check", finding).rc for finding in ("journal.large", "journal.uncapped", "logs.unrotated")}
    assert asked == {"journal.large": 3, "journal.uncapped": 3, "logs.unrotated": 0}
    guest.run(f"rm {CAP}")
    look(guest)
    guest.wait(lambda: guest.status()["state"] == "ok" and not guest.status()["unknown"], 20, "the answer")


def test_a_journal_that_was_left_behind(guest: Guest) -> None:
    # What journald kept on disk stays there once it is volatile; its settings count no more.
    guest.write(CAP, "[Journal]\nStorage=volatile\nSystemMaxUse=100G\nSystemKeepFree=1M\nSystemMaxFileSize=10G\n")
    guest.run("systemctl restart systemd-journald; logger hello; journalctl --sync; "
              "test -e /var/log/journal/*/system.journal && test -e /run/log/journal/*/system.journal")
    since = guest.mark()
    look(guest)
    guest.expect_quiet(5, since)
    assert guest.findings() == set()
    guest.write(CAP, "[Journal]\nStorage=volatile\nRuntimeMaxUse=100G\nRuntimeKeepFree=1M\nRuntimeMaxFileSize=10G\n")
    guest.run("systemctl restart systemd-journald")
    look(guest)
    guest.expect_console(id="journal.uncapped", state="WARNING", within=15)
    found = told(guest, "journal.uncapped")
    assert found is not None and found["subject"] == "/run/log/journal", found


def install_logrotate(guest: Guest) -> None:
    guest.write("/usr/sbin/logrotate", "#!/bin/sh\nexit ${LOGROTATE_STATUS:-0}\n", mode="0755")
    guest.write("/etc/systemd/system/logrotate.timer", TIMER)
    guest.write("/etc/systemd/system/logrotate.service", "[Service]\nType=oneshot\nExecStart=/usr/sbin/logrotate\n")
    guest.write("/var/lib/logrotate/status", "logrotate state -- version 2\n\"/var/log/app.log\" 2026-10-1-0:0:0\n")
    guest.run("systemctl daemon-reload; systemctl enable --now logrotate.timer")


def test_logs_that_nobody_rotates(guest: Guest) -> None:
    guest.run("mkdir -p /var/log/app; fallocate -l 130M /var/log/app.log")
    install_logrotate(guest)
    look(guest)
    assert "logs.unrotated" not in guest.findings()
    guest.run("systemctl disable --now logrotate.timer; touch -d '3 days ago' /var/lib/logrotate/status")
    look(guest)
    grown = guest.expect_console(id="logs.unrotated", state="WARNING", says="logrotate.timer is disabled", within=15)
    found = told(guest, "logs.unrotated")
    assert found is not None
    assert any("/var/log/app.log, 130 MiB, last rotated on 2026-10-01" in one["value"] for one in found["evidence"])
    guest.run(found["fix"][0])
    look(guest)
    guest.expect_console(id="logs.unrotated", state="OK", ends=grown.seq, within=15)
    # One that fails each night.
    guest.write("/usr/sbin/logrotate", "#!/bin/sh\nexit 1\n", mode="0755")
    guest.run("systemctl start logrotate.service", check=False)
    look(guest)
    fails = guest.expect_console(id="logs.unrotated", state="WARNING", says="logrotate failed (exit-code)", within=15)
    guest.run("rm /var/log/app.log")
    look(guest)
    guest.expect_console(id="logs.unrotated", state="OK", ends=fails.seq, within=15)


def test_large_logs_without_logrotate_are_worth_knowing(guest: Guest) -> None:
    guest.run("fallocate -l 130M /var/log/app.log; fallocate -l 130M /var/log/old.log.1")
    look(guest)
    guest.wait(lambda: "logs.unrotated" in guest.worth_knowing(), 15, "it to be worth knowing")
    assert guest.findings() == set()
    found = told(guest, "logs.unrotated")
    assert found is not None and not any("old.log.1" in one["value"] for one in found["evidence"])


def test_a_log_directory_of_somebody_hostile(guest: Guest) -> None:
    agent = guest.agent_pid()
    guest.run("mkdir -p /var/log/deep; cd /var/log/deep; for i in $(seq 200); do mkdir d; cd d; done; "
              "ln -s /etc/shadow /var/log/link; mkfifo /var/log/fifo")
    look(guest)
    guest.expect_login(within=5)
    assert guest.agent_pid() == agent and guest.findings() == set()


def test_a_log_directory_on_a_server_that_hangs(guest: Guest) -> None:
    guest.run("test -e /dev/fuse || mknod /dev/fuse c 10 229; mkdir -p /var/log/remote")
    guest.write("/root/hangs.py", HANGS)
    guest.run("systemd-run --unit=hangs python3 /root/hangs.py /var/log/remote")
    guest.wait(lambda: "/var/log/remote" in guest.run("cat /proc/mounts").stdout, 10, "the mount")
    # All other logs are seen.
    guest.run("fallocate -l 130M /var/log/app.log")
    look(guest)
    guest.wait(lambda: "logs.unrotated" in guest.worth_knowing(), 15, "it to be worth knowing")
    guest.run("systemctl stop hangs", timeout=20)
    guest.run("umount -l /var/log/remote")


def test_a_listener_that_may_be_killed_for_memory(guest: Guest) -> None:
    pid = guest.unit("ssh.service", "MainPID")
    capabilities = int(guest.run(f"grep CapEff /proc/{pid}/status").stdout.split()[1], 16)
    if not capabilities >> 24 & 1:
        # Nobody may set it here, so that it is no news that it is not set.
        guest.ctl("check")
        assert "sshd.oom-unprotected" not in guest.worth_knowing()
        pytest.skip("this machine has no CAP_SYS_RESOURCE")
    assert guest.run(f"cat /proc/{pid}/oom_score_adj").stdout == "-1000\n"
    guest.run(f"echo 0 >/proc/{pid}/oom_score_adj")
    guest.ctl("check")
    guest.wait(lambda: "sshd.oom-unprotected" in guest.worth_knowing(), 90, "it to be worth knowing")
    assert guest.findings() == set()
    guest.run("systemctl restart ssh")
    guest.wait(lambda: "sshd.oom-unprotected" not in guest.worth_knowing(), 20, "its end")


# Instead of the kernel: guests have no messages of its own.
JOURNALCTL = """#!/bin/sh
case "$*" in
*_TRANSPORT=kernel*) printf '__CURSOR=a\\nMESSAGE=XFS (none): Metadata I/O Error.  Shutting down filesystem.\\n\\n' ;;
*) exec /usr/bin/journalctl.real "$@" ;;
esac
"""


def test_the_kernels_reason_for_a_read_only_file_system(guest: Guest) -> None:
    guest.run("mv /usr/bin/journalctl /usr/bin/journalctl.real")
    guest.write("/usr/bin/journalctl", JOURNALCTL, mode="0755")
    guest.run("mount -t tmpfs -o size=64M none /root")
    guest.ctl("check")
    guest.run("mount -o remount,ro /root")
    guest.expect_console(id="disk.readonly", state="CRITICAL", says="/root is read-only", within=20)

    def said() -> bool:
        found = told(guest, "disk.readonly")
        return found is not None and any(one["what"] == "kernel" and "Shutting down" in one["value"]
                                         for one in found["evidence"])

    guest.wait(said, 10, "the kernel's words")
