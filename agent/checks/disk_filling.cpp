// disk.filling: room becomes short where a login, sshd or the journal writes.
#include "checks/disk_text.hpp"
#include "sshguardd/check.hpp"

namespace sshguardd::checks {
namespace {

constexpr FindingInfo ids[] = {{
    .id = "disk.filling",
    .title = "a file system that logins need becomes full",
    .sees = "none",
    .when = "soon",
    .remedy = "-",
    .explain =
        "At least 85% of it is used, as df(1) counts, and no more than 50 GiB are left ([disk] "
        "warning, warning_bytes); or it fills so steadily that it will be full within a day: "
        "by the median of what was taken over up to six hours, told up to four times as far ahead "
        "as that was seen, and only where room is taken that was not taken before. It ends when "
        "usage is ten points below the line, or a little below for a day: a disk that breathes "
        "about the line, as those of container hosts do, is told once.",
    .fix = "du -xh / | sort -h | tail; or give it more room",
    .mended = "there is room again",
    .passes = true,
}};

// In steps of five from the line on, and only upwards: each would be a line of its own.
std::string how_filled(const FileSystem& one) {
  if (!one.filling) return "full within a day if it goes on like this";
  const std::uint64_t step = one.worst_percent / 5 * 5;
  const std::uint64_t line = one.lines.warning;
  return "over " + std::to_string(line <= one.worst_percent ? std::max(step, line) : step) +
         "% used";
}

std::string duration_of(std::chrono::seconds time) {
  const auto minutes = time.count() / 60;
  return minutes < 120 ? std::to_string(minutes) + " minutes"
                       : std::to_string(minutes / 60) + " hours";
}

std::vector<Finding> run(const Snapshot& snapshot) {
  std::vector<Finding> findings;
  for (const FileSystem& one : snapshot.disks->file_systems) {
    // /boot and /usr are as full as they were made.
    if (!(one.filling || one.soon) || !one.vital) continue;
    Finding finding{.id = ids[0].id,
                    .subject = one.mount,
                    .severity = Severity::warning,
                    .when = When::soon,
                    .sees = Sees::none,
                    .summary = one.mount + " is filling up: " + how_filled(one),
                    .evidence = {space_evidence(one), place_evidence(one)},
                    .fix = make_room(one)};
    if (one.full_in) finding.evidence.push_back({"trend", "full in " + duration_of(*one.full_in)});
    add_consumers(finding, one);
    findings.push_back(std::move(finding));
  }
  return findings;
}

} // namespace

extern const Check disk_filling;
const Check disk_filling{"disk_filling", ids, Needs::disks, run};

} // namespace sshguardd::checks
