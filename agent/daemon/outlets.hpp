// Where reports go: console, journal, status file, systemd's STATUS=. And where the ledger is kept.
#pragma once

#include "engine/evaluate.hpp"
#include "engine/ledger.hpp"
#include "engine/report.hpp"
#include "host/console.hpp"
#include "host/journal.hpp"
#include "host/loop.hpp"
#include "sshguardd/config.hpp"

#include <string>
#include <vector>

namespace sshguardd::daemon {

class Outlets {
public:
  Outlets(host::Loop& loop, const Config& config);

  [[nodiscard]] host::Journal& journal() { return journal_; }
  [[nodiscard]] std::vector<std::string> problems() const; // for the self-test

  [[nodiscard]] engine::Ledger load_ledger() const;
  void save(const engine::Ledger& ledger);

  void tell(const std::vector<engine::Line>& lines, const engine::Ledger& ledger,
            const Snapshot& snapshot);
  void tell_heal(const engine::Heal& heal);
  void publish(const engine::Evaluation& evaluation, const engine::RemedyStates& remedies,
               const Snapshot& snapshot, const engine::Ledger& ledger,
               const engine::StatusContext& context);

  void ready();
  void alive(); // feeds systemd's watchdog
  void stopping();

private:
  host::Console console_;
  host::Journal journal_;
  std::string boot_id_;
  std::string saved_;         // the ledger as it lies on disk
  std::string write_problem_; // told once until it changes
};

} // namespace sshguardd::daemon
