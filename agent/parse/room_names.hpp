// Which files may be deleted to make room, by their names: exactly those that a package manager,
// journald, logrotate or systemd-coredump itself gives. Whatever is named in another way is
// somebody's own.
#pragma once

#include <string_view>

namespace sshguardd::parse {

// "NAME_VERSION_ARCH.deb" in apt's archives, as its own cleaner takes names apart
// (apt-pkg/clean.cc).
[[nodiscard]] bool is_cached_deb(std::string_view name);

// "NAME-VERSION-RELEASE.ARCH.rpm".
[[nodiscard]] bool is_cached_rpm(std::string_view name);

// What a rotated log was: "auth.log" for "auth.log.1" and "auth.log.2.gz", "messages" for
// "messages-20261122.xz" (logrotate(8)); empty where the name is none of these.
[[nodiscard]] std::string_view rotated_from(std::string_view name);

// "core.COMM.UID.BOOTID.PID.TIME", compressed or not: systemd's coredump.c.
[[nodiscard]] bool is_core_dump(std::string_view name);

} // namespace sshguardd::parse
