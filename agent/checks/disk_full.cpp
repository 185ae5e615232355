// disk.full: nothing is left where a login, sshd or the journal writes.
#include "checks/disk_remedy.hpp"
#include "checks/disk_text.hpp"
#include "sshguardd/check.hpp"

namespace sshguardd::checks {
namespace {

constexpr FindingInfo ids[] = {{
    .id = "disk.full",
    .title = "a file system that logins need is full",
    .sees = "none, or by evidence",
    .when = "now",
    .remedy = "safe: make-room",
    .explain =
        "Users have hardly anything left to write on: at least 95% is used, as df(1) counts, and "
        "no more than 100 MiB are left ([disk] critical, critical_bytes). Looked at are the file "
        "systems that hold /, /var, /var/log, /run, /home, /root and the homes of people, and, "
        "where it is only a warning, /tmp, /var/tmp, /var/cache, /usr and /boot; /var/log/audit, "
        "too, where it has one of its own (auditd may halt the machine); each once, and "
        "none that is read-only on purpose (an image is as full as it was made). One of a server's "
        "or a program's (NFS, FUSE), which might not answer, is asked every five minutes, and "
        "nothing of it is looked through or deleted. Logins with a key, "
        "su, sudo and restarts still work on a full disk, so that a client sees nothing of it by "
        "itself. What has to write does not: passwords (also expired ones, which keeps people "
        "out), new keys and host keys (ssh-keygen -A fails with exit status 0), editors and cp "
        "(which may leave an empty sshd_config or authorized_keys), package upgrades (afterwards: "
        "dpkg --configure -a), and PAM modules such as pam_lastlog and pam_mkhomedir, which end "
        "the session where they are required. It ends when there is room well beyond the line. "
        "The agent deletes what is there twice or was put aside long "
        "ago, on that file system and only as far as needed: downloaded packages "
        "(clean_package_cache), then archived files of the journal, of which a day and 64 MiB stay "
        "(vacuum_journal); rotated logs and core dumps only where the configuration allows it "
        "(remove_rotated_logs, remove_core_dumps); nothing else.",
    .fix = "du -xh / | sort -h | tail; journalctl --vacuum-size=200M; apt-get clean; restart what "
           "holds deleted files open: lsof +L1",
    .mended = "there is room again",
    .passes = true,
}};

std::string how_full(const FileSystem& one) {
  if (one.worst_percent >= 100) return "100% used";
  return "over " + std::to_string(one.lines.critical) + "% used, at most " +
         size_text(one.lines.critical_bytes) + " left";
}

std::vector<Finding> run(const Snapshot& snapshot) {
  std::vector<Finding> findings;
  for (const FileSystem& one : snapshot.disks->file_systems) {
    if (!one.full) continue;
    // The numbers change all the time: they are evidence, and no line each.
    Finding finding{.id = ids[0].id,
                    .subject = one.mount,
                    .severity = one.vital ? Severity::critical : Severity::warning,
                    .when = When::now,
                    .sees = Sees::none,
                    .summary = one.mount + " is full: " + how_full(one),
                    .evidence = {space_evidence(one), place_evidence(one)},
                    .fix = make_room(one)};
    finding.remedy = room_remedy(one);
    add_consumers(finding, one);
    add_offers(finding, one);
    findings.push_back(std::move(finding));
  }
  return findings;
}

} // namespace

extern const Check disk_full;
const Check disk_full{"disk_full", ids, Needs::disks, run};

} // namespace sshguardd::checks
