// Entries for the journal by a non-blocking datagram of our own: sd_journal_send(3) and a stderr
// that leads to the journal both block for ever while journald is stopped.
#pragma once

#include "host/fd.hpp"
#include "sshguardd/snapshot.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sshguardd::host {

class Journal {
public:
  using Field = std::pair<std::string_view, std::string>; // {"MESSAGE", "..."}

  // priority: syslog(3) level, 0 to 7. Dropped and counted where journald does not take it at once;
  // the count is told before the next entry that it takes.
  void send(int priority, const std::vector<Field>& fields);

  // Would journald take an entry now? Also tells of what was dropped, where that is still to do.
  [[nodiscard]] JournalState check();

private:
  bool connect();
  bool take(const std::string& datagram);
  bool tell_dropped();
  void refused(int error);

  Fd fd_; // connected to journald's socket, anew after each failure
  JournalState state_;
  std::uint64_t untold_ = 0; // of those dropped
};

} // namespace sshguardd::host
