#include "parse/safe_path.hpp"

#include "parse/path.hpp"

#include <algorithm>
#include <cstddef>

namespace sshguardd::parse {
namespace {

constexpr std::uint32_t others_write = 0002;
constexpr std::uint32_t group_writes = 0020;

// "ID=debian", 'ID_LIKE="ubuntu debian"' -> the words of one key.
std::string_view value_of(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (!line.starts_with(key) || line.size() <= key.size() || line[key.size()] != '=') continue;
    line.remove_prefix(key.size() + 1);
    while (!line.empty() && (line.front() == '"' || line.front() == '\''))
      line.remove_prefix(1);
    while (!line.empty() && (line.back() == '"' || line.back() == '\'' || line.back() == '\r'))
      line.remove_suffix(1);
    return line;
  }
  return {};
}

bool has_word(std::string_view words, std::string_view wanted) {
  while (!words.empty()) {
    const std::string_view word = words.substr(0, words.find(' '));
    if (word == wanted) return true;
    words.remove_prefix(std::min(words.size(), word.size() + 1));
  }
  return false;
}

} // namespace

bool accepts_private_groups(std::string_view os_release) {
  return value_of(os_release, "ID") == "debian" ||
         has_word(value_of(os_release, "ID_LIKE"), "debian");
}

SafePath::SafePath(bool private_groups, const std::vector<PasswdEntry>& accounts,
                   const Groups& groups)
    : private_groups_{private_groups}, groups_{groups} {
  if (!private_groups) return;
  for (const PasswdEntry& account : accounts) {
    auto& uids = primary_of_[account.gid];
    // Two are as good as a thousand: they are not one and the same.
    if (uids.size() < 2 && std::ranges::find(uids, account.uid) == uids.end())
      uids.push_back(account.uid);
    names_.try_emplace(account.uid, account.name);
  }
}

// secure_permissions(): whose first group it is, then whom it lists; one of them at least.
bool SafePath::only_of(std::uint32_t gid, std::uint32_t account_uid, std::uint32_t owner) const {
  const GroupEntry* group = groups_.find(gid);
  if (group == nullptr) return false;
  const auto primary = primary_of_.find(gid);
  const bool first = primary != primary_of_.end();
  if (first &&
      std::ranges::any_of(primary->second, [&](std::uint32_t uid) { return uid != account_uid; }))
    return false;
  const auto name = names_.find(owner);
  if (name == names_.end()) return false;
  if (group->members.empty()) return first;
  return group->members.size() == 1 && group->members.front() == name->second;
}

SafePath::Verdict SafePath::judge(std::uint32_t account_uid, std::uint32_t owner, std::uint32_t gid,
                                  std::uint32_t mode) const {
  Verdict verdict{.wrong_owner = owner != 0 && owner != account_uid, .too_open = false};
  verdict.too_open =
      (mode & others_write) != 0 ||
      ((mode & group_writes) != 0 && (!private_groups_ || !only_of(gid, account_uid, owner)));
  return verdict;
}

std::vector<std::string> walk_of(const std::string& file, const std::string& home) {
  std::vector<std::string> directories;
  for (std::string at = directory_of(file);; at = directory_of(at)) {
    directories.push_back(at);
    if (at == home || at == "/") return directories;
  }
}

std::optional<std::string> expand_keys_file(std::string_view pattern, const PasswdEntry& account) {
  std::string path;
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    if (pattern[at] != '%') {
      path += pattern[at];
      continue;
    }
    if (++at == pattern.size()) return std::nullopt;
    switch (pattern[at]) {
    case '%':
      path += '%';
      break;
    case 'h':
      path += account.home;
      break;
    case 'u':
      path += account.name;
      break;
    case 'U':
      path += std::to_string(account.uid);
      break;
    default:
      return std::nullopt;
    }
  }
  if (path.starts_with('/')) return path;
  return account.home + "/" + path;
}

} // namespace sshguardd::parse
