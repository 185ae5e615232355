// disk.ephemeral: what logins need lies on a disk that is empty after a stop of the VM.
#include "sshguardd/check.hpp"

#include <algorithm>
#include <cstddef>
#include <string>

namespace sshguardd::checks {
namespace {

constexpr FindingInfo ids[] = {{
    .id = "disk.ephemeral",
    .title = "homes, keys or host keys lie on a disk that does not last",
    .sees = "denied",
    .when = "reboot",
    .remedy = "-",
    .explain =
        "Clouds give a VM a fast disk of its host's: the temporary disk of Azure, the instance "
        "store of AWS, local SSDs of Google Cloud. It is empty after the VM was stopped or moved, "
        "and whoever has his home or his keys there is kept out then; with the host keys clients "
        "refuse to connect. Recognised by the disk's model, the clouds' names below /dev/disk and "
        "the file that Azure puts on it. Not told where the root file system lies on the "
        "same disk, which goes with the whole machine, nor in containers.",
    .fix = "move them to a disk that lasts",
    .mended = "nothing of it lies there",
}};

std::string names(const std::vector<std::string>& all) {
  std::string text;
  for (std::size_t at = 0; at < std::min<std::size_t>(all.size(), 3); ++at)
    text += (at == 0 ? "" : ", ") + all[at];
  return all.size() > 3 ? text + ", ..." : text;
}

std::vector<Finding> run(const Snapshot& snapshot) {
  std::vector<Finding> findings;
  for (const EphemeralMount& one : snapshot.mounts->ephemeral) {
    if (one.homes.empty() && one.keys.empty() && one.host_keys.empty()) continue;
    const bool people = !one.homes.empty() || !one.keys.empty();
    const char* what = !one.homes.empty() ? "homes" : people ? "keys" : "host keys";
    Finding finding{.id = ids[0].id,
                    .subject = one.mount,
                    .severity = Severity::warning,
                    .when = When::reboot,
                    .sees = people ? Sees::denied : Sees::hostkey,
                    .summary = std::string{what} + " lie on " + one.mount + ", " + one.why,
                    .evidence = {{one.mount, one.source + ", " + one.why}},
                    .fix = {"move " + std::string{what} + " to a disk that lasts"}};
    if (!one.homes.empty()) finding.evidence.push_back({"homes", names(one.homes)});
    if (!one.keys.empty()) finding.evidence.push_back({"keys", names(one.keys)});
    if (!one.host_keys.empty()) finding.evidence.push_back({"host keys", names(one.host_keys)});
    findings.push_back(std::move(finding));
  }
  return findings;
}

} // namespace

extern const Check disk_ephemeral;
const Check disk_ephemeral{"disk_ephemeral", ids, Needs::disks | Needs::mounts, run};

} // namespace sshguardd::checks
