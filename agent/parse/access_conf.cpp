#include "parse/access_conf.hpp"

#include <algorithm>
#include <cstddef>

namespace sshguardd::parse {
namespace {

enum class Fits { no, maybe, yes };

constexpr std::string_view blanks = " \t\r";
constexpr int max_depth = 16; // EXCEPT of EXCEPT

Fits inverse(Fits fits) {
  if (fits == Fits::maybe) return fits;
  return fits == Fits::yes ? Fits::no : Fits::yes;
}

std::string_view trimmed(std::string_view text) {
  text.remove_prefix(std::min(text.size(), text.find_first_not_of(blanks)));
  return text.substr(0, text.find_last_not_of(blanks) + 1);
}

// pam_access.c:list_match(): one of the words fits, and none of those behind EXCEPT.
template <class Match> Fits list_fits(std::string_view list, const Match& match, int depth = 0) {
  Fits fits = Fits::no;
  for (;;) {
    list.remove_prefix(std::min(list.size(), list.find_first_not_of(" \t\r,")));
    if (list.empty()) return fits;
    const std::string_view word = list.substr(0, list.find_first_of(" \t\r,"));
    list.remove_prefix(word.size());
    if (word == "EXCEPT")
      return depth == max_depth ? std::min(fits, Fits::maybe)
                                : std::min(fits, inverse(list_fits(list, match, depth + 1)));
    fits = std::max(fits, match(word));
  }
}

} // namespace

bool access_denied(std::string_view access_conf, std::string_view account,
                   const std::vector<std::string>& groups) {
  const auto user = [&](std::string_view word) {
    if (word == "ALL" || word == account) return Fits::yes;
    if (word.find('@') != std::string_view::npos) return Fits::maybe; // a netgroup, USER@HOST
    const bool group = word.starts_with('(') && word.ends_with(')') && word.size() > 2;
    if (group) word = word.substr(1, word.size() - 2);
    if (std::ranges::find(groups, word) == groups.end()) return Fits::no;
    return group ? Fits::yes : Fits::maybe; // not with the option nodefgroup
  };
  const auto origin = [](std::string_view word) { return word == "ALL" ? Fits::yes : Fits::maybe; };
  while (!access_conf.empty()) {
    const std::string_view line = access_conf.substr(0, access_conf.find('\n'));
    access_conf.remove_prefix(std::min(access_conf.size(), line.size() + 1));
    const std::size_t first = line.find(':');
    const std::size_t second = first == std::string_view::npos ? first : line.find(':', first + 1);
    if (line.starts_with('#') || second == std::string_view::npos) continue;
    const std::string_view permission = trimmed(line.substr(0, first));
    const Fits fits = std::min(list_fits(line.substr(first + 1, second - first - 1), user),
                               list_fits(line.substr(second + 1), origin));
    if (permission == "+" && fits != Fits::no) return false;
    if (permission == "-" && fits == Fits::yes) return true;
  }
  return false;
}

} // namespace sshguardd::parse
