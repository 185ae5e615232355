#include "parse/journald_conf.hpp"

#include "parse/lines.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <limits>
#include <map>
#include <utility>

namespace sshguardd::parse {
namespace {

constexpr std::string_view blanks = " \t\n\r";

// An odd number of backslashes at its end.
bool goes_on(std::string_view line) {
  std::size_t slashes = 0;
  while (slashes < line.size() && line[line.size() - 1 - slashes] == '\\')
    ++slashes;
  return slashes % 2 == 1;
}

std::optional<std::uint64_t> count(std::string_view text) {
  std::uint64_t value = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || rest != text.data() + text.size()) return std::nullopt;
  return value;
}

struct Word {
  std::string_view name;
  JournalSetting JournalLimits::*setting;
  bool size;
};
constexpr std::array words{Word{"MaxUse", &JournalLimits::max_use, true},
                           Word{"KeepFree", &JournalLimits::keep_free, true},
                           Word{"MaxFileSize", &JournalLimits::max_file_size, true},
                           Word{"MaxFiles", &JournalLimits::max_files, false}};

void take(JournaldConf& conf, std::string_view name, std::string_view value,
          const std::string& file, int line) {
  if (name == "Storage") {
    for (const std::string_view known : {"auto", "persistent", "volatile", "none"}) {
      if (value == known) conf.storage = value;
    }
    return;
  }
  const bool runtime = name.starts_with("Runtime");
  if (!runtime && !name.starts_with("System")) return;
  name.remove_prefix(std::string_view{runtime ? "Runtime" : "System"}.size());
  for (const Word& word : words) {
    if (word.name != name) continue;
    const auto number = word.size ? journald_size(value) : count(value);
    if (number) (runtime ? conf.runtime : conf.system).*word.setting = {number, file, line};
  }
}

} // namespace

std::optional<std::uint64_t> journald_size(std::string_view text) {
  constexpr std::string_view units = "EPTGMKB";
  constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t sum = 0;
  std::size_t unit = 0; // each one smaller than that before it
  do {
    text.remove_prefix(std::min(text.size(), text.find_first_not_of(blanks)));
    if (text.starts_with('+')) text.remove_prefix(1); // strtoull(3)
    std::uint64_t whole = 0;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), whole);
    if (error != std::errc{}) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(rest - text.data()));
    long double fraction = 0;
    if (text.starts_with('.')) {
      text.remove_prefix(1);
      for (long double place = 0.1L; !text.empty() && text[0] >= '0' && text[0] <= '9';
           place /= 10, text.remove_prefix(1))
        fraction += static_cast<long double>(text[0] - '0') * place;
    }
    text.remove_prefix(std::min(text.size(), text.find_first_not_of(blanks)));
    // No unit at all is one more, after that for bytes.
    if (!text.empty() && units.find(text[0], unit) != std::string_view::npos) {
      unit = units.find(text[0], unit) + 1;
      text.remove_prefix(1);
    } else if (unit <= units.size()) {
      unit = units.size() + 1;
    } else {
      return std::nullopt;
    }
    const std::size_t bits = unit >= units.size() ? 0 : (units.size() - unit) * 10;
    if (whole + (fraction > 0 ? 1 : 0) > most >> bits || (whole == most && fraction > 0))
      return std::nullopt;
    const auto part =
        (whole << bits) +
        static_cast<std::uint64_t>(fraction * static_cast<long double>(std::uint64_t{1} << bits));
    if (part > most - sum) return std::nullopt;
    sum += part;
  } while (!text.empty());
  return sum;
}

void add_journald_conf(JournaldConf& conf, std::string_view text, const std::string& file) {
  bool ours = false;
  std::string line;
  int number = 0;
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  while (!text.empty()) {
    const std::string_view raw = take_line(text);
    ++number;
    // Within what goes on over several lines, too.
    const std::size_t start = raw.find_first_not_of(blanks);
    if (start != std::string_view::npos && (raw[start] == '#' || raw[start] == ';')) continue;
    if (goes_on(raw)) {
      line += std::string{raw.substr(0, raw.size() - 1)} + " ";
      if (!text.empty()) continue;
    } else {
      line += raw;
    }
    const std::string whole = std::exchange(line, {});
    const std::string_view entry = trimmed(whole, blanks);
    if (entry.starts_with('[')) {
      ours = entry == "[Journal]";
      continue;
    }
    const std::size_t equals = entry.find('=');
    if (!ours || equals == std::string_view::npos) continue;
    take(conf, trimmed(entry.substr(0, equals), blanks), trimmed(entry.substr(equals + 1), blanks),
         file, number);
  }
}

std::vector<std::string> drop_ins_in_order(const std::vector<DropInDirectory>& directories) {
  std::map<std::string, std::string> files; // by name; empty: masked
  for (const DropInDirectory& directory : directories) {
    for (const std::string& name : directory.names) {
      if (!name.ends_with(".conf") || name.starts_with('.')) continue;
      const bool masked = std::ranges::find(directory.masked, name) != directory.masked.end();
      files.emplace(name, masked ? "" : directory.path + "/" + name);
    }
  }
  std::vector<std::string> order;
  for (auto& [name, path] : files) {
    if (!path.empty()) order.push_back(std::move(path));
  }
  return order;
}

} // namespace sshguardd::parse
