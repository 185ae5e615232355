// What the checks of key files have in common: who is locked out by them, and how many are told.
#pragma once

#include "parse/path.hpp"
#include "parse/shell_word.hpp"
#include "sshguardd/accounts.hpp"
#include "sshguardd/finding.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sshguardd::checks {

inline constexpr std::size_t most_key_evidence = 8; // files or lines
inline constexpr std::size_t most_accounts_told = 16;
// What ends on a day is told so long before.
inline constexpr std::int64_t days_before = 7;

// By a file that sshd reads, or by one that could not be looked at: nobody is called locked out on
// doubt.
[[nodiscard]] inline bool may_get_in(const Account& account) {
  return std::ranges::any_of(account.files, [](const KeyFile& file) {
    return file.serves() || file.state == KeyFile::State::unknown;
  });
}

// A path in the account's home as passwd has it, or the home itself.
[[nodiscard]] inline bool in_home(const Account& account, const std::string& path) {
  return account.home.size() > 1 && parse::lies_in(path, account.home);
}

// Seconds from 1970-01-01, of a file too, whose owner can set what he likes:
// "2026-11-22T13:05:10Z".
[[nodiscard]] inline std::string utc_text(std::int64_t time) {
  constexpr std::int64_t end_of_9999 = 253'402'300'799;
  const std::time_t seconds = std::clamp<std::int64_t>(time, 0, end_of_9999);
  std::tm tm{};
  char text[32] = "";
  if (gmtime_r(&seconds, &tm) != nullptr)
    (void)std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
  return text;
}

// For chown(1): a name that it takes for an option, or that nobody would type, by its number.
[[nodiscard]] inline std::string owner_word(const Account& account) {
  const std::string word = parse::shell_word(account.name);
  return (word == account.name ? word : std::to_string(account.uid)) + ":";
}

// "/home/alice/.ssh has owner bob", "/home/alice/.ssh/authorized_keys is a FIFO".
[[nodiscard]] inline std::string what_is_wrong(const KeyFile& file) {
  const std::string object = file.object.empty() ? file.path : file.object;
  if (file.why.starts_with("is ")) return object + " " + file.why;
  if (file.why.starts_with("owner ") || file.why.starts_with("mode "))
    return object + " has " + file.why;
  return file.why.empty() ? object : object + ": " + file.why;
}

// Those with keys first.
[[nodiscard]] inline std::vector<const KeyFile*> those(const Account& account,
                                                       bool (*concerns)(const KeyFile&)) {
  std::vector<const KeyFile*> files;
  for (const KeyFile& file : account.files) {
    if (concerns(file)) files.push_back(&file);
  }
  std::stable_partition(files.begin(), files.end(),
                        [](const KeyFile* file) { return file->keys > 0; });
  return files;
}

// A command that several files want is told once.
inline void add_fix(Finding& finding, std::string fix) {
  if (std::ranges::find(finding.fix, fix) == finding.fix.end())
    finding.fix.push_back(std::move(fix));
}

// One account's finding for those of its files that `concerns` holds for, of which there is one:
// "sshd cannot open alice's keys: /home/alice/.ssh has ...". Critical where one of them holds keys
// (or `may_hold` them, since nobody can read it) and no other file lets the account in.
[[nodiscard]] inline Finding key_file_finding(std::string_view id, const Account& account,
                                              bool (*concerns)(const KeyFile&),
                                              const std::string& what_sshd_does,
                                              bool may_hold = false) {
  // cp -r, then chown and chmod -R: whoever sets up a home passes through much that sshd refuses.
  constexpr std::chrono::milliseconds settle{500};
  const std::vector<const KeyFile*> files = those(account, concerns);
  const KeyFile* first = files.front();
  const bool keys = may_hold || first->keys > 0;
  const bool out = keys && !may_get_in(account);
  Finding finding{.id = id,
                  .subject = account.name,
                  .severity = out ? Severity::critical : Severity::info,
                  .when = When::now,
                  .sees = Sees::denied,
                  .settle = settle};
  finding.summary = what_sshd_does + " ";
  if (out)
    finding.summary += account.name + "'s keys";
  else if (!keys)
    finding.summary += first->path + " of " + account.name + ", which holds no key";
  else
    finding.summary += first->path + " of " + account.name + " (another file may let it in)";
  finding.summary += ": " + what_is_wrong(*first);
  for (const KeyFile* file : files) {
    if (finding.evidence.size() == most_key_evidence) break;
    finding.evidence.push_back({file->path, what_is_wrong(*file)});
    if (file->keys > 0)
      finding.evidence.back().value += "; keys in it: " + std::to_string(file->keys);
  }
  return finding;
}

// A finding for each account; where there are many, those that are locked out come first and the
// rest are one.
[[nodiscard]] inline std::vector<Finding> not_too_many(std::vector<Finding> findings) {
  if (findings.size() <= most_accounts_told) return findings;
  std::stable_partition(findings.begin(), findings.end(), [](const Finding& finding) {
    return finding.severity == Severity::critical;
  });
  const auto first = findings.begin() + (most_accounts_told - 1);
  const auto rest = static_cast<std::size_t>(findings.end() - first);
  Finding several = *first; // the worst of them
  several.subject = several_accounts;
  several.summary = "the same of " + std::to_string(rest) + " more accounts: " + first->summary;
  several.evidence.clear();
  for (auto one = first; one != findings.end() && several.evidence.size() < most_key_evidence;
       ++one)
    several.evidence.push_back({std::move(one->subject), std::move(one->summary)});
  findings.erase(first, findings.end());
  findings.push_back(std::move(several));
  return findings;
}

// What `finding_of` says of each account that has a file which `concerns` holds for, all told.
[[nodiscard]] inline std::vector<Finding> each_account(const Accounts& accounts,
                                                       bool (*concerns)(const KeyFile&),
                                                       Finding (*finding_of)(const Account&)) {
  std::vector<Finding> findings;
  for (const Account& account : accounts.accounts) {
    if (std::ranges::any_of(account.files, concerns)) findings.push_back(finding_of(account));
  }
  return not_too_many(std::move(findings));
}

} // namespace sshguardd::checks
