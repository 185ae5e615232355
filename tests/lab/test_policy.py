"""Who may log in and how: by sshd's own account, with the line that decides."""

from __future__ import annotations

from typing import Any

from sshlab.guest import Guest

MAIN = "/etc/ssh/sshd_config"
DROP_IN = "/etc/ssh/sshd_config.d/50-cloud-init.conf"


def policy(guest: Guest) -> dict[str, Any]:
    """The effective settings by their keyword: value and place."""
    return {one["keyword"]: (one["value"], one["where"]) for one in guest.status()["policy"] or []}


def password(guest: Guest) -> Any:
    """What the status says of password logins."""
    return policy(guest).get("PasswordAuthentication")


def test_no_password_logins(guest: Guest) -> None:
    guest.wait(lambda: password(guest) == ("yes", None), 5, "sshd's own account")
    assert "password" not in guest.ctl("status").stdout
    guest.append(MAIN, "\nPasswordAuthentication yes\n")
    guest.write(DROP_IN, "# Written by cloud-init.\nPasswordAuthentication no\n", mode="600")
    guest.wait(lambda: password(guest) == ("no", f"{DROP_IN}:2"), 5, "the line that wins")
    status = guest.ctl("status")
    assert status.rc == 0 and status.stdout.startswith("OK")
    told = " ".join(status.stdout.split())
    assert f"auth.password-off: no password logins: PasswordAuthentication no ({DROP_IN}:2)" in told
    assert guest.ctl("explain", "auth.password-off").rc == 0
    guest.run("systemctl reload ssh.service")
    guest.expect_login()  # it listens again a moment after systemctl returns
    refused = guest.ssh(user="nobody")
    assert refused.rc == 255 and "Permission denied (publickey)" in refused.stderr
    guest.run(f"rm {DROP_IN}")
    guest.wait(lambda: (password(guest) or ("", ""))[0] == "yes", 5, "the other line")
    assert str(password(guest)[1]).startswith(f"{MAIN}:")
    guest.expect_quiet(1)
