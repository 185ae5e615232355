// The agent's own record of who got in: a line "UID SECONDS ADDRESS" for each address that an
// account came from lately, without the address where none is known.
#pragma once

#include "sshguardd/accounts.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::parse {

inline constexpr std::size_t most_logins = 256;
// Of one account: the office, home, a jump host. Those that it came from last stay.
inline constexpr std::size_t most_addresses = 4;
// Who has not come for so long is not missed.
inline constexpr std::int64_t login_counts_for = 90LL * 86'400;

// Lines that are none are passed over.
[[nodiscard]] std::vector<Login> login_record(std::string_view text);
[[nodiscard]] std::string text_of(const std::vector<Login>& record);

// Adds it, or makes it later; what came least lately goes where there are too many. True where that
// is worth writing: a new account, an address that it is not known by (an hour after its last where
// another has to go for it), a day later than what is kept, or an hour after it came from
// elsewhere.
bool note_login(std::vector<Login>& record, const Login& login);

} // namespace sshguardd::parse
