// The third field of access.conf(5): where somebody comes from (pam_access.c:from_match()).
#pragma once

#include <string_view>

namespace sshguardd::parse {

enum class Fits { no, maybe, yes };

struct AccessOrigin {
  std::string_view address = {}; // as inet_ntop(3) writes it; empty: from anywhere but here
  bool by_name = false;          // UseDNS: PAM may be told a host's name instead
  bool no_dns = false;           // the option nodns
};

// Whether one word of it names that origin. What only a name service tells is `maybe`: netgroups,
// names of hosts (which Linux-PAM looks up from 1.5.3 on, and passes over before).
[[nodiscard]] Fits origin_fits(std::string_view word, const AccessOrigin& from);

} // namespace sshguardd::parse
