#include "config/accept.hpp"

#include "config/nearest.hpp"
#include "sshguardd/check.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <vector>

namespace sshguardd::config {
namespace {

constexpr std::string_view blanks = " \t\r\v\f";
constexpr std::string_view allowed =
    ", allowed: [subject=TEXT] [until=2027-01-31] reason=TEXT, the reason last";
constexpr std::string_view allowed_time =
    ", allowed: 2027-01-31 (UTC) or 2027-01-31T12:00:00Z, also with +01:00";

std::string in_quotes(std::string_view text) {
  return "\"" + std::string{text} + "\"";
}

std::string_view after_blanks(std::string_view text) {
  const std::size_t first = text.find_first_not_of(blanks);
  return first == std::string_view::npos ? std::string_view{} : text.substr(first);
}

// Takes one word off the text, or what stands between double quotes; nothing where the quotes are
// not closed, or where something is stuck to them.
std::optional<std::string_view> take_word(std::string_view& text) {
  if (!text.starts_with('"')) {
    const std::string_view word = text.substr(0, text.find_first_of(blanks));
    text.remove_prefix(word.size());
    return word;
  }
  const std::size_t end = text.find('"', 1);
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view word = text.substr(1, end - 1);
  text.remove_prefix(end + 1);
  if (!text.empty() && blanks.find(text.front()) == std::string_view::npos) return std::nullopt;
  return word;
}

// One field; the text goes on behind it. What is wrong with it; empty = nothing.
std::string take_field(std::string_view& text, Accept& accept) {
  constexpr std::array<std::string_view, 3> fields{"subject", "until", "reason"};
  const std::string_view first = text.substr(0, text.find_first_of(blanks));
  const std::size_t equals = first.find('=');
  const std::string_view name = first.substr(0, equals);
  if (equals == std::string_view::npos ||
      (name != "subject" && name != "until" && name != "reason")) {
    const std::string_view near = nearest(name, fields);
    return in_quotes(first) + " is not valid" +
           (near.empty() ? "" : ", did you mean " + in_quotes(std::string{near} + "=") + "?") +
           std::string{allowed};
  }
  text.remove_prefix(equals + 1);
  if (name == "reason") {
    accept.reason = after_blanks(text);
    text = {};
    return accept.reason.empty() ? "no reason" + std::string{allowed} : std::string{};
  }
  const bool twice = name == "subject" ? !accept.subject.empty() : accept.until.has_value();
  if (twice) return std::string{name} + " stands twice" + std::string{allowed};
  const auto word = take_word(text);
  if (!word)
    return "the double quotes of " + std::string{name} + " are not closed" + std::string{allowed};
  if (word->empty())
    return "no " + std::string{name} + " behind " + std::string{name} + "=" + std::string{allowed};
  if (name == "subject") {
    accept.subject = *word;
    return {};
  }
  accept.until = parse_time(*word);
  if (accept.until) return {};
  return "until " + in_quotes(*word) + " is no time" + std::string{allowed_time};
}

std::string unknown_id(std::string_view id) {
  std::vector<std::string_view> known;
  for (const Check* check : catalog()) {
    for (const FindingInfo& info : check->ids)
      known.push_back(info.id);
  }
  const std::string_view near = nearest(id, known);
  constexpr std::string_view known_by = "the ids that sshguardctl list prints";
  std::string text = "unknown finding, ";
  text += near.empty() ? "allowed: " : "did you mean " + in_quotes(near) + "? Allowed: ";
  return text.append(known_by);
}

// Digits, and the other characters as they stand in the shape.
bool has_shape(std::string_view text, std::string_view shape) {
  if (text.size() != shape.size()) return false;
  for (std::size_t at = 0; at < shape.size(); ++at) {
    const bool digit = text[at] >= '0' && text[at] <= '9';
    if (shape[at] == 'd' ? !digit : text[at] != shape[at]) return false;
  }
  return true;
}

int digits(std::string_view text) {
  int value = 0;
  for (const char c : text)
    value = value * 10 + (c - '0');
  return value;
}

// "Z", "+01:00", "-08:00"
std::optional<std::chrono::minutes> zone(std::string_view text) {
  using namespace std::chrono;
  if (text == "Z") return minutes{0};
  if (!has_shape(text, "+dd:dd") && !has_shape(text, "-dd:dd")) return std::nullopt;
  const int hour = digits(text.substr(1, 2));
  const int minute = digits(text.substr(4, 2));
  if (hour > 23 || minute > 59) return std::nullopt;
  return (text.front() == '-' ? -1 : 1) * (hours{hour} + minutes{minute});
}

} // namespace

AcceptLine parse_accept(std::string_view id, std::string_view value) {
  AcceptLine line;
  if (find_info(id) == nullptr) {
    line.wrong = unknown_id(id);
    return line;
  }
  line.accept.id = id;
  std::string_view text = after_blanks(value);
  while (!text.empty() && line.wrong.empty()) {
    line.wrong = take_field(text, line.accept);
    text = after_blanks(text);
  }
  if (line.wrong.empty() && line.accept.reason.empty())
    line.wrong = "no reason" + std::string{allowed};
  return line;
}

std::optional<WallTime> parse_time(std::string_view text) {
  using namespace std::chrono;
  constexpr std::string_view date_shape = "dddd-dd-dd";
  constexpr std::string_view time_shape = "Tdd:dd:dd";
  const std::string_view day_text = text.substr(0, date_shape.size());
  if (!has_shape(day_text, date_shape)) return std::nullopt;
  const year_month_day date{year{digits(day_text.substr(0, 4))},
                            month{static_cast<unsigned>(digits(day_text.substr(5, 2)))},
                            day{static_cast<unsigned>(digits(day_text.substr(8, 2)))}};
  if (!date.ok()) return std::nullopt;
  text.remove_prefix(date_shape.size());
  if (text.empty()) return sys_days{date};

  const std::string_view clock = text.substr(0, time_shape.size());
  if (!has_shape(clock, time_shape)) return std::nullopt;
  const auto offset = zone(text.substr(time_shape.size()));
  const int hour = digits(clock.substr(1, 2));
  const int minute = digits(clock.substr(4, 2));
  const int second = digits(clock.substr(7, 2));
  // 60: a leap second.
  if (!offset || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  return sys_days{date} + hours{hour} + minutes{minute} + seconds{second} - *offset;
}

} // namespace sshguardd::config
