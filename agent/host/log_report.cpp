// How what logs take is written on the pipe, and read.
#include "host/log_look.hpp"

#include <charconv>
#include <cstddef>

namespace sshguardd::host {
namespace {

constexpr std::size_t most_named = 64;

// One field after the other, in a fixed order, both ways.
class Writer {
public:
  void field(const std::string& value) { text_ += value + '\0'; }
  void number(std::uint64_t value) { field(std::to_string(value)); }
  void flag(bool value) { field(value ? "1" : "0"); }
  void space(const Space& space) {
    for (const std::uint64_t value :
         {space.total, space.free, space.available, space.inodes, space.inodes_free})
      number(value);
  }
  [[nodiscard]] std::string text() const { return text_; }

private:
  std::string text_;
};

class Reader {
public:
  explicit Reader(std::string_view text) : rest_{text} {}

  std::string field() {
    const std::size_t end = rest_.find('\0');
    if (end == std::string_view::npos) {
      whole_ = false;
      return {};
    }
    std::string value{rest_.substr(0, end)};
    rest_.remove_prefix(end + 1);
    return value;
  }
  std::uint64_t number() {
    const std::string text = field();
    std::uint64_t value = 0;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || rest != text.data() + text.size()) whole_ = false;
    return value;
  }
  bool flag() { return number() == 1; }
  Space space() {
    Space space;
    for (std::uint64_t Space::*value :
         {&Space::total, &Space::free, &Space::available, &Space::inodes, &Space::inodes_free})
      space.*value = number();
    return space;
  }
  // Nothing is left, and nothing was missing.
  [[nodiscard]] bool whole() const { return whole_ && rest_.empty(); }
  [[nodiscard]] bool broken() const { return !whole_; }

private:
  std::string_view rest_;
  bool whole_ = true;
};

constexpr JournalSetting JournalLimits::*settings[] = {
    &JournalLimits::max_use, &JournalLimits::keep_free, &JournalLimits::max_file_size,
    &JournalLimits::max_files};

} // namespace

std::string encode(const Logs& logs) {
  Writer out;
  out.field(logs.journal ? "" : "-" + logs.journal.why());
  if (logs.journal) {
    const Journal& journal = *logs.journal;
    out.field(journal.directory);
    out.number(journal.bytes);
    out.number(journal.own_bytes);
    out.field(journal.mount);
    out.field(journal.device);
    out.field(journal.removable.path);
    out.number(journal.removable.bytes);
    out.number(journal.removable.files);
    out.flag(journal.apart);
    out.space(journal.space);
    for (const auto setting : settings) {
      const JournalSetting& one = journal.limits.*setting;
      out.flag(one.value.has_value());
      out.number(one.value.value_or(0));
      out.field(one.file);
      out.number(static_cast<std::uint64_t>(one.line));
    }
  }
  const PlainLogs& plain = logs.plain;
  out.number(plain.bytes);
  out.field(plain.mount);
  out.space(plain.space);
  out.flag(plain.complete);
  out.number(plain.largest.size());
  for (const LogFile& log : plain.largest) {
    out.field(log.path);
    out.number(log.bytes);
    out.field(log.rotated);
  }
  out.flag(logs.rotation.installed);
  out.field(logs.rotation.state_file);
  const auto ran = logs.rotation.ran.value_or(WallTime{}).time_since_epoch().count();
  out.flag(logs.rotation.ran.has_value());
  out.number(ran < 0 ? 0 : static_cast<std::uint64_t>(ran));
  return out.text();
}

Fact<Logs> decode_logs(std::string_view text) {
  Reader in{text};
  Logs logs;
  const std::string why = in.field();
  if (!why.empty()) {
    logs.journal = Unknown{why.substr(1)};
  } else {
    Journal journal;
    journal.directory = in.field();
    journal.bytes = in.number();
    journal.own_bytes = in.number();
    journal.mount = in.field();
    journal.device = in.field();
    journal.removable = {.kind = RoomKind::journal, .path = in.field()};
    journal.removable.bytes = in.number();
    journal.removable.files = in.number();
    journal.apart = in.flag();
    journal.space = in.space();
    for (const auto setting : settings) {
      JournalSetting& one = journal.limits.*setting;
      const bool set = in.flag();
      const std::uint64_t value = in.number();
      if (set) one.value = value;
      one.file = in.field();
      one.line = static_cast<int>(in.number());
    }
    logs.journal = journal;
  }
  PlainLogs& plain = logs.plain;
  plain.bytes = in.number();
  plain.mount = in.field();
  plain.space = in.space();
  plain.complete = in.flag();
  const std::uint64_t count = in.number();
  for (std::uint64_t i = 0; i < count && i < most_named && !in.broken(); ++i) {
    LogFile log;
    log.path = in.field();
    log.bytes = in.number();
    log.rotated = in.field();
    plain.largest.push_back(std::move(log));
  }
  logs.rotation.installed = in.flag();
  logs.rotation.state_file = in.field();
  const bool ran = in.flag();
  const std::uint64_t when = in.number();
  if (ran) logs.rotation.ran = WallTime{std::chrono::microseconds{static_cast<std::int64_t>(when)}};
  if (!in.whole()) return Unknown{"what the logs take is not known"};
  return logs;
}

} // namespace sshguardd::host
