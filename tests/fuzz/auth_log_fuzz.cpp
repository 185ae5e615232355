#include "engine/auth_history.hpp"
#include "harness.hpp"
#include "parse/auth_log.hpp"
#include "parse/journal_export.hpp"

#include <chrono>

using namespace sshguardd;

// As journalctl gives it, and line by line.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  engine::AuthHistory history;
  WallTime at{std::chrono::hours{1'000}};
  const auto take = [&](std::string_view message, std::uint32_t pid) {
    const auto line = parse::auth_line(message);
    if (!line) return;
    for (const std::string* part : {&line->user, &line->source, &line->detail, &line->offer}) {
      fuzz::require(part->size() <= parse::AuthLine::longest);
      // Nothing is made up.
      fuzz::require(message.find(*part) != std::string_view::npos);
    }
    fuzz::require(fuzz::printable(line->source) && line->source.find(' ') == std::string::npos);
    history.add(*line, pid, at);
    at += std::chrono::seconds{1};
  };
  std::size_t entries = 0;
  for (const parse::JournalEntry& entry : parse::journal_entries(text)) {
    take(entry.message, entry.pid);
    fuzz::require(!parse::is_from_sshd(entry, "/system.slice/ssh.service") || entry.uid == 0);
    ++entries;
  }
  fuzz::require(entries <= size);
  std::uint32_t pid = 1;
  for (const std::string_view line : fuzz::split(text, '\n'))
    take(line, pid++ % 3);
  const AuthLog log = history.summary(at);
  for (const std::size_t many :
       {log.refused.size(), log.invalid_users.size(), log.too_many_tries.size(),
        log.no_common_algorithm.size(), log.broken_sessions.size(), log.bans.size()})
    fuzz::require(many <= AuthLog::most);
  fuzz::require(history.summary(at + std::chrono::hours{1}) == AuthLog{});
  return 0;
}
