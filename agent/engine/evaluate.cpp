#include "engine/evaluate.hpp"

#include "engine/encode.hpp"

#include <algorithm>
#include <cstddef>
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
    {"disk.full", "disk.filling"},
    {"disk.mount-missing", "account.locked"},
    {"journal.uncapped", "journal.large"},
    {"network.no-address", "network.return-path"},
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
    {"sshd.privsep-dir", "sshd.failed"},
    {"sshd.privsep-dir", "sshd.unresponsive"},
    {"sshd.privsep-dir", "agent.frozen"},
    {"sshd.privsep-dir", "agent.fight"},
    {"sshd.hostkey-permissions", "sshd.hostkeys-missing"},
    {"sshd.hostkeys-missing", "sshd.failed"},
    {"sshd.hostkeys-missing", "sshd.unresponsive"},
    {"sshd.hostkeys-missing", "agent.frozen"},
    {"sshd.hostkeys-missing", "agent.fight"},
    {"sshd.hostkey-permissions", "agent.frozen"},
    {"sshd.hostkey-permissions", "agent.fight"},
    {"sshd.binary-mismatch", "sshd.failed"},
    {"sshd.binary-mismatch", "sshd.config-invalid"},
    {"sshd.binary-mismatch", "sshd.unresponsive"},
    {"sshd.selinux-port", "sshd.failed"},
    {"sshd.listen-address", "sshd.failed"},
    {"sshd.port-taken", "sshd.failed"},
    {"sshd.port-taken", "sshd.stopped"},
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
    {"keys.mode", "account.none"},
    {"keys.owner", "account.none"},
    {"keys.unreadable", "account.none"},
    {"keys.irregular", "account.none"},
    {"keys.malformed", "account.none"},
    {"keys.rejected", "account.none"},
    {"keys.missing", "account.none"},
    {"keys.source", "account.none"},
    {"account.excluded", "account.none"},
    {"account.locked", "account.none"},
    {"keys.mode", "agent.frozen"},
    {"keys.mode", "agent.fight"},
};

bool is_sshd(std::string_view id) {
  constexpr std::string_view families[] = {"sshd.", "keys.", "account.", "auth.", "session."};
  return std::ranges::any_of(families,
                             [id](std::string_view family) { return id.starts_with(family); });
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

// Rows of which not any cause explains any effect: of two about file systems those of the same one
// belong together, and an account is kept out by the mount that its finding names last.
bool by_pairs(std::string_view cause) {
  return cause.starts_with("disk.");
}
bool is_pair(const Finding& cause, const Finding& effect) {
  if (effect.id.starts_with("disk.")) return effect.subject == cause.subject;
  return effect.summary.ends_with(": " + cause.subject + " (fstab) is not mounted");
}

void link_cause(const Finding& cause, Finding& effect) {
  if (effect.root) return;
  // What is merely worth knowing explains nothing.
  if (cause.severity == Severity::info) return;
  // What only bites later does not explain what bites now.
  if (cause.when != When::now && effect.when == When::now) return;
  // Who lives with the cause has not said that he lives with what it leads to.
  if (cause.accepted && !effect.accepted) return;
  effect.root = std::string{cause.root ? *cause.root : cause.id};
}

void link_causes(std::vector<Finding>& findings) {
  const auto find = [&findings](std::string_view id) {
    return std::ranges::find(findings, id, &Finding::id);
  };
  for (const Cause& row : causes) {
    if (by_pairs(row.cause)) {
      for (const Finding& cause : findings) {
        if (cause.id != row.cause) continue;
        for (Finding& effect : findings) {
          if (effect.id == row.effect && is_pair(cause, effect)) link_cause(cause, effect);
        }
      }
      continue;
    }
    const auto cause = find(row.cause);
    const auto effect = find(row.effect);
    if (cause != findings.end() && effect != findings.end()) link_cause(*cause, *effect);
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
  if (has(needs, Needs::accounts) && !snapshot.accounts) return snapshot.accounts.why();
  if (has(needs, Needs::disks) && !snapshot.disks) return snapshot.disks.why();
  if (has(needs, Needs::mounts | Needs::fstab) && !snapshot.mounts) return snapshot.mounts.why();
  if (has(needs, Needs::fstab) && !snapshot.mounts->fstab) return snapshot.mounts->fstab.why();
  if (has(needs, Needs::journal | Needs::plain_logs) && !snapshot.logs) return snapshot.logs.why();
  if (has(needs, Needs::journal) && !snapshot.logs->journal) return snapshot.logs->journal.why();
  if (has(needs, Needs::plain_logs) && !snapshot.logs->plain) return snapshot.logs->plain.why();
  if (has(needs, Needs::firewall) && !snapshot.firewall) return snapshot.firewall.why();
  if (has(needs, Needs::network) && !snapshot.network) return snapshot.network.why();
  return {};
}

// Nobody can tell how sshd judges accounts: it is down, or would not start. That is told as what it
// is, and what follows from it is no trouble of its own.
bool sshd_is_silent(const Snapshot& snapshot) {
  if (snapshot.accounts || !snapshot.units) return false;
  return !snapshot.units->up() || (snapshot.config_test && !snapshot.config_test->passed);
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

void put_in(std::string& text, std::string_view name, const std::string& value) {
  if (const std::size_t at = text.find(name); at != std::string::npos)
    text.replace(at, name.size(), value);
}

std::string client_message(const Finding& finding, const Snapshot& snapshot) {
  const std::string host = snapshot.host.empty() ? "HOST" : snapshot.host;
  const std::uint16_t port = finding.port != 0 ? finding.port : snapshot.ssh_port();
  if (finding.client.empty()) return client_message(finding.sees, host, port);
  std::string text = finding.client;
  put_in(text, "PORT", std::to_string(port)); // first: the host's name is foreign
  put_in(text, "HOST", host);
  return text;
}

// A client meets everything else first.
bool comes_late(const Finding& finding) {
  return finding.sees == Sees::denied || finding.sees == Sees::closed;
}

ClientView predict(const std::vector<Finding>& findings, const Snapshot& snapshot) {
  for (const Finding& finding : findings) { // sorted: the first is the worst root
    if (finding.when == When::now && finding.sees != Sees::none &&
        finding.severity != Severity::info && !finding.accepted)
      return {finding.sees, client_message(finding, snapshot), std::string{finding.id}};
  }
  return {};
}

} // namespace

State sum_up(const Evaluation& evaluation, const std::function<bool(const Finding&)>& counts) {
  State state = evaluation.blind() ? State::unknown : State::ok;
  for (const Finding& finding : evaluation.findings) {
    if (finding.accepted || !counts(finding)) continue;
    if (finding.severity == Severity::critical) return State::critical;
    if (finding.severity == Severity::warning) state = State::warning;
  }
  return state;
}

const Finding* Evaluation::find(std::string_view id) const {
  const auto found = std::ranges::find(findings, id, &Finding::id);
  return found == findings.end() ? nullptr : &*found;
}

const Finding* Evaluation::find(std::string_view id, std::string_view subject) const {
  if (!by_subject(id)) return find(id);
  const Finding* several = nullptr;
  for (const Finding& finding : findings) {
    if (finding.id != id) continue;
    if (finding.subject == subject) return &finding;
    if (finding.subject == several_accounts) several = &finding;
  }
  return several;
}

bool by_subject(std::string_view id) {
  return id.starts_with("keys.") || id.starts_with("disk.") || id == "account.excluded" ||
         id == "account.locked";
}

bool Evaluation::is_unknown(std::string_view id) const {
  return std::ranges::any_of(unknown, [id](const UnknownCheck& entry) {
    return std::ranges::any_of(entry.check->ids,
                               [id](const FindingInfo& info) { return info.id == id; });
  });
}

bool Evaluation::blind() const {
  return !std::ranges::all_of(unknown, &UnknownCheck::told);
}

bool explains(std::string_view cause, std::string_view effect) {
  return std::ranges::any_of(
      causes, [&](const Cause& row) { return row.cause == cause && row.effect == effect; });
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
        evaluation.unknown.push_back(
            {check, std::move(why),
             has(check->needs, Needs::accounts) && sshd_is_silent(snapshot)});
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
    if (comes_late(a) != comes_late(b)) return !comes_late(a);
    return a.id < b.id;
  });
  evaluation.state = sum_up(evaluation, [](const Finding&) { return true; });
  evaluation.client = predict(evaluation.findings, snapshot);
  return evaluation;
}

} // namespace sshguardd::engine
