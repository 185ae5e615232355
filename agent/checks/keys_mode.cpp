// keys.mode: sshd ignores an account's key file because others may write it, or a directory on the
// way to it (StrictModes).
#include "checks/key_files.hpp"
#include "parse/shell_word.hpp"
#include "sshguardd/check.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace sshguardd::checks {
namespace {

constexpr std::size_t max_names = 8;
// So many wrong at once are no slip of one person, and it is not known what is under way.
constexpr std::uint32_t mass_from = 5; // accounts with key files
constexpr std::uint32_t mass_percent = 40;

constexpr FindingInfo ids[] = {{
    .id = "keys.mode",
    .title = "sshd ignores an account's keys for a mode",
    .sees = "denied",
    .when = "now",
    .remedy = "safe: clear-key-mode",
    .explain =
        "sshd passes over a key file when somebody else than its owner and root could write it, or "
        "exchange it: StrictModes looks at the modes of the file, of its directory, and so on up "
        "to the home (misc.c:safe_path()), and logs \"Authentication refused: bad ownership or "
        "modes\". A group that nobody else is in is no other on Debian and its like. The agent "
        "takes the write permission of group and others from what lies in the account's own home "
        "and is its own, as that account, and changes nothing else. Where that is not all of it, "
        "where an access control list is in use, or where the home is elsewhere (network, FUSE) it "
        "changes nothing. With five accounts or more that have key files, and over 40 % of them, "
        "or "
        "more than 16, wrong at once, it touches none: somebody is at work, or a restore went "
        "wrong. Who had "
        "write permission on the key file itself may have put keys into it.",
    .fix = "chmod go-w ~ACCOUNT ~ACCOUNT/.ssh ~ACCOUNT/.ssh/authorized_keys",
    .mended = "key file mode mended",
}};

bool ignored(const KeyFile& file) {
  return file.state == KeyFile::State::refused && !file.wrong_owner && file.keys > 0;
}

void add(std::vector<std::string>& all, const std::vector<std::string>& more) {
  for (const std::string& one : more) {
    if (std::ranges::find(all, one) == all.end()) all.push_back(one);
  }
}

// What a person may close without a second thought: in the home, and its own. /tmp, open to all on
// purpose, may be on the way to a file behind a link.
std::string chmod(const Account& account) {
  std::vector<std::string> paths;
  for (const KeyFile& file : account.files) {
    if (ignored(file)) add(paths, file.mendable);
  }
  std::string command;
  for (const std::string& path : paths)
    command += " " + parse::shell_word(path);
  return command.empty() ? "" : "chmod go-w" + command;
}

void describe(const KeyFile& file, Finding& finding) {
  finding.evidence.push_back({file.object, file.why});
  for (const std::string& path : file.too_open) {
    if (path != file.object) finding.evidence.push_back({path, "others may write to it"});
  }
  finding.evidence.push_back({"key file", file.path});
  finding.evidence.push_back({"keys in it", std::to_string(file.keys)});
}

std::string reason(const KeyFile& file) {
  return file.object + " is " + file.why;
}

Finding finding_of(const Account& account) {
  const auto first = std::ranges::find_if(account.files, ignored);
  const bool another = may_get_in(account);
  Finding finding{.id = ids[0].id,
                  .subject = account.name,
                  .severity = another ? Severity::info : Severity::critical,
                  .when = When::now,
                  .sees = Sees::denied,
                  .summary = another
                                 ? "sshd ignores " + first->path + ", one of " + account.name +
                                       "'s key files: " + reason(*first)
                                 : "sshd ignores " + account.name + "'s keys: " + reason(*first)};
  ClearKeyMode remedy{
      .account = account.name, .uid = account.uid, .home = account.home, .paths = {}};
  if (const std::string command = chmod(account); !command.empty()) finding.fix.push_back(command);
  for (const KeyFile& file : account.files) {
    if (!ignored(file)) continue;
    describe(file, finding);
    // Half of the way helps nobody.
    if (file.unmendable.empty()) {
      add(remedy.paths, file.mendable);
    } else {
      finding.evidence.push_back({"left to a person", file.unmendable});
      finding.fix.push_back("keep " + parse::shell_word(file.path) +
                            " where nobody else may write: " + file.unmendable);
    }
  }
  if (!remedy.paths.empty()) finding.fix.emplace_back("see whether all keys in the file are meant");
  if (!another && !remedy.paths.empty()) {
    finding.remedy = std::move(remedy);
    // A `chmod -R` is often still at work: what it comes to next would stay wrong beside what was
    // mended.
    finding.settle = std::chrono::milliseconds{500};
  }
  return finding;
}

// One for all of them, without a remedy.
Finding summary_of(const Accounts& accounts, const std::vector<const Account*>& wrong) {
  const bool out = !std::ranges::all_of(wrong, [](const Account* one) { return may_get_in(*one); });
  Finding finding{.id = ids[0].id,
                  .subject = several_accounts,
                  .severity = out ? Severity::critical : Severity::info,
                  .when = When::now,
                  .sees = Sees::denied,
                  .summary = "sshd ignores key files of " +
                             std::to_string(std::max<std::size_t>(accounts.open, wrong.size())) +
                             " of " + std::to_string(accounts.keyed) +
                             " accounts for their modes; so many at once the agent leaves alone"};
  finding.fix.emplace_back("find out what changed them all, then chmod for each account: "
                           "sshguardctl status");
  for (std::size_t at = 0; at < std::min(wrong.size(), max_names); ++at) {
    const Account& account = *wrong[at];
    finding.evidence.push_back(
        {account.name, reason(*std::ranges::find_if(account.files, ignored))});
    if (std::string command = chmod(account); !command.empty())
      finding.fix.push_back(std::move(command));
  }
  return finding;
}

std::vector<Finding> run(const Snapshot& snapshot) {
  const Accounts& accounts = *snapshot.accounts;
  std::vector<const Account*> wrong;
  for (const Account& account : accounts.accounts) {
    if (std::ranges::any_of(account.files, ignored)) wrong.push_back(&account);
  }
  if (wrong.empty()) return {};
  const bool many = accounts.keyed >= mass_from && std::uint64_t{accounts.open} * 100 >
                                                       std::uint64_t{accounts.keyed} * mass_percent;
  if (many || wrong.size() > most_accounts_told) return {summary_of(accounts, wrong)};
  std::vector<Finding> findings;
  findings.reserve(wrong.size());
  for (const Account* account : wrong)
    findings.push_back(finding_of(*account));
  return findings;
}

} // namespace

extern const Check keys_mode;
const Check keys_mode{"keys_mode", ids, Needs::accounts, run};

} // namespace sshguardd::checks
