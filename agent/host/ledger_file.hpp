// /run/sshguardd/ledger.json: for the one who heals, and for sshguardctl to look into.
#pragma once

#include "engine/ledger.hpp"

#include <optional>
#include <string>

namespace sshguardd::host {

[[nodiscard]] std::string boot_id(); // of the kernel; empty where it cannot be read

// An empty one where there is none of this boot.
[[nodiscard]] engine::Ledger read_ledger();

// text: engine::to_json(). Nothing, or why it was not written.
[[nodiscard]] std::optional<std::string> write_ledger(const std::string& text);

} // namespace sshguardd::host
