// disk.inodes: no further file can be made, whatever room there is.
#include "checks/disk_text.hpp"
#include "sshguardd/check.hpp"

namespace sshguardd::checks {
namespace {

constexpr FindingInfo ids[] = {{
    .id = "disk.inodes",
    .title = "a file system that logins need has few inodes left",
    .sees = "none, or by evidence",
    .when = "now, soon",
    .remedy = "-",
    .explain =
        "A file system with a fixed number of inodes (ext4, tmpfs) takes no further file when they "
        "are used up, and says \"No space left on device\" although there is room. A warning from "
        "85% on where no more than 200000 are left, critical from 95% on where no more than 20000 "
        "are ([disk] warning, critical). Logins with a key still work.",
    .fix = "du --inodes -x / | sort -n | tail",
    .mended = "there are inodes again",
    .passes = true,
}};

std::vector<std::string> fewer_files(const FileSystem& one) {
  const std::string du = "du --inodes -x " + parse::shell_word(one.mount) + " | sort -n | tail";
  if (!one.consumers || one.consumers->most.empty()) return {du};
  const Consumer& most = one.consumers->most.front();
  return {"see what makes " + std::to_string(most.files) + " files in " +
              parse::shell_word(most.path),
          du};
}

std::vector<Finding> run(const Snapshot& snapshot) {
  std::vector<Finding> findings;
  for (const FileSystem& one : snapshot.disks->file_systems) {
    const bool filling = one.inodes_filling && one.vital;
    if (!(one.inodes_full || filling)) continue;
    const bool bad = one.inodes_full && one.vital;
    const std::uint64_t line = one.inodes_full ? one.lines.critical : one.lines.warning;
    const std::string used = one.worst_inodes_percent >= 100
                                 ? "all are used"
                                 : "over " + std::to_string(line) + "% are used";
    Finding finding{.id = ids[0].id,
                    .subject = one.mount,
                    .severity = bad ? Severity::critical : Severity::warning,
                    .when = one.inodes_full ? When::now : When::soon,
                    .sees = Sees::none,
                    .summary = one.mount + " runs out of inodes: " + used,
                    .evidence = {inode_evidence(one), place_evidence(one)},
                    .fix = fewer_files(one)};
    if (one.consumers) {
      for (const Consumer& most : one.consumers->most)
        finding.evidence.push_back(
            {"takes inodes", most.path + ", " + std::to_string(most.files) + " files"});
    }
    findings.push_back(std::move(finding));
  }
  return findings;
}

} // namespace

extern const Check disk_inodes;
const Check disk_inodes{"disk_inodes", ids, Needs::disks, run};

} // namespace sshguardd::checks
