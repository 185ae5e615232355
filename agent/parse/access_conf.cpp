#include "parse/access_conf.hpp"

#include "parse/ascii.hpp"

#include <algorithm>
#include <cstddef>

namespace sshguardd::parse {
namespace {

constexpr int max_depth = 16;           // EXCEPT of EXCEPT
constexpr std::size_t most_line = 8190; // Linux-PAM 1.5 takes a longer one for two

Fits inverse(Fits fits) {
  if (fits == Fits::maybe) return fits;
  return fits == Fits::yes ? Fits::no : Fits::yes;
}

// strtok_r(3): nothing where there is none.
std::string_view next_of(std::string_view& text, std::string_view separators) {
  text.remove_prefix(std::min(text.size(), text.find_first_not_of(separators)));
  const std::string_view word = text.substr(0, text.find_first_of(separators));
  text.remove_prefix(std::min(text.size(), word.size() + 1));
  return word;
}

bool is_number(std::string_view word) {
  return !word.empty() && word.find_first_not_of("0123456789") == std::string_view::npos;
}

} // namespace

AccessOptions access_options(const std::vector<std::string>& arguments) {
  AccessOptions options;
  for (std::string_view word : arguments) {
    if (word.size() > 1 && word.starts_with('[') && word.ends_with(']'))
      word = word.substr(1, word.size() - 2); // pam.conf(5): with blanks in it
    const auto value = [&](std::string_view name, std::string& into) {
      if (word.starts_with(name)) into = word.substr(name.size());
    };
    value("accessfile=", options.file);
    value("fieldsep=", options.field_separators);
    value("listsep=", options.list_separators);
    if (word == "nodefgroup") options.no_default_groups = true;
    if (word == "nodns") options.no_dns = true;
  }
  return options;
}

// pam_access.c:group_match(). From 1.7 on a number is a group's, too.
Fits AccessRules::group_fits(std::string_view name) const {
  if (std::ranges::find(person_.groups, name) != person_.groups.end()) return Fits::yes;
  const bool number = is_number(name) && std::ranges::any_of(person_.gids, [&](std::uint32_t gid) {
                        return std::to_string(gid) == name;
                      });
  return number ? Fits::maybe : Fits::no;
}

// pam_access.c:user_match(). From 1.7 on a number is an account's, too.
Fits AccessRules::user_fits(std::string_view word) const {
  if (word.starts_with('(') && word.ends_with(')'))
    return word.size() < 3 ? Fits::no : group_fits(word.substr(1, word.size() - 2));
  const std::size_t name = std::min(word.size(), word.find_first_not_of('@'));
  if (const std::size_t at = word.find('@', name); at != std::string_view::npos) {
    // USER@HOST: this machine's own name.
    const Fits user = user_fits(word.substr(0, at));
    return std::min(user, is_word(word.substr(at + 1), "all") ? Fits::yes : Fits::maybe);
  }
  if (name > 0) return Fits::maybe; // a netgroup
  if (is_word(word, "all") || is_same_word(word, person_.account)) return Fits::yes;
  if (!options_.no_default_groups &&
      std::ranges::find(person_.groups, word) != person_.groups.end())
    return Fits::yes;
  return word == std::to_string(person_.uid) ? Fits::maybe : Fits::no;
}

// pam_access.c:list_match(): one of the words fits, and none of those behind EXCEPT.
Fits AccessRules::list_fits(std::string_view list, bool users, int depth) const {
  Fits fits = Fits::no;
  for (;;) {
    const std::string_view word = next_of(list, options_.list_separators);
    if (word.empty()) return fits;
    if (is_word(word, "except"))
      return depth == max_depth ? std::min(fits, Fits::maybe)
                                : std::min(fits, inverse(list_fits(list, users, depth + 1)));
    fits = std::max(fits, users ? user_fits(word) : origin_fits(word, from_));
  }
}

void AccessRules::note(bool allowed, const std::string& place) {
  if (!may_allow_ && !may_deny_) place_ = place;
  (allowed ? may_allow_ : may_deny_) = true;
}

void AccessRules::deny(const std::string& place) {
  note(false, place);
  decided_ = true;
}

void AccessRules::give_up(const std::string& place) {
  note(false, place);
  note(true, place);
  decided_ = true;
}

// pam_access.c:login_access(), of one line without its end.
bool AccessRules::line(std::string_view text, const std::string& place) {
  if (text.starts_with('#') || text.find('\0') != std::string_view::npos) return false;
  if (text.size() > most_line) {
    give_up(place);
    return true;
  }
  while (!text.empty() && (text.back() == ' ' || (text.back() >= '\t' && text.back() <= '\r')))
    text.remove_suffix(1);
  std::string_view rest = text;
  const std::string_view permission = next_of(rest, options_.field_separators);
  const std::string_view users = next_of(rest, options_.field_separators);
  if (permission.empty() || users.empty() || rest.empty()) return false;
  if (permission.front() != '+' && permission.front() != '-') return false;
  Fits fits = list_fits(users, true, 0);
  if (fits != Fits::no) fits = std::min(fits, list_fits(rest, false, 0));
  if (fits == Fits::no) return false;
  note(text.front() == '+', place);
  decided_ = fits == Fits::yes;
  return decided_;
}

bool AccessRules::read(std::string_view text, const std::string& path) {
  for (std::uint32_t number = 1; !decided_; ++number) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) break; // a line without an end is none
    line(text.substr(0, end), path + ":" + std::to_string(number));
    text.remove_prefix(end + 1);
  }
  return decided_;
}

AccessVerdict AccessRules::verdict() const {
  using Says = AccessVerdict::Says;
  const bool may_allow = may_allow_ || !decided_; // whom no line is about gets in
  if (!may_deny_) return {.says = Says::allowed, .place = place_};
  return {.says = may_allow ? Says::unknown : Says::denied, .place = place_};
}

} // namespace sshguardd::parse
