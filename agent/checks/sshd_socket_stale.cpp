// sshd.socket-stale: behind a socket unit, its ListenStream= counts and sshd's own Port and
// ListenAddress do not.
#include "parse/listen.hpp"
#include "sshguardd/check.hpp"

#include <algorithm>
#include <cstdint>
#include <set>

namespace sshguardd::checks {
namespace {

using Addresses = std::vector<ListenAddress>;

constexpr FindingInfo ids[] = {{
    .id = "sshd.socket-stale",
    .title = "sshd's configuration and its socket unit name different ports or addresses",
    .sees = "refused",
    .when = "now, reboot",
    .remedy = "-",
    .explain =
        "With socket activation systemd listens (ListenStream= of ssh.socket), and sshd takes over "
        "what it is given: its own Port and ListenAddress have no effect. Ubuntu makes them "
        "ListenStream= lines at a daemon-reload, and the socket has to be restarted then: where "
        "the unit in memory names what the kernel has no listener for, systemd has closed the old "
        "sockets and opened none (\"The socket unit is not functional until restarted\"), and "
        "nobody gets in unless an sshd that was started before still holds them. Where socket and "
        "configuration differ it is a warning if the configuration was changed after the socket's "
        "start and names an address that nobody listens on, or loopback alone: whoever changed it "
        "believes that sshd has moved. It is only worth knowing where it has been so since the "
        "socket was started and people log in, and where the socket listens on more than is asked "
        "for.",
    .fix = "systemctl daemon-reload; systemctl stop ssh.service; systemctl restart ssh.socket "
           "(sessions go on); without Ubuntu's generator set ListenStream= by systemctl edit "
           "ssh.socket first",
    .mended = "socket and configuration agree",
}};

std::set<std::uint16_t> ports_of(const Addresses& list) {
  std::set<std::uint16_t> ports;
  for (const ListenAddress& listen : list)
    ports.insert(listen.port);
  return ports;
}

std::string text_of(const std::set<std::uint16_t>& ports) {
  std::string text;
  for (const std::uint16_t port : ports)
    text += (text.empty() ? "" : ", ") + std::to_string(port);
  return text;
}

// A socket there takes what comes to `listen`.
bool covers(const ListenAddress& there, const ListenAddress& listen) {
  return there.port == listen.port &&
         (parse::same_address(there.address, listen.address) ||
          (parse::wildcard(there.address) && there.ipv6 == listen.ipv6));
}

// What `others` do not cover, of families that are not switched off: the others reach nobody.
Addresses beyond(const Addresses& list, const Addresses& others, const Snapshot& snapshot) {
  Addresses left;
  for (const ListenAddress& one : list) {
    const bool family_off = parse::wildcard(one.address) && !parse::could_be_bound(one, snapshot);
    if (!family_off && std::ranges::none_of(others, [&one](const ListenAddress& other) {
          return covers(other, one);
        }))
      left.push_back(one);
  }
  return left;
}

// What the unit names, as the kernel has it.
struct Opened {
  Addresses open;
  Addresses missing; // systemd opens all or fails, so that the unit was changed since
  const Listener* holder = nullptr; // another service that has one of those
};

// A socket unit's sockets are PID 1's own, or of its own control group.
bool of_another_service(const Listener& one, const Unit& service) {
  return one.group.ends_with(".service") && !one.group.ends_with("/" + service.id);
}

Opened opened(const SshUnits& units, const std::vector<Listener>& listeners) {
  Opened result;
  for (const ListenAddress& named : parse::stream_addresses(units.socket)) {
    const auto same = std::ranges::find_if(listeners, [&named](const Listener& one) {
      return one.port == named.port && parse::same_address(one.address, named.address);
    });
    if (same == listeners.end() || of_another_service(*same, units.service)) {
      result.missing.push_back(named);
      if (same != listeners.end()) result.holder = &*same;
      continue;
    }
    result.open.push_back(named);
    // BindIPv6Only= and the kernel's default decide whether it takes IPv4, too: then that is the
    // same socket.
    if (named.address == "::" && std::ranges::any_of(listeners, [&same](const Listener& one) {
          return one.address == "0.0.0.0" && one.port == same->port && one.inode == same->inode;
        }))
      result.open.push_back({"0.0.0.0", named.port, false});
  }
  return result;
}

// sshd's own default is nobody's wish; but for a generator, which makes the socket's addresses of
// sshd's (Ubuntu's does), it is one as well.
bool wished(const Addresses& configured, const Unit& socket) {
  const bool generated = std::ranges::any_of(socket.drop_in_paths, [](const std::string& path) {
    return path.starts_with("/run/systemd/generator");
  });
  const auto has = [&configured](const char* address) {
    return std::ranges::find(configured, address, &ListenAddress::address) != configured.end();
  };
  const bool is_default = std::ranges::all_of(configured, [](const ListenAddress& listen) {
    return listen.port == 22 && parse::wildcard(listen.address);
  });
  return generated || !is_default || !has("0.0.0.0") || !has("::");
}

bool public_one(const Addresses& list) {
  return std::ranges::any_of(
      list, [](const ListenAddress& listen) { return !parse::loopback(listen.address); });
}

// In ports where that tells it all.
std::string difference(const std::string& unit, const Addresses& open,
                       const Addresses& configured) {
  const auto here = ports_of(open);
  const auto there = ports_of(configured);
  const bool by_port = here != there;
  return unit + " listens on " + (by_port ? text_of(here) : parse::text_of(open)) +
         ", which counts; sshd's configuration names " +
         (by_port ? "port " + text_of(there) : parse::text_of(configured));
}

Finding base(const SshUnits& units) {
  const std::string& socket = units.socket.id;
  // systemd starts no socket unit while its service runs. The console line has little room.
  const std::string& service = units.service.id;
  const bool alone = units.socket.accept;
  return {
      .id = ids[0].id,
      .subject = socket,
      .severity = Severity::info,
      .when = When::now,
      .sees = Sees::none,
      .fix = {(alone ? "" : "stop " + service + ", then ") + "restart " + socket,
              (alone ? "" : "systemctl stop " + service + "; ") + "systemctl restart " + socket},
      .settle = std::chrono::seconds{5}};
}

// The unit was changed and reloaded: systemd has closed what it does not name any more.
Finding not_restarted(const Snapshot& snapshot, const Opened& now) {
  const SshUnits& units = *snapshot.units;
  Finding finding = base(units);
  const bool held = !units.socket.accept && units.service.active();
  // Nobody has asked the holder whether it is an SSH server.
  const bool refused = !held && now.open.empty() && now.holder == nullptr;
  finding.severity = refused ? Severity::critical : Severity::warning;
  if (refused) finding.sees = Sees::refused;
  finding.port = now.missing.front().port;
  const std::string who =
      now.holder == nullptr ? "" : now.holder->group.substr(now.holder->group.rfind('/') + 1);
  finding.summary = now.holder != nullptr ? who + " has " + parse::text_of(*now.holder)
                                          : "nothing listens on " + parse::text_of(now.missing);
  finding.summary += ": " + units.socket.id + " was changed, not restarted";
  if (held) finding.summary += "; sshd has the old sockets";
  if (now.holder != nullptr)
    finding.fix.insert(finding.fix.begin(), "stop " + who + " or give one of them another port");
  finding.evidence = {
      {"ListenStream of " + units.socket.id, parse::text_of(parse::stream_addresses(units.socket))},
      {"of these it has open", now.open.empty() ? "none" : parse::text_of(now.open)}};
  if (now.holder != nullptr)
    finding.evidence.push_back({"held by", parse::holder_text(*now.holder)});
  return finding;
}

std::vector<Finding> run(const Snapshot& snapshot) {
  const SshUnits& units = *snapshot.units;
  const Unit& socket = units.socket;
  if (!socket.active() || socket.moving() || units.service.moving() || !snapshot.listeners)
    return {};
  const Opened now = opened(units, *snapshot.listeners);
  if (!now.missing.empty()) return {not_restarted(snapshot, now)};
  if (!snapshot.effective || now.open.empty()) return {};
  const Addresses& configured = snapshot.effective->listen;
  Addresses deaf = beyond(configured, now.open, snapshot);
  if ((deaf.empty() && beyond(now.open, configured, snapshot).empty()) ||
      !wished(configured, socket))
    return {};
  // An sshd that was started without the socket listens by itself.
  std::erase_if(deaf, [&snapshot](const ListenAddress& listen) {
    return std::ranges::any_of(*snapshot.listeners, [&listen](const Listener& one) {
      return one.ours && parse::serves(one, listen);
    });
  });
  Finding finding = base(units);
  finding.summary = difference(socket.id, now.open, configured);
  finding.evidence = {{"sshd -T", "listenaddress " + parse::text_of(configured)},
                      {"ListenStream of " + socket.id, parse::text_of(now.open)}};
  finding.fix.front() = "set ListenStream= by systemctl edit " + socket.id;
  finding.fix.insert(finding.fix.begin() + 1,
                     "where a generator does that (Ubuntu): systemctl daemon-reload");
  const bool withdrawn = !public_one(configured) && public_one(now.open);
  if ((public_one(deaf) || withdrawn) && snapshot.config->newest_change_us > socket.active_enter_us)
    finding.severity = Severity::warning;
  return {finding};
}

} // namespace

extern const Check sshd_socket_stale;
const Check sshd_socket_stale{"sshd_socket_stale", ids, Needs::units | Needs::config, run};

} // namespace sshguardd::checks
