// sshd.hostkeys-missing: sshd has no host key that it can use, now or at its next start.
#include "sshguardd/check.hpp"

#include <algorithm>

namespace sshguardd::checks {
namespace {

constexpr FindingInfo ids[] = {{
    .id = "sshd.hostkeys-missing",
    .title = "sshd has no usable host key",
    .sees = "refused, reset",
    .when = "now, restart",
    .remedy = "safe: generate-host-keys",
    .explain =
        "`sshd -t` says \"no hostkeys available\": every private host key is missing, empty, not "
        "readable as a key, open to others (sshd.hostkey-permissions) or too short for "
        "RequiredRSASize. sshd does not start then. A running OpenSSH before 9.8 loads the keys "
        "again for each connection and ends it; a newer one goes on until its restart. Where sshd "
        "has failed for it, the agent makes those default keys (/etc/ssh/ssh_host_*_key) that are "
        "not there and are to be used. It never replaces a file, makes none where a key is merely "
        "open to others, HostKeyAgent is set or sshd is masked or disabled, and none while the "
        "machine boots, goes down or is provisioned, or has no machine-id: an image that is being "
        "sealed is without keys on purpose.",
    .fix = "put the keys back from a backup, or make new ones: ssh-keygen -A; then start sshd",
    .mended = "host keys back",
}};

std::string why_unusable(const HostKey& key, const ConfigTest& test) {
  if (!key.exists) return "missing";
  if (!key.regular) return "not a regular file";
  if (key.size == 0) return "empty";
  const auto said = std::ranges::find(test.keys, key.path, &ConfigError::file);
  return said != test.keys.end() ? said->message : "sshd cannot use it";
}

// "a missing", or "a missing, b empty": all with the same reason are told by it.
std::string in_short(const HostKeys& host_keys, const ConfigTest& test) {
  const auto missing = std::ranges::count(host_keys.keys, false, &HostKey::exists);
  if (missing > 0 && static_cast<std::size_t>(missing) == host_keys.keys.size())
    return missing == 1 ? host_keys.keys.front().path + " is missing" : "all are missing";
  const auto one = std::ranges::find(host_keys.keys, true, &HostKey::exists);
  if (one == host_keys.keys.end()) return "";
  return one->path + ": " + why_unusable(*one, test);
}

// The defaults that this configuration uses and that are not there.
std::vector<std::string> to_make(const HostKeys& host_keys) {
  std::vector<std::string> paths;
  for (const HostKey& key : host_keys.keys) {
    if (!key.exists && std::ranges::find(default_host_keys, key.path, &DefaultHostKey::path) !=
                           std::end(default_host_keys))
      paths.push_back(key.path);
  }
  return paths;
}

// The private keys may be there all the same, with an agent that does not answer now.
bool in_an_agent(const HostKeys& host_keys, const ConfigTest& test) {
  return host_keys.agent || std::ranges::any_of(test.keys, [](const ConfigError& said) {
           return said.message.starts_with("Could not connect to agent") ||
                  said.message.starts_with("Couldn't get agent socket");
         });
}

// Tried after the keys had gone, and down since: systemd gave up on it, or waits for the next try
// of Restart=, for ever. One that was stopped, or that failed before, is another story: somebody
// may seal an image. Nor is it down where a process that systemd has forgotten still serves.
bool down_for_it(const Snapshot& snapshot) {
  const SshUnits& units = *snapshot.units;
  const Unit& service = units.service;
  if (units.up() || snapshot.holder() != nullptr) return false;
  const bool waits = service.active_state == "activating" && service.result == "exit-code";
  const bool failed = service.active_state == "failed" || snapshot.failure_reset ||
                      units.socket.active_state == "failed" || waits;
  return failed && std::ranges::all_of(snapshot.host_keys->keys, [&](const HostKey& key) {
           return key.exists || key.changed_us <= service.condition_tested_us;
         });
}

std::vector<Finding> run(const Snapshot& snapshot) {
  const ConfigTest& test = *snapshot.config_test;
  if (!test.no_hostkeys) return {};
  const SshUnits& units = *snapshot.units;
  Finding finding{.id = ids[0].id,
                  .subject = "host keys",
                  .severity = Severity::critical,
                  .when = When::now,
                  .sees = units.up() ? Sees::reset : Sees::refused,
                  .summary = "no usable host key",
                  .evidence = {{"sshd -t", "no hostkeys available"}},
                  .fix = {"put the old keys back, or make new ones:", "ssh-keygen -A"}};
  if (units.up()) finding.client = "Connection reset by HOST port PORT";
  // Its keys are in its memory.
  if (units.service.active() && snapshot.host_keys && !snapshot.host_keys->reread) {
    finding.severity = Severity::warning;
    finding.when = When::restart;
    finding.sees = Sees::refused;
  }
  if (!units.up() && snapshot.served_by_another()) {
    finding.severity = Severity::warning;
    finding.when = When::restart;
  }
  // While systemd is still at it, another unit may yet make them (at a first boot).
  if (!units.up() && (units.service.job_queued || units.service.active_state == "activating"))
    finding.settle = units.system_state == "starting" ? std::chrono::seconds{30}
                                                      : std::chrono::milliseconds{1500};
  if (!snapshot.host_keys) {
    finding.evidence.push_back({"host keys", snapshot.host_keys.why()});
    return {finding};
  }
  const HostKeys& host_keys = *snapshot.host_keys;
  if (const std::string why = in_short(host_keys, test); !why.empty())
    finding.summary += ": " + why;
  for (const HostKey& key : host_keys.keys)
    finding.evidence.push_back({key.path, why_unusable(key, test)});
  auto paths = to_make(host_keys);
  const auto refused = std::ranges::find_if(
      host_keys.keys, [&test](const HostKey& key) { return test.refuses_mode(key); });
  if (in_an_agent(host_keys, test)) {
    finding.evidence.push_back({"HostKeyAgent", "the private keys may be with the agent"});
    finding.fix = {"start the agent that HostKeyAgent names, with the host keys"};
  } else if (refused != host_keys.keys.end()) {
    // Clients know that one: it is mended, not replaced.
    finding.fix = {"chmod go-rwx " + refused->path};
  } else if (paths.empty()) {
    finding.fix = {"mend or replace " +
                   (host_keys.keys.empty() ? "the host keys" : host_keys.keys.front().path)};
  } else if (down_for_it(snapshot)) {
    finding.remedy = GenerateHostKeys{std::move(paths)};
  }
  return {finding};
}

} // namespace

extern const Check sshd_hostkeys_missing;
const Check sshd_hostkeys_missing{"sshd_hostkeys_missing", ids, Needs::units | Needs::config_test,
                                  run};

} // namespace sshguardd::checks
