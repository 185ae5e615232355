// Whom sshd lets in by its configuration, and where it looks for their keys.
#pragma once

#include "parse/accounts_db.hpp"
#include "sshguardd/accounts.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::parse {

// Of the output of `sshd -G` or `-T`; `conditional` and `by_client` are left as they are.
[[nodiscard]] LoginRules login_rules(std::string_view output);

// The rule that keeps an account out (auth.c:allowed_user(), and PermitRootLogin) from this
// client's address; without one, from each: USER@HOST may allow then, and denies nobody for
// certain.
struct Exclusion {
  std::string keyword; // "AllowUsers"
  std::string why;     // follows the account's name: "is not in AllowUsers"
};
[[nodiscard]] std::optional<Exclusion> exclusion(const LoginRules& rules,
                                                 const PasswdEntry& account, const Groups& groups,
                                                 std::string_view address = {});
[[nodiscard]] inline bool excluded(const LoginRules& rules, const PasswdEntry& account,
                                   const Groups& groups) {
  return exclusion(rules, account, groups).has_value();
}

// Which of the lists of Match blocks an account fits: accounts with the same answer have the same
// rules, wherever `matches_known` (servconf.c:match_cfg_line()).
[[nodiscard]] std::string match_class(const LoginRules& rules, const PasswdEntry& account,
                                      const Groups& groups);

// Whether AuthenticationMethods can be gone through by somebody who has these; what is neither (a
// token, GSSAPI) is taken for granted.
[[nodiscard]] bool methods_allow(const LoginRules& rules, bool key, bool password);

} // namespace sshguardd::parse
