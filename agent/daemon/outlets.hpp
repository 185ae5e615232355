// Where reports go: console, journal, status file, login prompt, systemd's STATUS=. And where the
// ledger is kept.
#pragma once

#include "engine/evaluate.hpp"
#include "engine/ledger.hpp"
#include "engine/report.hpp"
#include "host/console.hpp"
#include "host/journal.hpp"
#include "host/loop.hpp"
#include "sshguardd/config.hpp"

#include <optional>
#include <string>
#include <vector>

namespace sshguardd::daemon {

class Outlets {
public:
  Outlets(host::Loop& loop, const Config& config);

  [[nodiscard]] host::Journal& journal() { return journal_; }
  [[nodiscard]] std::vector<std::string> problems() const; // for the self-test

  void save(const engine::Ledger& ledger);

  void tell(const std::vector<engine::Line>& lines, const engine::Ledger& ledger,
            const Snapshot& snapshot);
  void tell_heal(const engine::Heal& heal);
  void publish(const engine::Evaluation& evaluation, const engine::RemedyStates& remedies,
               const Snapshot& snapshot, const engine::Ledger& ledger,
               const engine::StatusContext& context);

  // A reload: what of it concerns the outlets takes effect now. True: the console is another one,
  // on which nothing stands yet.
  bool use(const Config& config);

  void reloading();
  // What was published last; empty before.
  [[nodiscard]] const std::string& document() const { return document_; }

  void ready();
  void alive(); // feeds systemd's watchdog
  void stopping();

private:
  void write_issue(std::string text); // empty: nothing stands above the login prompt

  host::Console console_;
  host::Journal journal_;
  std::string saved_;        // the ledger as it lies on disk
  std::string issue_;        // as it stands above the login prompt
  std::string document_;     // the status as it was published last
  std::string save_problem_; // each is told once until it changes
  std::string status_problem_;
  enum class Ready { not_yet, to_be_told, told } ready_ = Ready::not_yet;
};

} // namespace sshguardd::daemon
