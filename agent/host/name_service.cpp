#include "host/name_service.hpp"

#include "host/helper.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

namespace sshguardd::host {
namespace {

constexpr const char* getent = "/usr/bin/getent";
constexpr int not_found = 2;
constexpr std::size_t most_groups = 1024;

HelperResult ask(std::vector<std::string> words) {
  words.insert(words.begin(), getent);
  return run_helper(
      {.argv = std::move(words), .environment = plain_environment(), .groups = {}, .input = {}});
}

Unknown why_unknown(const HelperResult& told) {
  if (told.timed_out) return {"the name service gave no answer within 5 s"};
  if (told.too_much) return {"the name service said too much"};
  if (!told.error.empty()) return {told.error};
  return {"getent ended with exit status " + std::to_string(told.exit_status)};
}

bool has_letter(std::string_view name) {
  return std::ranges::any_of(name, [](char c) { return c < '0' || c > '9'; });
}

// "alice                 1000 27 100" -> the numbers.
std::vector<std::uint32_t> numbers(std::string_view text) {
  std::vector<std::uint32_t> found;
  text = text.substr(0, text.find('\n'));
  while (!text.empty() && found.size() < most_groups) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    if (!word.empty() && error == std::errc{} && end == word.data() + word.size())
      found.push_back(number);
  }
  return found;
}

} // namespace

Fact<std::optional<parse::PasswdEntry>> ask_account(const std::string& name) {
  if (name.empty() || name.find('\0') != std::string::npos)
    return std::optional<parse::PasswdEntry>{};
  const HelperResult told = ask({"passwd", "--", name});
  if (told.exit_status == not_found) return std::optional<parse::PasswdEntry>{};
  if (told.exit_status != 0) return why_unknown(told);
  const auto entries = parse::passwd(told.out);
  if (entries.size() != 1) return Unknown{"getent's answer is no account"};
  // A number it takes for a user id, which sshd does not.
  if (entries.front().name != name && !has_letter(name))
    return Unknown{"the name service cannot be asked for a name that is a number"};
  return std::optional{entries.front()};
}

Fact<NamedGroups> ask_groups(const parse::PasswdEntry& account) {
  const HelperResult told = ask({"initgroups", "--", account.name});
  if (told.exit_status != 0) return why_unknown(told);
  const std::size_t name_end = std::min(account.name.size(), told.out.size());
  std::vector<std::uint32_t> ids = numbers(std::string_view{told.out}.substr(name_end));
  if (std::ranges::find(ids, account.gid) == ids.end()) ids.insert(ids.begin(), account.gid);
  std::vector<std::string> words{"group", "--"};
  for (const std::uint32_t id : ids)
    words.push_back(std::to_string(id));
  // 2: one of them has no name, and is in no rule of sshd's.
  const HelperResult named = ask(std::move(words));
  if (named.exit_status != 0 && named.exit_status != not_found) return why_unknown(named);
  NamedGroups groups{.ids = std::move(ids), .named = parse::group(named.out)};
  std::erase_if(groups.named, [&](const parse::GroupEntry& group) {
    return std::ranges::find(groups.ids, group.gid) == groups.ids.end();
  });
  for (parse::GroupEntry& group : groups.named)
    group.members = {account.name};
  return groups;
}

} // namespace sshguardd::host
