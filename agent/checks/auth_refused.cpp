// auth.refused: sshd's log says that it takes none of somebody's keys, and keys.* sees no reason.
#include "sshguardd/check.hpp"

#include <algorithm>

namespace sshguardd::checks {
namespace {

constexpr FindingInfo ids[] = {{
    .id = "auth.refused",
    .title = "sshd refused somebody's keys",
    .sees = "denied",
    .when = "now",
    .remedy = "-",
    .explain =
        "Within the last ten minutes sshd has logged why it takes no key of an account, and has "
        "not let it in since. That makes the agent look at all key files again, whatever "
        "it knows of them. Where it finds the cause, keys.* tells it; here stand sshd's own words, "
        "where it finds none.",
    .fix = "what sshd's words say",
    .mended = "sshd refuses no keys any more",
    .passes = true,
}};

// keys.* tells it.
bool has_cause(const Snapshot& snapshot, const std::string& name) {
  if (!snapshot.accounts) return false;
  const auto account = std::ranges::find(snapshot.accounts->accounts, name, &Account::name);
  if (account == snapshot.accounts->accounts.end()) return false;
  return std::ranges::any_of(account->files, [](const KeyFile& file) {
    return (file.state != KeyFile::State::used && file.state != KeyFile::State::absent) ||
           file.bad_lines > 0;
  });
}

std::vector<Finding> run(const Snapshot& snapshot) {
  std::vector<Finding> findings;
  if (!snapshot.auth) return findings;
  for (const RefusedKeys& refused : snapshot.auth->refused) {
    if (has_cause(snapshot, refused.account)) continue;
    findings.push_back({.id = ids[0].id,
                        .subject = refused.account,
                        .severity = Severity::info,
                        .when = When::now,
                        .sees = Sees::denied,
                        .summary = "sshd refused " + refused.account + "'s keys: " + refused.words,
                        .evidence = {{"sshd's log", refused.words}},
                        .fix = {"journalctl -t sshd -t sshd-session --since=-10min"}});
  }
  return findings;
}

} // namespace

extern const Check auth_refused;
const Check auth_refused{"auth_refused", ids, Needs::nothing, run}; // comes on top of keys.*

} // namespace sshguardd::checks
