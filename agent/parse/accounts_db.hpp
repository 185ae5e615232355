// passwd(5) and group(5), as they lie in files: no name service is asked, since that may block.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::parse {

// login.defs(5): UID_MIN and UID_MAX. Accounts of the system, below, own data, and nobody logs in
// to them. Root is none of them.
struct PeopleRange {
  std::uint32_t first = 1000;
  std::uint32_t last = 60'000;

  [[nodiscard]] bool has(std::uint32_t uid) const { return uid >= first && uid <= last; }
  bool operator==(const PeopleRange&) const = default;
};
// What is no number, as useradd(8) reads it, leaves the default.
[[nodiscard]] PeopleRange people_range(std::string_view login_defs);

// Whom a file of sudoers(5) lets do all, by name: provisioning writes such files for the accounts
// that it makes ("debian ALL=(ALL) NOPASSWD:ALL").
[[nodiscard]] std::vector<std::string> sudoers_names(std::string_view text);

struct PasswdEntry {
  std::string name;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::string home;
  std::string shell; // empty: /bin/sh
};

struct GroupEntry {
  std::string name;
  std::uint32_t gid = 0;
  std::vector<std::string> members; // by name; those whose first group it is are not listed
};

// Lines that are no entries (comments, NIS's "+" lines, bad numbers) are passed over, as by
// fgetpwent(3). Of entries with the same name the first one counts.
[[nodiscard]] std::vector<PasswdEntry> passwd(std::string_view text);
[[nodiscard]] std::vector<GroupEntry> group(std::string_view text);

// The first entry of that name.
[[nodiscard]] std::optional<PasswdEntry> find_account(const std::vector<PasswdEntry>& entries,
                                                      std::string_view name);

// nsswitch.conf(5): where accounts come from beside passwd(5): "sss"; empty where from nowhere
// else.
[[nodiscard]] std::string foreign_accounts(std::string_view nsswitch);

// All groups, by member and by number: ten thousand accounts ask.
class Groups {
public:
  explicit Groups(std::vector<GroupEntry> entries);

  // An account's groups: its own first, then those that list it.
  [[nodiscard]] std::vector<std::uint32_t> of(const PasswdEntry& account) const;
  // The first group with that number, as getgrgid(3); nullptr where there is none.
  [[nodiscard]] const GroupEntry* find(std::uint32_t gid) const;

private:
  std::vector<GroupEntry> entries_;
  std::map<std::string, std::vector<std::uint32_t>, std::less<>> by_member_;
  std::map<std::uint32_t, std::size_t> by_number_;
};

} // namespace sshguardd::parse
