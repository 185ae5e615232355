// keys.missing: an account that had keys has none any more.
#include "checks/key_losses.hpp"
#include "sshguardd/check.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace sshguardd::checks {
namespace {

constexpr FindingInfo ids[] = {{
    .id = "keys.missing",
    .title = "an account that had keys has none any more",
    .sees = "denied",
    .when = "now, restart",
    .remedy = "-",
    .explain =
        "The agent keeps a record of the keys of accounts that got in, of root and of people, and "
        "now there is no key in any file where sshd looks for this account's: the file was "
        "emptied, replaced or removed, or AuthorizedKeysFile names another one. Or it logged in "
        "within the last 90 days and has neither key nor password now. Critical where it got in "
        "before and has no other way in, or nobody has one. Told when it has been so for 15 "
        "seconds, since key files "
        "are exchanged by one; for a week, since somebody may have meant it, or until there is a "
        "key. Nothing is said of accounts that are locked or excluded, and where not all of the "
        "files could be looked at; a file that is there and refused is another finding. Which keys "
        "they were is listed by fingerprint, as ssh-keygen -l does. An account that cloud-init or "
        "waagent made, which never had a key and has no password, is worth knowing.",
    .fix = "put the public key into the file that is named, owned by the account, mode 0600",
    .mended = "there is a key again, or it was told for a week",
    .passes = true,
}};

// Where a person would put a key.
std::string place(const KeyLoss& loss) {
  return loss.paths.empty() ? "AuthorizedKeysFile" : loss.paths.front();
}

std::string what_is(const KeyLoss& loss) {
  if (loss.provisioned)
    return loss.name + ", which provisioning made, has neither a key nor a password";
  if (loss.gone.empty())
    return loss.name + " logged in before, and has neither a key nor a password now";
  if (loss.moved) return "no key of " + loss.name + "'s in " + place(loss) + ", where sshd looks";
  const bool there =
      std::ranges::find(loss.files, place(loss), &AccountKeys::File::path) != loss.files.end();
  return loss.name + " has no key any more: " + place(loss) +
         (there ? " holds none" : " is not there");
}

Finding finding_of(const Snapshot& snapshot, const KeyLoss& loss) {
  const bool later = comes_with_restart(snapshot, loss);
  const Accounts& accounts = *snapshot.accounts;
  // Where nobody at all has a way in, it does not matter who had one before.
  const bool none = accounts.ways_known && accounts.ways == 0 && accounts.elsewhere.empty();
  const bool out = (loss.got_in || none) && !loss.way && !later;
  Finding finding{.id = ids[0].id,
                  .subject = loss.name,
                  .severity = out ? Severity::critical : Severity::warning,
                  .when = later ? When::restart : When::now,
                  .sees = Sees::denied,
                  .summary = what_is(loss),
                  .settle = std::chrono::seconds{15}};
  // Nobody ever came by it: so it was meant, or the key never arrived.
  if (loss.provisioned) finding.severity = Severity::info;
  add_gone(finding, loss);
  add_writers(finding, loss);
  if (loss.got_in) finding.evidence.push_back({"before", loss.name + " logged in within 90 days"});
  // The console has no room for the file's name twice.
  finding.fix = {loss.gone.empty() ? "put " + loss.name + "'s public key into " + place(loss)
                 : loss.moved      ? "put it there, or undo AuthorizedKeysFile"
                                   : "put " + loss.name + "'s public key there",
                 "sshguardctl access " + parse::shell_word(loss.name)};
  return finding;
}

// Nothing is known of keys that it had, and why it is kept out another finding says.
bool is_told(const Accounts& accounts, const KeyLoss& loss) {
  return loss.gone.empty() && std::ranges::any_of(accounts.accounts, [&loss](const Account& one) {
           return one.uid == loss.uid && !(one.excluded.empty() && one.locked.empty());
         });
}

std::vector<Finding> run(const Snapshot& snapshot) {
  std::vector<Finding> findings;
  for (const KeyLoss& loss : snapshot.accounts->losses) {
    if (loss.left.empty() && !loss.over && !is_told(*snapshot.accounts, loss))
      findings.push_back(finding_of(snapshot, loss));
  }
  return not_too_many(std::move(findings));
}

} // namespace

extern const Check keys_missing;
const Check keys_missing{"keys_missing", ids, Needs::units | Needs::accounts, run};

} // namespace sshguardd::checks
