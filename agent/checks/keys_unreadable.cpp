// keys.unreadable: sshd, which looks at an account's key file as that account, may not open it.
#include "checks/key_files.hpp"
#include "parse/shell_word.hpp"
#include "sshguardd/check.hpp"

#include <utility>

namespace sshguardd::checks {
namespace {

constexpr FindingInfo ids[] = {{
    .id = "keys.unreadable",
    .title = "sshd may not open an account's key file",
    .sees = "denied",
    .when = "now",
    .remedy = "-",
    .explain =
        "sshd opens a key file with the user and groups of the account that logs in "
        "(auth2-pubkeyfile.c): it has to be readable for that account, and each directory on the "
        "way searchable, whatever root may do. A file that root wrote with mode 0600, or a "
        "directory of keys with mode 0700, keeps everybody else out. Up to 9.9 sshd logs \"Could "
        "not open user ... Permission denied\"; from 10.0 on it says nothing at all where a "
        "directory may not be searched. The agent looks as the account does. It changes no owner "
        "and gives no permission: what was closed may have been closed on purpose.",
    .fix = "chown ACCOUNT: OBJECT; chmod u+rX OBJECT, the file or directory that is named; "
           "outside of the home chmod a+rX OBJECT",
    .mended = "key file readable again",
}};

bool unreadable(const KeyFile& file) {
  return file.state == KeyFile::State::unreadable;
}

// Public keys are no secret, and root's file is right for sshd: outside of the home all may read.
void mend(const Account& account, const KeyFile& file, Finding& finding) {
  const std::string object = parse::shell_word(file.object);
  if (in_home(account, file.object)) {
    if (file.why.find("owner " + account.name + ":") == std::string::npos)
      add_fix(finding, "chown " + owner_word(account) + " " + object);
    add_fix(finding, "chmod u+rX " + object);
  } else if (file.object == file.path) {
    add_fix(finding, "chmod a+r " + object);
  } else if (file.path.starts_with(file.object + "/")) {
    add_fix(finding, "chmod a+x " + object);
  }
  // Behind a link: whose ground it is the path does not tell.
  add_fix(finding, "namei -l " + parse::shell_word(file.path));
}

Finding finding_of(const Account& account) {
  Finding finding = key_file_finding(ids[0].id, account, unreadable, "sshd cannot open");
  for (const KeyFile* file : those(account, unreadable))
    mend(account, *file, finding);
  return finding;
}

std::vector<Finding> run(const Snapshot& snapshot) {
  return each_account(*snapshot.accounts, unreadable, finding_of);
}

} // namespace

extern const Check keys_unreadable;
const Check keys_unreadable{"keys_unreadable", ids, Needs::accounts, run};

} // namespace sshguardd::checks
