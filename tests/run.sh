#!/bin/bash
# All tests: unit and golden tests under sanitizers, and the scenarios in booted guests.
# Installs what they need (Debian packages). Closes with "N passed, N failed"; exit status 0: none failed.
set -euo pipefail

usage() {
    cat <<'USAGE'
usage: sudo ./tests/run.sh [--suites LIST] [unit|asan|lab|demo|fuzz [SECONDS] ...]

  --suites LIST   the suites whose guests are booted (default: bookworm,trixie)
  unit            unit and golden tests, as they are built fastest
  asan            the same under AddressSanitizer and UndefinedBehaviorSanitizer
  lab             the .deb of each suite, installed and broken in booted guests
  demo            the demonstration (tests/lab/demo.sh) ends well
  fuzz [SECONDS]  each fuzz harness for so long (default: 60), guided by coverage; takes clang.
                  What it finds is in build/tests/fuzz
Without a name: asan, lab and demo.
USAGE
}

say() { printf '%s\n' "tests: $*" >&2; }

suites=bookworm,trixie
fuzz_seconds=60
parts=()
while (($#)); do
    case $1 in
        --suites)
            suites=${2:?}
            shift
            ;;
        -h | --help)
            usage
            exit 0
            ;;
        unit | asan | lab | demo) parts+=("$1") ;;
        fuzz)
            parts+=(fuzz)
            if [[ ${2:-} =~ ^[0-9]+$ ]]; then
                fuzz_seconds=$2
                shift
            fi
            ;;
        *)
            usage >&2
            exit 64
            ;;
    esac
    shift
done
((${#parts[@]})) || parts=(asan lab demo)
[[ $EUID -eq 0 ]] || {
    say "the guests take root: sudo $0"
    exit 1
}

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
cd "$top"
out=build/tests
mkdir -p "$out"

install_packages() {
    local packages=(
        # what a build takes (packaging/debian/control)
        cmake debhelper dpkg-dev fakeroot g++ libcli11-dev libfmt-dev libinih-dev libsdbus-c++-dev
        libspdlog-dev libsystemd-dev nettle-dev ninja-build nlohmann-json3-dev pkgconf
        # what the tests take
        ccache libgtest-dev dbus e2fsprogs iproute2 iptables lintian mmdebstrap mount nftables openssh-client
        python3 python3-pytest python3-pytest-timeout python3-pytest-xdist systemd-container ufw util-linux xfsprogs
    )
    [[ " ${parts[*]} " != *" fuzz "* ]] || packages+=(clang libclang-rt-dev)
    local missing=()
    for package in "${packages[@]}"; do
        [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] ||
            missing+=("$package")
    done
    ((${#missing[@]})) || return 0
    say "installing ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    apt-get -q -o DPkg::Lock::Timeout=300 update >"$out/apt.log" 2>&1 || true
    apt-get -y -q -o DPkg::Lock::Timeout=300 --no-install-recommends install "${missing[@]}" \
        </dev/null >>"$out/apt.log" 2>&1 || {
        tail -n 20 "$out/apt.log" >&2
        return 1
    }
}

# What was compiled before, here or in another clone, is not compiled again.
export CMAKE_CXX_COMPILER_LAUNCHER=ccache CCACHE_BASEDIR=$top CCACHE_NOHASHDIR=1
export CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime

passed=0
failed=0

# Unit and golden tests of one preset.
run_unit() {
    local preset=$1 report=$out/unit-$1.xml
    say "unit tests, preset $preset"
    rm -f "$report"
    if ! { cmake --preset "$preset" && cmake --build --preset "$preset"; } >"$out/build-$preset.log" 2>&1; then
        grep -E 'error|FAILED|CMake Error' "$out/build-$preset.log" | head -n 40 >&2
        say "the build of preset $preset failed: $out/build-$preset.log"
        failed=$((failed + 1))
        return
    fi
    "build/$preset/tests/unit_tests" --gtest_brief=1 --gtest_output="xml:$report" >&2 || true
    count "$report" "unit tests of preset $preset"
    local harness dir=$out/corpus-$preset
    rm -rf "$dir"
    mkdir -p "$dir"
    # shellcheck disable=SC2016 # for the inner shell
    printf '%s\0' "build/$preset/tests/"*_fuzz | xargs -0 -P "$(nproc)" -I'{}' bash -c \
        'name=$(basename "$1" _fuzz); "$1" "tests/fuzz/corpus/$name" >/dev/null && : >"$2/$name.passed"' corpus '{}' "$dir" ||
        true
    for harness in "build/$preset/tests/"*_fuzz; do
        if [[ -e $dir/$(basename "$harness" _fuzz).passed ]]; then
            passed=$((passed + 1))
        else
            say "$harness failed"
            failed=$((failed + 1))
        fi
    done
}

# Adds what a JUnit-like report says. A run that left none, or ran nothing, has failed.
count() {
    local report=$1 what=$2 all bad
    if ! read -r all bad < <(/usr/bin/python3 - "$report" <<'PYTHON'
import sys
import xml.etree.ElementTree as tree
root = tree.parse(sys.argv[1]).getroot()
suites = [root] if "tests" in root.attrib else root.findall("testsuite")
number = lambda name: sum(int(suite.get(name, 0)) for suite in suites)
bad = number("failures") + number("errors")
print(number("tests") - number("skipped"), bad)
PYTHON
    ); then
        say "$what: no report"
        failed=$((failed + 1))
        return
    fi
    ((all > 0)) || bad=$((bad + 1))
    failed=$((failed + bad))
    passed=$((passed + (all > bad ? all - bad : 0)))
    say "$what: $all run, $bad failed"
}

run_lab() {
    local suite deb options=() report=$PWD/$out/lab.xml
    for suite in ${suites//,/ }; do
        say "the .deb of $suite"
        if ! packaging/build-deb.sh --suite "$suite" "$out" >"$out/deb-$suite.out" 2>"$out/deb-$suite.log"; then
            tail -n 30 "$out/deb-$suite.log" >&2
            failed=$((failed + 1))
            return
        fi
        deb=$(tail -n 1 "$out/deb-$suite.out")
        options+=("--deb-$suite=$deb")
        if ! lintian --fail-on error,warning "$deb" >&2; then
            say "lintian does not like $deb"
            failed=$((failed + 1))
        else
            passed=$((passed + 1))
        fi
    done
    # That the firewalls' evaluator and the reader of saved rules are asked by; the tests under sanitizers have
    # built nearly all of them already.
    if ! { cmake --preset asan && cmake --build --preset asan --target flow_answer saved_rules_show; } \
        >"$out/build-flow.log" 2>&1; then
        tail -n 20 "$out/build-flow.log" >&2
        say "flow_answer or saved_rules_show does not build: $out/build-flow.log"
        failed=$((failed + 1))
    fi
    say "scenarios in guests of $suites"
    # Guests mostly wait: more of them than processors.
    scenarios "$report" -n 6 "${options[@]}" . | sed -Eu '/^=+ (ERRORS|FAILURES) =/,$d' >&2
    count "$report" "scenarios"
    # One or two may have been too slow beside so many others: what fails alone as well has failed.
    local again=()
    mapfile -t again < <(failed_in "$report")
    ((${#again[@]})) || return 0
    if ((${#again[@]} <= 3)); then
        say "once more, alone: ${again[*]}"
        failed=$((failed - ${#again[@]}))
        report=$PWD/$out/lab-again.xml
        scenarios "$report" -n 1 "${options[@]}" "${again[@]}" >&2
        count "$report" "scenarios that failed beside others"
        [[ $(failed_in "$report") ]] || {
            say "what they said beside others: $out/lab.log"
            return 0
        }
    fi
    sed -En '/^=+ (ERRORS|FAILURES) =/,$p' "$out/lab.log" >&2
}

# Runs scenarios; what pytest says is in a log beside the report, too.
scenarios() {
    local report=$1
    shift
    rm -f "$report"
    (cd tests/lab && /usr/bin/python3 -m pytest -q --suites "$suites" --junit-xml="$report" "$@" 2>&1) |
        tee "${report%.xml}.log" || true
}

# The failed ones of a report, as pytest takes them.
failed_in() {
    /usr/bin/python3 - "$1" <<'PYTHON'
import sys
import xml.etree.ElementTree as tree
for case in tree.parse(sys.argv[1]).getroot().iter("testcase"):
    if case.find("failure") is not None or case.find("error") is not None:
        print(f"{case.get('classname')}.py::{case.get('name')}")
PYTHON
}

run_demo() {
    local suite=${suites%%,*} deb
    deb=$(tail -n 1 "$out/deb-$suite.out" 2>/dev/null) || deb=''
    say "the demonstration, suite $suite"
    if tests/lab/demo.sh --suite "$suite" ${deb:+"$deb"} >"$out/demo.log" 2>&1 </dev/null; then
        passed=$((passed + 1))
    else
        tail -n 40 "$out/demo.log" >&2
        failed=$((failed + 1))
    fi
}

# One harness until its time is over; its log, and what it found, are in build/tests/fuzz.
fuzz_one() {
    local harness=$1 seconds=$2 dir=$3 name
    name=$(basename "$harness" _fuzz)
    mkdir -p "$dir/$name"
    "$harness" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=8192 -print_final_stats=1 \
        -artifact_prefix="$dir/$name-" "$dir/$name" "tests/fuzz/corpus/$name" >"$dir/$name.log" 2>&1
}

run_fuzz() {
    local dir=$out/fuzz harness name
    say "fuzzing, $fuzz_seconds s each"
    mkdir -p "$dir"
    if ! { cmake --preset fuzz && cmake --build --preset fuzz; } >"$out/build-fuzz.log" 2>&1; then
        grep -E 'error|FAILED|CMake Error' "$out/build-fuzz.log" | head -n 40 >&2
        say "the build of preset fuzz failed: $out/build-fuzz.log"
        failed=$((failed + 1))
        return
    fi
    rm -f "$dir"/*.log "$dir"/*.passed
    export -f fuzz_one
    # shellcheck disable=SC2016 # for the inner shell
    printf '%s\0' build/fuzz/tests/*_fuzz |
        xargs -0 -P "$(nproc)" -I'{}' bash -c \
            'if fuzz_one "$1" "$2" "$3"; then : >"$3/$(basename "$1" _fuzz).passed"; fi' fuzz '{}' "$fuzz_seconds" "$dir"
    for harness in build/fuzz/tests/*_fuzz; do
        name=$(basename "$harness" _fuzz)
        if [[ -e $dir/$name.passed ]]; then
            passed=$((passed + 1))
            say "$name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$dir/$name.log") inputs"
            continue
        fi
        failed=$((failed + 1))
        grep -vE '^(#[0-9]+|INFO:|stat::)' "$dir/$name.log" | tail -n 40 >&2
        say "$name failed. Again: $harness $(sed -n 's/.*Test unit written to //p' "$dir/$name.log" | tail -n 1)"
    done
}

install_packages
for part in "${parts[@]}"; do
    case $part in
        unit) run_unit dev ;;
        asan) run_unit asan ;;
        lab) run_lab ;;
        demo) run_demo ;;
        fuzz) run_fuzz ;;
    esac
done

echo "$passed passed, $failed failed"
((failed == 0))
