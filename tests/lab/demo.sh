#!/bin/bash
# Shows what it is about: a throw-away guest, three ways to lock everybody out of it, and what its serial
# console says meanwhile. Installs what it needs (Debian packages), builds the .deb where none is given.
set -euo pipefail

usage() {
    cat <<'USAGE'
usage: sudo ./tests/lab/demo.sh [--suite SUITE] [DEB]

  --suite SUITE   the Debian of the guest: bookworm or trixie (default: bookworm)
  DEB             sshguardd for that suite (default: built from this tree, and kept in build/demo)
USAGE
}

say() { printf '%s\n' "demo: $*" >&2; }

suite=bookworm deb=''
while (($#)); do
    case $1 in
        --suite)
            (($# >= 2)) || { usage >&2; exit 64; }
            suite=$2
            shift
            ;;
        -h | --help)
            usage
            exit 0
            ;;
        -*)
            usage >&2
            exit 64
            ;;
        *) deb=$(realpath -- "$1") ;;
    esac
    shift
done
[[ $suite == bookworm || $suite == trixie ]] || { usage >&2; exit 64; }
[[ $EUID -eq 0 ]] || {
    say "the guest takes root: sudo $0"
    exit 1
}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
top=$(cd "$here/../.." && pwd -P)
log=$top/build/demo/log
mkdir -p "$top/build/demo"

export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1
apt() {
    apt-get -y -q -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 --no-install-recommends "$@" </dev/null >>"$log" 2>&1
}

# apt on a fresh machine has no package lists.
need() {
    say "installing what is missing"
    apt "$@" || { apt update && apt "$@"; } || {
        tail -n 20 "$log" >&2
        exit 1
    }
}

: >"$log"
missing=()
for package in e2fsprogs iproute2 mmdebstrap mount openssh-client python3 systemd-container util-linux; do
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || missing+=("$package")
done
((${#missing[@]} == 0)) || need install "${missing[@]}"

if [[ -z $deb ]]; then
    deb=$top/build/demo/$suite.deb
    newer=$(find "$top"/{agent,include,packaging,CMakeLists.txt} -newer "$deb" -print -quit 2>/dev/null || true)
    if [[ ! -e $deb || -n $newer ]]; then
        # shellcheck source=/dev/null
        if [[ $(. /etc/os-release && echo "${VERSION_CODENAME:-}") == "$suite" ]] &&
            ! (cd "$top/packaging" && dpkg-checkbuilddeps >/dev/null 2>&1); then
            need install dpkg-dev
            need build-dep "$top/packaging"
        fi
        say "building the .deb (once, a minute or two)"
        if ! "$top/packaging/build-deb.sh" --suite "$suite" "$top/build/demo" >"$top/build/demo/built" 2>>"$log"; then
            tail -n 30 "$log" >&2
            exit 1
        fi
        mv -f "$(tail -n 1 "$top/build/demo/built")" "$deb"
    fi
fi
exec /usr/bin/python3 -B "$here/sshlab/demo.py" "$suite" "$deb"
