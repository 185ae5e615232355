// keys.irregular: what has a key file's name is no regular file, or an odd one.
#include "checks/key_files.hpp"
#include "parse/shell_word.hpp"
#include "sshguardd/check.hpp"

#include <utility>

namespace sshguardd::checks {
namespace {

constexpr FindingInfo ids[] = {{
    .id = "keys.irregular",
    .title = "an account's key file is no regular file",
    .sees = "denied",
    .when = "now",
    .remedy = "-",
    .explain =
        "sshd reads keys from regular files alone: a directory, a FIFO, a device, or a link that "
        "leads to nothing under the name that AuthorizedKeysFile gives lets nobody in; only some "
        "of them are logged (\"is not a regular file\"). A link to /dev/null is how a person "
        "switches a key file off, and is only told. So is a file that sshd does read although it "
        "is odd: one with further names (hard links), by which others may hold it, or one of "
        "many megabytes, which makes each login slow. The agent neither follows nor touches any "
        "of them.",
    .fix = "ls -ld FILE; move it away and put a regular file with the keys in its place",
    .mended = "key file is a regular one",
}};

bool irregular(const KeyFile& file) {
  return file.state == KeyFile::State::irregular;
}

bool switched_off(const KeyFile& file) {
  return irregular(file) && file.object == "/dev/null";
}

// What it once held nobody knows.
bool obstructs(const KeyFile& file) {
  return irregular(file) && !switched_off(file);
}

bool odd(const KeyFile& file) {
  return file.state == KeyFile::State::used && !file.odd.empty();
}

bool irregular_or_odd(const KeyFile& file) {
  return irregular(file) || odd(file);
}

Finding finding_of(const Account& account) {
  constexpr const char* reads_not = "sshd does not read";
  const bool obstructed = std::ranges::any_of(account.files, obstructs);
  if (obstructed || std::ranges::any_of(account.files, switched_off)) {
    // Where another file has keys, what keeps those from being taken is the news.
    const bool counts = obstructed && std::ranges::none_of(account.files, [](const KeyFile& file) {
                          return file.keys > 0;
                        });
    Finding finding = obstructed
                          ? key_file_finding(ids[0].id, account, obstructs, reads_not, counts)
                          : key_file_finding(ids[0].id, account, switched_off, reads_not);
    const std::string path = parse::shell_word(finding.evidence.front().what);
    finding.fix = {"ls -ld " + path,
                   "move it away and put a regular file with the keys in its place"};
    return finding;
  }
  // sshd reads it all the same.
  Finding finding{.id = ids[0].id,
                  .subject = account.name,
                  .severity = Severity::info,
                  .when = When::now,
                  .sees = Sees::none};
  for (const KeyFile& file : account.files) {
    if (!odd(file)) continue;
    if (finding.summary.empty()) {
      finding.summary = account.name + "'s key file " + file.path + " is odd: " + file.odd;
      finding.fix = {"stat " + parse::shell_word(file.path)};
    }
    if (finding.evidence.size() < most_key_evidence)
      finding.evidence.push_back({file.path, file.odd});
  }
  return finding;
}

std::vector<Finding> run(const Snapshot& snapshot) {
  return each_account(*snapshot.accounts, irregular_or_odd, finding_of);
}

} // namespace

extern const Check keys_irregular;
const Check keys_irregular{"keys_irregular", ids, Needs::accounts, run};

} // namespace sshguardd::checks
