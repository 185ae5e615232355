"""What is inside a guest: the package list of each Debian suite."""

from __future__ import annotations

COMMON = (
    # the system: a guest boots like a small cloud VM
    "systemd", "systemd-sysv", "dbus", "udev", "libpam-systemd", "login", "passwd", "procps", "psmisc",
    "iproute2", "iputils-ping", "util-linux", "libc-bin", "kmod", "less", "ca-certificates",
    # the patient
    "openssh-server", "openssh-client", "openssh-sftp-server",
    # what stands between the client and sshd
    "iptables", "nftables", "ufw", "firewalld", "fail2ban", "python3-systemd", "sshguard",
    # who brings the network up at the next boot
    "netplan.io",
    # small helpers of the scenarios (locks by fcntl, timing of banners)
    "python3",
)

# The run-time libraries of sshguardd have other names in each suite. They are part of the root, because a guest has
# no network: `dpkg -i sshguardd.deb` must find them there.
RUNTIME = {
    "bookworm": ("libsystemd0", "libsdbus-c++1", "libspdlog1.10", "libfmt9", "libinih1"),
    "trixie": ("libsystemd0", "libsdbus-c++2", "libspdlog1.15", "libfmt10", "libinih1"),
}

SUITES = tuple(RUNTIME)


def packages(suite: str) -> list[str]:
    """All packages of a root of this suite, in a stable order."""
    if suite not in RUNTIME:
        raise ValueError(f"no lab for suite {suite!r}; there is {', '.join(SUITES)}")
    return sorted({*COMMON, *RUNTIME[suite]})
