#include "parse/journal_export.hpp"

#include <charconv>
#include <cstddef>
#include <optional>

namespace sshguardd::parse {
namespace {

using Text = std::string_view;

template <class T> T number(Text text, T otherwise) {
  T value{};
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && rest == text.data() + text.size() ? value : otherwise;
}

// A field whose value may hold anything: its size as eight bytes, the lowest first, then so many
// bytes and a line end.
std::optional<Text> cut_binary(Text& text) {
  if (text.size() < 8) return std::nullopt;
  std::uint64_t size = 0;
  for (std::size_t i = 8; i-- > 0;)
    size = size << 8U | static_cast<unsigned char>(text[i]);
  text.remove_prefix(8);
  if (size >= text.size() || text[static_cast<std::size_t>(size)] != '\n') return std::nullopt;
  const Text value = text.substr(0, static_cast<std::size_t>(size));
  text.remove_prefix(value.size() + 1);
  return value;
}

void set(JournalEntry& entry, Text name, Text value) {
  if (name == "__CURSOR") entry.cursor = value;
  if (name == "__REALTIME_TIMESTAMP") entry.realtime_us = number<std::int64_t>(value, 0);
  if (name == "_PID") entry.pid = number<std::uint32_t>(value, 0);
  if (name == "_UID") entry.uid = number<std::int64_t>(value, -1);
  if (name == "_EXE") entry.exe = value;
  if (name == "_SYSTEMD_CGROUP") entry.control_group = value;
  if (name == "MESSAGE") entry.message = value;
}

bool is_sshd(Text exe) {
  constexpr Text deleted = " (deleted)"; // an upgrade
  if (exe.ends_with(deleted)) exe.remove_suffix(deleted.size());
  const std::size_t slash = exe.rfind('/');
  if (slash == Text::npos) return false;
  const Text name = exe.substr(slash + 1);
  return name == "sshd" || name == "sshd-session" || name == "sshd-auth";
}

} // namespace

std::vector<JournalEntry> journal_entries(std::string_view text) {
  std::vector<JournalEntry> entries;
  JournalEntry entry;
  bool any = false;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (end == Text::npos) return entries;
    const Text line = text.substr(0, end);
    text.remove_prefix(end + 1);
    if (line.empty()) {
      if (any) entries.push_back(std::move(entry));
      entry = {};
      any = false;
      continue;
    }
    any = true;
    const std::size_t equals = line.find('=');
    if (equals != Text::npos) {
      set(entry, line.substr(0, equals), line.substr(equals + 1));
      continue;
    }
    const auto value = cut_binary(text);
    if (!value) return entries;
    set(entry, line, *value);
  }
  return entries;
}

bool is_from_sshd(const JournalEntry& entry, std::string_view control_group) {
  if (entry.uid != 0) return false;
  if (!entry.exe.empty() && !is_sshd(entry.exe)) return false;
  const Text group = entry.control_group;
  if (group.empty()) return true;
  if (group.starts_with("/user.slice/")) return true;
  // One service for each connection.
  if (group.starts_with("/system.slice/system-ssh.slice/") ||
      group.starts_with("/system.slice/system-sshd.slice/"))
    return true;
  return !control_group.empty() && group.starts_with(control_group) &&
         (group.size() == control_group.size() || group[control_group.size()] == '/');
}

} // namespace sshguardd::parse
