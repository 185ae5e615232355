// disk.mount-missing: fstab(5) has homes, /var or /root on a file system that is not mounted.
#include "parse/path.hpp"
#include "parse/shell_word.hpp"
#include "sshguardd/check.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <string_view>

namespace sshguardd::checks {
namespace {

constexpr FindingInfo ids[] = {{
    .id = "disk.mount-missing",
    .title = "a file system that logins need is not mounted",
    .sees = "denied",
    .when = "now, reboot",
    .remedy = "-",
    .explain =
        "fstab(5) has a file system for homes, /root, /var or /var/log that is not mounted: keys "
        "and homes that lie on it are not there. It happens without a word where `nofail` lets the "
        "boot go on. Critical where an account that logged in before has its home there and no "
        "other way in now; else a warning. A warning, too, where it is mounted and has `nofail`, "
        "and nothing will be there to be mounted at the next boot. Not told of what is mounted on "
        "demand (noauto, "
        "automount), of what systemd ignores in a container, and of what was added lately or is "
        "still being mounted: it has to last for half a minute, where nobody is kept out.",
    .fix = "mount /home; if it fails: lsblk -f, journalctl -b -u home.mount",
    .mended = "it is mounted",
}};

constexpr std::array<std::string_view, 4> needed{"/root", "/var", "/var/log", "/home"};

bool is_needed(const FstabMount& one) {
  return !one.homes.empty() || std::ranges::find(needed, one.point) != needed.end();
}

bool lives_there(const FstabMount& one, const std::string& home) {
  return std::ranges::find(one.homes, home) != one.homes.end() || parse::lies_in(home, one.point);
}

// Of those that got in and have no way in now.
std::string kept_out(const Snapshot& snapshot, const FstabMount& one) {
  if (!snapshot.accounts) return {};
  for (const AccountKeys& account : snapshot.accounts->keys) {
    if (account.got_in && !account.way && !account.elsewhere && lives_there(one, account.home))
      return account.name;
  }
  return {};
}

std::string entry_text(const FstabMount& one) {
  return one.source + " " + one.point + " " + one.type + " " + one.options;
}

std::string whose(const FstabMount& one) {
  std::string text;
  for (std::size_t at = 0; at < std::min<std::size_t>(one.homes.size(), 5); ++at)
    text += (at == 0 ? "" : ", ") + one.homes[at];
  return one.homes.size() > 5 ? text + ", ..." : text;
}

// Mounted now, and the boot will go on without it.
Finding at_next_boot(const FstabMount& one) {
  Finding finding{.id = ids[0].id,
                  .subject = one.point,
                  .severity = Severity::warning,
                  .when = When::reboot,
                  .sees = Sees::denied,
                  .summary = one.point + " (fstab) will not be mounted: " + one.wrong,
                  .evidence = {{"/etc/fstab", entry_text(one)}},
                  .fix = {"mend it in /etc/fstab", "findmnt --verify", "lsblk -f"},
                  // Somebody is at it.
                  .settle = std::chrono::seconds{10}};
  if (!one.homes.empty()) finding.evidence.push_back({"homes", whose(one)});
  if (!one.verify.empty()) finding.evidence.push_back({"findmnt --verify", one.verify});
  return finding;
}

std::vector<Finding> run(const Snapshot& snapshot) {
  std::vector<Finding> findings;
  for (const FstabMount& one : *snapshot.mounts->fstab) {
    if (!one.expected || !is_needed(one)) continue;
    if (one.mounted) {
      // Where the boot fails for it that is disk.fstab-invalid.
      if (!one.required && !one.wrong.empty()) findings.push_back(at_next_boot(one));
      continue;
    }
    const std::string out = kept_out(snapshot, one);
    const std::string point = parse::shell_word(one.point);
    // A server's is mounted once the network is up, long after the agent.
    const bool late = one.network && snapshot.taken.boot < BootTime{std::chrono::minutes{3}};
    Finding finding{
        .id = ids[0].id,
        .subject = one.point,
        .severity = out.empty() ? Severity::warning : Severity::critical,
        .when = When::now,
        .sees = Sees::denied,
        .summary = one.point + " (fstab) is not mounted" +
                   (out.empty() ? "" : ", and the home of " + out + " is on it"),
        .evidence = {{"/etc/fstab", entry_text(one)}},
        .fix = {"mount " + point,
                "lsblk -f; journalctl -b -u \"$(systemd-escape -p --suffix=mount " + point + ")\""},
        // The boot goes on while these are being mounted, and people mount what they have added.
        .settle = std::chrono::seconds{late          ? 90
                                       : out.empty() ? 30
                                                     : 0}};
    if (!one.homes.empty()) finding.evidence.push_back({"homes", whose(one)});
    if (!one.verify.empty()) finding.evidence.push_back({"findmnt --verify", one.verify});
    findings.push_back(std::move(finding));
  }
  return findings;
}

} // namespace

extern const Check disk_mount_missing;
const Check disk_mount_missing{"disk_mount_missing", ids, Needs::disks | Needs::fstab, run};

} // namespace sshguardd::checks
