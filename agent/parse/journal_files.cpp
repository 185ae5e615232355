#include "parse/journal_files.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <system_error>

namespace sshguardd::parse {
namespace {

constexpr std::string_view in_use = ".journal";
constexpr std::string_view aside = ".journal~";
// What no file has; sums of fifty thousand such are still numbers.
constexpr std::uint64_t most_bytes = 1ULL << 45U;
constexpr std::int64_t no_time = std::numeric_limits<std::int64_t>::max();

bool hexadecimal(std::string_view text, std::size_t size) {
  return text.size() == size && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

// A time that no clock has shown yet is none to judge by: it counts as young.
std::int64_t time_of(std::uint64_t us) {
  return us > static_cast<std::uint64_t>(no_time) ? no_time : static_cast<std::int64_t>(us);
}

std::int64_t named_time(std::string_view text) {
  std::uint64_t us = 0;
  std::from_chars(text.data(), text.data() + text.size(), us, 16);
  return time_of(us);
}

// "system", "user-1000".
bool is_owner(std::string_view name) {
  if (name == "system") return true;
  if (!name.starts_with("user-")) return false;
  const std::string_view uid = name.substr(5);
  return !uid.empty() && uid.size() <= 10 &&
         std::ranges::all_of(uid, [](char c) { return c >= '0' && c <= '9'; });
}

std::uint64_t number_at(std::string_view bytes, std::size_t at) {
  std::uint64_t value = 0;
  for (std::size_t i = 8; i-- > 0;)
    value = value << 8U | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

std::string id_at(std::string_view bytes, std::size_t at) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string id;
  for (const char c : bytes.substr(at, 16)) {
    const auto byte = static_cast<unsigned char>(c);
    id += digits[byte >> 4U];
    id += digits[byte & 0xfU];
  }
  return id;
}

} // namespace

std::optional<ArchivedJournal> archived_journal(std::string_view name) {
  const std::size_t at = name.find('@');
  if (at == std::string_view::npos || !is_owner(name.substr(0, at))) return std::nullopt;
  ArchivedJournal found{.system = name.starts_with("system@")};
  std::string_view rest = name.substr(at + 1);
  if (rest.ends_with(aside)) {
    rest.remove_suffix(aside.size());
    if (rest.size() != 33 || rest[16] != '-' || !hexadecimal(rest.substr(0, 16), 16) ||
        !hexadecimal(rest.substr(17), 16))
      return std::nullopt;
    found.put_aside = true;
    found.named_us = named_time(rest.substr(0, 16));
    return found;
  }
  if (!rest.ends_with(in_use)) return std::nullopt;
  rest.remove_suffix(in_use.size());
  if (rest.size() != 66 || rest[32] != '-' || rest[49] != '-' ||
      !hexadecimal(rest.substr(0, 32), 32) || !hexadecimal(rest.substr(33, 16), 16) ||
      !hexadecimal(rest.substr(50), 16))
    return std::nullopt;
  found.named_us = named_time(rest.substr(50));
  return found;
}

bool is_active_journal(std::string_view name) {
  return name.ends_with(in_use) && is_owner(name.substr(0, name.size() - in_use.size()));
}

bool is_system_journal(std::string_view name) {
  return name.starts_with("system@") || name == "system.journal";
}

std::optional<JournalHeader> journal_header(std::string_view bytes) {
  if (bytes.size() < journal_header_size || !bytes.starts_with("LPKSHHRH")) return std::nullopt;
  constexpr char state_archived = 2;
  return JournalHeader{.archived = bytes[16] == state_archived,
                       .tail_us = time_of(number_at(bytes, 192)),
                       .tail_monotonic_us = time_of(number_at(bytes, 200)),
                       .tail_boot = id_at(bytes, 56)};
}

std::vector<std::size_t> choose_journal_files(const std::vector<JournalFile>& files,
                                              std::uint64_t wanted, std::int64_t now_us) {
  std::uint64_t left = 0;        // of all
  std::uint64_t left_system = 0; // of the system's own
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (files[i].bytes > most_bytes) continue;
    left += files[i].bytes;
    if (is_system_journal(files[i].name)) left_system += files[i].bytes;
    order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(), [&files](std::size_t a, std::size_t b) {
    return files[a].newest_us < files[b].newest_us;
  });
  std::vector<std::size_t> chosen;
  std::uint64_t bytes = 0;
  bool system_ended = false;
  for (const std::size_t i : order) {
    const JournalFile& file = files[i];
    if (bytes >= wanted) break;
    if (now_us < journal_kept_us || file.newest_us > now_us - journal_kept_us) break;
    if (!file.may_go || file.bytes == 0) continue;
    const bool system = is_system_journal(file.name);
    if (left < file.bytes + journal_kept_bytes) break;
    if (system && (system_ended || left_system < file.bytes + journal_kept_bytes)) {
      system_ended = true;
      continue;
    }
    chosen.push_back(i);
    bytes += file.bytes;
    left -= file.bytes;
    if (system) left_system -= file.bytes;
  }
  return chosen;
}

} // namespace sshguardd::parse
