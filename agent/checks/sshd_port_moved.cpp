// sshd.port-moved: sshd listens, or will, on other ports than before.
#include "parse/listen.hpp"
#include "sshguardd/check.hpp"

#include <algorithm>
#include <cstdint>
#include <set>

namespace sshguardd::checks {
namespace {

constexpr FindingInfo ids[] = {{
    .id = "sshd.port-moved",
    .title = "sshd listens on other ports than before, or will after its next restart",
    .sees = "refused",
    .when = "now, restart",
    .remedy = "-",
    .explain =
        "Whoever moves sshd to another port usually means it; firewalls, security groups and "
        "people's habits may not know yet. It is only worth knowing: the configuration on disk "
        "names another port than the running sshd listens on, or sshd listens elsewhere than it "
        "was seen to answer before on this instance.",
    .fix = "open the new port in the firewall and the security group before sshd is restarted",
    .mended = "sshd's ports agree again",
    .passes = true,
}};

std::string text_of(const std::set<std::uint16_t>& ports) {
  std::string text;
  for (const std::uint16_t port : ports)
    text += (text.empty() ? "" : ", ") + std::to_string(port);
  return text;
}

std::vector<Finding> run(const Snapshot& snapshot) {
  const SshUnits& units = *snapshot.units;
  if (!units.service.active() || units.service.moving() || units.owner == PortOwner::socket ||
      units.socket.active())
    return {};
  if (!snapshot.effective || !snapshot.listeners) return {};
  std::set<std::uint16_t> configured;
  for (const ListenAddress& listen : snapshot.effective->listen)
    configured.insert(listen.port);
  std::set<std::uint16_t> listening;
  for (const Listener& one : *snapshot.listeners) {
    // Forwardings of sessions listen on loopback.
    if (one.ours && (!one.loopback() || configured.contains(one.port))) listening.insert(one.port);
  }
  if (listening.empty()) return {};
  Finding finding{
      .id = ids[0].id,
      .subject = units.service.id,
      .severity = Severity::info,
      .when = When::restart,
      .sees = Sees::none,
      .evidence = {{"sshd -T", "port " + text_of(configured)}, {"listening", text_of(listening)}},
      .fix = {"open the new port in firewalls before sshd is restarted"},
      .settle = std::chrono::seconds{5}};
  const bool read = has_read(units.service, *snapshot.config);
  if (!read && configured != listening) {
    finding.summary = "the next sshd restart moves SSH from port " + text_of(listening) + " to " +
                      text_of(configured);
    return {finding};
  }
  if (!read || !snapshot.listened_before) return {};
  std::set<std::uint16_t> before;
  for (const ListenAddress& listen : *snapshot.listened_before)
    before.insert(listen.port);
  const bool kept = before.empty() || std::ranges::any_of(before, [&](std::uint16_t port) {
                      return listening.contains(port);
                    });
  if (kept) return {};
  finding.when = When::now;
  finding.summary =
      "sshd listens on port " + text_of(listening) + " now; before it was " + text_of(before);
  finding.evidence.push_back({"seen to answer before", text_of(before)});
  finding.fix = {"ssh -p " + std::to_string(*listening.begin())};
  return {finding};
}

} // namespace

extern const Check sshd_port_moved;
const Check sshd_port_moved{"sshd_port_moved", ids, Needs::units | Needs::config, run};

} // namespace sshguardd::checks
