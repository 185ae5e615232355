// Patterns of names and addresses, as sshd compares them (ssh_config(5), PATTERNS; match.c).
#pragma once

#include <string_view>

namespace sshguardd::parse {

// "192.0.2.1", "2001:db8::1"; no name, and without a scope.
[[nodiscard]] bool is_address(std::string_view text);

// With `*` and `?` (match.c:match_pattern()). Takes no longer than the product of the lengths.
[[nodiscard]] bool match_pattern(std::string_view text, std::string_view pattern);

// A list with commas, of which some may begin with "!" (match.c:match_pattern_list()): the first
// negated one that fits denies, any other that fits allows.
enum class ListMatch { none, yes, negated };
[[nodiscard]] ListMatch match_list(std::string_view text, std::string_view patterns);

// from= before a key and the part behind the @ of AllowUsers (match.c:match_host_and_ip()), with
// UseDNS no: the host's name is its address. Networks as 10.0.0.0/8. `wrong` where sshd finds the
// list itself faulty, as with bits set behind the mask; no address matches then.
enum class HostMatch { no, yes, wrong };
[[nodiscard]] HostMatch match_host(std::string_view address, std::string_view patterns);

} // namespace sshguardd::parse
