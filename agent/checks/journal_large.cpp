// journal.large: the journal takes more of its file system than it should.
#include "checks/disk_text.hpp"
#include "sshguardd/check.hpp"
#include "sshguardd/remedy.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace sshguardd::checks {
namespace {

constexpr FindingInfo ids[] = {{
    .id = "journal.large",
    .title = "the journal is large",
    .sees = "none",
    .when = "soon",
    .remedy = "safe: make-room",
    .explain =
        "journald's files take a fifth of their file system and half a gigabyte, or more "
        "([journal] warning, warning_bytes). journald itself keeps to 10% and 4 GiB, so that "
        "somebody has set another limit, or they are of another machine (a cloned disk) or another "
        "name space, which journald never removes. A journal that stays near a limit that somebody "
        "has set for it is as large as it was meant to be, and one on a file system for logs alone "
        "harms nobody else: neither is told. Where this machine's own files alone are over the "
        "line, and beyond SystemMaxUse= or RuntimeMaxUse= where somebody has set that, the agent "
        "deletes archived ones, the oldest first, until they are well below the line ([heal] "
        "vacuum_journal); the last day and 64 MiB stay. Looked at once an hour.",
    .fix = "journalctl --disk-usage; journalctl --rotate; journalctl --vacuum-size=500M",
    .mended = "the journal is smaller",
    .passes = true,
}};

// Half as much again: the files that are being written are not counted by journald.
bool allowed(const Journal& journal, std::uint64_t bytes) {
  const std::uint64_t limit = journal.limit();
  return journal.limits.max_use.value && bytes <= limit + limit / 2;
}

bool meant_so(const Journal& journal) {
  return journal.limit() <= journal.space.total / 2 && allowed(journal, journal.bytes);
}

// What others have left there is no reason to delete this machine's, nor is a limit too generous:
// somebody wants to keep so much.
std::optional<Remedy> smaller(const Journal& journal) {
  const std::uint64_t own = journal.own_bytes;
  const std::uint64_t removable = journal.removable.bytes;
  if (own <= journal.line() || removable <= own - journal.line() || allowed(journal, own))
    return std::nullopt;
  // Well below the line, or at least below it.
  const std::uint64_t wanted = own - journal.line() / 4 * 3;
  return MakeRoom{.mount = journal.mount,
                  .device = journal.device,
                  .steps = {journal.removable},
                  .goal = {.freed = std::min(wanted, removable)}};
}

std::vector<Finding> run(const Snapshot& snapshot) {
  const Journal& journal = *snapshot.logs->journal;
  const JournalLines& lines = journal.lines;
  if (journal.bytes < journal.line() || journal.bytes == 0 || journal.apart || meant_so(journal))
    return {};
  Finding finding{
      .id = ids[0].id,
      .subject = journal.directory,
      .severity = Severity::warning,
      .when = When::soon,
      .summary =
          "the journal is large: over " + std::to_string(lines.warning) + "% of " + journal.mount,
      .evidence = {{journal.directory, size_text(journal.bytes) + ", of " +
                                           size_text(journal.space.total) + " on " +
                                           journal.mount}},
      .fix = {"journalctl --rotate; journalctl --vacuum-size=" +
              std::to_string(std::max<std::uint64_t>(
                  std::min<std::uint64_t>(journal.space.total / 10, 4ULL << 30) >> 20, 16)) +
              "M"}};
  const std::uint64_t others = journal.bytes - std::min(journal.own_bytes, journal.bytes);
  if (others > journal.bytes / 2) {
    finding.evidence.push_back({"of other machines or name spaces",
                                size_text(others) + ", which journald does not remove"});
    finding.fix = {"see which directories in " + journal.directory +
                   " are not this machine's (/etc/machine-id), and remove their files"};
  }
  const std::uint64_t removable = journal.removable.bytes;
  if (removable > 0)
    finding.evidence.push_back(
        {"may be deleted", size_text(removable) + " (a day and 64 MiB stay)"});
  finding.remedy = smaller(journal);
  return {std::move(finding)};
}

} // namespace

extern const Check journal_large;
const Check journal_large{"journal_large", ids, Needs::journal, run};

} // namespace sshguardd::checks
