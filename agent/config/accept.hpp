// The value of an [accept] entry: [subject=TEXT] [until=TIME] reason=TEXT
#pragma once

#include "sshguardd/config.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace sshguardd::config {

struct AcceptLine {
  Accept accept;
  std::string wrong; // what is wrong, and what is allowed; empty = nothing
};

// The id must be one of the catalog.
[[nodiscard]] AcceptLine parse_accept(std::string_view id, std::string_view value);

// 2027-01-31 (its beginning, UTC), 2027-01-31T12:00:00Z, 2027-01-31T12:00:00+01:00 (RFC 3339).
[[nodiscard]] std::optional<WallTime> parse_time(std::string_view text);

} // namespace sshguardd::config
