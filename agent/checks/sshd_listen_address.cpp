// sshd.listen-address: sshd is to listen where nobody can reach it.
#include "parse/listen.hpp"
#include "sshguardd/check.hpp"

#include <algorithm>

namespace sshguardd::checks {
namespace {

constexpr FindingInfo ids[] = {{
    .id = "sshd.listen-address",
    .title = "sshd's ListenAddress is on no interface, or on loopback only",
    .sees = "refused",
    .when = "now, restart",
    .remedy = "-",
    .explain =
        "sshd cannot bind an address that no interface has (\"Cannot assign requested address\"). "
        "It goes on with those that it could bind, and fails where there is none. An address that "
        "is elsewhere at the moment while others serve (a floating one) is only worth knowing, and "
        "so is an sshd that has listened on loopback alone all along: that is somebody's will. It "
        "is a warning where the configuration on disk newly says so.",
    .fix = "ip address; then correct ListenAddress in sshd_config",
    .mended = "listen address mended",
}};

std::vector<Finding> run(const Snapshot& snapshot) {
  const SshUnits& units = *snapshot.units;
  const Unit& service = units.service;
  if (!service.exists() || service.moving() || units.owner == PortOwner::socket ||
      units.socket.active())
    return {};
  if (!snapshot.effective || snapshot.effective->listen.empty() || !snapshot.addresses ||
      !snapshot.listeners)
    return {};
  const bool active = service.active();
  const bool failed = service.active_state == "failed";
  if (!active && !failed) return {};
  std::vector<ListenAddress> missing;
  bool public_one = false;
  for (const ListenAddress& listen : snapshot.effective->listen) {
    // Of a family that is switched off: not a matter of the address.
    if (!parse::wildcard(listen.address) && !parse::could_be_bound(listen, snapshot))
      missing.push_back(listen);
    public_one = public_one || !parse::loopback(listen.address);
  }
  const bool none_left = parse::nothing_bindable(snapshot);
  const bool read = has_read(service, *snapshot.config);
  Finding finding{
      .id = ids[0].id,
      .subject = snapshot.config->main_file,
      .severity = Severity::info,
      .when = When::now,
      .sees = Sees::none,
      .evidence = {{"sshd -T", "listenaddress " + parse::text_of(snapshot.effective->listen)}},
      .fix = {"correct ListenAddress"},
      // Addresses come one after the other.
      .settle = std::chrono::seconds{5}};
  if (!missing.empty()) {
    finding.summary = "ListenAddress " + parse::text_of(missing) + " is on no interface";
    if (none_left && failed) {
      finding.severity = Severity::critical;
      finding.sees = Sees::refused;
    } else if (none_left && active && !read) {
      finding.severity = Severity::warning;
      finding.when = When::restart;
      finding.sees = Sees::refused;
    }
    return {finding};
  }
  if (public_one || !active) return {};
  finding.summary = "ListenAddress is loopback only";
  const bool public_now = std::ranges::any_of(
      *snapshot.listeners, [](const Listener& one) { return one.ours && !one.loopback(); });
  if (public_now && !read) {
    finding.severity = Severity::warning;
    finding.when = When::restart;
    finding.sees = Sees::refused;
  }
  return {finding};
}

} // namespace

extern const Check sshd_listen_address;
const Check sshd_listen_address{"sshd_listen_address", ids, Needs::units | Needs::config, run};

} // namespace sshguardd::checks
