// Several files replaced as one: all of them, or none. What is there before stays beside until it
// is decided; a journal says what was begun, so that a killed one is undone by whoever comes next,
// as far as the files are what was written.
#pragma once

#include "engine/config_change.hpp"
#include "host/rollback_journal.hpp"
#include "sshguardd/fact.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace sshguardd::host {

class Transaction {
public:
  // directory: the instance's own, made where it is missing. step: called before each change of
  // the disk.
  explicit Transaction(
      std::string directory, std::function<void()> step = [] {});
  // Undoes what is not decided.
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  // Keeps what changes aside, then makes the changes. The reason of a failure: then all is as it
  // was. Refuses where a file is not what it was when the changes were planned, while another one
  // is under way, and where too much is kept already. when_us: CLOCK_REALTIME.
  [[nodiscard]] std::optional<std::string> apply(std::vector<engine::ConfigChange> changes,
                                                 std::int64_t when_us = 0);
  // It stays. The reason of a failure: then it was undone.
  [[nodiscard]] std::optional<std::string> keep();
  // What is not as it was before; a file that somebody changed since it was replaced stays.
  [[nodiscard]] std::optional<std::string> undo();

  // After a failure: whether all is as it was.
  [[nodiscard]] bool as_it_was() const { return as_it_was_; }
  // Where the replaced files are, "/var/lib/sshguardd/<key>/aside-7".
  [[nodiscard]] const std::string& aside() const { return journal_.aside; }

private:
  [[nodiscard]] std::optional<std::string> take_lock();
  [[nodiscard]] std::optional<std::string> make_changes(std::int64_t when_us);

  RollbackJournalFile file_;
  RollbackJournal journal_;
  std::function<void()> step_;
  bool begun_ = false;
  bool as_it_was_ = true;
};

// Undoes one that was killed half way. true: there was one; one that is under way is none. Unknown:
// it could not be undone now. left: files that somebody changed since, which stay as they are.
[[nodiscard]] Fact<bool> recover_rollback(
    const std::string& directory, const std::function<void()>& step = [] {},
    std::vector<std::string>* left = nullptr);

// One was killed, and nobody is at work on it.
[[nodiscard]] bool rollback_is_half_done(const std::string& directory);

} // namespace sshguardd::host
