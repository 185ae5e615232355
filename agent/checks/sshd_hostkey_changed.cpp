// sshd.hostkey-changed: clients that know this machine will refuse the key that it shows now.
#include "sshguardd/check.hpp"

#include <algorithm>

namespace sshguardd::checks {
namespace {

constexpr FindingInfo ids[] = {{
    .id = "sshd.hostkey-changed",
    .title = "sshd shows other host keys than before",
    .sees = "hostkey",
    .when = "now",
    .remedy = "-",
    .explain =
        "The host keys that sshd uses are not those that were recorded for this instance (machine "
        "id and cloud instance id): somebody made new ones, or put the disk of another machine "
        "here. Clients that know the old key print \"WARNING: REMOTE HOST IDENTIFICATION HAS "
        "CHANGED!\" and \"Host key verification failed.\", and do not connect. A key added beside "
        "the old ones is no change, one that is no longer used is worth knowing, since a client "
        "may know it alone; the keys of a cloned machine are its own. It is told for a "
        "day, or until the old keys are back: the agent cannot know whether it was meant.",
    .fix = "compare the fingerprint (sshguardctl status) with what the client shows; then, on the "
           "client: ssh-keygen -R HOST, or '[HOST]:PORT' where the port is not 22",
    .mended = "the old host keys are back, or it was told for a day",
    .passes = true,
}};

std::string name_of(const KeyFingerprint& key) {
  return key.type + " " + key.hash;
}

std::string removal(const Snapshot& snapshot) {
  const std::uint16_t port = snapshot.ssh_port();
  return "ssh-keygen -R " + (port == 22 ? "HOST" : "'[HOST]:" + std::to_string(port) + "'");
}

Finding replaced(const Snapshot& snapshot) {
  const HostKeyChange& change = *snapshot.host_keys->change;
  std::vector<KeyFingerprint> now;
  for (const HostKey& key : snapshot.host_keys->keys) {
    if (key.fingerprint && !key.unproven &&
        std::ranges::find(change.old, *key.fingerprint) == change.old.end())
      now.push_back(*key.fingerprint);
  }
  Finding finding{.id = ids[0].id,
                  .subject = "host keys",
                  .severity = Severity::warning,
                  .when = When::now,
                  .sees = Sees::hostkey,
                  .summary = "the host key changed; clients that know the old one refuse it"};
  if (!now.empty()) finding.summary += ": now " + name_of(now.front());
  for (const KeyFingerprint& key : change.old)
    finding.evidence.push_back({"before", name_of(key)});
  for (const KeyFingerprint& key : now)
    finding.evidence.push_back({"now", name_of(key)});
  return finding;
}

// Clients learn all keys at their first logins (UpdateHostKeys), mostly.
Finding dropped(const Snapshot& snapshot) {
  const auto& keys = snapshot.host_keys->dropped;
  Finding finding{.id = ids[0].id,
                  .subject = "host keys",
                  .severity = Severity::info,
                  .when = When::now,
                  .sees = Sees::hostkey,
                  .summary =
                      "a host key is not used any more; clients that know it alone refuse: " +
                      name_of(keys.front())};
  for (const KeyFingerprint& key : keys)
    finding.evidence.push_back({"used before", name_of(key)});
  return finding;
}

std::vector<Finding> run(const Snapshot& snapshot) {
  if (!snapshot.host_keys) return {};
  const HostKeys& keys = *snapshot.host_keys;
  if (!keys.change && keys.dropped.empty()) return {};
  Finding finding = keys.change ? replaced(snapshot) : dropped(snapshot);
  finding.evidence.push_back(
      {"a client that knows the old one",
       "WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! ... Host key verification failed."});
  finding.fix = {"if it is meant, on the client: " + removal(snapshot)};
  return {finding};
}

} // namespace

extern const Check sshd_hostkey_changed;
const Check sshd_hostkey_changed{"sshd_hostkey_changed", ids, Needs::units, run};

} // namespace sshguardd::checks
