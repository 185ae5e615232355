// journal.unavailable: journald takes no entries, so what happens now will not be on record.
#include "sshguardd/check.hpp"

#include <chrono>

namespace sshguardd::checks {
namespace {

// A restart of journald, or a burst that it has still to write, is no trouble.
constexpr auto patience = std::chrono::seconds{60};

constexpr FindingInfo ids[] = {{
    .id = "journal.unavailable",
    .title = "journald takes no entries",
    .sees = "none",
    .when = "now",
    .remedy = "-",
    .explain =
        "journald's socket is missing, refuses, or has not been read for a minute: journald is "
        "stopped, masked or hung. Logins work; the agent goes on, tells the console, and counts "
        "the entries that it had to drop. Programs that wait for journald may hang.",
    .fix = "systemctl status systemd-journald; systemctl restart systemd-journald",
    .mended = "journald takes entries again",
    .passes = true,
}};

std::vector<Finding> run(const Snapshot& snapshot) {
  const JournalState& journal = snapshot.self->journal;
  if (!journal.refused_since || snapshot.taken.boot - *journal.refused_since < patience) return {};
  return {Finding{.id = ids[0].id,
                  .subject = "systemd-journald.service",
                  .severity = Severity::warning,
                  .when = When::now,
                  .summary = "journald takes no entries: " + journal.why,
                  .evidence = {{"own entries", journal.why},
                               {"entries dropped", std::to_string(journal.dropped)}},
                  .fix = {"systemctl restart systemd-journald"}}};
}

} // namespace

extern const Check journal_unavailable;
const Check journal_unavailable{"journal_unavailable", ids, Needs::self, run};

} // namespace sshguardd::checks
