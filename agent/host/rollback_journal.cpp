#include "host/rollback_journal.hpp"

#include "host/config_file.hpp"
#include "host/files.hpp"
#include "parse/config_set.hpp"

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <string_view>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace sshguardd::host {
namespace {

using engine::ConfigChange;
using parse::ConfigFile;
using parse::ConfigSet;
using Failure = std::optional<std::string>;

constexpr std::size_t max_size = 4 << 20;

// "aside-7 1234": the name, and the size of what was before; then that, and what was written.
std::string to_text(const RollbackJournal& journal) {
  ConfigSet before;
  ConfigSet after;
  for (const ConfigChange& change : journal.changes) {
    before.files.push_back(change.before);
    after.files.push_back(change.after);
  }
  const std::string first = parse::to_text(before);
  return journal.aside.substr(journal.aside.rfind('/') + 1) + " " + std::to_string(first.size()) +
         "\n" + first + parse::to_text(after);
}

std::optional<RollbackJournal> parse_journal(std::string_view text, const std::string& directory) {
  const std::size_t line = text.find('\n');
  if (line == std::string_view::npos) return std::nullopt;
  const std::string_view head = text.substr(0, line);
  text.remove_prefix(line + 1);
  const std::size_t space = head.find(' ');
  if (space == std::string_view::npos || !head.starts_with("aside-") ||
      head.find('/') != std::string_view::npos)
    return std::nullopt;
  std::size_t size = 0;
  const char* end = head.data() + head.size();
  const auto [rest, error] = std::from_chars(head.data() + space + 1, end, size);
  if (error != std::errc{} || rest != end || size > text.size()) return std::nullopt;
  const auto before = parse::config_set(text.substr(0, size));
  const auto after = parse::config_set(text.substr(size));
  if (!before || !after || before->files.size() != after->files.size()) return std::nullopt;
  RollbackJournal journal;
  journal.aside = directory + "/" + std::string{head.substr(0, space)};
  for (std::size_t i = 0; i < before->files.size(); ++i) {
    if (before->files[i].path != after->files[i].path) return std::nullopt;
    journal.changes.push_back({before->files[i], after->files[i]});
  }
  return journal;
}

} // namespace

RollbackJournalFile::Lock RollbackJournalFile::lock(std::string& why) {
  const std::string file = directory_ + "/rollback-lock";
  lock_ = Fd{open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (lock_ && flock(lock_.get(), LOCK_EX | LOCK_NB) == 0) return Lock::taken;
  const bool held = lock_ && errno == EWOULDBLOCK;
  why = held ? "another rollback is under way" : errno_reason(file);
  lock_.reset();
  return held ? Lock::held : Lock::failed;
}

bool RollbackJournalFile::begun() const {
  return exists(path());
}

bool RollbackJournalFile::kept() const {
  return exists(done_path());
}

Fact<RollbackJournal> RollbackJournalFile::read(const std::string& path) const {
  const auto text = read_file(path, max_size);
  if (!text) return Unknown{text.why()};
  if (auto journal = parse_journal(*text, directory_)) return *std::move(journal);
  return Unknown{path + " is damaged; see what sshd -t says of the files as they are, then: mv " +
                 path + " " + path + ".damaged"};
}

Fact<RollbackJournal> RollbackJournalFile::read_begun() const {
  return read(path());
}

Fact<RollbackJournal> RollbackJournalFile::read_kept() const {
  return read(done_path());
}

Failure RollbackJournalFile::begin(const RollbackJournal& journal) {
  ConfigFile file;
  file.mode = 0600;
  file.text = to_text(journal);
  if (file.text.size() > max_size || !parse_journal(file.text, directory_))
    return "more changes at once than can be undone";
  return replace_config_file(path(), file);
}

Failure RollbackJournalFile::keep() {
  if (rename(path().c_str(), done_path().c_str()) != 0) return errno_reason(done_path());
  (void)sync_directory(directory_);
  return std::nullopt;
}

Failure RollbackJournalFile::end() {
  if (auto why = remove_file(path())) return why;
  return sync_directory(directory_);
}

Failure RollbackJournalFile::forget_kept() {
  return remove_file(done_path());
}

} // namespace sshguardd::host
