#!/bin/bash
# Builds the .deb of this source tree: of the running suite with the running system, of another one in a
# minimal root of it, which is made once and kept. Needs nothing but the tree: a clone, a tree without
# git, a dirty one. Prints the path of the .deb on its last line.
# shellcheck disable=SC2016 # what is quoted is for apt, mmdebstrap and inner shells
set -euo pipefail

usage() {
    cat <<'USAGE'
usage: build-deb.sh [--suite SUITE] [--mirror URI] OUTDIR

  --suite SUITE   Debian suite to build for, e.g. bookworm or trixie (default: the running one)
  --mirror URI    where the packages of another suite come from
                  (default: where apt has those of the running one from)

Another suite takes root and mmdebstrap. Its root is kept in $SSHGUARDD_CACHE
(default /var/cache/sshguardd-build) and takes the network only when it is made.
USAGE
}

say() { printf '%s\n' "build-deb: $*" >&2; }
die() {
    say "$*"
    exit 1
}

suite='' mirror='' outdir=''
while (($#)); do
    case $1 in
        --suite | --mirror)
            (($# >= 2)) || { usage >&2; exit 64; }
            if [[ $1 == --suite ]]; then suite=$2; else mirror=$2; fi
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
        *)
            [[ -z $outdir ]] || { usage >&2; exit 64; }
            outdir=$1
            ;;
    esac
    shift
done
[[ -n $outdir ]] || { usage >&2; exit 64; }
[[ $suite =~ ^[a-z]*$ ]] || die "not a suite: $suite"

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
# shellcheck source=/dev/null
running=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
suite=${suite:-$running}
[[ -n $suite ]] || die "/etc/os-release names no suite: give one with --suite"
mkdir -p "$outdir"
outdir=$(cd "$outdir" && pwd -P)
cache=${SSHGUARDD_CACHE:-/var/cache/sshguardd-build}

# ---- what is cleaned up, however this ends ---------------------------------------------------------
scratch=$(mktemp -d "${TMPDIR:-/tmp}/sshguardd-build.XXXXXXXX")
unfinished=''
child=''
cleanup() {
    local status=$?
    trap - EXIT INT TERM HUP
    if [[ -n $child ]]; then
        kill -TERM "$child" 2>/dev/null || true
        wait "$child" 2>/dev/null || true
    fi
    rm -rf --one-file-system "$scratch"
    [[ -z $unfinished ]] || rm -rf --one-file-system "$unfinished"
    exit "$status"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# Runs a program so that a signal to this script ends it too; bash itself would wait for it first.
run() {
    "$@" </dev/null >&2 &
    child=$!
    local status=0
    wait "$child" || status=$?
    child=''
    return "$status"
}

# ---- the sources -----------------------------------------------------------------------------------
# With git: what it tracks or would track, as it is on disk. Without: all but what builds leave behind.
copy_sources() {
    local to=$1
    mkdir -p "$to"
    if command -v git >/dev/null &&
        [[ $(git -c safe.directory='*' -C "$top" rev-parse --show-toplevel 2>/dev/null) == "$top" ]]; then
        # Deleted files are still listed.
        git -c safe.directory='*' -C "$top" ls-files -z --cached --others --exclude-standard |
            while IFS= read -r -d '' file; do
                [[ ! -e $top/$file && ! -L $top/$file ]] || printf '%s\0' "$file"
            done |
            tar -C "$top" --null --no-recursion --files-from=- -cf - | tar -C "$to" --no-same-owner -xf -
    else
        tar -C "$top" --exclude=./.git --exclude=./build --exclude=./out --exclude='./*.deb' -cf - . |
            tar -C "$to" --no-same-owner -xf -
    fi
    # dpkg's tools want it at the top.
    cp -a "$to/packaging/debian" "$to/debian"
    chmod -R go-w,u+rwX,go+rX "$to"
}

# 0.1.0 becomes 0.1.0~deb12: the packages of two suites have different names, and an upgrade of the
# suite is an upgrade of the package.
stamp_suite() {
    local to=$1 id=$2 release=$3 version
    version=$(sed -nE '1s/^[^(]*\(([^)]*)\).*/\1/p' "$to/debian/changelog")
    grep -Eq "^project\(sshguardd VERSION ${version//./\\.}[ )]" "$to/CMakeLists.txt" ||
        die "CMakeLists.txt and packaging/debian/changelog disagree about the version ($version)"
    [[ $id != debian ]] || id=deb
    sed -i -E "1s/\([^)]*\)/(${version}~${id}${release})/" "$to/debian/changelog"
}

# ---- the build -------------------------------------------------------------------------------------
# No debug symbols package; everything else is left to debian/rules.
build_environment=(
    env -i
    PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/nonexistent LC_ALL=C.UTF-8
    "DEB_BUILD_OPTIONS=noautodbgsym parallel=$(nproc)"
)
build_command=(dpkg-buildpackage --build=binary --no-sign)

build_here() {
    local missing
    command -v dpkg-buildpackage >/dev/null ||
        die "dpkg-dev is not installed; packaging/install.sh installs what a build takes"
    if ! missing=$(cd "$scratch/src" && dpkg-checkbuilddeps 2>&1); then
        say "${missing#*error: }"
        die "install them with: apt-get build-dep $top/packaging"
    fi
    run "${build_environment[@]}" TMPDIR="$scratch" \
        sh -c 'cd "$1" && shift && exec "$@"' sh "$scratch/src" "${build_command[@]}"
}

# Where apt has the packages of the running suite from.
host_mirror() {
    apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(SITE)' 'Identifier: Packages' |
        awk -v suite="$running" '$1 == suite && $2 == "main" { print $3; exit }'
}

# The proxies that apt is configured with, as options for mmdebstrap.
proxy_options() {
    apt-config dump |
        sed -nE '/^Acquire::[a-z]+::Proxy(-Auto-Detect|::[^ ]+)? ".+";$/s/^/--aptopt=/p'
}

# A root of the suite with the build dependencies: its directory is complete or not there. The lock on
# the descriptor stays shared while it is in use, so that nobody clears it away.
prepare_root() {
    local key root old
    [[ $EUID -eq 0 ]] || die "building for $suite on $running takes root"
    command -v mmdebstrap >/dev/null ||
        die "building for $suite on $running takes mmdebstrap: apt-get install mmdebstrap"
    mkdir -p "$cache"
    # The script's own lines are part of the key: another recipe is another root.
    key=$({ sed -n '/^Build-Depends:/,/^[^ ]/p' "$scratch/src/debian/control"
            declare -f make_root; dpkg --print-architecture; } | sha256sum | cut -c1-16)
    root=$cache/$suite-$key
    exec {lock}>"$cache/$suite.lock"
    while :; do
        run flock "$lock"
        if [[ ! -d $root ]]; then
            make_root "$root"
            for old in "$cache/$suite"-*; do
                [[ $old == "$root" ]] || rm -rf --one-file-system "$old"
            done
        fi
        run flock -s "$lock"
        [[ ! -d $root ]] || break
    done
    build_root=$root
}

make_root() {
    local root=$1 uri=$mirror
    local -a proxies
    [[ -n $uri ]] || uri=$(host_mirror)
    [[ -n $uri ]] || die "apt does not say where $running comes from: give --mirror URI"
    mapfile -t proxies < <(proxy_options)
    say "making a root of $suite from $uri (once)"
    unfinished=$root.unfinished.$$
    mkdir -p "$scratch/deps/debian"
    cp "$scratch/src/debian/control" "$scratch/src/debian/changelog" "$scratch/deps/debian/"
    # Unpacked here, so that the hook finds it below the root; no services, no documentation.
    run mmdebstrap --quiet --mode=root --variant=apt --components=main "${proxies[@]}" \
        --aptopt='APT::Install-Recommends "false"' \
        --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
        --dpkgopt='path-exclude=/usr/share/locale/*' \
        --customize-hook="copy-in '$scratch/deps' /tmp" \
        --customize-hook='chroot "$1" apt-get -qq -y build-dep /tmp/deps' \
        --customize-hook='rm -rf "$1/tmp/deps"; mkdir -p "$1/build"' \
        "$suite" "$unfinished" "$uri" || die "could not make a root of $suite from $uri"
    mv -T "$unfinished" "$root"
    unfinished=''
}

# In name spaces of its own: the root read-only, no network, and nothing mounted or running afterwards.
build_in_root() {
    run unshare --mount --propagation private --net --pid --fork --kill-child sh -ec '
        root=$1 scratch=$2
        shift 2
        mount --bind "$root" "$root"
        mount -o remount,bind,ro "$root"
        mount -t proc proc "$root/proc"
        mount --rbind /dev "$root/dev"
        mount -t tmpfs tmpfs "$root/tmp"
        mount --bind "$scratch" "$root/build"
        exec chroot "$root" sh -c "cd /build/src && exec \"\$@\"" sh "$@"
    ' sh "$build_root" "$scratch" "${build_environment[@]}" "${build_command[@]}"
}

copy_sources "$scratch/src"
if [[ $suite == "$running" ]]; then
    os_release=/etc/os-release
else
    prepare_root
    os_release=$build_root/usr/lib/os-release
fi
# shellcheck source=/dev/null
read -r os_id os_version < <(. "$os_release" && echo "$ID ${VERSION_ID:-$suite}")
stamp_suite "$scratch/src" "$os_id" "$os_version"

if [[ $suite == "$running" ]]; then
    build_here || die "the build failed"
else
    build_in_root || die "the build in a root of $suite failed"
fi

deb=$(cd "$scratch" && echo sshguardd_*.deb)
[[ -f $scratch/$deb ]] || die "the build left no package"
# Complete or not there, also on another file system.
cp "$scratch/$deb" "$outdir/.$deb.$$"
mv -f "$outdir/.$deb.$$" "$outdir/$deb"
echo "$outdir/$deb"
