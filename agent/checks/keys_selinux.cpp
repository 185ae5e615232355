// keys.selinux: the label of a key file, or of a directory on the way to it, is not the policy's.
#include "checks/key_files.hpp"
#include "parse/shell_word.hpp"
#include "sshguardd/check.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace sshguardd::checks {
namespace {

constexpr FindingInfo ids[] = {{
    .id = "keys.selinux",
    .title = "SELinux may keep sshd from an account's keys",
    .sees = "denied",
    .when = "now",
    .remedy = "-",
    .explain =
        "Where SELinux enforces, sshd may read key files of the type ssh_home_t alone. Files that "
        "were moved into a home, restored from a backup or made while SELinux was off have another "
        "one: modes and owner look right, and sshd says \"Permission denied\" or nothing. What the "
        "policy wants is asked of matchpathcon(8). A warning, not more: a local policy may let "
        "sshd read it all the same.",
    .fix = "restorecon -Rv DIRECTORY",
    .mended = "labelled as the policy wants",
}};

Finding finding_of(const std::vector<WrongLabel>& labels, const WrongLabel& first) {
  Finding finding{.id = ids[0].id,
                  .subject = first.account,
                  .severity = Severity::warning,
                  .when = When::now,
                  .sees = Sees::denied,
                  .summary = "SELinux may keep sshd from " + first.account + "'s keys: " +
                             first.path + " is " + first.type + ", not " + first.wanted};
  for (const WrongLabel& one : labels) {
    if (one.account != first.account) continue;
    finding.evidence.push_back({one.path, one.type + "; the policy wants " + one.wanted});
    // The outermost one has the others in it.
    const bool within = std::ranges::any_of(labels, [&one](const WrongLabel& other) {
      return other.account == one.account && other.path != one.path &&
             parse::lies_in(one.path, other.path);
    });
    if (!within) add_fix(finding, "restorecon -Rv " + parse::shell_word(one.path));
  }
  return finding;
}

std::vector<Finding> run(const Snapshot& snapshot) {
  const std::vector<WrongLabel>& labels = snapshot.accounts->wrong_labels;
  std::vector<Finding> findings;
  for (auto one = labels.begin(); one != labels.end(); ++one) {
    const bool told = std::any_of(labels.begin(), one, [one](const WrongLabel& before) {
      return before.account == one->account;
    });
    if (!told) findings.push_back(finding_of(labels, *one));
  }
  return not_too_many(std::move(findings));
}

} // namespace

extern const Check keys_selinux;
const Check keys_selinux{"keys_selinux", ids, Needs::accounts, run};

} // namespace sshguardd::checks
