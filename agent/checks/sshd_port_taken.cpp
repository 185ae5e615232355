// sshd.port-taken: somebody else has a port that is sshd's by its configuration.
#include "parse/listen.hpp"
#include "parse/ssh_units.hpp"
#include "sshguardd/check.hpp"

#include <algorithm>

namespace sshguardd::checks {
namespace {

constexpr FindingInfo ids[] = {{
    .id = "sshd.port-taken",
    .title = "another process holds sshd's port",
    .sees = "refused, reset",
    .when = "now, restart",
    .remedy = "-",
    .explain =
        "The kernel lists who listens on a port that sshd's configuration names, with the control "
        "group that opened the socket: it is not sshd's running unit. Then sshd cannot bind it "
        "(\"Address already in use\"). While sshd's unit is down the agent asks what answers "
        "there; where it is an SSH server, people reach that one. It may be an sshd of the same "
        "unit that systemd has lost sight of (a unit that was disabled and enabled while another "
        "refers to its alias, or a stop with KillMode=none): it serves, but a start of the unit "
        "fails until it is gone. Its sessions are processes of their own and go on.",
    .fix = "ss -ltnp 'sport = 22'; then stop that program, or give one of them another port",
    .mended = "port given back",
    .passes = true,
}};

// What a person stops: the unit, where there is one. Short: the console line has little room.
std::string who(const Listener& one) {
  const std::string unit = one.group.substr(one.group.rfind('/') + 1);
  return unit.ends_with(".service") || unit.ends_with(".socket") ? unit : parse::holder_text(one);
}

std::string stop(const Listener& one) {
  if (one.group.empty() && one.pid == 0)
    return "stop what ss -ltnp 'sport = " + std::to_string(one.port) + "' names";
  return "stop " + who(one);
}

Finding base(const Listener& one) {
  const std::string port = std::to_string(one.port);
  Finding finding{.id = ids[0].id,
                  .subject = "port " + port,
                  .severity = Severity::warning,
                  .when = When::restart,
                  .sees = Sees::refused,
                  .port = one.port,
                  .evidence = {{"listening socket", parse::text_of(one)},
                               {"control group", one.group.empty() ? "unknown" : one.group}},
                  .fix = {stop(one), "or give sshd another port"},
                  .settle = std::chrono::seconds{3}};
  if (one.pid != 0)
    finding.evidence.push_back({"process", std::to_string(one.pid) + " " + one.program});
  return finding;
}

// What a client meets there, by the probe's answer.
Sees sees_of(Probe::How how) {
  switch (how) {
  case Probe::How::refused:
    return Sees::refused;
  case Probe::How::closed:
  case Probe::How::foreign:
    return Sees::reset;
  case Probe::How::answered:
    return Sees::none;
  case Probe::How::unconnected:
  case Probe::How::silent:
  case Probe::How::wrapped:
    break;
  }
  return Sees::timeout;
}

// A process of the unit's own: in its control group, which is of that name wherever its slice is.
bool left_over(const Listener& one, const Unit& service) {
  return one.ours || (!service.id.empty() && one.group.ends_with("/" + service.id));
}

std::vector<Finding> while_down(const Snapshot& snapshot, const SshUnits& units) {
  const Listener* holder = snapshot.holder();
  if (holder == nullptr) return {};
  const std::string port = std::to_string(holder->port);
  // Who is to have the port.
  const Unit& owner =
      units.owner == PortOwner::socket && units.socket.exists() ? units.socket : units.service;
  const std::string& unit = owner.id;
  const bool mute = snapshot.probe && !snapshot.probe->alive;
  const bool decided =
      snapshot.probe && (!mute || snapshot.probe->failures >= Probe::failures_enough);
  Finding finding = base(*holder);
  if (left_over(*holder, units.service)) {
    const std::string pid = holder->pid != 0 ? std::to_string(holder->pid) : "PID";
    // The console line has little room: what it is stands first.
    finding.summary = "left-over sshd (pid " + pid + ") has port " + port + "; for systemd " +
                      unit + " is " + owner.active_state;
    // Its sessions are processes of their own.
    finding.fix = {"kill " + pid + "; sleep 1; systemctl restart " + unit};
    if (mute && decided) {
      finding.severity = Severity::critical;
      finding.when = When::now;
      finding.sees = sees_of(snapshot.probe->how);
      finding.summary += "; it does not answer";
    }
    return {finding};
  }
  const bool failed = owner.active_state == "failed";
  if (!decided || (!failed && !parse::starts_at_boot(owner))) return {};
  finding.when = When::now;
  finding.settle = std::chrono::seconds{failed ? 0 : 3};
  finding.summary = "port " + port + " is held by " + parse::holder_text(*holder);
  if (!mute) {
    // Whoever wants it so has sshd's own unit off.
    if (!failed) return {};
    finding.sees = Sees::none;
    finding.summary += ", which answers as an SSH server; " + unit + " failed";
    return {finding};
  }
  finding.severity = Severity::critical;
  finding.sees = sees_of(snapshot.probe->how);
  finding.summary += ", which is no SSH server";
  finding.evidence.push_back({"probe of port " + port, snapshot.probe->said});
  return {finding};
}

std::vector<Finding> while_up(const Snapshot& snapshot, const SshUnits& units) {
  if (!snapshot.effective || !snapshot.addresses || !snapshot.config) return {};
  const bool read = has_read(units.service, *snapshot.config);
  const Listener* other = nullptr;
  bool serves = false;    // ... in sshd's place; else sshd.not-listening tells it
  bool somewhere = false; // sshd has, or would have, another address
  for (const ListenAddress& listen : snapshot.effective->listen) {
    if (!parse::could_be_bound(listen, snapshot)) continue;
    const auto found = std::ranges::find_if(*snapshot.listeners, [&listen](const Listener& one) {
      return !one.ours && parse::obstructs(one, listen);
    });
    const bool its_own = std::ranges::any_of(*snapshot.listeners, [&listen](const Listener& one) {
      return one.ours && parse::serves(one, listen);
    });
    if (found == snapshot.listeners->end() || its_own)
      somewhere = true;
    else if (other == nullptr || !serves) {
      other = &*found;
      serves = parse::serves(*found, listen);
    }
  }
  // With none of its own where the agent looks it may live in another network name space.
  if (other == nullptr || !snapshot.lasting.listened || (read && !serves)) return {};
  Finding finding = base(*other);
  const std::string taken = "port " + std::to_string(other->port);
  if (read) {
    finding.when = When::now;
    finding.sees = Sees::none;
    finding.summary = "sshd could not have all of " + taken + ": " + parse::holder_text(*other) +
                      " listens on " + parse::text_of(*other);
  } else {
    finding.summary = taken + " is held by " + parse::holder_text(*other);
    if (somewhere) finding.sees = Sees::none;
  }
  return {finding};
}

std::vector<Finding> run(const Snapshot& snapshot) {
  const SshUnits& units = *snapshot.units;
  if (!snapshot.listeners || units.service.moving() || units.socket.moving()) return {};
  if (!units.service.exists() && !units.socket.exists()) return {};
  if (!units.up()) return while_down(snapshot, units);
  if (units.owner == PortOwner::socket || units.socket.active() || !units.service.active())
    return {};
  return while_up(snapshot, units);
}

} // namespace

extern const Check sshd_port_taken;
const Check sshd_port_taken{"sshd_port_taken", ids, Needs::units, run};

} // namespace sshguardd::checks
