// What is told once per boot, so that the serial log alone says which machine this is and how to
// know it: listeners, host keys, names, what the next boot would break, and last the state.
#pragma once

#include "engine/report.hpp"

#include <string>
#include <vector>

namespace sshguardd::engine {

// What names the machine; each part may be empty.
struct Identity {
  std::vector<std::string> host_keys; // "ED25519 SHA256:..."
  std::string instance_id;            // cloud-init's
  std::string machine_id;
  std::vector<std::string> addresses; // global ones
};

inline constexpr std::size_t max_summary = 12; // lines

[[nodiscard]] std::vector<Line> summary(Ledger& ledger, const Evaluation& evaluation,
                                        const Snapshot& snapshot, const Identity& identity);

} // namespace sshguardd::engine
