// A check: its ids, what it needs to know, and a pure function. One file in agent/checks each; the
// catalog is generated from the file names there.
#pragma once

#include "sshguardd/finding.hpp"
#include "sshguardd/snapshot.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sshguardd {

// The facts of a Snapshot that a check cannot do without. Where one is Unknown the engine answers
// Unknown for the check and does not run it.
enum class Needs : unsigned {
  nothing = 0,
  units = 1U << 0U,
  config = 1U << 1U,
  config_test = 1U << 2U,
  intent = 1U << 3U,
  self = 1U << 4U,
  accounts = 1U << 5U,
  disks = 1U << 6U,
  journal = 1U << 7U,
  firewall = 1U << 8U,
  network = 1U << 9U,
  mounts = 1U << 10U,
  fstab = 1U << 11U, // and so the mounts
  plain_logs = 1U << 12U,
};
[[nodiscard]] constexpr Needs operator|(Needs a, Needs b) {
  return static_cast<Needs>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}
[[nodiscard]] constexpr bool has(Needs set, Needs one) {
  return (static_cast<unsigned>(set) & static_cast<unsigned>(one)) != 0;
}

// One row of the catalog, as `sshguardctl list` and `explain` print it.
struct FindingInfo {
  std::string_view id;
  std::string_view title;   // "sshd's unit has failed"
  std::string_view sees;    // "refused"
  std::string_view when;    // "now, restart"
  std::string_view remedy;  // "safe: restart", "opt-in: ...", "-"
  std::string_view explain; // what it means, how it is found, what the agent does
  std::string_view fix;     // what a person does
  std::string_view mended;  // how its end is told, "... by a person": "config mended"
  bool passes = false;      // its end takes nobody, "the pressure is gone": not told as a person's
};

struct Check {
  std::string_view name; // the file's name without its ending
  std::span<const FindingInfo> ids;
  Needs needs = Needs::nothing;
  std::vector<Finding> (*run)(const Snapshot&) = nullptr;
};

// All checks, in the order of their file names.
[[nodiscard]] std::span<const Check* const> catalog();

// The row of an id; nullptr where there is none.
[[nodiscard]] const FindingInfo* find_info(std::string_view id);

} // namespace sshguardd
