// The answers of io.sshguardd.Agent's methods, read for people. Every text is printable ASCII.
#pragma once

#include "ctl/document.hpp"
#include "engine/varlink.hpp"
#include "sshguardd/fact.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::ctl {

struct HealAnswer {
  // healed, still-broken, would-heal; else the error without its interface: "Refused"
  std::string outcome;
  std::string why;
  std::string retry_at;
  bool once_helps = false;
  std::vector<std::string> steps;
  std::int64_t took_ms = 0;
};
[[nodiscard]] Fact<HealAnswer> read_heal(const engine::varlink::Answer& answer);

struct Trouble {
  std::string id, severity, since, by, told, outcome;
};
struct PastHeal {
  Document::Heal heal;
  std::string asked_by;
};
struct History {
  std::vector<PastHeal> heals; // the newest last
  std::vector<Trouble> troubles;
  std::string json; // the whole of it, plain ASCII
};
[[nodiscard]] Fact<History> read_history(const engine::varlink::Answer& answer);

struct Event {
  std::string time, state, sentence, id; // state: "CRITICAL"
};
// One answer of Subscribe: the status document, or an event.
struct Told {
  std::string status; // the document; empty where it is an event
  Event event;
};
[[nodiscard]] Fact<Told> read_told(std::string_view parameters);

[[nodiscard]] Fact<std::string> read_status(const engine::varlink::Answer& answer);
[[nodiscard]] Fact<std::string> read_until(const engine::varlink::Answer& answer); // of Pause
[[nodiscard]] Fact<bool> read_was_paused(const engine::varlink::Answer& answer);   // of Resume

// Parameters of calls.
// subject: empty where any is meant; as a person types it, or as the status has it.
[[nodiscard]] std::string heal_parameters(const std::string& id, const std::string& subject,
                                          bool once, bool dry_run);

} // namespace sshguardd::ctl
