// sshd.hostkey-permissions: sshd drops a private host key because others than root may read it.
#include "parse/mode.hpp"
#include "sshguardd/check.hpp"

#include <utility>

namespace sshguardd::checks {
namespace {

constexpr FindingInfo ids[] = {{
    .id = "sshd.hostkey-permissions",
    .title = "sshd drops a host key for its mode",
    .sees = "refused, reset, hostkey",
    .when = "now, restart",
    .remedy = "safe: clear-host-key-mode",
    .explain =
        "`sshd -t` says \"Permissions 0640 for '/etc/ssh/ssh_host_...' are too open\": it does "
        "not use a private host key of root's that group or others may touch (authfile.c), also "
        "where it goes on with another one. Clients that know the machine by that key then print "
        "\"Host key verification failed.\" Only what sshd itself complains about counts: on Red "
        "Hat's systems keys of the group ssh_keys, mode 0640, are right. The agent takes the "
        "permissions of group and others from the file; owner and group stay. A link, a file with "
        "several names, or one below a directory that others write is left to a person.",
    .fix = "chmod go-rwx /etc/ssh/ssh_host_*_key; it was readable by others: consider a new key",
    .mended = "host key mode mended",
}};

std::vector<Finding> run(const Snapshot& snapshot) {
  if (!snapshot.host_keys) return {};
  const ConfigTest& test = *snapshot.config_test;
  const SshUnits& units = *snapshot.units;
  std::vector<const HostKey*> open;
  for (const HostKey& key : snapshot.host_keys->keys) {
    if (test.refuses_mode(key)) open.push_back(&key);
  }
  if (open.empty()) return {};
  const bool in_memory = units.service.active() && !snapshot.host_keys->reread;
  Finding finding{.id = ids[0].id,
                  .subject = open.front()->path,
                  .severity =
                      test.no_hostkeys && !in_memory ? Severity::critical : Severity::warning,
                  .when = in_memory ? When::restart : When::now,
                  .sees = !test.no_hostkeys          ? Sees::hostkey
                          : units.up() && !in_memory ? Sees::reset
                                                     : Sees::refused,
                  .summary = "sshd drops " + open.front()->path + ": mode " +
                             parse::mode_text(open.front()->mode) + " is too open"};
  if (open.size() > 1)
    finding.summary = "sshd drops " + std::to_string(open.size()) + " host keys: mode " +
                      parse::mode_text(open.front()->mode) + " is too open";
  // Down for another reason, or its keys are loaded at the next start.
  if (!units.up() && !test.no_hostkeys) finding.when = When::restart;
  ClearHostKeyMode remedy;
  for (const HostKey* key : open) {
    finding.evidence.push_back({"sshd -t", "Permissions " + parse::mode_text(key->mode) + " for '" +
                                               key->path + "' are too open"});
    finding.fix.push_back("chmod go-rwx " + key->path);
    if (key->unmendable.empty())
      remedy.paths.push_back(key->path);
    else
      finding.evidence.push_back({"left to a person", key->unmendable});
  }
  if (!remedy.paths.empty()) finding.remedy = std::move(remedy);
  return {finding};
}

} // namespace

extern const Check sshd_hostkey_permissions;
const Check sshd_hostkey_permissions{"sshd_hostkey_permissions", ids,
                                     Needs::units | Needs::config_test, run};

} // namespace sshguardd::checks
