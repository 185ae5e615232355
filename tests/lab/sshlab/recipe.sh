#!/bin/sh
# Finishes a new root: runs outside of it, with its directory as $1 and the public key of the lab as $2.
# Part of the cache key: a change here rebuilds every root.
set -eu
root=$1
key=$2
in_root() { env --unset=TMPDIR chroot "$root" "$@"; }

# `apt-get install --reinstall openssh-server` has to work in a guest, which has no network: its lists stay as they
# are (same version as what is installed), and the archives are there already.
in_root apt-get clean
in_root apt-get install -y --reinstall --download-only openssh-server openssh-client openssh-sftp-server
in_root apt-cache gencaches

# The people who log in.
in_root useradd --create-home --shell /bin/bash --user-group alice
for home in /root /home/alice; do
    in_root install -d -m 0700 "$home/.ssh"
    in_root install -m 0600 /dev/null "$home/.ssh/authorized_keys"
    cat "$key" >"$root$home/.ssh/authorized_keys"
done
in_root chown -R alice:alice /home/alice/.ssh

# A guest gets its network from the lab, and each guest its own identity when it starts.
: >"$root/etc/machine-id"
rm -f "$root/var/lib/dbus/machine-id" "$root/etc/hostname" "$root/etc/resolv.conf"
ln -s /etc/machine-id "$root/var/lib/dbus/machine-id"

# Installed for the scenarios that start them: a fresh guest has no firewall (ufw is enabled, but off by its own file),
# and nobody who bans.
in_root systemctl disable firewalld.service fail2ban.service sshguard.service

# Units that only slow a boot down, or would fetch from a network.
in_root systemctl mask apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer fstrim.timer e2scrub_all.timer \
    man-db.timer systemd-networkd-wait-online.service

# A boot of this root is not its first one after an update: no ldconfig, no journal catalog each time.
touch "$root/etc/.updated" "$root/var/.updated"
