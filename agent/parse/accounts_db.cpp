#include "parse/accounts_db.hpp"

#include "parse/lines.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <set>
#include <span>
#include <utility>

namespace sshguardd::parse {
namespace {

template <class Use> void each_line(std::string_view text, const Use& use) {
  while (!text.empty())
    use(take_line(text));
}

// Splits at each colon; false where there are not exactly so many fields.
bool split(std::string_view line, std::span<std::string_view> fields) {
  for (std::size_t at = 0; at < fields.size(); ++at) {
    const std::size_t colon = line.find(':');
    fields[at] = line.substr(0, colon);
    const bool last = at + 1 == fields.size();
    if (last != (colon == std::string_view::npos)) return false;
    if (!last) line.remove_prefix(colon + 1);
  }
  return true;
}

std::optional<std::uint32_t> id(std::string_view text, int base = 10) {
  std::uint32_t value = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value, base);
  if (text.empty() || error != std::errc{} || rest != end) return std::nullopt;
  if (value == UINT32_MAX) return std::nullopt; // -1 means "leave it" to the kernel
  return value;
}

std::pair<std::string_view, std::string_view> two_words(std::string_view line) {
  constexpr std::string_view blanks = " \t\r\"";
  std::array<std::string_view, 2> words;
  for (std::string_view& word : words) {
    line.remove_prefix(std::min(line.size(), line.find_first_not_of(blanks)));
    word = line.substr(0, line.find_first_of(blanks));
    line.remove_prefix(word.size());
  }
  return {words[0], words[1]};
}

bool is_name(std::string_view text) {
  return !text.empty() && text.front() != '#' && text.front() != '+' && text.front() != '-';
}

} // namespace

std::vector<PasswdEntry> passwd(std::string_view text) {
  std::vector<PasswdEntry> entries;
  std::set<std::string_view> names;
  each_line(text, [&](std::string_view line) {
    std::array<std::string_view, 7> field;
    if (!split(line, field) || !is_name(field[0])) return;
    const auto uid = id(field[2]);
    const auto gid = id(field[3]);
    if (!uid || !gid || !names.insert(field[0]).second) return;
    entries.push_back({.name = std::string{field[0]},
                       .uid = *uid,
                       .gid = *gid,
                       .home = std::string{field[5]},
                       .shell = std::string{field[6]}});
  });
  return entries;
}

std::vector<GroupEntry> group(std::string_view text) {
  std::vector<GroupEntry> entries;
  each_line(text, [&](std::string_view line) {
    std::array<std::string_view, 4> field;
    if (!split(line, field) || !is_name(field[0])) return;
    const auto gid = id(field[2]);
    if (!gid) return;
    GroupEntry entry{.name = std::string{field[0]}, .gid = *gid, .members = {}};
    for (std::string_view rest = field[3]; !rest.empty();) {
      const std::string_view member = rest.substr(0, rest.find(','));
      rest.remove_prefix(std::min(rest.size(), member.size() + 1));
      if (!member.empty()) entry.members.emplace_back(member);
    }
    entries.push_back(std::move(entry));
  });
  return entries;
}

PeopleRange people_range(std::string_view login_defs) {
  PeopleRange range;
  each_line(login_defs, [&](std::string_view line) {
    const auto [name, value] = two_words(line);
    // getdef.c: a number as strtoul(3) takes it, of base 8 or 16 too; the last line counts.
    const bool hex = value.starts_with("0x") || value.starts_with("0X");
    const bool octal = !hex && value.size() > 1 && value.starts_with('0');
    const auto number = id(value.substr(hex ? 2 : 0), hex ? 16 : octal ? 8 : 10);
    if (!number) return;
    if (name == "UID_MIN") range.first = *number;
    if (name == "UID_MAX") range.last = *number;
  });
  return range;
}

std::vector<std::string> sudoers_names(std::string_view text) {
  std::vector<std::string> names;
  each_line(text, [&](std::string_view line) {
    const auto [name, rule] = two_words(line);
    const bool plain = is_name(name) && name.find_first_of("%!,=\\\"") == std::string_view::npos;
    if (plain && rule.starts_with("ALL=")) names.emplace_back(name);
  });
  return names;
}

std::optional<PasswdEntry> find_account(const std::vector<PasswdEntry>& entries,
                                        std::string_view name) {
  const auto found = std::ranges::find(entries, name, &PasswdEntry::name);
  return found == entries.end() ? std::nullopt : std::optional{*found};
}

std::string foreign_accounts(std::string_view nsswitch) {
  std::string foreign;
  each_line(nsswitch, [&](std::string_view line) {
    line = line.substr(0, line.find('#'));
    constexpr std::string_view blanks = " \t\r";
    const auto skip = [&] {
      line.remove_prefix(std::min(line.size(), line.find_first_not_of(blanks)));
    };
    skip();
    if (!line.starts_with("passwd")) return;
    line.remove_prefix(6);
    skip();
    if (!line.starts_with(':')) return;
    line.remove_prefix(1);
    for (skip(); !line.empty(); skip()) {
      // "[NOTFOUND=return]" is no source.
      const bool action = line.front() == '[';
      const std::size_t end = action ? line.find(']') : line.find_first_of(" \t\r[");
      const std::string_view word = line.substr(0, end);
      line.remove_prefix(std::min(line.size(), word.size() + (action ? 1U : 0U)));
      // systemd's are those of its services and containers, which log in nowhere.
      if (action || word == "files" || word == "compat" || word == "systemd") continue;
      if (foreign.empty()) foreign = word;
    }
  });
  return foreign;
}

Groups::Groups(std::vector<GroupEntry> entries) : entries_{std::move(entries)} {
  for (std::size_t at = 0; at < entries_.size(); ++at) {
    by_number_.try_emplace(entries_[at].gid, at);
    for (const std::string& member : entries_[at].members)
      by_member_[member].push_back(entries_[at].gid);
  }
}

std::vector<std::uint32_t> Groups::of(const PasswdEntry& account) const {
  std::vector<std::uint32_t> ids{account.gid};
  const auto found = by_member_.find(account.name);
  if (found == by_member_.end()) return ids;
  for (const std::uint32_t gid : found->second) {
    if (std::ranges::find(ids, gid) == ids.end()) ids.push_back(gid);
  }
  return ids;
}

const GroupEntry* Groups::find(std::uint32_t gid) const {
  const auto found = by_number_.find(gid);
  return found == by_number_.end() ? nullptr : &entries_[found->second];
}

} // namespace sshguardd::parse
