#include "parse/key_options.hpp"

#include "parse/ascii.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <ctime>

namespace sshguardd::parse {
namespace {

// Each may have a "no-" before it, but for the first two; a longer word that begins so is none.
constexpr std::string_view flags[] = {
    "restrict",       "cert-authority", "port-forwarding", "agent-forwarding",
    "x11-forwarding", "touch-required", "verify-required", "pty",
    "user-rc"};
constexpr std::size_t without_no = 2;
constexpr std::string_view once[] = {"command", "principals", "from"};
constexpr std::size_t longest_host = 1025;       // NI_MAXHOST
constexpr unsigned most_tunnel = 0x7fffffff - 2; // misc.h: SSH_TUNID_MAX

bool begins_with(std::string_view text, std::string_view word) {
  return is_word(text.substr(0, word.size()), word);
}

bool all_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// misc.c: a2port(). A name may be one of /etc/services, whatever those are on this machine.
bool is_port(std::string_view text) {
  if (text == "*") return true;
  if (!all_digits(text))
    return !text.empty() && std::ranges::all_of(text, [](char c) {
      return letter_or_digit(c) || c == '-' || c == '_' || c == '+' || c == '.';
    });
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc{} && port >= 1 && port <= 65535;
}

// misc.c: hpdelim2(), as auth-options.c: handle_permit() asks it.
bool is_permit(std::string_view text, bool bare_port) {
  if (bare_port && text.find(':') == std::string_view::npos) return is_port(text);
  std::size_t end = text.find_first_of(":/");
  if (text.starts_with('[')) {
    end = text.find(']');
    if (end == std::string_view::npos) return false;
    ++end;
  }
  if (end >= text.size() || end >= longest_host || (text[end] != ':' && text[end] != '/'))
    return false;
  return is_port(text.substr(end + 1));
}

// misc.c: parse_absolute_time(): YYYYMMDD[Z], YYYYMMDDHHMM[SS][Z].
std::optional<std::int64_t> time_of(std::string_view text) {
  bool utc = true;
  if (text.size() > 1 && (text.back() == 'Z' || text.back() == 'z'))
    text.remove_suffix(1);
  else if (text.size() > 3 && begins_with(text.substr(text.size() - 3), "utc"))
    text.remove_suffix(3);
  else
    utc = false;
  if (!all_digits(text) || (text.size() != 8 && text.size() != 12 && text.size() != 14))
    return std::nullopt;
  const auto two = [text](std::size_t at) {
    return at >= text.size() ? 0 : (text[at] - '0') * 10 + (text[at + 1] - '0');
  };
  std::tm tm{};
  tm.tm_year = two(0) * 100 + two(2) - 1900;
  tm.tm_mon = two(4) - 1;
  tm.tm_mday = two(6);
  tm.tm_hour = two(8);
  tm.tm_min = two(10);
  tm.tm_sec = two(12);
  tm.tm_isdst = -1;
  if (tm.tm_year < 70 || tm.tm_mon < 0 || tm.tm_mon > 11 || tm.tm_mday < 1 || tm.tm_mday > 31 ||
      tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 61)
    return std::nullopt;
  const std::time_t time = utc ? timegm(&tm) : std::mktime(&tm);
  if (time < 0) return std::nullopt;
  return time;
}

bool is_environment(std::string_view text) {
  const std::size_t size = text.find('=');
  return size != std::string_view::npos && size > 0 &&
         std::ranges::all_of(text.substr(0, size),
                             [](char c) { return letter_or_digit(c) || c == '_'; });
}

bool is_tunnel(std::string_view text) {
  if (text.size() == 3 && begins_with(text, "any")) return true;
  unsigned device = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), device);
  return all_digits(text) && error == std::errc{} && device <= most_tunnel;
}

class Options {
public:
  explicit Options(std::string_view text) : rest_{text} {}

  KeyOptions read() {
    KeyOptions options;
    while (!rest_.empty()) {
      ++number_;
      const bool has_value = !flag(options) && valued(options);
      if (why_.empty() && !rest_.empty() && rest_.front() != ',')
        why_ = has_value ? "a comma is missing behind " + which() : which() + " is unknown";
      if (!why_.empty()) break;
      if (!rest_.empty()) rest_.remove_prefix(1); // one at the end does no harm
    }
    if (why_.empty() && options.has_principals && !options.cert_authority)
      why_ = "principals= without cert-authority";
    options.why = std::move(why_);
    return options;
  }

private:
  [[nodiscard]] std::string which() const {
    return "option " + std::to_string(number_) + " before the key";
  }

  bool flag(KeyOptions& options) {
    for (std::size_t i = 0; i < std::size(flags); ++i) {
      const std::size_t no = i >= without_no && begins_with(rest_, "no-") ? 3 : 0;
      if (!begins_with(rest_.substr(no), flags[i])) continue;
      rest_.remove_prefix(no + flags[i].size());
      if (flags[i] == "cert-authority") options.cert_authority = true;
      return true;
    }
    return false;
  }

  bool valued(KeyOptions& options) {
    for (std::size_t i = 0; i < std::size(once); ++i) {
      if (!takes(once[i])) continue;
      if ((seen_ & (1U << i)) != 0) why_ = std::string{once[i]} + "= twice before the key";
      seen_ |= 1U << i;
      const std::string_view found = value();
      if (once[i] == "principals") {
        options.has_principals = true;
        options.principals = found;
      }
      if (once[i] == "from") options.from = found;
      if (once[i] == "command") options.command = true;
      return true;
    }
    if (takes("expiry-time")) {
      const auto time = time_of(value());
      if (time && (options.expiry == 0 || *time < options.expiry)) options.expiry = *time;
      return judge(time.has_value(), "expiry-time=");
    }
    if (takes("environment")) return judge(is_environment(value()), "environment=");
    if (takes("permitopen")) return judge(is_permit(value(), false), "permitopen=");
    if (takes("permitlisten")) return judge(is_permit(value(), true), "permitlisten=");
    if (takes("tunnel")) return judge(is_tunnel(value()), "tunnel=");
    return false;
  }

  bool judge(bool right, const char* name) {
    if (!right && why_.empty()) why_ = std::string{name} + " before the key has no valid value";
    return true;
  }

  bool takes(std::string_view name) {
    if (!begins_with(rest_, name) || rest_.size() == name.size() || rest_[name.size()] != '=')
      return false;
    rest_.remove_prefix(name.size() + 1);
    return true;
  }

  // auth-options.c: opt_dequote(), without taking the backslashes out: in what is judged here none
  // is right.
  std::string_view value() {
    std::size_t end = 1;
    while (end < rest_.size() && rest_[end] != '"')
      end += rest_.substr(end).starts_with("\\\"") ? 2 : 1;
    if (!rest_.starts_with('"') || end >= rest_.size()) {
      if (why_.empty()) why_ = which() + " wants its value in double quotes";
      return {};
    }
    const std::string_view found = rest_.substr(1, end - 1);
    rest_.remove_prefix(end + 1);
    return found;
  }

  std::string_view rest_;
  std::string why_;
  unsigned number_ = 0;
  unsigned seen_ = 0; // of `once`
};

} // namespace

std::optional<std::size_t> key_options_size(std::string_view text) {
  bool quoted = false;
  std::size_t at = 0;
  for (; at < text.size() && (quoted || (text[at] != ' ' && text[at] != '\t')); ++at) {
    if (text[at] == '\\' && at + 1 < text.size() && text[at + 1] == '"')
      ++at;
    else if (text[at] == '"')
      quoted = !quoted;
  }
  if (quoted) return std::nullopt;
  return std::min(at, text.size());
}

KeyOptions key_options(std::string_view options) {
  return Options{options}.read();
}

} // namespace sshguardd::parse
