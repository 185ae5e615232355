#include "parse/kernel_messages.hpp"

#include "parse/lines.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>

namespace sshguardd::parse {
namespace {

using Text = std::string_view;

template <class T> std::optional<T> number(Text& text) {
  T value{};
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(rest - text.data()));
  return value;
}

bool is_name_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
         c == '_' || c == '!';
}

// As a whole word: "vda1" is not in "vda12".
bool names(Text message, Text device) {
  for (std::size_t at = message.find(device); at != Text::npos; at = message.find(device, at + 1)) {
    const std::size_t end = at + device.size();
    if ((at == 0 || !is_name_character(message[at - 1])) &&
        (end == message.size() || !is_name_character(message[end])))
      return true;
  }
  return false;
}

// Of a disk: "vda" of "vda1", "nvme0n1" of "nvme0n1p2"; itself where it is no partition.
Text disk_of(Text device) {
  const std::size_t end = device.find_last_not_of("0123456789");
  if (end == Text::npos || end + 1 == device.size()) return device;
  const bool by_p =
      device[end] == 'p' && end > 0 && device[end - 1] >= '0' && device[end - 1] <= '9';
  if (by_p) return device.substr(0, end);
  return device.starts_with("sd") || device.starts_with("vd") || device.starts_with("xvd") ||
                 device.starts_with("hd")
             ? device.substr(0, end + 1)
             : device;
}

} // namespace

std::optional<OomVictim> oom_victim(std::string_view message) {
  constexpr Text whole = "Out of memory: ";
  constexpr Text group = "Memory cgroup out of memory: ";
  OomVictim victim;
  if (message.starts_with(group))
    victim.in_group = true;
  else if (!message.starts_with(whole))
    return std::nullopt;
  message.remove_prefix(victim.in_group ? group.size() : whole.size());
  bool found = false;
  for (const Text start : {"Killed process ", "Kill process "}) { // the latter before 5.0
    if (!message.starts_with(start)) continue;
    message.remove_prefix(start.size());
    found = true;
    break;
  }
  const auto pid = found ? number<std::uint32_t>(message) : std::nullopt;
  if (!pid || !message.starts_with(" (")) return std::nullopt;
  message.remove_prefix(2);
  // A name may hold brackets of its own; what follows it is the kernel's.
  std::size_t end = message.rfind(") total-vm:");
  if (end == Text::npos) end = message.rfind(") score ");
  if (end == Text::npos) end = message.rfind(')');
  constexpr std::size_t longest = 15; // TASK_COMM_LEN without its end
  if (end == Text::npos || end > longest * 4) return std::nullopt;
  victim.pid = *pid;
  victim.name = message.substr(0, end);
  return victim;
}

bool gives_up(std::string_view message, std::string_view device) {
  if (device.empty()) return false;
  struct Row {
    Text start;
    Text says; // empty: anything
  };
  constexpr std::array rows{
      Row{"EXT4-fs error (", ""},
      Row{"EXT4-fs (", "emounting filesystem read-only"},
      Row{"EXT4-fs (", "shut down requested"},
      Row{"EXT4-fs (", "failed to convert"},
      Row{"EXT3-fs error (", ""},
      Row{"Aborting journal on device ", ""},
      Row{"JBD2: ", ""},
      Row{"XFS (", "hutting down filesystem"},
      Row{"XFS (", "orruption"},
      Row{"XFS (", "I/O error"},
      Row{"XFS (", "I/O Error"},
      Row{"BTRFS error (", ""},
      Row{"BTRFS critical (", ""},
      Row{"BTRFS: error (", ""},
      Row{"BTRFS info (", "forced readonly"},
      Row{"F2FS-fs (", "inconsistent"},
      Row{"F2FS-fs (", "Remounting filesystem read-only"},
  };
  if (names(message, device) && std::ranges::any_of(rows, [message](const Row& row) {
        return message.starts_with(row.start) && message.find(row.says) != Text::npos;
      }))
    return true;
  // The disk below it: "I/O error, dev vda, sector 2048 op 0x1:(WRITE) ...", "blk_update_request:
  // I/O error, dev sda ...", "Buffer I/O error on dev vda1, ...".
  const bool block = message.starts_with("I/O error, dev ") || message.starts_with("critical ") ||
                     message.starts_with("blk_update_request: ") ||
                     message.starts_with("Buffer I/O error on dev");
  return block && (names(message, device) || names(message, disk_of(device)));
}

std::optional<std::uint64_t> oom_kills(std::string_view events) {
  constexpr Text name = "oom_kill ";
  while (!events.empty()) {
    Text line = take_line(events);
    if (!line.starts_with(name)) continue;
    line.remove_prefix(name.size());
    const auto value = number<std::uint64_t>(line);
    return value && line.empty() ? value : std::nullopt;
  }
  return std::nullopt;
}

} // namespace sshguardd::parse
