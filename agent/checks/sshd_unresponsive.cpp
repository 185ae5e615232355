// sshd.unresponsive: sshd is there and does not serve: its process is stopped, or spaced probes get
// no banner.
#include "sshguardd/check.hpp"

#include <algorithm>

namespace sshguardd::checks {
namespace {

constexpr FindingInfo ids[] = {{
    .id = "sshd.unresponsive",
    .title = "sshd runs, but does not answer",
    .sees = "reset, timeout",
    .when = "now",
    .remedy = "safe: restart",
    .explain =
        "The unit is active, but its listening process is stopped (state T) or its control group "
        "frozen, or two probes in a row got no banner: nothing came, or the connection was closed "
        "at once. The probe comes from loopback, reads the banner and the key exchange offer, and "
        "goes. A turned-away probe (\"Not allowed at this time\") is a sign of life. No restart "
        "while the machine is starved, while sshd's configuration is newer than its start, or "
        "where a restart would end sessions.",
    .fix = "systemctl restart ssh.service",
    .mended = "sshd answers again",
    .passes = true,
}};

Finding base(const SshUnits& units) {
  return {.id = ids[0].id,
          .subject = units.service.id,
          .severity = Severity::critical,
          .when = When::now,
          .sees = Sees::timeout,
          .fix = {"systemctl restart " + units.service.id},
          .remedy = RestartSshd{.service = units.service.id,
                                .socket = units.owner == PortOwner::socket && units.socket.exists()
                                              ? units.socket.id
                                              : "",
                                .running = true}};
}

std::vector<Finding> stopped(const Snapshot& snapshot, const SshUnits& units) {
  const Daemon& daemon = *snapshot.daemon;
  if (snapshot.taken.boot - *snapshot.lasting.stopped < Lasting::stopped_for) return {};
  Finding finding = base(units);
  finding.evidence = {{"state of process " + std::to_string(daemon.pid),
                       std::string{daemon.state} + (daemon.frozen ? ", frozen" : "")}};
  if (daemon.frozen) {
    // By `systemctl freeze` or a container manager: somebody wants it so, and a restart would wait.
    finding.summary = "the control group of " + units.service.id + " is frozen";
    finding.fix = {"systemctl thaw " + units.service.id};
    finding.remedy.reset();
  } else {
    finding.summary = "sshd (process " + std::to_string(daemon.pid) + ") is stopped by a signal";
  }
  return {finding};
}

std::vector<Finding> run(const Snapshot& snapshot) {
  const SshUnits& units = *snapshot.units;
  if (!units.service.active() || units.service.moving() || units.socket.moving()) return {};
  if (snapshot.daemon && snapshot.daemon->stopped() && snapshot.lasting.stopped)
    return stopped(snapshot, units);
  if (!snapshot.probe || snapshot.probe->alive || snapshot.probe->failures < Probe::failures_enough)
    return {};
  const Probe& probe = *snapshot.probe;
  // Busy is another finding.
  if (snapshot.lasting.startups_full) return {};
  const bool closed = probe.how == Probe::How::closed;
  // Refused, or dropped before sshd could see it: a firewall's doing, unless the queue is full.
  const bool queue_full =
      snapshot.listeners && std::ranges::any_of(*snapshot.listeners, [&probe](const Listener& one) {
        return one.ours && one.port == probe.port && one.waiting > one.backlog;
      });
  if (!closed && probe.how != Probe::How::silent && !queue_full) return {};

  Finding finding = base(units);
  finding.port = probe.port;
  if (snapshot.binary &&
      (!snapshot.binary->missing.empty() || !snapshot.binary->cannot_run.empty())) {
    // A start would fail; what runs may still have sessions.
    finding.fix = {"reinstall openssh-server"};
    finding.remedy.reset();
  }
  finding.sees = closed ? Sees::reset : Sees::timeout;
  finding.summary = closed ? "sshd closes connections before the key exchange"
                           : "sshd accepts connections and says nothing";
  if (queue_full) finding.summary = "sshd does not accept connections: its queue is full";
  finding.evidence = {{"probe of " + probe.address + " port " + std::to_string(probe.port),
                       probe.said + ", " + std::to_string(probe.failures) + " times in a row"}};
  if (snapshot.daemon) {
    finding.evidence.push_back({"state of process " + std::to_string(snapshot.daemon->pid),
                                std::string{snapshot.daemon->state}});
    if (snapshot.daemon->state == 't') {
      finding.summary =
          "a debugger holds sshd (process " + std::to_string(snapshot.daemon->pid) + ")";
      finding.fix = {"end the debugger"};
      finding.remedy.reset();
    }
  }
  return {finding};
}

} // namespace

extern const Check sshd_unresponsive;
const Check sshd_unresponsive{"sshd_unresponsive", ids, Needs::units, run};

} // namespace sshguardd::checks
