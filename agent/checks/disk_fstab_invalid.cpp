// disk.fstab-invalid: the next boot would end in emergency mode for an entry of fstab(5).
#include "parse/shell_word.hpp"
#include "sshguardd/check.hpp"

#include <algorithm>
#include <cstddef>
#include <string>

namespace sshguardd::checks {
namespace {

constexpr FindingInfo ids[] = {{
    .id = "disk.fstab-invalid",
    .title = "the next boot would fail for an entry of /etc/fstab",
    .sees = "timeout",
    .when = "reboot",
    .remedy = "-",
    .explain =
        "What local-fs.target requires has to be mounted at boot: all of fstab(5) without nofail, "
        "noauto, x-systemd.automount, _netdev and file systems of the network, as "
        "systemd-fstab-generator(8) has it. Where that fails, mostly after 90 seconds of waiting "
        "for a disk that is not there, the machine goes into emergency mode, without network and "
        "sshd. Told where no disk has the UUID or label, the device or image is not there, or "
        "the kernel has no such file system, and `findmnt --verify` says so, too. A mount point "
        "that is not there is made by systemd. What encrypted disks bring that are closed now "
        "cannot be told, and in containers systemd ignores devices. Worth knowing, no more: lines "
        "that libmount does not understand, and names like /dev/sdb1, which may be another disk's "
        "after the next boot.",
    .fix = "findmnt --verify; mend the entry, or add nofail to its options; systemctl "
           "daemon-reload",
    .mended = "the entry is mended",
}};

std::string entry_text(const FstabMount& one) {
  return one.source + " " + one.point + " " + one.type + " " + one.options;
}

Finding wrong(const FstabMount& one) {
  // What the boot makes of it is what every finding of the next reboot says.
  Finding finding{.id = ids[0].id,
                  .subject = one.point,
                  .severity = Severity::warning,
                  .when = When::reboot,
                  .sees = Sees::timeout,
                  .summary = one.point + " (fstab): " + one.wrong,
                  .evidence = {{"/etc/fstab", entry_text(one)}},
                  .fix = {"mend it, or add nofail to its options", "findmnt --verify", "lsblk -f"},
                  // Somebody is at it.
                  .settle = std::chrono::seconds{10}};
  if (!one.verify.empty()) finding.evidence.push_back({"findmnt --verify", one.verify});
  return finding;
}

Finding unstable(const FstabMount& one) {
  return {.id = ids[0].id,
          .subject = one.point,
          .severity = Severity::info,
          .when = When::reboot,
          .sees = Sees::none,
          .summary =
              one.point + " (fstab): " + one.source + " may be another disk after the next boot",
          .evidence = {{"/etc/fstab", entry_text(one)}},
          .fix = {"name it by its UUID: blkid " + parse::shell_word(one.source)}};
}

Finding unreadable(const std::vector<unsigned>& lines) {
  std::string text;
  for (std::size_t at = 0; at < std::min<std::size_t>(lines.size(), 5); ++at)
    text += (at == 0 ? "" : ", ") + std::to_string(lines[at]);
  if (lines.size() > 5) text += ", ...";
  return {.id = ids[0].id,
          .subject = "/etc/fstab",
          .severity = Severity::info,
          .when = When::reboot,
          .sees = Sees::none,
          .summary = "/etc/fstab: mount(8) passes over line" +
                     std::string{lines.size() > 1 ? "s " : " "} + text,
          .evidence = {{"findmnt --verify", "parse error at line " + text}},
          .fix = {"findmnt --verify"}};
}

std::vector<Finding> run(const Snapshot& snapshot) {
  std::vector<Finding> findings;
  for (const FstabMount& one : *snapshot.mounts->fstab) {
    if (one.required && !one.wrong.empty())
      findings.push_back(wrong(one));
    else if (one.unstable && one.expected)
      findings.push_back(unstable(one));
  }
  if (!snapshot.mounts->unreadable.empty())
    findings.push_back(unreadable(snapshot.mounts->unreadable));
  return findings;
}

} // namespace

extern const Check disk_fstab_invalid;
const Check disk_fstab_invalid{"disk_fstab_invalid", ids, Needs::disks | Needs::fstab, run};

} // namespace sshguardd::checks
