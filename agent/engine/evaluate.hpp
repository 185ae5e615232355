// From a snapshot to what is wrong, what causes what, and what a client would see. Pure.
#pragma once

#include "sshguardd/check.hpp"
#include "sshguardd/config.hpp"
#include "sshguardd/snapshot.hpp"

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::engine {

enum class State { ok, warning, critical, unknown };
[[nodiscard]] std::string_view to_string(State state); // "ok" ...

// A check that could not be answered, and why. Its earlier findings are neither confirmed nor gone.
struct UnknownCheck {
  const Check* check = nullptr;
  std::string why;
  bool told = false; // that sshd is down, or refuses its configuration, says so already
};

struct ClientView {
  Sees symptom = Sees::none;
  std::string message; // as OpenSSH's client prints it, host name filled in; empty for none
  std::string because; // id of the finding; empty for none
};

struct Evaluation {
  // Accepted ones last; before them roots first, by severity, then by id. `root` and `accepted` are
  // filled in.
  std::vector<Finding> findings;
  std::vector<UnknownCheck> unknown;
  State state = State::unknown;
  ClientView client;
  bool sshd_expected = true; // [sshd] expected

  [[nodiscard]] const Finding* find(std::string_view id) const;
  // Where by_subject(id) that subject's alone, or that of `several_accounts`, which may hide it.
  [[nodiscard]] const Finding* find(std::string_view id, std::string_view subject) const;
  [[nodiscard]] bool is_unknown(std::string_view id) const; // the id's check could not be answered
  [[nodiscard]] bool blind() const; // there is an unknown that nothing else tells of
};

// Findings of this id are about accounts, each a trouble of its own. All of another id are one.
[[nodiscard]] bool by_subject(std::string_view id);

// Whether the one is a cause of the other, where both are found.
[[nodiscard]] bool explains(std::string_view cause, std::string_view effect);

// The worst of the findings that count and are not accepted.
[[nodiscard]] State sum_up(const Evaluation& evaluation,
                           const std::function<bool(const Finding&)>& counts);

// Runs every check whose needs are known, marks what is accepted, links causes, sorts, sums up. Of
// the configuration only what is accepted and whether sshd is expected matter.
[[nodiscard]] Evaluation evaluate(const Snapshot& snapshot, std::span<const Check* const> checks,
                                  const Config& config = {});

} // namespace sshguardd::engine
