#!/bin/bash
# Builds the package of this source tree, installs it, starts the agent where systemd runs, and shows the
# status. sshd is not touched, nor installed. Exit status 0: installed, whatever the status says.
set -euo pipefail

say() { printf '%s\n' "install: $*" >&2; }
die() {
    say "$*"
    exit 1
}

case ${1:-} in
    '') ;;
    -h | --help)
        echo "usage: sudo ./packaging/install.sh"
        exit 0
        ;;
    *)
        echo "usage: sudo ./packaging/install.sh" >&2
        exit 64
        ;;
esac

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
if ! command -v apt-get >/dev/null || ! command -v dpkg >/dev/null; then
    die "this takes a Debian-like system (apt-get, dpkg)"
fi
[[ $EUID -eq 0 ]] || die "this takes root: sudo $here/install.sh"

export DEBIAN_FRONTEND=noninteractive
# needrestart, where it is installed, would restart services after any installation, sshd among them.
export NEEDRESTART_SUSPEND=1
# Nobody's key at an unexpected prompt; a lock that somebody holds is waited for.
apt() {
    apt-get -y -q -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 --no-install-recommends "$@" </dev/null
}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
# apt's own user reads the package from here.
chmod 0755 "$scratch"

# On a fresh machine apt has no package lists, on an old one outdated ones.
say "build dependencies"
mkdir "$scratch/deps"
cp -r "$here/debian" "$scratch/deps/"
install_dependencies() { apt install dpkg-dev && apt build-dep "$scratch/deps"; }
if ! install_dependencies >"$scratch/log" 2>&1; then
    apt update || say "apt-get update failed; trying with the lists that are there"
    install_dependencies || die "could not install the build dependencies"
fi

say "building (takes a minute or more)"
"$here/build-deb.sh" "$scratch/out" >"$scratch/build.log" 2>&1 || {
    cat "$scratch/build.log" >&2
    die "the build failed"
}
deb=$(tail -n 1 "$scratch/build.log")

say "installing $(basename "$deb")"
# --reinstall: the same version, built from changed sources, is installed too. A configuration file that
# somebody edited is kept.
apt install --reinstall --allow-downgrades -o Dpkg::Options::=--force-confold "$deb" ||
    die "could not install the package"

if [[ -d /run/systemd/system ]]; then
    # The package has started or restarted it, unless policy-rc.d forbids that.
    systemctl start sshguardd.service || say "sshguardd.service did not start: systemctl status sshguardd"
else
    say "systemd is not running here: the agent is installed and enabled, but not started."
    say "What follows is one look at the machine, by sshguardctl itself."
fi

echo
status=0
sshguardctl status || status=$?
# 0 to 3 is what the status says about the machine; anything else means that the command does not work.
((status <= 3)) || die "sshguardctl status failed (exit status $status)"
