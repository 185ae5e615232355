// The one thing that is changed in a home: the bits 022 of what lies on the way to a key file. The
// user may be hostile and exchange names meanwhile; so may others, where the home is open to them.
#pragma once

#include "sshguardd/remedy.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::host {

// Leaves this process as the account to the file system: only for a short-lived process of its own.
//
// Every object is opened below the home without following a link, and judged on its descriptor,
// before any is changed: where one of them is not the account's own, not a plain file with one name
// or a directory, has an access control list or a set-id bit, nothing is done. Then each is judged
// again and changed by its descriptor, the key file first and the home last: until the last one is
// done sshd goes on refusing, so that nothing is trusted half way. What fails then stops it; what
// was done by then stays done, since it only took permissions of others away.
//
// nullopt: all of them are as wanted now. Otherwise the reason.
[[nodiscard]] std::optional<std::string>
clear_key_mode(const ClearKeyMode& remedy, const std::string& passwd_file = "/etc/passwd");

// The same in a child (host/own_child.hpp): exit status 0, or the reason on stderr.
inline constexpr std::string_view clear_key_mode_word = "clear-key-mode";
[[nodiscard]] std::vector<std::string> clear_key_mode_arguments(const ClearKeyMode& remedy);
[[nodiscard]] int clear_key_mode_main(const std::vector<std::string>& arguments);

} // namespace sshguardd::host
