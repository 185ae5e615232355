// A directory, a file a line: "MIB HOURS NAME", aged so many hours. What of it may be deleted.
#include "harness.hpp"
#include "parse/journal_files.hpp"
#include "parse/room_names.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>
#include <vector>

using namespace sshguardd;

namespace {

std::uint64_t number(std::string_view& line) {
  std::uint64_t value = 0;
  const std::string_view word = line.substr(0, line.find(' '));
  std::from_chars(word.data(), word.data() + word.size(), value);
  line.remove_prefix(std::min(line.size(), word.size() + 1));
  return value;
}

void check_name(std::string_view name) {
  const bool odd = std::ranges::any_of(
      name, [](char c) { return c == '/' || c <= ' ' || static_cast<unsigned char>(c) >= 0x7f; });
  const bool taken = parse::is_cached_deb(name) || parse::is_cached_rpm(name) ||
                     !parse::rotated_from(name).empty() ||
                     parse::archived_journal(name).has_value() || parse::is_core_dump(name);
  fuzz::require(!odd || !taken);
  fuzz::require(!name.starts_with('.') || !taken);
  fuzz::require(name.starts_with(parse::rotated_from(name)));
  fuzz::require(!parse::is_active_journal(name) || !parse::archived_journal(name));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::int64_t now = 1'795'230'727'000'000;
  constexpr std::int64_t hour = 3'600'000'000;
  std::string_view text = fuzz::text_of(data, size);
  (void)parse::journal_header(text);
  std::vector<parse::JournalFile> files;
  std::uint64_t all = 0;
  std::uint64_t of_system = 0;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    parse::JournalFile file;
    file.bytes = number(line) % 1'000'000 << 20U;
    file.newest_us = now - static_cast<std::int64_t>(number(line) % 100'000) * hour;
    file.name = line;
    check_name(line);
    file.may_go = parse::archived_journal(line).has_value();
    all += file.bytes;
    if (parse::is_system_journal(line)) of_system += file.bytes;
    files.push_back(std::move(file));
  }
  for (const std::uint64_t wanted : {std::uint64_t{1}, all / 2, all}) {
    const auto chosen = parse::choose_journal_files(files, wanted, now);
    std::uint64_t gone = 0;
    std::uint64_t gone_of_system = 0;
    for (const std::size_t i : chosen) {
      fuzz::require(gone < wanted); // the one before was not enough
      fuzz::require(files[i].may_go && files[i].newest_us <= now - parse::journal_kept_us);
      gone += files[i].bytes;
      if (parse::is_system_journal(files[i].name)) gone_of_system += files[i].bytes;
    }
    fuzz::require(chosen.empty() || all - gone >= parse::journal_kept_bytes);
    fuzz::require(gone_of_system == 0 || of_system - gone_of_system >= parse::journal_kept_bytes);
  }
  return 0;
}
