"""The package: what it installs where, and what is left when it goes."""

from __future__ import annotations

from sshlab.guest import Guest

LINK = "/etc/issue.d/sshguardd.issue"
FILES = "find /etc /run /usr /var -xdev -name '*sshguardd*' -not -path '/var/log/*' | sort"


def test_nothing_stays_behind(guest: Guest) -> None:
    assert guest.run(["readlink", LINK]).stdout == "/run/issue.d/sshguardd.issue\n"
    assert guest.read(LINK).startswith("sshguardd: ")
    guest.write("/etc/sshguardd/sshguardd.conf.d/10-mine.conf", "[heal]\nenabled = no\n")
    guest.write("/etc/sshguardd/disabled", "")
    guest.run("dpkg --remove sshguardd", timeout=60)
    left = guest.run(FILES).stdout.split()
    kept = ("/etc/sshguardd", "/etc/systemd/system", "/var/lib")  # as of any removed package
    assert [path for path in left if not path.startswith(kept)] == []
    assert "/etc/sshguardd/sshguardd.conf" in left, "configuration stays until it is purged"
    assert guest.run(f"test -L {LINK}", check=False).rc != 0
    guest.run("dpkg --purge sshguardd", timeout=60)
    assert guest.run(FILES).stdout == ""
    guest.expect_login()
