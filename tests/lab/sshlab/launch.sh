#!/bin/sh
# Starts one guest. Runs as process 1 of mount, pid, network and cgroup name spaces of its own, so that whatever it
# mounts, creates or starts is gone when it is gone, however it went. Its network name space is the client's side.
#   $1 directory of the guest   $2 host name   $3 lower directories of the overlay   $4 size of the disk
#   $5 its file system
set -eu
dir=$1 name=$2 lower=$3 size=$4 type=$5

# nspawn refuses to start beside no systemd or beside half a cgroup hierarchy: show it neither.
mount -t tmpfs tmpfs /run
mkdir -p /run/systemd /run/netns /run/lock /run/guest/disk /run/guest/root
mount -t cgroup2 cgroup2 /sys/fs/cgroup

ip link set lo up
ip netns add guest
ip link add client type veth peer name eth0 netns guest
ip address add 10.77.0.1/24 dev client
ip address add fd77::1/64 dev client nodad
ip link set client up
ip -n guest address add 10.77.0.2/24 dev eth0
ip -n guest address add fd77::2/64 dev eth0 nodad
ip -n guest link set eth0 up
ip -n guest route add default via 10.77.0.1

# A disk of its own, so that a full disk is one. Unlinked at once: the loop device keeps it while it is needed.
truncate -s "$size" "$dir/disk"
case $type in
    ext4) mke2fs -q -t ext4 -m 0 -E nodiscard "$dir/disk" ;;
    xfs) mkfs.xfs -q -K "$dir/disk" ;;
esac
mount -o loop,noatime "$dir/disk" /run/guest/disk
rm "$dir/disk"
mkdir /run/guest/disk/upper /run/guest/disk/work
chmod 0755 /run/guest/disk/upper
mount -t overlay -o "lowerdir=$lower,upperdir=/run/guest/disk/upper,workdir=/run/guest/disk/work" \
    overlay /run/guest/root

tr -d - </proc/sys/kernel/random/uuid >/run/guest/root/etc/machine-id
echo "$name" >/run/guest/root/etc/hostname
printf '127.0.0.1 localhost %s\n::1 localhost\n' "$name" >/run/guest/root/etc/hosts

# script(1) gives nspawn a terminal: only then is the guest's /dev/console a real one, and the file is the serial log.
export SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 NOTIFY_SOCKET="$dir/notify"
# A guest that reboots ends nspawn with 133: what is on its disk stays.
status=133
while [ "$status" = 133 ]; do
    status=0
    script -q -a -f -e -c "exec systemd-nspawn --quiet --boot --register=no --keep-unit --notify-ready=yes \
        --directory=/run/guest/root --machine=$name --hostname=$name --network-namespace-path=/run/netns/guest \
        --capability=CAP_NET_ADMIN,CAP_NET_RAW --resolv-conf=off --timezone=off --link-journal=no --console=interactive" \
        "$dir/console" || status=$?
done
exit "$status"
