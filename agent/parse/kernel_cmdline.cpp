#include "parse/kernel_cmdline.hpp"

#include "parse/ascii.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>

namespace sshguardd::parse {

namespace {

bool digit(char c) {
  return c >= '0' && c <= '9';
}

// lib/cmdline.c: next_arg. A double quote hides blanks wherever it stands; quotes are then removed
// around the word or its value. A NUL (from /proc/1/cmdline) always ends a word.
std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  bool open = false;
  bool quoted = false;
  const auto finish = [&] {
    if (open) words.push_back(word);
    word.clear();
    open = quoted = false;
  };
  for (const char c : text) {
    const bool blank = c == ' ' || (c >= '\t' && c <= '\r');
    if (c == '\0' || (blank && !quoted)) {
      finish();
    } else {
      open = true;
      if (c == '"') {
        quoted = !quoted;
      } else {
        word += c;
      }
    }
  }
  finish();
  return words;
}

bool starts_with(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

// systemd's parse_boolean, whose words people know from other switches there.
std::optional<bool> boolean(std::string_view text) {
  std::string small{text};
  std::transform(small.begin(), small.end(), small.begin(), lower);
  for (const char* word : {"off", "no", "0", "false", "n", "f"}) {
    if (small == word) return false;
  }
  for (const char* word : {"on", "yes", "1", "true", "y", "t"}) {
    if (small == word) return true;
  }
  return std::nullopt;
}

// printk.c: console_setup. nullopt where it names no device under /dev: a braille terminal, an
// early console by address, "null", or a name that would leave /dev.
std::optional<std::string> console_name(std::string_view value) {
  if (starts_with(value, "brl,") || starts_with(value, "brl=")) return std::nullopt;
  std::string name{value.substr(0, value.find(','))};
  if (name.empty() || name == "null" || name == "ttynull" || name.size() > 31) return std::nullopt;
  for (const char c : name) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!letter && !digit(c) && c != '_' && c != '-') return std::nullopt;
  }
  for (const char* none : {"uart", "netcon", "pl011", "earlycon"}) {
    if (starts_with(name, none)) return std::nullopt;
  }
  if (digit(name[0])) name.insert(0, "ttyS"); // "console=0"
  // No index is index 0. ("/dev/tty" would be something else altogether.)
  const bool indexed =
      starts_with(name, "tty") || starts_with(name, "hvc") || starts_with(name, "xvc");
  if (indexed && !digit(name.back())) name += '0';
  return name;
}

constexpr std::array<std::string_view, 7> serial_names = {"ttyS", "ttyAMA", "hvc",    "ttyUSB",
                                                          "sclp", "xvc",    "ttysclp"};

} // namespace

KernelCmdline kernel_cmdline(std::string_view text) {
  constexpr std::string_view console = "console=";
  constexpr std::string_view heal = "sshguardd.heal=";
  KernelCmdline result;
  bool for_kernel = true; // what follows "--" is for PID 1
  for (const std::string& word : words_of(text)) {
    if (word == "--") {
      for_kernel = false;
    } else if (for_kernel && starts_with(word, console)) {
      if (auto name = console_name(std::string_view{word}.substr(console.size()))) {
        result.consoles.push_back(*name);
      }
    } else if (starts_with(word, heal)) {
      // The last one wins, as a person appends at the boot prompt; no boolean: as if absent.
      if (const auto on = boolean(std::string_view{word}.substr(heal.size())))
        result.heal_off = !*on;
    }
  }
  return result;
}

std::string console_device(const KernelCmdline& cmdline) {
  const auto& names = cmdline.consoles;
  const auto serial = std::find_if(names.rbegin(), names.rend(), [](const std::string& name) {
    return std::any_of(serial_names.begin(), serial_names.end(),
                       [&](std::string_view prefix) { return starts_with(name, prefix); });
  });
  if (serial != names.rend()) return "/dev/" + *serial;
  return names.empty() ? "/dev/console" : "/dev/" + names.back();
}

} // namespace sshguardd::parse
