// The line on the serial console: a sentence for a person first, a tag for programs last.
#include "engine/encode.hpp"
#include "engine/harmless.hpp"
#include "engine/report.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>

namespace sshguardd::engine {
namespace {

constexpr std::size_t max_line = 240;
constexpr std::size_t max_host = 63; // of a DNS label
constexpr std::size_t max_id =
    40;                           // the longest of the catalog has 26; a ledger could hold any text
constexpr std::size_t max_by = 9; // "recovered"

bool hex_digit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

std::string short_boot(std::string_view boot_id) {
  const std::string_view first = boot_id.substr(0, 4);
  return first.size() == 4 && std::ranges::all_of(first, hex_digit) ? std::string{first} : "0000";
}

// What begins every tag.
std::string tag_start(std::string_view boot_id, std::uint32_t seq, std::size_t open) {
  return "[v1 boot=" + short_boot(boot_id) + " seq=" + std::to_string(seq) +
         " open=" + std::to_string(open);
}

std::string tag(const Line& line, const Ledger& ledger) {
  using Kind = Line::Kind;
  std::string text = tag_start(ledger.boot_id, line.seq, line.open);
  const bool on_finding = line.kind == Kind::opened || line.kind == Kind::changed ||
                          line.kind == Kind::ended || line.kind == Kind::repeated;
  if (line.kind == Kind::alive) text += " alive";
  if (line.kind == Kind::paused) text += " healing=paused";
  if (line.kind == Kind::resumed) text += " healing=resumed";
  if (line.kind == Kind::blind || line.kind == Kind::sighted) text += " unknown";
  if (on_finding) text += " id=" + encode_word(line.id, max_id);
  if (line.about) text += " about=" + std::to_string(*line.about);
  if (line.ends) text += " ends=" + std::to_string(*line.ends);
  if (line.kind == Kind::ended || line.kind == Kind::sighted)
    text += " by=" + encode_word(line.by, max_by);
  if (line.repeat > 0) text += " repeat=" + std::to_string(line.repeat);
  if (line.part.second > 0)
    text += " summary=" + std::to_string(line.part.first) + "/" + std::to_string(line.part.second);
  return text + "]";
}

// The evidence is cut before the action is: what to do is worth more at three in the morning than
// the end of a quotation. A third of the room stays for what is wrong.
std::string fit(std::string_view sentence, std::size_t room) {
  if (sentence.size() <= room) return std::string{sentence};
  const std::size_t at = action_start(sentence);
  if (at == std::string_view::npos) return cut_encoded(sentence, room);
  const std::string_view head = sentence.substr(0, at);
  const std::string_view tail = sentence.substr(at);
  const std::size_t head_least = std::min(head.size(), room / 3);
  const std::string action = cut_encoded(tail, room - head_least);
  return cut_encoded(head, room - action.size()) + action;
}

std::string contract_line(State state, std::string_view host, WallTime time,
                          std::string_view sentence, const std::string& tag) {
  const std::string start = "SSHGUARDD " + capitals(to_string(state)) + " " +
                            encode_word(host, max_host) + " " + rfc3339(time) + " ";
  const std::size_t room = max_line - std::min(max_line, start.size() + tag.size() + 1);
  return harmless(start + fit(encode(sentence), room)) + " " + tag;
}

} // namespace

std::size_t action_start(std::string_view sentence) {
  std::size_t last = std::string_view::npos;
  for (const std::string_view mark : {" DO: ", " NEXT: ", " WAITS: "}) {
    const std::size_t at = sentence.rfind(mark);
    if (at != std::string_view::npos && (last == std::string_view::npos || at > last)) last = at;
  }
  return last;
}

std::string console_line(const Line& line, const Ledger& ledger, const Snapshot& snapshot) {
  return contract_line(line.state, snapshot.host, snapshot.taken.wall, line.sentence,
                       tag(line, ledger));
}

ConsoleEntry console_entry(const Line& line, const Ledger& ledger, const Snapshot& snapshot) {
  using Kind = Line::Kind;
  const bool over = line.kind == Kind::ended || line.kind == Kind::sighted;
  const bool opens = line.kind == Kind::opened || line.kind == Kind::blind;
  return {.text = console_line(line, ledger, snapshot),
          .host = snapshot.host,
          .boot_id = ledger.boot_id,
          .state = line.state,
          .seq = line.seq,
          .open = line.open,
          .episode = line.about.value_or(line.ends.value_or(opens ? line.seq : 0)),
          .urgent = line.state == State::critical && !over && line.kind != Kind::summary};
}

std::string dropped_line(const ConsoleEntry& newest, std::uint32_t dropped, std::uint32_t seq,
                         WallTime now) {
  const std::string what = dropped == 1 ? " line" : " lines";
  return contract_line(
      newest.state, newest.host, now,
      "Dropped " + std::to_string(dropped) + what +
          ": the console was blocked, or its budget spent (console_rate). See journalctl -t "
          "sshguardd.",
      tag_start(newest.boot_id, seq, newest.open) + " dropped=" + std::to_string(dropped) + "]");
}

std::string rfc3339(WallTime time) {
  using namespace std::chrono;
  // Four digits of a year are all that the format has; a clock that is further off is wrong anyway.
  constexpr auto first = sys_days{year{0} / 1 / 1};
  constexpr auto last = sys_days{year{9999} / 12 / 31} + hours{24} - seconds{1};
  const auto whole = std::clamp<sys_seconds>(floor<seconds>(time), first, last);
  const auto day = floor<days>(whole);
  const year_month_day date{day};
  const hh_mm_ss clock{whole - day};
  char text[32];
  const int size = std::snprintf(
      text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()));
  return {text, size > 0 ? static_cast<std::size_t>(size) : 0U};
}

std::string duration_text(std::chrono::microseconds duration) {
  using namespace std::chrono;
  if (duration <= microseconds{0}) return "0s";
  if (duration < seconds{1}) {
    const auto tenths = (duration.count() + 50'000) / 100'000;
    return "0." + std::to_string(std::clamp<std::int64_t>(tenths, 1, 9)) + "s";
  }
  struct Unit {
    std::int64_t seconds;
    const char* name;
  };
  constexpr Unit units[] = {{86'400, "d"}, {3'600, "h"}, {60, "m"}, {1, "s"}};
  const std::int64_t total = floor<seconds>(duration).count();
  const Unit* unit = std::ranges::find_if(units, [&](const Unit& u) { return total >= u.seconds; });
  std::string text = std::to_string(total / unit->seconds) + unit->name;
  const Unit* next = unit + 1;
  if (next == std::end(units)) return text;
  const std::int64_t rest = total % unit->seconds / next->seconds;
  if (rest > 0) text += " " + std::to_string(rest) + next->name;
  return text;
}

} // namespace sshguardd::engine
