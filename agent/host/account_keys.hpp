// Which keys one account has, gathered while its key files are read (host/key_walk.hpp).
#pragma once

#include "parse/accounts_db.hpp"
#include "parse/authorized_keys.hpp"
#include "sshguardd/accounts.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace sshguardd::host {

class KeyGatherer {
public:
  // One line of a file that is being read.
  void note(const KeyFile& file, std::uint32_t line, const parse::KeyLine& key, bool rejected);
  // A pattern of AuthorizedKeysFile's that is not followed: keys may be where it leads.
  void not_followed() { unseen_ = true; }

  // Of all the files, once they are confirmed; in_home: its home is there. Fills in `into` what
  // depends on them.
  void finish(const std::vector<KeyFile>& files, bool home_there, AccountKeys& into);

  // When the last of the keys that serve expires, where all of them do within a month (Account).
  void tell_end(std::int64_t now, Account& account) const;

private:
  std::vector<AccountKeys::Key> keys_;
  bool unseen_ = false;
  bool endless_ = false; // a key that serves has no expiry-time=
  std::int64_t end_ = 0;
  std::string end_at_;
};

// Whose keys are followed: root's, those of who got in before, people's, and those of accounts that
// provisioning made.
[[nodiscard]] bool is_followed(const AccountKeys& account, const parse::PeopleRange& people);

// Not all of ten thousand: those that got in before first, then those that have keys.
void limit(std::vector<AccountKeys>& accounts);

} // namespace sshguardd::host
