#include "parse/shadow.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>

namespace sshguardd::parse {
namespace {

constexpr std::size_t fields = 9;
// Beyond this a number of days is as good as none, and sums of them do not overflow.
constexpr std::int64_t for_ever = 1'000'000'000;

// False where it is no number. Empty and negative ones are not set: sshd and pam_unix know -1.
bool days(std::string_view text, std::optional<std::int64_t>& into) {
  if (text.empty()) return true;
  std::int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || rest != end) return false;
  if (value >= 0) into = std::min(value, for_ever);
  return true;
}

std::optional<ShadowEntry> entry_of(const std::array<std::string_view, fields>& field) {
  ShadowEntry entry;
  entry.hash = field[1];
  std::optional<std::int64_t> unused;
  if (!days(field[2], entry.changed) || !days(field[3], unused) || !days(field[4], entry.most) ||
      !days(field[5], unused) || !days(field[6], entry.inactive) || !days(field[7], entry.expires))
    return std::nullopt;
  return entry;
}

// pam_unix, passverify.c:check_shadow_expiry(), in its order. What it returns else is a success or
// a warning.
Bar pam_account(const ShadowEntry& entry, std::int64_t day) {
  if (entry.expires && day >= *entry.expires) return Bar::expired; // PAM_ACCT_EXPIRED
  if (!entry.changed) return Bar::none;
  if (*entry.changed == 0) return Bar::change_due; // PAM_NEW_AUTHTOK_REQD
  if (!entry.most || day < *entry.changed) return Bar::none;
  const std::int64_t age = day - *entry.changed;
  if (entry.inactive && age > *entry.most + *entry.inactive)
    return Bar::password_expired; // PAM_AUTHTOK_EXPIRED
  return age > *entry.most ? Bar::change_due : Bar::none;
}

// auth-shadow.c:auth_shadow_acctexpired(), a day later than PAM; auth.c:allowed_user() with
// platform_locked_account(). The password's age plays no part for a key.
Bar sshd_account(const ShadowEntry& entry, std::int64_t day) {
  if (entry.expires && day > *entry.expires) return Bar::expired;
  return entry.hash.starts_with('!') ? Bar::locked : Bar::none;
}

Bar account(const ShadowEntry& entry, bool use_pam, std::int64_t day) {
  return use_pam ? pam_account(entry, day) : sshd_account(entry, day);
}

// auth-shadow.c:auth_shadow_pwexpired(), for passwords alone; it makes the user change it.
bool sshd_change_due(const ShadowEntry& entry, std::int64_t day) {
  if (!entry.changed) return false;
  return *entry.changed == 0 || (entry.most && day > *entry.changed + *entry.most);
}

// crypt(3) makes no hash that begins so.
bool could_be_right(const ShadowEntry& entry, bool empty_passwords) {
  if (entry.hash.empty()) return empty_passwords;
  return !entry.hash.starts_with('!') && !entry.hash.starts_with('*');
}

} // namespace

Shadow shadow(std::string_view text) {
  Shadow entries;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    std::array<std::string_view, fields> field;
    std::size_t at = 0;
    for (; at < fields; ++at) {
      const std::size_t colon = line.find(':');
      field[at] = line.substr(0, colon);
      if (colon == std::string_view::npos) break;
      line.remove_prefix(colon + 1);
    }
    if (at + 1 != fields || field[0].empty() || field[0].front() == '#' ||
        field[0].front() == '+' || field[0].front() == '-')
      continue;
    if (auto entry = entry_of(field)) entries.try_emplace(std::string{field[0]}, *entry);
  }
  return entries;
}

Standing standing(const ShadowEntry& entry, const ShadowRules& rules, std::int64_t today) {
  Standing standing;
  standing.has_password = could_be_right(entry, rules.empty_passwords);
  standing.bare_lock =
      !entry.hash.empty() && entry.hash.find_first_not_of('!') == std::string::npos;
  standing.key = standing.password = account(entry, rules.use_pam, today);
  if (!standing.has_password)
    standing.password = Bar::no_password;
  else if (!rules.use_pam && standing.key == Bar::none && sshd_change_due(entry, today))
    standing.password = Bar::change_due;
  if (!standing.key_lets_in()) return standing;
  for (std::int64_t ahead = 1; ahead <= Standing::most_days; ++ahead) {
    const Bar then = account(entry, rules.use_pam, today + ahead);
    if (standing.lets_in(then)) continue;
    standing.soon = then;
    standing.in_days = ahead;
    break;
  }
  return standing;
}

std::string_view in_words(Bar bar) {
  switch (bar) {
  case Bar::none:
    break;
  case Bar::expired:
    return "has expired";
  case Bar::locked:
    return "is locked, which sshd looks at without PAM";
  case Bar::password_expired:
    return "has a password that expired, too long ago to be changed";
  case Bar::change_due:
    return "has to change its password first";
  case Bar::no_password:
    return "has no password";
  }
  return {};
}

std::string_view to_come(Bar bar) {
  switch (bar) {
  case Bar::expired:
    return "the account expires";
  case Bar::password_expired:
    return "its password expires, and cannot be changed then";
  case Bar::change_due:
    return "its password has to be changed, and it has none";
  case Bar::none:
  case Bar::locked:
  case Bar::no_password:
    break; // no matter of time
  }
  return {};
}

std::string_view mended_by(Bar bar) {
  switch (bar) {
  case Bar::expired:
    return "chage -E -1";
  case Bar::locked:
    return "usermod -U";
  case Bar::password_expired:
  case Bar::change_due:
    return "chage -M -1 -d $(date +%F)";
  case Bar::none:
  case Bar::no_password:
    break;
  }
  return "passwd";
}

} // namespace sshguardd::parse
