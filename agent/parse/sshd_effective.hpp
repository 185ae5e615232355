// What `sshd -G` and `sshd -T` print: the configuration as sshd itself understands it
// (servconf.c:dump_config). Keywords are compared without case, since 10.5 prints them mixed.
#pragma once

#include "sshguardd/snapshot.hpp"

#include <optional>
#include <string_view>

namespace sshguardd::parse {

// nullopt where it is no such output: a whole one names at least one listenaddress. The fingerprint
// is left empty.
[[nodiscard]] std::optional<Effective> sshd_effective(std::string_view output);

} // namespace sshguardd::parse
