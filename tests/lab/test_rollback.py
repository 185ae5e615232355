"""sshd's configuration goes back to the last one that let somebody log in."""

from __future__ import annotations

import signal
from collections.abc import Callable

from sshlab.guest import Guest
from sshlab.machine import Result

NewGuest = Callable[..., Guest]

CONFIG = "/etc/ssh/sshd_config"
DROP_IN = "/etc/ssh/sshd_config.d/50-mine.conf"
BAD = "/etc/ssh/sshd_config.d/99-bad.conf"
STORE = "/var/lib/sshguardd"
OPT_IN = "[heal]\nrollback_sshd_config = yes\nrollback_after = 10s\n"


def kept(guest: Guest) -> int:
    """How many configurations are known good."""
    return guest.ctl("rollback", "--list").stdout.count("somebody logged in with:")


def login_and_keep(guest: Guest, count: int = 1) -> None:
    """Somebody logs in, and the agent keeps the configuration."""
    with guest.session():
        guest.wait(lambda: kept(guest) == count, 5, f"{count} known good configuration(s)")


def brief_logins_until_kept(guest: Guest, count: int) -> None:
    """Logins that are over in a moment, until the agent, on a loaded machine, was quick enough to see one."""
    def one_more() -> bool:
        guest.expect_login()
        return kept(guest) == count
    guest.wait(one_more, 10, f"{count} known good configuration(s)")


def restart_sshd(guest: Guest) -> None:
    """sshd reads its configuration, and the agent has seen that it did."""
    guest.run(["systemctl", "reset-failed", "ssh"])
    guest.run(["systemctl", "restart", "ssh"])
    guest.ctl("check")


def sums(guest: Guest) -> str:
    """All that a rollback could touch, with metadata."""
    return guest.run("find /etc/ssh /etc/default/ssh -printf '%p %M %U:%G %l\\n' | sort; "
                     f"find /etc/ssh /etc/default/ssh -type f -exec sha256sum {{}} + | sort; ls -R {STORE}").stdout


def config(guest: Guest) -> str:
    """sshd's configuration alone, with metadata; hidden files count."""
    return guest.run("find /etc/ssh /etc/default/ssh ! -name sshd_config.d -printf '%p %M %U:%G %l\\n' | sort; "
                     "find /etc/ssh /etc/default/ssh -type f -exec sha256sum {} + | sort").stdout


def break_config(guest: Guest) -> None:
    """A bad line in the main file."""
    guest.append(CONFIG, "Prot 22\n")


def rollback(guest: Guest, *arguments: str) -> Result:
    """sshguardctl rollback, which has to succeed."""
    done = guest.ctl("rollback", *arguments)
    assert done.rc == 0, done.stdout + done.stderr
    return done


def test_known_good_once_somebody_logged_in(guest: Guest) -> None:
    guest.ctl("check")
    assert kept(guest) == 0
    refused = guest.ctl("rollback")
    assert refused.rc == 3 and "known to be good" in refused.stderr
    # Over in a moment: seen all the same, mostly.
    brief_logins_until_kept(guest, 1)
    assert guest.run(f"find {STORE} ! -user root -o -perm /077").stdout == ""

    # Newer than sshd's start: a login proves what sshd has read, which is the older one.
    guest.write(DROP_IN, "ClientAliveInterval 33\n")
    with guest.session():
        guest.ctl("check")
        guest.run(["rm", DROP_IN])
        guest.ctl("check")
    guest.write(DROP_IN, "ClientAliveInterval 33\n")
    guest.expect_login()
    guest.ctl("check")
    assert kept(guest) == 1
    # No login since the start.
    restart_sshd(guest)
    assert kept(guest) == 1
    login_and_keep(guest, 2)
    # A reload reads it, too; who was there before proves nothing.
    with guest.session():
        guest.write(DROP_IN, "ClientAliveInterval 34\n")
        guest.run("systemctl reload ssh")
        guest.ctl("check")
        guest.ctl("check")
        assert kept(guest) == 2
    brief_logins_until_kept(guest, 3)
    # The same again is no other generation.
    restart_sshd(guest)
    guest.expect_login(user="root")
    guest.ctl("check")
    assert kept(guest) == 3

    # More than can be kept: said once in the journal, and where somebody asks.
    # (By number: a file of 300 kB is more than OpenSSH 10 hands on to its sshd-session, so that nobody gets in.)
    guest.run("for n in $(seq 70); do echo '# nothing' >/etc/ssh/sshd_config.d/more-$n.conf; done")
    restart_sshd(guest)
    with guest.session():
        guest.wait(lambda: "cannot be kept" in guest.run("journalctl -t sshguardd -o cat").stdout, 5, "the reason")
    listed = guest.ctl("rollback", "--list").stdout
    assert kept(guest) == 3 and "cannot be kept" in listed and "too large" in listed
    for _ in range(3):
        guest.ctl("check")
    assert guest.run("journalctl -t sshguardd -o cat | grep -c 'cannot be kept'").stdout == "1\n"


def test_by_hand_while_sshd_runs(guest: Guest) -> None:
    guest.run(["chmod", "0640", CONFIG])
    guest.run(["chgrp", "adm", CONFIG])
    guest.write(DROP_IN, "ClientAliveInterval 33\n", "0600")
    restart_sshd(guest)
    login_and_keep(guest)
    good = config(guest)
    assert "nothing to do" in rollback(guest).stdout

    break_config(guest)
    guest.run(["chmod", "0644", CONFIG])
    guest.run(["chgrp", "root", CONFIG])
    guest.run(["rm", DROP_IN])
    guest.write(BAD, "Prot 23\n")
    warned = guest.expect_console(id="sshd.config-invalid", state="WARNING")
    bad = sums(guest)
    dry = rollback(guest, "--dry-run").stdout
    assert "-Prot 22" in dry and f"+++ {BAD} (moved aside)" in dry and "+ClientAliveInterval 33" in dry
    assert "+mode 0640" in dry
    assert "rollback" in guest.ctl("status").stdout
    rollback(guest, "--list")
    assert sums(guest) == bad

    with guest.lock_held():  # that of a dpkg which waits for an answer, for ever
        assert guest.ctl("rollback").rc == 3
        done = rollback(guest, "--force").stdout
    assert "sshd answers" in done and "systemctl reload" in done
    assert config(guest) == good
    assert guest.run(f"cat {STORE}/*/aside-*{BAD}").stdout == "Prot 23\n"
    assert guest.run(f"stat -c '%a %G' {STORE}/*/aside-*{CONFIG}").stdout == "644 root\n"
    guest.expect_console(state="OK", ends=warned.seq)
    restart_sshd(guest)
    guest.expect_login()


def test_back_and_forth(guest: Guest) -> None:
    login_and_keep(guest)
    first = config(guest)
    guest.append(CONFIG, "ClientAliveInterval 33\n")
    restart_sshd(guest)
    login_and_keep(guest, 2)
    second = config(guest)
    # A second time changes nothing: the one before may have been left on purpose.
    again = rollback(guest).stdout
    assert "nothing to do" in again and "--list" in again
    assert config(guest) == second
    assert guest.ctl("rollback", "--to", "9").rc == 3
    rollback(guest, "--to", "1")
    assert config(guest) == first
    rollback(guest)
    assert config(guest) == second
    rollback(guest, "--undo")
    assert config(guest) == first
    rollback(guest, "--undo")
    assert config(guest) == second
    asides = guest.ctl("rollback", "--list").stdout
    assert asides.count("replaced at ") == 4 and asides.count("(--undo)") == 1
    told = guest.run("journalctl -t sshguardd -o cat").stdout
    assert told.count("rollback asked for by") == 4


def test_the_distributions_own(guest: Guest) -> None:
    guest.write(DROP_IN, "ClientAliveInterval 33\n")
    guest.run(["sed", "-i", "s/^#Port 22/Port 22/", CONFIG])
    restart_sshd(guest)
    login_and_keep(guest)
    good = config(guest)
    rollback(guest, "--to-distro", "--dry-run")
    assert config(guest) == good
    rollback(guest, "--to-distro")
    assert guest.read(CONFIG) == guest.read("/usr/share/openssh/sshd_config")
    assert guest.run(["test", "-e", DROP_IN], check=False).rc == 1
    assert "nothing to do" in rollback(guest, "--to-distro").stdout
    rollback(guest, "--undo")
    assert config(guest) == good

    # What the main file leads to is no file of sshd's own: not half of it is done.
    guest.run(f"mkdir /srv/git && mv {CONFIG} /srv/git/sshd_config && ln -s /srv/git/sshd_config {CONFIG}")
    linked = config(guest)
    refused = guest.ctl("rollback", "--to-distro")
    assert refused.rc == 3 and "/srv/git/sshd_config" in refused.stderr
    assert config(guest) == linked
    guest.run(f"mv /srv/git/sshd_config {CONFIG}")
    assert config(guest) == good

    guest.run(["mv", "/usr/share/openssh/sshd_config", "/root"])
    none = guest.ctl("rollback", "--to-distro")
    assert none.rc == 3 and "reinstall openssh-server" in none.stderr
    assert config(guest) == good


def test_by_the_agent_only_where_it_may(guest: Guest) -> None:
    login_and_keep(guest)
    good = config(guest)
    break_config(guest)
    guest.run(["systemctl", "restart", "ssh"], check=False)
    broken = guest.expect_console(id="sshd.config-invalid", state="CRITICAL", says="SSH REFUSED")
    assert "sshguardctl rollback" in guest.ctl("status").stdout
    guest.wait(lambda: guest.unit("ssh", "ActiveState") == "failed", 10, "systemd to give up")
    remedy = next(found for found in guest.status()["findings"] if found["id"] == "sshd.config-invalid")["remedy"]
    assert remedy["kind"] == "rollback" and "opt-in" in remedy["why"]
    assert config(guest) != good

    guest.write("/etc/sshguardd/sshguardd.conf.d/50-lab.conf", OPT_IN)
    guest.run(["systemctl", "reload", "sshguardd"])
    guest.expect_refused()  # it leaves time
    guest.expect_login(within=25)
    ended = guest.expect_console(within=10, state="OK", id="sshd.config-invalid", ends=True)
    assert ended.tag["by"] == "agent" and "by a person" not in ended.sentence
    assert config(guest) == good
    assert "Prot 22" in guest.run(f"cat {STORE}/*/aside-*{CONFIG}").stdout
    heals = [(heal["remedy"], heal["outcome"]) for heal in guest.status()["heals"]]
    assert ("rollback", "healed") in heals and ("restart", "healed") in heals
    told = guest.run("journalctl -t sshguardd -o cat").stdout
    assert "what was there before is in /var/lib/sshguardd/" in told


def test_the_agent_is_killed_in_its_own_rollback(guest: Guest) -> None:
    login_and_keep(guest)
    good = config(guest)
    guest.write("/etc/sshguardd/sshguardd.conf.d/50-lab.conf", OPT_IN)
    guest.run(["systemctl", "reload", "sshguardd"])
    break_config(guest)
    guest.run(["systemctl", "restart", "ssh"], check=False)
    guest.run(f"p=$(systemctl show -P MainPID sshguardd); n=0; "
              f"until ls {STORE}/*/rollback-journal >/dev/null 2>&1 || [ $n = 8000 ]; do n=$((n + 1)); sleep 0.005; done; "
              f"kill -{signal.SIGKILL.value} $p", timeout=90)

    # The broken files came back first, then it is done again, and nobody is blamed.
    guest.wait(lambda: ("rollback", "healed") in
               {(heal["remedy"], heal["outcome"]) for heal in guest.status()["heals"]}, 45, "the rollback")
    heals = [(heal["remedy"], heal["outcome"]) for heal in guest.status()["heals"]]
    assert heals.count(("rollback", "interrupted")) == 1 and heals.count(("rollback", "healed")) == 1, heals
    guest.expect_login(within=10)
    assert config(guest) == good
    assert "agent.fight" not in guest.findings()


def test_by_the_agent_behind_a_socket(guest: Guest) -> None:
    guest.drop_in("ssh.service", "[Service]\nRestart=no\n")  # else the socket fails with it, at the start limit
    guest.run("systemctl disable --now ssh.service; systemctl enable --now ssh.socket")
    login_and_keep(guest)
    good = config(guest)
    guest.write("/etc/sshguardd/sshguardd.conf.d/50-lab.conf", OPT_IN)
    guest.run(["systemctl", "reload", "sshguardd"])
    break_config(guest)
    guest.run("systemctl kill -s KILL ssh.service")
    guest.wait(lambda: guest.unit("ssh.service", "ActiveState") == "failed", 10, "systemd to give up")
    assert guest.unit("ssh.socket", "ActiveState") == "active"  # it takes everybody, and resets them
    guest.wait(lambda: config(guest) == good, 30, "the rollback")
    guest.expect_login(within=20)


def test_sshd_is_down_with_a_valid_configuration(guest: Guest) -> None:
    login_and_keep(guest)
    good = config(guest)
    # Stopped by a person: the files go back, sshd is neither started nor judged.
    guest.append(CONFIG, "ClientAliveInterval 33\n")
    guest.run(["systemctl", "stop", "ssh"])
    stopped = rollback(guest).stdout
    assert "somebody stopped it" in stopped and "systemctl start ssh" in stopped
    assert config(guest) == good
    assert guest.unit("ssh", "ActiveState") == "inactive"

    # Fails at run time alone, and healing is paused: a person's rollback starts it all the same.
    guest.append(CONFIG, "ListenAddress 192.0.2.7\n")
    guest.run(["systemctl", "start", "ssh"], check=False)
    guest.wait(lambda: guest.unit("ssh", "ActiveState") == "failed", 10, "systemd to give up")
    guest.ctl("pause", "10m")
    assert "sshd answers" in rollback(guest).stdout
    assert config(guest) == good
    guest.expect_login()

    # It was tried, and is no better: what was there comes back.
    guest.append(CONFIG, "ListenAddress 192.0.2.7\n")
    broken = config(guest)
    guest.run(["systemctl", "restart", "ssh"], check=False)
    guest.wait(lambda: guest.unit("ssh", "ActiveState") == "failed", 10, "systemd to give up")
    guest.drop_in("ssh.service", "[Service]\nExecStartPre=/bin/false\n")
    back = guest.ctl("rollback")
    assert back.rc == 2 and "has been put back" in back.stderr, back
    assert config(guest) == broken


def test_a_person_who_stopped_it_keeps_his_configuration(guest: Guest) -> None:
    login_and_keep(guest)
    guest.write("/etc/sshguardd/sshguardd.conf.d/50-lab.conf", OPT_IN)
    guest.run(["systemctl", "reload", "sshguardd"])
    guest.run(["systemctl", "stop", "ssh"])
    break_config(guest)
    broken = config(guest)
    # At first it is the change itself that is waited for.
    guest.wait(lambda: "has not failed" in guest.ctl("heal", "sshd.config-invalid", "--once").stdout, 5, "the reason")
    assert config(guest) == broken


def test_files_of_others_are_left_alone(guest: Guest) -> None:
    guest.write("/etc/lab/others.conf", "ClientAliveInterval 33\n")
    guest.append(CONFIG, "Include /etc/lab//*.conf\n")
    restart_sshd(guest)
    login_and_keep(guest)
    guest.write("/etc/lab/others.conf", "ClientAliveInterval 34\n")
    guest.write("/etc/ssh/ssh_config.d/client.conf", "ForwardAgent no\n")
    # Typos of people in a hurry.
    guest.append(CONFIG, "Include /etc/ssh/ssh_config.d/*.conf\nInclude /etc/ssh/ssh_config\n"
                         "Include /etc/ssh/ssh_host_ed25519_key /etc/ssh/moduli\nProt 22\n")
    guest.run(["ln", "-s", "/etc/lab/others.conf", "/etc/ssh/sshd_config.d/60-link.conf"])
    done = rollback(guest).stdout
    assert "not touched" in done and "/etc/lab/others.conf" in done
    assert guest.read("/etc/lab/others.conf") == "ClientAliveInterval 34\n"
    assert guest.run("ls /etc/ssh/sshd_config.d/60-link.conf", check=False).rc != 0
    guest.run("cd /etc/ssh && ls ssh_config ssh_config.d/client.conf ssh_host_ed25519_key moduli")
    guest.expect_login()


def test_not_for_what_is_no_fault_of_the_configuration(guest: Guest) -> None:
    login_and_keep(guest)
    guest.write("/etc/sshguardd/sshguardd.conf.d/50-lab.conf", OPT_IN)
    guest.run(["systemctl", "reload", "sshguardd"])
    guest.append(CONFIG, "ClientAliveInterval 33\n")
    changed = guest.read(CONFIG)
    guest.run("mkdir /root/keys && mv /etc/ssh/ssh_host_* /root/keys")
    guest.run(["systemctl", "restart", "ssh"], check=False)
    guest.expect_login(within=25)  # host keys are made anew, in the agent's own time
    assert guest.read(CONFIG) == changed
    assert "rollback" not in {heal["remedy"] for heal in guest.status()["heals"]}


def test_a_set_that_sshd_refuses_too_is_put_back(guest: Guest) -> None:
    guest.append(CONFIG, "HostKey /etc/ssh/mine\n")
    guest.run("ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/mine")
    restart_sshd(guest)
    login_and_keep(guest)
    guest.run(["sed", "-i", "s/^HostKey.*/Prot 22/", CONFIG])
    guest.run("mv /etc/ssh/mine /etc/ssh/mine.pub /root")
    before = config(guest)
    refused = guest.ctl("rollback")
    assert refused.rc == 2 and "all is as it was" in refused.stderr
    assert config(guest) == before
    assert guest.run(f"ls -d {STORE}/*/aside-*", check=False).stdout == ""


def test_while_packages_are_installed(guest: Guest) -> None:
    login_and_keep(guest)
    guest.write("/etc/sshguardd/sshguardd.conf.d/50-lab.conf", OPT_IN)
    guest.run(["systemctl", "reload", "sshguardd"])
    with guest.lock_held():
        break_config(guest)
        broken = config(guest)
        guest.run(["systemctl", "restart", "ssh"], check=False)
        refused = guest.ctl("rollback")
        assert refused.rc == 3 and "lock-frontend is held by process" in refused.stderr
        withheld = guest.ctl("heal", "sshd.config-invalid", "--once")
        assert withheld.rc == 3 and "dpkg lock held" in withheld.stdout
        assert config(guest) == broken
    guest.expect_login(within=30)


def test_a_full_disk(guest: Guest) -> None:
    login_and_keep(guest)
    good = config(guest)
    guest.append(CONFIG, "# " + "x" * 200_000 + "\nProt 22\n")
    bad = config(guest)
    guest.run("dd if=/dev/zero of=/root/fill bs=1M; dd if=/dev/zero of=/root/fill2 bs=1; sync", check=False, timeout=120)
    refused = guest.ctl("rollback")
    assert refused.rc == 2 and "No space left" in refused.stderr, refused
    assert config(guest) == bad
    guest.run("rm /root/fill /root/fill2")
    rollback(guest)
    assert config(guest) == good


def test_a_read_only_etc(guest: Guest) -> None:
    login_and_keep(guest)
    good = config(guest)
    break_config(guest)
    bad = config(guest)
    guest.run("mount --bind /etc/ssh /etc/ssh && mount -o remount,bind,ro /etc/ssh")
    refused = guest.ctl("rollback")
    assert refused.rc == 2 and "Read-only file system" in refused.stderr
    assert "not all could be put back" not in refused.stderr
    guest.run(["umount", "/etc/ssh"])
    assert config(guest) == bad
    rollback(guest)
    assert config(guest) == good


def test_killed_half_way(guest: Guest) -> None:
    guest.write(DROP_IN, "ClientAliveInterval 33\n")
    restart_sshd(guest)
    login_and_keep(guest)
    good = config(guest)
    guest.run(["systemctl", "stop", "sshguardd"])  # which would undo it at once
    guest.append(CONFIG, "# " + "x" * 100_000 + "\nProt 22\n")
    guest.run(["rm", DROP_IN])
    guest.write(BAD, "Prot 23\n")
    bad = config(guest)
    halves = 0
    changed = 0
    directory = guest.run(f"ls -d {STORE}/*/").stdout.strip()
    for delay in range(20):
        # The moment is awaited, not guessed: the journal is there from before the first change until after sshd -t.
        guest.run(f"sshguardctl rollback >/dev/null 2>&1 & p=$!; "
                  f"while [ ! -e {directory}rollback-journal ] && kill -0 $p; do :; done; "
                  f"sleep {delay / 1000}; kill -{signal.SIGKILL.value} $p; wait $p", check=False)
        if guest.run(f"ls {directory}rollback-journal", check=False).rc == 0:
            halves += 1
            changed += config(guest) != bad
            # Whoever comes next: a person, or the agent at its start. A person's edit since is his.
            if halves == 2:
                assert "rollback --undo" in guest.ctl("rollback", "--dry-run").stderr
                undone = guest.ctl("rollback", "--undo")
                assert undone.rc == 0 and "has been undone" in undone.stderr
                assert config(guest) == bad
                continue
            if halves == 1:
                guest.write(DROP_IN, "ClientAliveInterval 44\n")
            if halves == 3:  # the agent may not, and says so
                guest.write("/etc/sshguardd/disabled", "")
                guest.run(["systemctl", "start", "sshguardd"])
                guest.wait(lambda: "rollback --undo" in guest.ctl("status").stdout, 10, "it to be told")
                guest.run(f"ls {directory}rollback-journal; rm /etc/sshguardd/disabled")
            guest.run(["systemctl", "start", "sshguardd"])
            guest.wait(lambda: guest.run(f"ls {directory}rollback-journal", check=False).rc != 0, 10, "it to be undone")
            guest.run(["systemctl", "stop", "sshguardd"])
            if halves == 1:
                assert guest.read(DROP_IN) == "ClientAliveInterval 44\n"
                guest.run(["rm", DROP_IN])
            assert config(guest) == bad
        elif config(guest) == good:
            break
        if halves >= 4 and changed:
            break
    assert halves >= 3 and changed > 0
    rollback(guest)
    assert config(guest) == good


def test_the_agent_alone_or_not_at_all(guest: Guest) -> None:
    # Without the agent, and sshd is down: sshguardctl starts it itself.
    login_and_keep(guest)
    guest.run(["systemctl", "stop", "sshguardd"])
    break_config(guest)
    guest.run(["systemctl", "restart", "ssh"], check=False)
    guest.wait(lambda: guest.unit("ssh", "ActiveState") == "failed", 10, "systemd to give up")
    guest.expect_refused()
    assert "sshd answers" in rollback(guest).stdout
    guest.expect_login()


def test_a_link_and_another_machine(guest: Guest) -> None:
    guest.run(f"mkdir /etc/ssh/real && mv {CONFIG} /etc/ssh/real/config && ln -s real/config {CONFIG}")
    restart_sshd(guest)
    login_and_keep(guest)
    good = config(guest)
    break_config(guest)
    rollback(guest)
    assert config(guest) == good
    guest.run(f"rm {CONFIG} && printf 'Prot 22\\n' >{CONFIG}")
    rollback(guest)
    assert config(guest) == good

    # A clone of its disk has proved nothing yet.
    guest.run("printf '%032x\\n' 12345 >/root/id && mount --bind /root/id /etc/machine-id")
    assert kept(guest) == 0
    assert guest.ctl("rollback").rc == 3
