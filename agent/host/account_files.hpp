// What those who look at accounts read as root, in a process of their own (host/own_child.hpp).
#pragma once

#include "host/sshd_version.hpp"
#include "parse/accounts_db.hpp"
#include "parse/key_acceptance.hpp"
#include "sshguardd/fact.hpp"

#include <optional>
#include <string>
#include <vector>

namespace sshguardd::host {

// passwd(5), group(5). Throws where it cannot be read.
[[nodiscard]] std::string database(const char* path);

// Whose user ids are people's, by login.defs(5).
[[nodiscard]] parse::PeopleRange people_range();

// Accounts that cloud-init or the cloud's agent made for somebody to come.
[[nodiscard]] std::vector<std::string> provisioned_names();

// This distribution's sshd accepts what a group of its owner's alone may write.
[[nodiscard]] bool private_groups();

// A file of a PAM stack, by its name, as libpam looks for it.
[[nodiscard]] std::optional<std::string> pam_file(const std::string& name);

// The files that a pattern of AuthorizedKeysFile names for an account, in the order in which sshd
// reads them. From OpenSSH 10.0 on wildcards are expanded, as the account (host/as_account.hpp);
// before, they are letters like others. Unknown where sshd would refuse the pattern, too.
[[nodiscard]] Fact<std::vector<std::string>>
key_file_paths(const std::string& pattern, const parse::PasswdEntry& account, SshdVersion& version);

// The file that RevokedKeys names. Of a KRL nothing is in it: ssh-keygen alone reads it.
class RevokedKeys {
public:
  // Reads it, unless it is the one that was read last. As root: others need not see it.
  void read(const std::string& path);

  [[nodiscard]] bool unreadable() const { return unreadable_; }
  [[nodiscard]] bool is_krl() const { return is_krl_; }
  // Why nobody here knows what is in it; or empty.
  [[nodiscard]] const std::string& not_read() const { return not_read_; }
  // Why sshd does not take that key; or empty.
  [[nodiscard]] std::string why_rejected(const parse::KeyLine& key) const;

private:
  std::string path_; // empty: none
  bool unreadable_ = false;
  bool is_krl_ = false;
  std::string not_read_;
  parse::KeySet keys_;
};

} // namespace sshguardd::host
