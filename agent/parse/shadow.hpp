// shadow(5): what keeps an account out of sshd, whatever key or password it has, as pam_unix and
// sshd itself judge it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace sshguardd::parse {

// Days are counted from 1970-01-01; what is not set is nothing.
struct ShadowEntry {
  std::string hash;                     // of the password; a lock is a `!` before it
  std::optional<std::int64_t> changed;  // the last change of the password; 0: to be changed now
  std::optional<std::int64_t> most;     // days after which it is to be changed
  std::optional<std::int64_t> inactive; // ... and days after those in which it still can be
  std::optional<std::int64_t> expires;  // the account
};

// By name. Lines that are no entries are passed over, as by fgetspent(3); of entries with the same
// name the first one counts.
using Shadow = std::map<std::string, ShadowEntry, std::less<>>;
[[nodiscard]] Shadow shadow(std::string_view text);

// What keeps a login out although key or password are right.
enum class Bar {
  none,
  expired,          // the account is
  locked,           // `!` before the hash, and sshd itself looks (UsePAM no)
  password_expired, // for so long that it cannot be changed any more
  change_due,       // the password is to be changed first; takes a terminal and the old one
  no_password       // by password alone: there is none that could be right
};

struct ShadowRules {
  bool use_pam = true;
  bool empty_passwords = false; // PermitEmptyPasswords
};

struct Standing {
  Bar key = Bar::none;
  Bar password = Bar::none;
  // There is a password that could be right, so that `change_due` is no end.
  bool has_password = false;
  // Locked by a "!" with nothing behind it: no program takes that away.
  bool bare_lock = false;
  // A key lets the account in today, and this keeps it out in so many days (most_days at most).
  Bar soon = Bar::none;
  std::int64_t in_days = 0;

  static constexpr std::int64_t most_days = 30;

  // Whether somebody with the right key, or the right password, gets a shell.
  [[nodiscard]] bool lets_in(Bar bar) const {
    return bar == Bar::none || (bar == Bar::change_due && has_password);
  }
  [[nodiscard]] bool key_lets_in() const { return lets_in(key); }
  [[nodiscard]] bool password_lets_in() const { return lets_in(password); }
};

[[nodiscard]] Standing standing(const ShadowEntry& entry, const ShadowRules& rules,
                                std::int64_t today);

// In words that follow the account's name and a blank: "has expired". Empty for Bar::none.
[[nodiscard]] std::string_view in_words(Bar bar);
// ... what will come: "the account expires"; and what a person types before the name then.
[[nodiscard]] std::string_view to_come(Bar bar);
[[nodiscard]] std::string_view mended_by(Bar bar);

// nologin(5): who is kept out while the file is there. root is not, by pam_nologin as by sshd.
[[nodiscard]] constexpr bool nologin_keeps_out(std::uint32_t uid) {
  return uid != 0;
}
// The file that counts: pam_nologin looks at both, sshd without PAM (session.c:do_nologin()) at
// the one in /etc alone. Empty: nobody is kept out.
[[nodiscard]] constexpr std::string_view nologin_file(bool use_pam, bool in_run, bool in_etc) {
  if (use_pam && in_run) return "/run/nologin";
  return in_etc ? "/etc/nologin" : "";
}

} // namespace sshguardd::parse
