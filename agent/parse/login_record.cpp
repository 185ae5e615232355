#include "parse/login_record.hpp"

#include "parse/host_pattern.hpp"

#include <algorithm>
#include <charconv>

namespace sshguardd::parse {
namespace {

constexpr std::int64_t day = 86'400;
constexpr std::int64_t hour = 3600;

template <class T> bool number(std::string_view text, T& into) {
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, into);
  return error == std::errc{} && rest == end;
}

} // namespace

std::vector<Login> login_record(std::string_view text) {
  std::vector<Login> record;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const std::size_t blank = line.find(' ');
    if (blank == std::string_view::npos) continue;
    const std::size_t second = std::min(line.find(' ', blank + 1), line.size());
    Login login;
    if (!number(line.substr(0, blank), login.uid) ||
        !number(line.substr(blank + 1, second - blank - 1), login.time) || login.time < 0)
      continue;
    if (second < line.size()) login.from = line.substr(second + 1);
    if (second < line.size() && !is_address(login.from)) continue;
    (void)note_login(record, login);
  }
  return record;
}

std::string text_of(const std::vector<Login>& record) {
  std::string text;
  for (const Login& login : record)
    text += std::to_string(login.uid) + " " + std::to_string(login.time) +
            (login.from.empty() ? "" : " " + login.from) + "\n";
  return text;
}

bool note_login(std::vector<Login>& record, const Login& login) {
  const auto known = std::ranges::find(record, login.uid, &Login::uid);
  if (known != record.end()) {
    // A clock that was set back makes no login older; one that was wrong ahead is put right.
    const std::int64_t since = login.time - known->time;
    const bool from = !login.from.empty() && login.from != known->from;
    const bool worth =
        since >= day || -since >= day || (from && (known->from.empty() || since >= hour));
    if (!worth) return false;
    known->time = login.time;
    if (from) known->from = login.from;
    return true;
  }
  if (record.size() >= most_logins)
    record.erase(std::ranges::min_element(record, {}, &Login::time));
  record.push_back(login);
  return true;
}

} // namespace sshguardd::parse
