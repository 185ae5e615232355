// keys.changed: a key of an account's is gone, and others are there.
#include "checks/key_losses.hpp"
#include "sshguardd/check.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace sshguardd::checks {
namespace {

constexpr FindingInfo ids[] = {{
    .id = "keys.changed",
    .title = "a key of an account's is gone, or was replaced",
    .sees = "denied",
    .when = "now, restart",
    .remedy = "-",
    .explain =
        "A key that was in the key files of an account is not there any more, while others are: "
        "whoever has that key alone is turned away. Told by fingerprint, as ssh-keygen -l and "
        "sshd's log have it, with the last login by it that the log tells of, and who owns the "
        "file and when it was written. Worth knowing, since keys come and go; critical where "
        "people logged in with it within the last 90 days and with none of those that are left: a "
        "new key is in use once somebody has logged in with it. It ends after a day, or when the "
        "key is back. Keys that sshd had taken from nobody (expired, revoked) go without a word, "
        "and so does what is left behind when AuthorizedKeysFile is changed and a key of the "
        "account's is found there. Certificates are not followed.",
    .fix = "if it is not meant, put the public key back; else log in with one that is left",
    .mended = "a key in use is there, or it was told for a day",
    .passes = true,
}};

// The one that hurts most first.
KeyLoss in_order(KeyLoss loss) {
  std::ranges::stable_sort(loss.gone, std::greater<>{}, &KeyLoss::Gone::used);
  return loss;
}

Finding finding_of(const Snapshot& snapshot, const KeyLoss& loss) {
  const bool later = comes_with_restart(snapshot, loss);
  const bool certain = !loss.way && !later;
  Finding finding{.id = ids[0].id,
                  .subject = loss.name,
                  .severity = Severity::info,
                  .when = later ? When::restart : When::now,
                  .sees = Sees::denied,
                  .settle = std::chrono::seconds{10}};
  const std::string key = name_of(loss.gone.front().key);
  if (loss.none_in_use) {
    finding.severity = certain ? Severity::critical : Severity::warning;
    finding.summary = "the key that " + loss.name + " uses is gone: " + loss.gone.front().key.hash;
  } else if (loss.gone.size() == 1) {
    finding.summary = "a key of " + loss.name + "'s is gone: " + key;
  } else {
    finding.summary = std::to_string(loss.gone.size()) + " keys of " + loss.name +
                      "'s are gone: " + key + " and others";
  }
  add_gone(finding, loss);
  add_writers(finding, loss);
  for (const KeyFingerprint& left : loss.left) {
    if (finding.evidence.size() >= 2 * most_key_evidence) break;
    finding.evidence.push_back({"left", name_of(left)});
  }
  const std::string file = loss.paths.empty() ? "AuthorizedKeysFile" : loss.paths.front();
  finding.fix = {"log in with another, or put it back",
                 "ssh-keygen -lf " + parse::shell_word(file)};
  return finding;
}

std::vector<Finding> run(const Snapshot& snapshot) {
  std::vector<Finding> findings;
  for (const KeyLoss& loss : snapshot.accounts->losses) {
    if (!loss.left.empty() && !loss.gone.empty())
      findings.push_back(finding_of(snapshot, in_order(loss)));
  }
  return not_too_many(std::move(findings));
}

} // namespace

extern const Check keys_changed;
const Check keys_changed{"keys_changed", ids, Needs::units | Needs::accounts, run};

} // namespace sshguardd::checks
