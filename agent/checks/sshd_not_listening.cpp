// sshd.not-listening: sshd runs, and an address it is to listen on has no listener.
#include "parse/listen.hpp"
#include "sshguardd/check.hpp"

#include <algorithm>
#include <iterator>

namespace sshguardd::checks {
namespace {

using parse::could_be_bound;
using parse::text_of;

constexpr FindingInfo ids[] = {{
    .id = "sshd.not-listening",
    .title = "sshd runs, but does not listen where its configuration says",
    .sees = "refused",
    .when = "now",
    .remedy = "safe: restart once",
    .explain =
        "sshd goes on when it could bind one of its addresses and not the others: a port that was "
        "taken for a moment at its start, an address that came later. Compared are the addresses "
        "that `sshd -T` names with the listening sockets of the kernel, only where the "
        "configuration is as old as the running sshd, and only for addresses that this machine "
        "has. sshd is restarted once for each configuration, and not where another program "
        "listens on such a port, where sshd listens somewhere that its configuration does not "
        "name (a restart would apply more than what is missing), or on an address that is gone.",
    .fix = "systemctl restart ssh.service",
    .mended = "sshd listens again",
    .passes = true,
}};

// Whoever listens there: that it is somebody else is another finding. Another's socket for all IPv6
// addresses may take IPv4 as well; sshd's never does (sshd.c:listen_on_addrs, IPV6_V6ONLY).
bool served(const ListenAddress& listen, const std::vector<Listener>& listeners) {
  return std::ranges::any_of(listeners, [&listen](const Listener& one) {
    return one.port == listen.port &&
           (parse::serves(one, listen) || (one.address == "::" && !one.ours));
  });
}

bool same_place(const Listener& one, const ListenAddress& listen) {
  return one.port == listen.port && parse::same_address(one.address, listen.address);
}

// Would a restart bind what is missing, and nothing else than now? A half-dead sshd lets people in:
// not on doubt.
bool helps_by_restart(const Snapshot& snapshot, const std::vector<ListenAddress>& missing) {
  // Without any listener of its own it may well be in another network name space.
  if (!snapshot.lasting.listened) return false;
  const auto& wanted = snapshot.effective->listen;
  return std::ranges::all_of(*snapshot.listeners, [&](const Listener& one) {
    if (!one.ours)
      return std::ranges::find(missing, one.port, &ListenAddress::port) == missing.end();
    const auto its = std::ranges::find_if(
        wanted, [&one](const ListenAddress& listen) { return same_place(one, listen); });
    return its != wanted.end() && could_be_bound(*its, snapshot);
  });
}

std::vector<Finding> run(const Snapshot& snapshot) {
  const SshUnits& units = *snapshot.units;
  if (!units.service.active() || units.service.moving() || units.owner == PortOwner::socket ||
      units.socket.active())
    return {};
  if (!snapshot.effective || !snapshot.listeners || !snapshot.addresses || !snapshot.config)
    return {};
  // What is on disk now is not what this sshd has read.
  if (!has_read(units.service, *snapshot.config)) return {};
  std::vector<ListenAddress> missing;
  std::ranges::copy_if(
      snapshot.effective->listen, std::back_inserter(missing), [&](const ListenAddress& listen) {
        return could_be_bound(listen, snapshot) && !served(listen, *snapshot.listeners);
      });
  if (missing.empty()) return {};
  Finding finding{.id = ids[0].id,
                  .subject = units.service.id,
                  .severity = Severity::critical,
                  .when = When::now,
                  .sees = Sees::refused,
                  .port = missing.front().port,
                  .summary = "sshd runs, but nothing listens on " + text_of(missing),
                  .evidence = {{"sshd -T", "listenaddress " + text_of(missing)}},
                  .fix = {"systemctl restart " + units.service.id},
                  // A daemon that systemd calls active before it listens is there in a moment.
                  .settle = std::chrono::seconds{5}};
  for (const Listener& one : *snapshot.listeners) {
    if (one.ours || !parse::obstructs(one, missing.front())) continue;
    finding.evidence.push_back({"port held by", parse::holder_text(one)});
    finding.fix = {"stop " + parse::holder_text(one) + ", then systemctl restart " +
                   units.service.id};
    break;
  }
  if (helps_by_restart(snapshot, missing))
    finding.remedy = RestartSshd{.service = units.service.id, .running = true, .once = true};
  return {finding};
}

} // namespace

extern const Check sshd_not_listening;
const Check sshd_not_listening{"sshd_not_listening", ids, Needs::units, run};

} // namespace sshguardd::checks
