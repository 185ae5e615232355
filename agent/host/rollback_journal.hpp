// What a rollback has begun, on disk before the first change: whoever comes after a kill knows what
// was before, what was written, and where somebody's own work goes.
#pragma once

#include "engine/config_change.hpp"
#include "host/fd.hpp"
#include "sshguardd/fact.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sshguardd::host {

struct RollbackJournal {
  std::string aside; // the directory
  std::vector<engine::ConfigChange> changes;
};

class RollbackJournalFile {
public:
  explicit RollbackJournalFile(std::string directory) : directory_{std::move(directory)} {}

  [[nodiscard]] const std::string& directory() const { return directory_; }

  // One at a time, as long as it is held.
  enum class Lock { taken, held, failed };
  [[nodiscard]] Lock lock(std::string& why);
  void unlock() { lock_.reset(); }

  // Begun, and not decided; or something that is no file is in its place.
  [[nodiscard]] bool begun() const;
  // Kept; only old names are to be cleared away.
  [[nodiscard]] bool kept() const;
  [[nodiscard]] Fact<RollbackJournal> read_begun() const;
  [[nodiscard]] Fact<RollbackJournal> read_kept() const;

  // Each the reason of a failure.
  [[nodiscard]] std::optional<std::string> begin(const RollbackJournal& journal);
  [[nodiscard]] std::optional<std::string> keep();
  [[nodiscard]] std::optional<std::string> end(); // undone
  [[nodiscard]] std::optional<std::string> forget_kept();

private:
  [[nodiscard]] Fact<RollbackJournal> read(const std::string& path) const;
  [[nodiscard]] std::string path() const { return directory_ + "/rollback-journal"; }
  [[nodiscard]] std::string done_path() const { return directory_ + "/rollback-done"; }

  std::string directory_;
  Fd lock_;
};

} // namespace sshguardd::host
