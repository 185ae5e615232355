// StrictModes: whose and how open what lies on the way to a key file may be (misc.c:safe_path()).
#pragma once

#include "parse/accounts_db.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::parse {

// Debian and its children accept what is writable by a group that holds its owner alone (their
// patch user-group-modes.patch, secure_permissions()); upstream and Red Hat do not.
[[nodiscard]] bool accepts_private_groups(std::string_view os_release);

class SafePath {
public:
  // private_groups: as above. groups is kept by
  // reference.
  SafePath(bool private_groups, const std::vector<PasswdEntry>& accounts, const Groups& groups);

  // Of one file or directory on the way.
  struct Verdict {
    bool wrong_owner = false; // neither root's nor the account's
    bool too_open = false;    // others may write it
    [[nodiscard]] bool refused() const { return wrong_owner || too_open; }
  };
  [[nodiscard]] Verdict judge(std::uint32_t account_uid, std::uint32_t owner, std::uint32_t gid,
                              std::uint32_t mode) const;

private:
  [[nodiscard]] bool only_of(std::uint32_t gid, std::uint32_t account_uid,
                             std::uint32_t owner) const;

  bool private_groups_;
  const Groups& groups_;
  std::map<std::uint32_t, std::vector<std::uint32_t>> primary_of_; // gid -> uids, two at most
  std::map<std::uint32_t, std::string> names_; // the first account with a uid, as getpwuid(3)
};

// The directories that sshd looks at for a file, from the file's own upward: up to the account's
// home where the file is below it, else up to "/". Both real paths.
[[nodiscard]] std::vector<std::string> walk_of(const std::string& file, const std::string& home);

// AuthorizedKeysFile's pattern for one account: %%, %h, %u, %U; relative ones lie below the home
// (auth2-pubkeyfile.c, misc.c:percent_expand()). nullopt: sshd would refuse the pattern.
[[nodiscard]] std::optional<std::string> expand_keys_file(std::string_view pattern,
                                                          const PasswdEntry& account);

} // namespace sshguardd::parse
