"""The lab itself: what every other scenario relies on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sshlab import console, roots, spaces
from sshlab.guest import Guest
from sshlab.machine import ADDRESS6, Failed

NewGuest = Callable[..., Guest]


def test_boots_a_whole_system(bare_guest: Guest) -> None:
    assert bare_guest.run("systemctl is-system-running").stdout == "running\n"
    assert bare_guest.run("hostname").stdout.strip() == bare_guest.name
    bare_guest.wait(lambda: f"{bare_guest.name} login:" in bare_guest.console(), 2, "the prompt on the console")
    assert bare_guest.run("stat -f -c %T /").stdout == "overlayfs\n"


def test_people_log_in(bare_guest: Guest) -> None:
    assert bare_guest.ssh("id -un").stdout == "alice\n"
    assert bare_guest.ssh("id -un", user="root").stdout == "root\n"
    assert bare_guest.ssh("id -un", address=ADDRESS6).stdout == "alice\n"
    assert "Permission denied" in bare_guest.ssh(user="bob").stderr


def test_a_stopped_sshd_refuses(bare_guest: Guest) -> None:
    bare_guest.run("systemctl stop ssh")
    bare_guest.expect_refused()
    with pytest.raises(Failed, match="no login within"):
        bare_guest.expect_login(within=0.2)
    bare_guest.run("systemctl start ssh")
    bare_guest.expect_login()


def test_sshd_killed_until_systemd_gives_up(bare_guest: Guest) -> None:
    before = bare_guest.starts_of("ssh.service")
    bare_guest.kill_sshd_until_failed()
    assert bare_guest.unit("ssh", "ActiveState") == "failed"
    assert bare_guest.starts_of("ssh.service") == before + 5
    bare_guest.expect_refused()


def test_an_open_session_is_noticed_to_end(bare_guest: Guest) -> None:
    with bare_guest.session() as session:
        bare_guest.run("systemctl restart ssh")
        assert session.answers()
        bare_guest.run("pkill -KILL -u alice")
        assert not session.answers()


def test_the_console_is_a_terminal(bare_guest: Guest) -> None:
    start = bare_guest.mark()
    report = ("SSHGUARDD CRITICAL host 2026-11-21T03:12:07Z SSH REFUSED: [x]: why. DO: this. "
              "[v1 boot=3f2a seq=42 open=1 id=sshd.failed alive]")
    bare_guest.run(f"echo 'something else'; echo '{report}' >/dev/console")
    line = bare_guest.expect_console(state="CRITICAL", says="SSH REFUSED", id="sshd.failed", open=1, alive=True)
    assert (line.text, line.seq, line.host) == (report, "42", "host")
    with pytest.raises(Failed):
        bare_guest.expect_console(id="sshd.failed", within=0.1)
    assert bare_guest.expect_console("REFUSED.*why", since=start) == line
    bare_guest.expect_quiet(0.2)
    with pytest.raises(Failed):
        bare_guest.expect_quiet(0.2, since=start)


def test_console_text_is_cleaned() -> None:
    assert console.clean("\x1b[0;32m  OK  \x1b[0m done\r\n\x1b]0;title\x07x") == "  OK   done\nx"
    assert console.parse("SSHGUARDD OK half a li") == []


def test_two_guests_do_not_see_each_other(new_guest: NewGuest) -> None:
    one, two = new_guest(installed=False), new_guest(installed=False)
    assert one.read("/etc/machine-id") != two.read("/etc/machine-id")
    one.write("/root/mine", "1")
    two.run("test ! -e /root/mine")
    one.run("systemctl stop ssh; iptables -P INPUT DROP; pkill -KILL agetty")
    two.expect_login()
    one.freeze()
    two.expect_login()
    one.thaw()
    one.poweroff()
    assert two.run("systemctl is-system-running").stdout == "running\n"


def test_a_command_that_was_stopped_goes_on(bare_guest: Guest) -> None:
    # As a reboot does to all processes for a moment: nsenter would stop with its child, for ever.
    said = bare_guest.run("(sleep 0.5; kill -CONT $$) & kill -STOP $$; echo on", timeout=10).stdout
    assert said == "on\n"


def test_freezing_stops_everything(bare_guest: Guest) -> None:
    bare_guest.freeze()
    with pytest.raises(Failed):
        bare_guest.expect_login(within=0.5)
    bare_guest.thaw()
    bare_guest.expect_login()


@pytest.mark.parametrize("break_it, heal_it", [
    ("iptables -I INPUT -p tcp --dport 22 -j REJECT --reject-with tcp-reset", "iptables -F INPUT"),
    ("ip6tables-legacy -L && iptables-legacy -I INPUT -p tcp --dport 22 -j REJECT --reject-with tcp-reset",
     "iptables-legacy -F INPUT"),
    ("nft 'table inet t { chain c { type filter hook input priority 0; tcp dport 22 reject with tcp reset; }; }'",
     "nft delete table inet t"),
    ("ufw --force enable && ufw reject 22", "ufw disable"),
    ("systemctl start firewalld && firewall-cmd --remove-service ssh", "systemctl stop firewalld"),
], ids=["iptables", "iptables-legacy", "nftables", "ufw", "firewalld"])
def test_firewalls_are_real(bare_guest: Guest, break_it: str, heal_it: str) -> None:
    bare_guest.run(break_it)
    assert bare_guest.ssh().rc == 255
    bare_guest.run(heal_it)
    bare_guest.expect_login()


def test_a_full_disk_is_full(bare_guest: Guest) -> None:
    filled = bare_guest.run("cat /dev/zero >/var/tmp/filler", check=False)
    assert "No space left on device" in filled.stderr
    bare_guest.expect_login(within=5)


def test_openssh_is_reinstalled_without_a_network(bare_guest: Guest) -> None:
    first = bare_guest.unit("ssh", "MainPID")
    bare_guest.run("apt-get install -y --reinstall openssh-server", timeout=60)
    assert bare_guest.unit("ssh", "MainPID") != first
    bare_guest.expect_login()


def test_locks_of_the_package_manager_hold(bare_guest: Guest) -> None:
    with bare_guest.lock_held():
        locked = bare_guest.run("apt-get install -y --reinstall openssh-server", check=False)
        assert "Could not get lock" in locked.stderr
    bare_guest.run("apt-get check")


def test_powers_off(bare_guest: Guest) -> None:
    bare_guest.poweroff()
    assert not bare_guest.running()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_run_that_is_ended_leaves_nothing(suite: str, how: signal.Signals) -> None:
    """Another run boots a guest and is ended in the middle of it."""
    program = ("import time; from sshlab import guest, roots, spaces\n"
               f"with spaces.run(), guest.Guest(roots.base({suite!r})) as g:\n"
               "    print(g.name, flush=True); time.sleep(60)")
    # A background job of a shell that is not interactive ignores SIGINT, and so would this one.
    other = subprocess.Popen(["env", "--default-signal=INT", "setpriv", "--pdeathsig", "KILL", sys.executable, "-B", "-c", program], text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=Path(__file__).parent)
    assert other.stdout is not None
    name = other.stdout.readline().strip()
    assert name and _processes_of(name)
    other.send_signal(how)
    other.communicate(timeout=20)
    _await_gone(name)
    of_the_run = f"{spaces.PREFIX}{other.pid}"
    if how == signal.SIGKILL:
        assert [path.name for path in spaces.leftovers()].count(of_the_run) == 2
        with spaces.locked(spaces.LOCK):
            spaces.sweep()
    assert of_the_run not in [path.name for path in spaces.leftovers()]


def test_a_closed_guest_leaves_nothing(new_guest: NewGuest) -> None:
    guest = new_guest(installed=False)
    guest.close()
    _await_gone(guest.name)
    run = spaces.Run.current()
    assert not list(run.directory.iterdir())
    assert not [entry for entry in run.cgroup.iterdir() if entry.is_dir()]


EXAMPLE = {
    "DEBIAN/control": "Package: lab-example\nVersion: 1\nArchitecture: all\nMaintainer: lab <lab@localhost>\n"
                      "Depends: libsystemd0\nDescription: an example\n",
    "DEBIAN/postinst": "#!/bin/sh\nset -e\ndeb-systemd-helper enable lab-example.service >/dev/null\n"
                       "if [ -d /run/systemd/system ]; then\n    systemctl daemon-reload\n"
                       "    deb-systemd-invoke start lab-example.service\nfi\n",
    "lib/systemd/system/lab-example.service": "[Service]\nExecStart=/bin/sleep infinity\n"
                                              "[Install]\nWantedBy=multi-user.target\n",
}


@pytest.fixture
def example(tmp_path: Path) -> Path:
    """A small .deb with a service in it."""
    for name, text in EXAMPLE.items():
        path = tmp_path / "tree" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755 if name.endswith("inst") else 0o644)
    (tmp_path / "tree/DEBIAN").chmod(0o755)
    subprocess.run(["dpkg-deb", "--root-owner-group", "--build", tmp_path / "tree", tmp_path / "example.deb"],
                   check=True, capture_output=True)
    return tmp_path / "example.deb"


def test_a_deb_becomes_a_layer(suite: str, example: Path) -> None:
    with Guest(roots.with_product(suite, example)) as guest:
        assert guest.unit("lab-example", "ActiveState") == "active"
        assert guest.starts_of("lab-example.service") == 1
        guest.expect_login()


def test_a_deb_is_installed_by_hand(bare_guest: Guest, example: Path) -> None:
    bare_guest.put(example, "/root/example.deb")
    bare_guest.run("dpkg -i /root/example.deb")
    assert bare_guest.unit("lab-example", "ActiveState") == "active"
    bare_guest.run("apt-get install -y --reinstall /root/example.deb && dpkg --purge lab-example")


def test_roots_are_built_once(suite: str) -> None:
    root = roots.base(suite)
    assert root.layers[0].is_dir()
    assert roots.base(suite) == root


def _processes_of(name: str) -> list[str]:
    """Processes of this machine that have a guest's name on their command line."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if name.encode() in Path("/proc", pid, "cmdline").read_bytes():
                found.append(pid)
        except OSError:
            continue
    return found


def _await_gone(name: str) -> None:
    """No process of the guest, nothing mounted, no loop device and no network name space on this machine."""
    end = time.monotonic() + 5
    while _traces(name) and time.monotonic() < end:
        time.sleep(0.05)
    assert not _traces(name)


def _traces(name: str) -> list[str]:
    run = spaces.PREFIX + name.split("-")[1]
    mounts = [line for line in Path("/proc/self/mounts").read_text().splitlines() if run in line or name in line]
    loops = subprocess.run(["losetup", "--list", "--noheadings", "--output", "BACK-FILE"], capture_output=True,
                           text=True, check=True).stdout.splitlines()
    return _processes_of(name) + mounts + [loop for loop in loops if f"{run}/{name.split('-')[2]}/" in loop]
