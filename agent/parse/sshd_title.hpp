// The title of sshd's listening process (sshd.c:listener_proctitle).
#pragma once

#include "sshguardd/snapshot.hpp"

#include <optional>
#include <string_view>

namespace sshguardd::parse {

// `cmdline` is /proc/PID/cmdline: words ended by zero bytes, here one word, padded with zeros.
// "sshd: /usr/sbin/sshd -D [listener] 3 of 10-100 startups"; nullopt for everything else. Paths and
// options before it may hold anything: only the end of the title counts.
[[nodiscard]] std::optional<Startups> sshd_title(std::string_view cmdline);

} // namespace sshguardd::parse
