// Accounts and their key files for the checks of them.
#pragma once

#include "fixture.hpp"

#include <string>
#include <utility>
#include <vector>

namespace sshguardd::test {

inline KeyFile key_file(KeyFile::State state, std::string path, std::uint32_t keys = 1) {
  return {.path = std::move(path), .state = state, .keys = keys};
}

inline KeyFile used_file(std::string path, std::uint32_t keys = 1) {
  return key_file(KeyFile::State::used, std::move(path), keys);
}

inline KeyFile unknown_file() {
  return key_file(KeyFile::State::unknown, "/net/keys/alice", 0);
}

inline Account account_of(std::string name, std::vector<KeyFile> files) {
  const std::string home = "/home/" + name;
  return {
      .name = std::move(name), .uid = 1001, .gid = 1001, .home = home, .files = std::move(files)};
}

inline Snapshot with_accounts(std::vector<Account> accounts) {
  Snapshot snapshot = healthy();
  const auto count = static_cast<std::uint32_t>(accounts.size());
  snapshot.accounts = Accounts{.accounts = std::move(accounts), .people = count, .keyed = count};
  return snapshot;
}

inline Snapshot with_files(std::vector<KeyFile> files) {
  return with_accounts({account_of("alice", std::move(files))});
}

inline constexpr const char* alices_keys = "/home/alice/.ssh/authorized_keys";

// Alice gets in by none of her keys, now.
inline void expect_locked_out(const Finding& finding) {
  EXPECT_EQ(finding.subject, "alice");
  EXPECT_EQ(finding.severity, Severity::critical);
  EXPECT_EQ(finding.when, When::now);
  EXPECT_EQ(finding.sees, Sees::denied);
}

// What is neither `file`'s state nor a trouble is not told.
inline void expect_only(std::string_view id, KeyFile file) {
  file.state = KeyFile::State::refused;
  for (const auto& files :
       std::vector<std::vector<KeyFile>>{{file}, {used_file(alices_keys)}, {unknown_file()}, {}})
    EXPECT_TRUE(run(id, with_files(files)).empty());
  EXPECT_TRUE(run(id, healthy()).empty());
}

// Of 40 accounts the rest beyond the limit is one finding. The last two are locked out by `out`,
// and come first; the others have a good file beside `harmless`.
inline void expect_limited(std::string_view id, const KeyFile& harmless, const KeyFile& out) {
  std::vector<Account> accounts;
  for (int i = 0; i < 40; ++i)
    accounts.push_back(account_of("user" + std::to_string(i),
                                  {i < 38 ? harmless : out, used_file("/k/" + std::to_string(i))}));
  for (std::size_t i = 38; i < 40; ++i)
    accounts[i].files.pop_back();
  const auto findings = run(id, with_accounts(accounts));
  ASSERT_EQ(findings.size(), 16U);
  EXPECT_EQ(findings[0].subject, "user38");
  EXPECT_EQ(findings[1].subject, "user39");
  EXPECT_EQ(findings[0].severity, Severity::critical);
  EXPECT_EQ(findings[2].subject, "user0");
  EXPECT_EQ(findings[2].severity, Severity::info);
  const Finding& rest = findings.back();
  EXPECT_EQ(rest.subject, several_accounts);
  EXPECT_EQ(rest.severity, Severity::info);
  EXPECT_TRUE(rest.summary.starts_with("the same of 25 more accounts: ")) << rest.summary;
  ASSERT_EQ(rest.evidence.size(), 8U);
  EXPECT_EQ(rest.evidence[0].what, "user13");
}

} // namespace sshguardd::test
