#include "parse/login_record.hpp"

#include "parse/host_pattern.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace sshguardd::parse {
namespace {

constexpr std::int64_t day = 86'400;
constexpr std::int64_t hour = 3600;

template <class T> bool number(std::string_view text, T& into) {
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, into);
  return error == std::errc{} && rest == end;
}

void add(std::vector<Login>& record, Login login) {
  if (record.size() >= most_logins)
    record.erase(std::ranges::min_element(record, {}, &Login::time));
  record.push_back(std::move(login));
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
    const bool twice = std::ranges::any_of(record, [&login](const Login& one) {
      return one.uid == login.uid && one.from == login.from;
    });
    if (!twice) add(record, std::move(login));
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
  std::vector<Login*> all;
  bool worth = false;
  for (Login& one : record) {
    if (one.uid != login.uid) continue;
    all.push_back(&one);
    // A clock that was set back makes no login older; one that was wrong ahead is put right.
    if (one.time - login.time < day) continue;
    one.time = login.time;
    worth = true;
  }
  if (all.empty()) {
    add(record, login);
    return true;
  }
  const auto by_time = [](const Login* one) { return one->time; };
  Login& last = **std::ranges::max_element(all, {}, by_time);
  const auto known = std::ranges::find(all, login.from, [](const Login* one) { return one->from; });
  const bool rests = login.time - last.time < hour;
  if (login.from.empty() || known != all.end()) {
    Login& same = login.from.empty() ? last : **known;
    if (login.time - same.time < day && (&same == &last || rests)) return worth;
    same.time = login.time;
  } else if (last.from.empty()) {
    last = login;
  } else if (all.size() < most_addresses) {
    add(record, login);
  } else {
    if (rests) return worth;
    **std::ranges::min_element(all, {}, by_time) = login;
  }
  return true;
}

} // namespace sshguardd::parse
