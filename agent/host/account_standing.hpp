// What decides beside sshd's rules and an account's key files whether it gets in: shadow(5),
// nologin(5), PAM's account modules, and who got in before. For the child that looks at accounts:
// it reads as root, and everything once.
#pragma once

#include "host/pam_access.hpp"
#include "parse/accounts_db.hpp"
#include "parse/login_rules.hpp"
#include "parse/pam_stack.hpp"
#include "parse/shadow.hpp"
#include "sshguardd/accounts.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace sshguardd::host {

// By name; without a user id.
using RemoteLogins = std::map<std::string, Login, std::less<>>;

class AccountStanding {
public:
  // What an account that no rule excludes has, or would have.
  struct Ways {
    bool way = false;       // in now
    bool by_key = false;    // with a key that is taken
    bool elsewhere = false; // keys or ways may come from where nobody looks here
  };

  // `record`: the agent's own of who got in; empty: it keeps none. pam: sshd's stack, or that it
  // cannot be read.
  AccountStanding(const parse::Groups& groups, const std::string& record,
                  const std::optional<std::vector<parse::PamLine>>& pam);

  // The files of rules that pam_access has.
  [[nodiscard]] std::vector<std::string> rule_files() const { return pam_access_.files(); }

  // By the record, within the time that counts; and from where, empty where that is not known.
  [[nodiscard]] bool got_in(std::uint32_t uid) const;
  [[nodiscard]] std::string came_from(std::uint32_t uid) const;

  // What holds for all.
  void describe(const LoginRules& rules, Accounts& accounts) const;

  // Whether a rule of sshd's, or pam_access, shuts it out wherever the client is; or, where it is
  // known, from where it came the last time.
  [[nodiscard]] std::optional<parse::Exclusion> exclusion(const LoginRules& rules,
                                                          const parse::PasswdEntry& entry) const;

  // Of an account whose key files, if any are to be looked at, are in it: fills in what keeps it
  // out, and counts it.
  Ways judge(const LoginRules& rules, const parse::PasswdEntry& entry,
             const std::optional<parse::Exclusion>& exclusion, Account& account,
             Accounts& accounts) const;
  // Of one whose shell lets nobody in.
  void judge_shell(const parse::PasswdEntry& entry, ShellState state, Account& account) const;

private:
  void judge_shadow(const LoginRules& rules, const parse::Standing& standing,
                    const parse::ShadowEntry& entry, Account& account) const;
  void note_seen(const parse::PasswdEntry& entry, Accounts& accounts) const;

  const parse::Groups& groups_;
  std::int64_t now_ = 0; // seconds
  std::int64_t today_ = 0;
  std::optional<parse::Shadow> shadow_; // nothing: it could not be read
  std::map<std::uint32_t, Login> got_in_;
  bool keeps_record_ = false;
  RemoteLogins remote_; // by wtmp
  const std::optional<std::vector<parse::PamLine>>& pam_;
  PamAccess pam_access_;
  std::string foreign_; // accounts from elsewhere
  bool nsswitch_known_ = false;
  // It writes keys into the files when somebody comes with `gcloud compute ssh`, for a while.
  bool keys_on_demand_ = false;
};

// The home lies on a file system of fstab(5)'s that is not mounted.
[[nodiscard]] bool mount_is_away(const std::string& fstab, const std::string& home);

// Names that logged in from another host since then, by wtmp(5); of a large file the end. Empty
// where there is none.
[[nodiscard]] RemoteLogins remote_logins(const std::string& path, std::int64_t since);

} // namespace sshguardd::host
