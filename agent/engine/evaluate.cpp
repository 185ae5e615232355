#include "engine/evaluate.hpp"

#include "engine/encode.hpp"

#include <algorithm>
#include <cstdint>

namespace sshguardd::engine {
namespace {

// "cause explains effect": where both are found, the report leads with the cause. The first row
// whose cause is found wins, so that the deepest cause stands first.
struct Cause {
  std::string_view cause;
  std::string_view effect;
};
constexpr Cause causes[] = {
    {"sshd.missing", "sshd.failed"},
    {"sshd.missing", "sshd.stopped"},
    {"sshd.missing", "sshd.blocked"},
    {"sshd.masked", "sshd.failed"},
    {"sshd.masked", "sshd.stopped"},
    {"sshd.masked", "sshd.disabled"},
    {"sshd.masked", "sshd.blocked"},
    {"sshd.blocked", "sshd.failed"},
    {"sshd.blocked", "sshd.stopped"},
    {"sshd.config-invalid", "sshd.failed"},
    {"sshd.config-invalid", "sshd.oom-killed"},
    {"host.pressure", "sshd.unresponsive"},
    {"sshd.failed", "agent.frozen"},
    {"sshd.failed", "agent.fight"},
    {"sshd.stopped", "agent.frozen"},
    {"sshd.stopped", "agent.fight"},
    {"sshd.oom-killed", "agent.frozen"},
    {"sshd.oom-killed", "agent.fight"},
    {"sshd.unresponsive", "agent.frozen"},
    {"sshd.unresponsive", "agent.fight"},
    {"sshd.not-listening", "agent.frozen"},
    {"sshd.not-listening", "agent.fight"},
};

bool is_sshd(std::string_view id) {
  return id.starts_with("sshd.");
}

std::optional<Accepted> accepted(const Finding& finding, const Config& config, WallTime now) {
  if (!config.sshd_expected && is_sshd(finding.id))
    return Accepted{.until = {}, .reason = "[sshd] expected = no"};
  for (const Accept& entry : config.accept) {
    if (entry.id != finding.id || (entry.until && *entry.until <= now)) continue;
    // Also as the status shows it, which is where people copy it from.
    if (entry.subject.empty() || entry.subject == finding.subject ||
        entry.subject == encode(finding.subject))
      return Accepted{.until = entry.until, .reason = entry.reason};
  }
  return std::nullopt;
}

void link_causes(std::vector<Finding>& findings) {
  const auto find = [&findings](std::string_view id) {
    return std::ranges::find(findings, id, &Finding::id);
  };
  for (const Cause& row : causes) {
    const auto cause = find(row.cause);
    const auto effect = find(row.effect);
    if (cause == findings.end() || effect == findings.end() || effect->root) continue;
    // What is merely worth knowing explains nothing.
    if (cause->severity == Severity::info) continue;
    // What only bites later does not explain what bites now.
    if (cause->when != When::now && effect->when == When::now) continue;
    // Who lives with the cause has not said that he lives with what it leads to.
    if (cause->accepted && !effect->accepted) continue;
    effect->root = std::string{cause->root ? *cause->root : cause->id};
  }
}

// The first fact that a check needs and that is not known; empty where all are.
std::string missing_fact(const Snapshot& snapshot, Needs needs) {
  if (has(needs, Needs::units) && !snapshot.units) return "systemd: " + snapshot.units.why();
  if (has(needs, Needs::config) && !snapshot.config) return "sshd_config: " + snapshot.config.why();
  if (has(needs, Needs::config_test) && !snapshot.config_test)
    return "sshd -t: " + snapshot.config_test.why();
  if (has(needs, Needs::intent) && !snapshot.intent) return snapshot.intent.why();
  if (has(needs, Needs::self) && !snapshot.self) return snapshot.self.why();
  return {};
}

std::uint16_t ssh_port(const Snapshot& snapshot) {
  if (snapshot.listeners) {
    for (const Listener& listener : *snapshot.listeners) {
      if (listener.ours) return listener.port;
    }
  }
  return 22;
}

// OpenSSH's own words (sshconnect.c, kex.c, sshconnect2.c, clientloop.c).
std::string client_message(Sees sees, const std::string& host, std::uint16_t port) {
  const std::string connect =
      "ssh: connect to host " + host + " port " + std::to_string(port) + ": ";
  switch (sees) {
  case Sees::none:
    return {};
  case Sees::refused:
    return connect + "Connection refused";
  case Sees::timeout:
    return connect + "Connection timed out";
  case Sees::unreachable:
    return connect + "No route to host";
  case Sees::prohibited:
    return connect + "Permission denied";
  case Sees::reset:
    return "kex_exchange_identification: Connection closed by remote host";
  case Sees::denied:
    return "Permission denied (publickey).";
  case Sees::closed:
    return "Connection closed by " + host + " port " + std::to_string(port);
  case Sees::hostkey:
    return "Host key verification failed.";
  }
  return {};
}

ClientView predict(const std::vector<Finding>& findings, const Snapshot& snapshot) {
  for (const Finding& finding : findings) { // sorted: the first is the worst root
    if (finding.when == When::now && finding.sees != Sees::none &&
        finding.severity != Severity::info && !finding.accepted)
      return {finding.sees,
              client_message(finding.sees, snapshot.host.empty() ? "HOST" : snapshot.host,
                             ssh_port(snapshot)),
              std::string{finding.id}};
  }
  return {};
}

State sum_up(const Evaluation& evaluation) {
  State state = evaluation.unknown.empty() ? State::ok : State::unknown;
  for (const Finding& finding : evaluation.findings) {
    if (finding.accepted) continue;
    if (finding.severity == Severity::critical) return State::critical;
    if (finding.severity == Severity::warning) state = State::warning;
  }
  return state;
}

} // namespace

const Finding* Evaluation::find(std::string_view id) const {
  const auto found = std::ranges::find(findings, id, &Finding::id);
  return found == findings.end() ? nullptr : &*found;
}

bool Evaluation::is_unknown(std::string_view id) const {
  return std::ranges::any_of(unknown, [id](const UnknownCheck& entry) {
    return std::ranges::any_of(entry.check->ids,
                               [id](const FindingInfo& info) { return info.id == id; });
  });
}

Evaluation evaluate(const Snapshot& snapshot, std::span<const Check* const> checks,
                    const Config& config) {
  Evaluation evaluation;
  evaluation.sshd_expected = config.sshd_expected;
  for (const Check* check : checks) {
    std::string why = missing_fact(snapshot, check->needs);
    if (!why.empty()) {
      // Where no sshd is expected nobody asks (one that is not installed cannot be tested).
      if (config.sshd_expected || !std::ranges::all_of(check->ids, is_sshd, &FindingInfo::id))
        evaluation.unknown.push_back({check, std::move(why)});
      continue;
    }
    std::ranges::move(check->run(snapshot), std::back_inserter(evaluation.findings));
  }
  for (Finding& finding : evaluation.findings)
    finding.accepted = accepted(finding, config, snapshot.taken.wall);
  link_causes(evaluation.findings);
  std::ranges::stable_sort(evaluation.findings, [](const Finding& a, const Finding& b) {
    if (a.accepted.has_value() != b.accepted.has_value()) return !a.accepted.has_value();
    if (a.root.has_value() != b.root.has_value()) return !a.root.has_value();
    if (a.severity != b.severity) return a.severity > b.severity;
    return a.id < b.id;
  });
  evaluation.state = sum_up(evaluation);
  evaluation.client = predict(evaluation.findings, snapshot);
  return evaluation;
}

} // namespace sshguardd::engine
