// keys.owner: sshd ignores an account's key file because it, or a directory on the way to it, is
// somebody else's (StrictModes).
#include "checks/key_files.hpp"
#include "parse/shell_word.hpp"
#include "sshguardd/check.hpp"

#include <utility>

namespace sshguardd::checks {
namespace {

constexpr FindingInfo ids[] = {{
    .id = "keys.owner",
    .title = "sshd ignores an account's keys for their owner",
    .sees = "denied",
    .when = "now",
    .remedy = "-",
    .explain =
        "With StrictModes the key file and each directory up to the home belong to the account or "
        "to root (misc.c:safe_path()), by the real path, behind links too; outside of the home "
        "that goes up to /. Whoever else owns one of them could put a key of his own there, so "
        "that sshd passes over the file and logs \"Authentication refused: bad ownership or "
        "modes\". Restored backups, a user that was made anew with another uid, and copies by "
        "another account do that. The agent gives away nobody's files: which owner is right it "
        "cannot know.",
    .fix = "chown ACCOUNT: OBJECT, the file or directory that is named",
    .mended = "owner of the key file mended",
}};

bool refused_for_owner(const KeyFile& file) {
  return file.state == KeyFile::State::refused && file.wrong_owner;
}

void mend(const Account& account, const KeyFile& file, Finding& finding) {
  if (in_home(account, file.object)) {
    add_fix(finding, "chown " + owner_word(account) + " " + parse::shell_word(file.object));
  } else {
    // Somebody else's ground, which may be right as it is: it is the way that is wrong.
    add_fix(finding, "namei -l " + parse::shell_word(file.path));
    add_fix(finding, "keep the keys where all is " + account.name + "'s or root's, not " +
                         "behind " + file.object);
  }
  std::string command = "chmod go-w";
  for (const std::string& path : file.mendable)
    command += " " + parse::shell_word(path);
  if (!file.mendable.empty()) add_fix(finding, std::move(command));
}

Finding finding_of(const Account& account) {
  Finding finding = key_file_finding(ids[0].id, account, refused_for_owner, "sshd ignores");
  for (const KeyFile* file : those(account, refused_for_owner))
    mend(account, *file, finding);
  return finding;
}

std::vector<Finding> run(const Snapshot& snapshot) {
  return each_account(*snapshot.accounts, refused_for_owner, finding_of);
}

} // namespace

extern const Check keys_owner;
const Check keys_owner{"keys_owner", ids, Needs::accounts, run};

} // namespace sshguardd::checks
