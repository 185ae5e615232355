"""What is easily got wrong: evidence that goes stale, states in between, somebody else's will."""

from __future__ import annotations

import time

from sshlab.guest import Guest

CONFIG = "/etc/ssh/sshd_config"


def sentences(guest: Guest) -> str:
    """All that the console was told."""
    return "\n".join(line.sentence for line in guest.console_lines())


def test_host_keys_that_come_back(guest: Guest) -> None:
    guest.write("/etc/sshguardd/sshguardd.conf.d/lab.conf", "[heal]\ngenerate_host_keys = no\n")
    guest.run("systemctl reload sshguardd")
    guest.run("mkdir /root/keys; mv /etc/ssh/ssh_host_*_key /root/keys; systemctl restart ssh", check=False)
    guest.expect_console(id="sshd.hostkeys-missing", state="CRITICAL", says="SSH REFUSED", within=5)
    guest.wait(lambda: guest.unit("ssh.service", "ActiveState") == "failed", 5, "systemd to give up")
    guest.run("mv /root/keys/* /etc/ssh")
    guest.expect_login(within=15)
    guest.expect_console(id="sshd.hostkeys-missing", state="OK", by="agent", within=3)


def test_a_socket_that_hit_its_limit(guest: Guest) -> None:
    guest.run("systemctl disable --now ssh.service; systemctl enable --now ssh.socket")
    guest.wait(lambda: not guest.findings(), 5, "the agent to be content with the socket")
    guest.expect_login()
    guest.drop_in("ssh.socket", "[Socket]\nTriggerLimitIntervalSec=10s\nTriggerLimitBurst=1\n")
    guest.drop_in("ssh.service", "[Service]\nExecStart=\nExecStart=/usr/sbin/sshd -D -p notaport\n")
    guest.run("systemctl stop ssh.service; systemctl restart ssh.socket", check=False)
    for _ in range(6):
        guest.ssh()
        time.sleep(0.2)
    guest.wait(lambda: guest.unit("ssh.socket", "ActiveState") == "failed", 5, "the socket to fail")
    guest.run("rm -r /etc/systemd/system/ssh.service.d /etc/systemd/system/ssh.socket.d; systemctl daemon-reload")
    guest.expect_login(within=15)
    guest.wait(lambda: not guest.findings(), 5, "all findings to end")
    assert {heal["outcome"] for heal in guest.status()["heals"]} == {"healed"}


def test_a_start_that_does_not_take(guest: Guest) -> None:
    guest.write("/etc/systemd/system/needed.service", "[Service]\nType=oneshot\nExecStart=/bin/false\n")
    guest.drop_in("ssh.service", "[Unit]\nRequires=needed.service\nAfter=needed.service\n[Service]\nRestart=no\n")
    guest.run(["kill", "-KILL", guest.unit("ssh.service", "MainPID")])
    guest.wait(lambda: [heal["outcome"] for heal in guest.status()["heals"]][:1] == ["still-broken"], 5, "one try")
    guest.expect_refused()
    assert "sshd.failed" in guest.findings() and "sshd.stopped" not in guest.findings()
    assert "person" not in sentences(guest)
    guest.write("/etc/systemd/system/needed.service", "[Service]\nType=oneshot\nExecStart=/bin/true\n")
    guest.run("systemctl daemon-reload")
    guest.expect_login(within=15)
    guest.expect_console(id="sshd.failed", state="OK", by="agent", within=3)


def test_unmasked_while_it_is_down(guest: Guest) -> None:
    guest.run("systemctl mask --now ssh.service ssh.socket")
    guest.expect_console(id="sshd.masked", state="CRITICAL", within=5)
    guest.run("systemctl restart sshguardd; sleep 1; systemctl unmask ssh.service ssh.socket")
    guest.wait(lambda: guest.findings() == {"sshd.stopped"}, 5, "the mask to be over")
    assert "sshd.service" not in sentences(guest)


def test_a_disabled_sshd_is_restarted_by_hand(guest: Guest) -> None:
    guest.run("systemctl disable ssh.service")
    guest.expect_console(id="sshd.disabled", state="WARNING")
    guest.run("systemctl restart ssh.service; sleep 1; kill -KILL $(systemctl show -P MainPID ssh.service)")
    guest.expect_login()
    assert guest.findings() == {"sshd.disabled"}
    assert "enabled for boot" not in sentences(guest)


def test_disabled_and_failed_is_left_alone(guest: Guest) -> None:
    guest.run("systemctl disable ssh.service")
    guest.kill_sshd_until_failed()
    guest.expect_console(id="sshd.failed", state="CRITICAL", says="disabled")
    time.sleep(3)
    guest.expect_refused()
    assert guest.status()["heals"] == []


def test_a_typo_while_a_package_manager_is_at_work(guest: Guest) -> None:
    with guest.lock_held():
        guest.append(CONFIG, "Prot 22\n")
        guest.run("systemctl restart ssh", check=False)
        guest.expect_console("DO: fix line", id="sshd.config-invalid", state="CRITICAL", within=5)


def test_a_link_that_leads_nowhere_blocks_nothing(guest: Guest) -> None:
    guest.run("ln -s /nowhere /etc/ssh/sshd_not_to_be_run")
    guest.expect_quiet(3)
    guest.run("systemctl restart ssh.service")
    guest.expect_login()
    assert guest.findings() == set()


def test_an_sshd_started_by_hand_is_left_alone(guest: Guest) -> None:
    guest.run("systemctl stop ssh.service; mkdir -p /run/sshd; setsid /usr/sbin/sshd; sleep 3")
    guest.expect_login()
    assert guest.findings() == set()
    assert guest.status()["heals"] == []


def test_the_bus_goes_and_comes_back(guest: Guest) -> None:
    mark = guest.mark()
    guest.run("systemctl stop dbus.socket dbus.service", check=False)
    before = guest.status()["time"]
    guest.wait(lambda: guest.status()["time"] != before, 15, "the agent to look without it")
    assert guest.status()["state"] == "ok"
    guest.run("systemctl start dbus.socket dbus.service")
    guest.expect_quiet(3, since=mark)
    guest.kill_sshd_until_failed()
    # Not a login: pam_systemd waits for a logind that has lost its bus.
    guest.expect_console(id="sshd.failed", state="OK", by="agent", within=5)
