// What the checks of keys that are gone have in common.
#pragma once

#include "checks/key_files.hpp"
#include "sshguardd/accounts.hpp"
#include "sshguardd/finding.hpp"
#include "sshguardd/snapshot.hpp"

#include <algorithm>
#include <string>

namespace sshguardd::checks {

// The account had keys and has none any more: that it has none to show is no other finding's matter
// then, also when that has been told for long enough.
[[nodiscard]] inline bool lost_all_keys(const Accounts& accounts, const Account& account) {
  return std::ranges::any_of(accounts.losses, [&account](const KeyLoss& loss) {
    return loss.left.empty() && !loss.gone.empty() && loss.uid == account.uid &&
           loss.name == account.name;
  });
}

// "ED25519 SHA256:..."
[[nodiscard]] inline std::string name_of(const KeyFingerprint& key) {
  return key.type + " " + key.hash;
}

// What people are told of the files, for what went from them: who may have written them, and when.
inline void add_writers(Finding& finding, const KeyLoss& loss) {
  for (const std::string& path : loss.paths) {
    if (finding.evidence.size() >= 2 * most_key_evidence) return;
    const auto file = std::ranges::find(loss.files, path, &AccountKeys::File::path);
    finding.evidence.push_back(
        {path, file == loss.files.end()
                   ? "not there"
                   : "written " + utc_text(file->changed) + ", owner " + file->owner});
  }
}

// Of the first keys that are gone, and how many more.
inline void add_gone(Finding& finding, const KeyLoss& loss) {
  for (const KeyLoss::Gone& one : loss.gone) {
    if (finding.evidence.size() == most_key_evidence) {
      finding.evidence.back().value +=
          ", and " + std::to_string(loss.gone.size() - most_key_evidence) + " more";
      return;
    }
    finding.evidence.push_back({"gone", name_of(one.key) + ", seen " + utc_text(one.since) +
                                            (one.used == 0 ? ", no login with it is known"
                                                           : ", a login " + utc_text(one.used))});
  }
}

// They went when AuthorizedKeysFile was changed, which is nothing before sshd has read that.
[[nodiscard]] inline bool comes_with_restart(const Snapshot& snapshot, const KeyLoss& loss) {
  return loss.moved && snapshot.config && !has_read(snapshot.units->service, *snapshot.config);
}

} // namespace sshguardd::checks
