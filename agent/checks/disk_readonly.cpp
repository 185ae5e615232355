// disk.readonly: a file system that was, or should be, writable is not.
#include "checks/disk_text.hpp"
#include "sshguardd/check.hpp"

namespace sshguardd::checks {
namespace {

constexpr FindingInfo ids[] = {{
    .id = "disk.readonly",
    .title = "a file system that logins need has become read-only",
    .sees = "none, or by evidence",
    .when = "now",
    .remedy = "-",
    .explain =
        "The kernel makes a file system read-only when it finds it damaged or cannot write to its "
        "disk (errors=remount-ro). Told where the agent has seen it writable in this boot, or "
        "where "
        "fstab(5) has it so; never what is read-only by design: images (squashfs, erofs, iso9660), "
        "image-based systems, and what fstab(5) mounts \"ro\". A mount that is read-only in one "
        "place only (a bind mount) is none. What the kernel itself said of it in this boot is "
        "evidence.",
    .fix = "dmesg | tail -n 50; then reboot, so that it is repaired (fsck); or, where a person did "
           "it: mount -o remount,rw /",
    .mended = "it is writable again",
}};

std::vector<Finding> run(const Snapshot& snapshot) {
  std::vector<Finding> findings;
  for (const FileSystem& one : snapshot.disks->file_systems) {
    if (!one.read_only || one.read_only_by_design || !one.was_writable) continue;
    const bool errors = one.damaged || !one.errors.empty() || !one.kernel.empty();
    const std::string again = "mount -o remount,rw " + parse::shell_word(one.mount);
    Finding finding{.id = ids[0].id,
                    .subject = one.mount,
                    .severity = one.vital ? Severity::critical : Severity::warning,
                    .when = When::now,
                    .sees = Sees::none,
                    .summary = one.mount + " is read-only" + (errors ? " after errors" : ""),
                    .evidence = {place_evidence(one)},
                    .fix = {errors ? "dmesg | tail -n 50; then reboot, so that fsck repairs it"
                                   : "dmesg | tail -n 50; or, if a person did it: " + again},
                    // A machine that goes down does it, too.
                    .settle = std::chrono::seconds{2}};
    if (!one.errors.empty()) finding.evidence.push_back({"/sys/fs/ext4", one.errors});
    if (one.damaged)
      finding.evidence.push_back({"kernel", "it takes no more writes for an error (emergency_ro)"});
    for (const std::string& message : one.kernel)
      finding.evidence.push_back({"kernel", message});
    findings.push_back(std::move(finding));
  }
  return findings;
}

} // namespace

extern const Check disk_readonly;
const Check disk_readonly{"disk_readonly", ids, Needs::disks, run};

} // namespace sshguardd::checks
