"""Host keys that are gone, of no use, open to others, or others than before."""

from __future__ import annotations

from pathlib import Path

from sshlab.guest import Guest
from sshlab.machine import ADDRESS, Result

KEYS = "/etc/ssh/ssh_host_*_key"
ED25519 = "/etc/ssh/ssh_host_ed25519_key"
CONF = "/etc/ssh/sshd_config.d/lab.conf"

# A client that remembers: it learns keys it does not know, and refuses others than it knows.
_REMEMBERS = ("ssh", "-F", "/dev/null", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=accept-new",
              "-o", "GlobalKnownHostsFile=/dev/null", "-o", "ConnectTimeout=10")


def restart_in_vain(guest: Guest) -> None:
    """Restarts sshd, which cannot start, until systemd gives up; the agent may have healed it when this returns."""
    guest.run(["systemctl", "restart", "ssh.service"], check=False)


def fingerprints(guest: Guest) -> list[str]:
    """Of the public halves on disk: "SHA256:..."."""
    lines = guest.run("for key in /etc/ssh/ssh_host_*_key.pub; do ssh-keygen -lf $key; done").stdout.splitlines()
    return sorted(line.split()[1] for line in lines)


def remembering_login(guest: Guest, known_hosts: Path) -> Result:
    """A login by a client with a memory of its own."""
    return guest.client([*_REMEMBERS, "-o", f"UserKnownHostsFile={known_hosts}", "-o", "IdentitiesOnly=yes", "-i", str(guest.root.key),
                         f"alice@{ADDRESS}", "echo in"])


def inodes(guest: Guest) -> str:
    """Which files lie at the default places."""
    return guest.run(f"stat -c '%n %i %s %Y' {KEYS}", check=False).stdout


def test_removed_under_a_living_sshd(guest: Guest) -> None:
    guest.run(f"mkdir /root/kept && mv {KEYS} /root/kept/")
    if not guest.sshd_splits():
        broken = guest.expect_console(id="sshd.hostkeys-missing", state="CRITICAL", says="SSH RESETS")
        message = guest.status()["client_sees"]["message"]
        seen = guest.plain_ssh()
        predicted = message.replace(guest.run(["hostname"]).stdout.strip(), ADDRESS)
        assert seen.rc == 255 and predicted in seen.stderr, (message, seen)
    else:
        broken = guest.expect_console(id="sshd.hostkeys-missing", state="WARNING", says="NEXT sshd RESTART")
        guest.expect_login()
    finding = next(one for one in guest.status()["findings"] if one["id"] == "sshd.hostkeys-missing")
    assert finding["remedy"]["kind"] is None
    assert {"what": ED25519, "value": "missing"} in finding["evidence"]
    assert "sshd.config-invalid" not in guest.findings()
    guest.run("mv /root/kept/ssh_host_*_key /etc/ssh/")
    guest.expect_console(id="sshd.hostkeys-missing", ends=broken.seq, by="person")
    guest.expect_login()
    assert not guest.findings()


def test_removed_and_made_again(guest: Guest) -> None:
    before = fingerprints(guest)
    guest.run(f"rm -f {KEYS} {KEYS}.pub")
    restart_in_vain(guest)
    guest.expect_login(within=10)
    guest.wait(lambda: "sshd.hostkeys-missing" not in guest.findings(), 10, "the end of the trouble")
    heals = guest.status()["heals"]
    assert [(heal["id"], heal["outcome"]) for heal in heals if heal["id"] == "sshd.hostkeys-missing"] == [
        ("sshd.hostkeys-missing", "healed")]
    after = fingerprints(guest)
    assert len(after) == 3 and not set(after) & set(before)
    for fingerprint in after:
        guest.wait(lambda fingerprint=fingerprint: fingerprint in guest.console(), 5,
                   f"{fingerprint} on the console")
    modes = guest.run("stat -c '%a %U' /etc/ssh/ssh_host_*_key /etc/ssh/ssh_host_*_key.pub").stdout.split("\n")
    assert modes[:6] == ["600 root"] * 3 + ["644 root"] * 3
    assert guest.run("ls -A /etc/ssh | grep sshguardd", check=False).stdout == ""
    # Clients know the old ones.
    guest.expect_console(id="sshd.hostkey-changed", within=10)
    keys = guest.status()["host_keys"]
    assert sorted(key["fingerprint"] for key in keys) == after
    text = guest.ctl("status").stdout
    assert all(fingerprint in text for fingerprint in after)


def test_without_public_halves_only(guest: Guest) -> None:
    """Healthy: sshd needs none."""
    since = guest.mark()
    guest.run(f"rm -f {KEYS}.pub")
    guest.expect_quiet(1.5, since)
    guest.run("systemctl restart ssh")
    guest.expect_login()
    assert not guest.findings()


def test_files_of_no_use_are_not_replaced(guest: Guest) -> None:
    guest.run("rm -f /etc/ssh/ssh_host_rsa_key /etc/ssh/ssh_host_rsa_key.pub")
    guest.write(CONF, f"HostKey {ED25519}\nHostKey /etc/ssh/ssh_host_ecdsa_key\n")
    guest.run(f": >{ED25519}; echo nonsense >/etc/ssh/ssh_host_ecdsa_key")
    before = inodes(guest)
    restart_in_vain(guest)
    guest.expect_console(id="sshd.hostkeys-missing", state="CRITICAL", says="SSH REFUSED", within=10)
    guest.expect_refused()
    finding = next(one for one in guest.status()["findings"] if one["id"] == "sshd.hostkeys-missing")
    assert finding["remedy"]["kind"] is None
    assert {"what": ED25519, "value": "empty"} in finding["evidence"]
    assert inodes(guest) == before
    # With the defaults in use, those that are not there can be made beside them.
    guest.run(["rm", CONF])
    guest.expect_console(id="sshd.hostkeys-missing", ends=True, by="agent", within=15)
    guest.expect_login()
    assert guest.run(["cat", "/etc/ssh/ssh_host_ecdsa_key"]).stdout == "nonsense\n"
    assert guest.run(["stat", "-c", "%s", ED25519]).stdout == "0\n"


def test_keys_elsewhere_and_certificates_are_healthy(guest: Guest) -> None:
    since = guest.mark()
    guest.run("""
        mkdir -p /srv/keys && ssh-keygen -q -N '' -t ed25519 -f /srv/keys/host && ssh-keygen -q -N '' -t ed25519 -f /srv/ca
        ssh-keygen -q -s /srv/ca -I web -h /srv/keys/host.pub""")
    guest.write(CONF, "HostKey /srv/keys/host\nHostCertificate /srv/keys/host-cert.pub\n")
    guest.run("systemctl restart ssh")
    guest.expect_login()
    # Another type was dropped and the one in use is another: clients that know the old one are told of.
    told = guest.expect_console(id="sshd.hostkey-changed", since=since, within=10)
    assert told.state == "WARNING"
    assert guest.findings() == {"sshd.hostkey-changed"}
    assert [key["path"] for key in guest.status()["host_keys"]] == ["/srv/keys/host"]
    # Its own directory is followed.
    guest.run("mv /srv/keys/host /srv/keys/host.away")
    guest.expect_console(id="sshd.hostkeys-missing")
    finding = next(one for one in guest.status()["findings"] if one["id"] == "sshd.hostkeys-missing")
    assert finding["remedy"]["kind"] is None
    guest.run("mv /srv/keys/host.away /srv/keys/host")
    guest.expect_console(id="sshd.hostkeys-missing", by="person")


def test_one_key_open_to_others(guest: Guest) -> None:
    guest.run(["chmod", "0640", ED25519])
    broken = guest.expect_console(id="sshd.hostkey-permissions", state="WARNING")
    guest.expect_console(id="sshd.hostkey-permissions", ends=broken.seq, by="agent")
    assert "mode 0640" in guest.status()["heals"][-1]["before"]
    assert guest.run(["stat", "-c", "%a", ED25519]).stdout == "600\n"
    guest.expect_login()
    assert not guest.findings()


def test_all_keys_open_to_others_and_sshd_down(guest: Guest) -> None:
    guest.run(["sshguardctl", "pause", "5m"])
    guest.run(f"chmod 0666 {KEYS}")
    restart_in_vain(guest)
    guest.wait(lambda: guest.unit("ssh.service", "ActiveState") == "failed", 10, "sshd to have failed")
    guest.expect_console(id="sshd.hostkey-permissions", state="CRITICAL", within=5)
    guest.expect_refused()
    guest.run(["sshguardctl", "resume"])
    guest.expect_console(id="sshd.hostkey-permissions", state="OK", by="agent", within=10)
    guest.expect_login()
    assert guest.run(f"stat -c %a {KEYS}").stdout == "600\n" * 3


def test_a_key_that_is_too_short_for_its_rule(guest: Guest) -> None:
    guest.write(CONF, "HostKey /etc/ssh/ssh_host_rsa_key\nRequiredRSASize 8192\n")
    before = inodes(guest)
    guest.expect_console(id="sshd.hostkeys-missing")
    finding = next(one for one in guest.status()["findings"] if one["id"] == "sshd.hostkeys-missing")
    assert "Invalid key length" in str(finding["evidence"])
    restart_in_vain(guest)
    guest.wait(lambda: guest.unit("ssh.service", "ActiveState") == "failed", 10, "sshd to have failed")
    guest.expect_refused()
    guest.run(["rm", CONF])
    guest.expect_console(state="OK", within=15)
    guest.expect_login()
    assert inodes(guest) == before


def test_another_key_in_its_place(guest: Guest, tmp_path: Path) -> None:
    known_hosts = tmp_path / "known_hosts"
    assert remembering_login(guest, known_hosts).stdout == "in\n"
    guest.wait(lambda: guest.run("cat /var/lib/sshguardd/*/hostkeys.json", check=False).rc == 0, 5, "the record")
    old = guest.run(f"ssh-keygen -lf {ED25519}.pub").stdout.split()[1]
    guest.run(f"cd /root && ssh-keygen -q -N '' -t ed25519 -f new && mv new {ED25519} && mv new.pub {ED25519}.pub")
    guest.run("systemctl restart ssh")
    told = guest.expect_console(id="sshd.hostkey-changed", state="WARNING", within=5)
    new = guest.run(f"ssh-keygen -lf {ED25519}.pub").stdout.split()[1]
    finding = next(one for one in guest.status()["findings"] if one["id"] == "sshd.hostkey-changed")
    assert {"what": "before", "value": f"ED25519 {old}"} in finding["evidence"]
    assert {"what": "now", "value": f"ED25519 {new}"} in finding["evidence"]
    seen = remembering_login(guest, known_hosts)
    assert seen.rc == 255
    for words in ("WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!", "Host key verification failed."):
        assert words in seen.stderr and words in str(finding["evidence"]), seen.stderr
    assert guest.status()["client_sees"]["message"] == "Host key verification failed."
    # It outlives the agent, and is not told again by it as something new.
    guest.run("systemctl restart sshguardd")
    guest.wait(lambda: "sshd.hostkey-changed" in guest.findings(), 10, "the finding after a restart of the agent")
    assert told.seq


def test_a_type_that_is_dropped(guest: Guest, tmp_path: Path) -> None:
    """Nothing is broken; but a client may know that one alone."""
    known_hosts = tmp_path / "known_hosts"
    learned = remembering_login(guest, known_hosts)
    assert learned.stdout == "in\n"
    known_hosts.write_text("".join(line + "\n" for line in known_hosts.read_text().splitlines() if "ed25519" in line))
    guest.wait(lambda: guest.run("cat /var/lib/sshguardd/*/hostkeys.json", check=False).rc == 0, 5, "the record")
    mark = guest.mark()
    guest.write(CONF, "HostKey /etc/ssh/ssh_host_rsa_key\n")
    guest.run("systemctl restart ssh")
    guest.wait(lambda: "sshd.hostkey-changed" in guest.worth_knowing(), 10, "the finding")
    assert "not used any more" in guest.ctl("status").stdout and guest.status()["state"] == "ok"
    seen = remembering_login(guest, known_hosts)
    assert seen.rc == 255 and "Host key verification failed." in seen.stderr, seen.stderr
    guest.run(f"rm {CONF} && systemctl restart ssh")
    guest.wait(lambda: "sshd.hostkey-changed" not in guest.worth_knowing(), 10, "its end")
    assert remembering_login(guest, known_hosts).stdout == "in\n"
    guest.expect_quiet(0.5, since=mark)


def test_an_image_that_is_sealed_after_a_failure(guest: Guest) -> None:
    """Keys first, the machine-id later: sshd is down for something else, so that nothing is made."""
    guest.ctl("pause", "10m")
    guest.kill_sshd_until_failed()
    guest.run(f"rm -f {KEYS} {KEYS}.pub")
    guest.expect_console(id="sshd.hostkeys-missing", state="CRITICAL", within=10)
    finding = next(one for one in guest.status()["findings"] if one["id"] == "sshd.hostkeys-missing")
    assert finding["remedy"]["kind"] is None
    guest.ctl("resume")
    guest.expect_refused()
    guest.ctl("check")
    assert inodes(guest) == ""


def test_an_image_that_is_sealed(guest: Guest) -> None:
    guest.run(f": >/etc/machine-id; rm -rf /var/lib/sshguardd/*; rm -f {KEYS} {KEYS}.pub")
    restart_in_vain(guest)
    told = guest.expect_console(id="sshd.hostkeys-missing", state="CRITICAL", says="no identity", within=10)
    guest.wait(lambda: guest.unit("ssh.service", "ActiveState") == "failed", 10, "sshd to have failed")
    guest.expect_quiet(3)
    assert inodes(guest) == "" and guest.run("ls -A /var/lib/sshguardd").stdout == ""
    assert told.seq


def test_a_clone_has_keys_of_its_own(guest: Guest) -> None:
    """Another machine-id, no keys: they are made once it runs, and are nothing that changed."""
    guest.wait(lambda: guest.run("cat /var/lib/sshguardd/*/hostkeys.json", check=False).rc == 0, 5, "the record")
    parents = fingerprints(guest)
    guest.run(f"""
        systemctl stop sshguardd ssh
        echo 0123456789abcdef0123456789abcdef >/etc/machine-id
        rm -f {KEYS} {KEYS}.pub
        systemctl start ssh""", check=False)
    guest.run(["systemctl", "start", "sshguardd"])
    guest.expect_login(within=15)
    own = fingerprints(guest)
    assert len(own) == 3 and not set(own) & set(parents)
    guest.wait(lambda: guest.run("ls /var/lib/sshguardd/0123*/hostkeys.json", check=False).rc == 0, 10, "its record")
    assert "sshd.hostkey-changed" not in guest.findings() | guest.worth_knowing()


def test_not_made_where_it_is_switched_off(guest: Guest) -> None:
    guest.write("/etc/sshguardd/sshguardd.conf.d/lab.conf", "[heal]\ngenerate_host_keys = no\n")
    guest.run("systemctl reload sshguardd")
    guest.run(f"rm -f {KEYS} {KEYS}.pub")
    restart_in_vain(guest)
    guest.expect_console(id="sshd.hostkeys-missing", state="CRITICAL", says="healing is off", within=10)
    guest.expect_refused()
    assert inodes(guest) == ""
    # A person's consent; not while systemd is in the middle of one of its own tries.
    guest.wait(lambda: guest.ctl("heal", "sshd.hostkeys-missing", "--once").rc == 0, 10, "the heal", every=0.5)
    guest.expect_login(within=10)
