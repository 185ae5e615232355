// keys.malformed: lines of an account's key files that sshd passes over, mostly without a word.
#include "checks/key_files.hpp"
#include "parse/shell_word.hpp"
#include "sshguardd/check.hpp"

#include <cstdint>
#include <utility>

namespace sshguardd::checks {
namespace {

constexpr FindingInfo ids[] = {{
    .id = "keys.malformed",
    .title = "lines of a key file that sshd passes over",
    .sees = "denied",
    .when = "now",
    .remedy = "-",
    .explain =
        "sshd takes a line of authorized_keys as [OPTIONS] TYPE DATA [COMMENT] and passes over "
        "what is none, at its usual LogLevel without a word: a key that was split over lines or "
        "cut off, two keys joined because the first had no line end, UTF-16 or a byte order mark "
        "from an editor, a private key or a PuTTY file, an option that it does not know, a blank "
        "among the options. Whoever owns that key sees `Permission denied (publickey)`. Lines "
        "that end in CR LF are fine. Beside a key that is right it is only told; where an account "
        "has no other key at all, nobody logs in to it by one. Each line is judged as OpenSSH 9.2 "
        "and 10.0 do (auth2-pubkeyfile.c, sshkey.c, auth-options.c); nothing of it is shown here.",
    .fix = "sed -n LINEp FILE; put the whole public key on one line, as ssh-keygen -y prints it; "
           "then ssh-keygen -lf FILE lists it",
    .mended = "key lines mended",
}};

std::string place(const KeyFile& file, const BadKeyLine& bad) {
  return file.path + ":" + std::to_string(bad.line);
}

bool has_bad_lines(const KeyFile& file) {
  return !file.bad.empty();
}

// No file of the account has a key that could let anybody in, once sshd reads it.
bool has_no_key(const Account& account) {
  return !may_get_in(account) &&
         std::ranges::all_of(account.files, [](const KeyFile& file) { return file.keys == 0; });
}

Finding finding_of(const Account& account) {
  const bool out = has_no_key(account);
  Finding finding{.id = ids[0].id,
                  .subject = account.name,
                  .severity = out ? Severity::critical : Severity::info,
                  .when = When::now,
                  .sees = Sees::denied};
  std::uint64_t lines = 0;
  std::string first;
  for (const KeyFile& file : account.files) {
    lines += file.bad_lines;
    for (const BadKeyLine& bad : file.bad) {
      if (first.empty()) {
        first = bad.why + " (" + place(file, bad) + ")"; // the console cuts at the end
        finding.fix = {"sed -n " + std::to_string(bad.line) + "p " + parse::shell_word(file.path),
                       "put each public key on one line of its own, as ssh-keygen -y prints it",
                       "ssh-keygen -lf " + parse::shell_word(file.path)};
      }
      if (finding.evidence.size() < most_key_evidence)
        finding.evidence.push_back({place(file, bad), bad.why});
    }
  }
  const std::string count = lines == 1 ? "a line" : std::to_string(lines) + " lines";
  finding.summary = out ? "no key of " + account.name + "'s can be used: " + first
                        : "sshd passes over " + count + " of " + account.name + "'s keys: " + first;
  return finding;
}

std::vector<Finding> run(const Snapshot& snapshot) {
  return each_account(*snapshot.accounts, has_bad_lines, finding_of);
}

} // namespace

extern const Check keys_malformed;
const Check keys_malformed{"keys_malformed", ids, Needs::accounts, run};

} // namespace sshguardd::checks
