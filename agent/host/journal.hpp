// Entries for the journal by a non-blocking datagram of our own: sd_journal_send(3) and a stderr
// that leads to the journal both block for ever while journald is stopped.
#pragma once

#include "host/fd.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sshguardd::host {

class Journal {
public:
  using Field = std::pair<std::string_view, std::string>; // {"MESSAGE", "..."}

  // priority: syslog(3) level, 0 to 7. Dropped and counted where journald does not take it at once.
  void send(int priority, const std::vector<Field>& fields);

  [[nodiscard]] unsigned long dropped() const { return dropped_; }

private:
  Fd fd_;
  unsigned long dropped_ = 0;
};

} // namespace sshguardd::host
