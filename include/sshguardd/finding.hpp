// What a check found. Plain data; texts in it are for people and may hold foreign words: they are
// encoded by the one encoder (engine/encode.hpp) wherever they leave the agent.
#pragma once

#include "sshguardd/remedy.hpp"
#include "sshguardd/time.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sshguardd {

// Somebody who should get in cannot, now | will not after the next restart, boot or soon | worth
// knowing, never changes the state of the VM or the exit status.
enum class Severity { info, warning, critical };

// When it bites: now, at the next restart of sshd, at the next boot, soon (a trend or an expiry).
enum class When { now, restart, reboot, soon };

// What an SSH client would print because of it; `closed` is authenticated, then ended.
enum class Sees { none, refused, timeout, unreachable, prohibited, reset, denied, closed, hostkey };

struct Evidence {
  std::string what;  // where it was read: "sshd -t", "systemd Result", "journal"
  std::string value; // what was read there
};

// Somebody has said in the configuration that he lives with it.
struct Accepted {
  std::optional<WallTime> until;
  std::string reason;
};

struct Finding {
  std::string_view id; // from the check's constexpr table: "sshd.failed"
  std::string subject; // what it is about: a unit, "path:line", an account
  Severity severity = Severity::info;
  When when = When::now;
  Sees sees = Sees::none;
  std::string client;     // what `ssh` prints where that is not the usual for `sees`: HOST, PORT
  std::uint16_t port = 0; // where a client meets it; 0 = sshd's
  std::string summary;    // the fact in one clause, no full stop: `sshd_config:12 "Bad ..."`
  std::vector<Evidence> evidence;
  std::vector<std::string> fix;    // what a person does or types; the first goes on the console
  std::optional<Remedy> remedy;    // what the agent could do, if the policy lets it
  std::optional<std::string> root; // id of the finding that explains this one; set by the engine
  std::chrono::milliseconds settle{0}; // told only when it is still so after this long
  // Listed only, without a line, a remedy or an effect on the state; set by the engine.
  std::optional<Accepted> accepted;
};

[[nodiscard]] std::string_view to_string(Severity severity);
[[nodiscard]] std::string_view to_string(When when);
[[nodiscard]] std::string_view to_string(Sees sees);
// The name of a state as the console has it: "CRITICAL".
[[nodiscard]] std::string capitals(std::string_view name);

} // namespace sshguardd
