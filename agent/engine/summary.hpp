// What is told once per boot, so that the serial log alone says which machine this is and how to
// know it: listeners, host keys, names, what the next boot would break, and last the state.
#pragma once

#include "engine/report.hpp"

#include <string>
#include <vector>

namespace sshguardd::engine {

// What names the machine beside its host keys; each part may be empty.
struct Identity {
  std::string instance_id; // cloud-init's
  std::string machine_id;
  std::vector<std::string> addresses; // global ones
};

inline constexpr std::size_t max_summary = 12; // lines

[[nodiscard]] std::vector<Line> summary(Ledger& ledger, const Evaluation& evaluation,
                                        const Snapshot& snapshot, const Identity& identity);

// A line for each fingerprint that is known: also told when the agent has made new keys.
[[nodiscard]] std::vector<Line> host_key_lines(Ledger& ledger, State state,
                                               const Snapshot& snapshot);

} // namespace sshguardd::engine
