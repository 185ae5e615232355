#include "parse/listen.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <utility>

namespace sshguardd::parse {
namespace {

constexpr std::size_t most_addresses = 64; // sshd itself opens 16 (MAX_LISTEN_SOCKS)

constexpr std::uint16_t default_port = 22;

constexpr std::string_view mapped = "::ffff:"; // an IPv4 address as an IPv6 one (RFC 4291, 2.5.5.2)

std::string_view zone_of(std::string_view address) {
  const std::size_t percent = address.find('%');
  return percent == std::string_view::npos ? std::string_view{} : address.substr(percent + 1);
}

std::string_view without_zone(std::string_view address) {
  address = address.substr(0, address.find('%'));
  if (address.starts_with(mapped) && address.find('.') != std::string_view::npos)
    address.remove_prefix(mapped.size());
  return address;
}

std::string written(std::string_view address, std::uint16_t port, bool ipv6) {
  const std::string host{address};
  return (ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

// Where people are to reach sshd, as far as it could be bound at all.
struct Wanted {
  std::vector<ListenAddress> list;
  bool told = true; // else it is sshd's default, which this sshd need not have
};

Wanted wanted_of(const Snapshot& snapshot) {
  Wanted wanted;
  const auto everywhere = [&wanted](std::uint16_t port) {
    wanted.list.push_back({"0.0.0.0", port, false});
    wanted.list.push_back({"::", port, true});
  };
  if (!snapshot.listen.empty()) {
    wanted.list = snapshot.listen;
  } else if (!snapshot.ports.empty()) {
    std::ranges::for_each(snapshot.ports, everywhere);
  } else if (snapshot.listened_before && !snapshot.listened_before->empty()) {
    wanted.list = *snapshot.listened_before;
  } else {
    everywhere(default_port);
    wanted.told = false;
  }
  std::erase_if(wanted.list, [&snapshot](const ListenAddress& listen) {
    return loopback(listen.address) || !could_be_bound(listen, snapshot);
  });
  return wanted;
}

// There is an sshd on this machine that says where it would listen.
bool can_be_asked(const Snapshot& snapshot) {
  const bool unit =
      snapshot.units && (snapshot.units->service.exists() || snapshot.units->socket.exists());
  return unit && snapshot.config && snapshot.config->binary_exists;
}

} // namespace

bool wildcard(std::string_view address) {
  return address == "0.0.0.0" || address == "::";
}

bool loopback(std::string_view address) {
  return address.starts_with("127.") || address == "::1";
}

bool same_address(std::string_view one, std::string_view other) {
  if (without_zone(one) != without_zone(other)) return false;
  const std::string_view zone = zone_of(one);
  const std::string_view another = zone_of(other);
  return zone.empty() || another.empty() || zone == another;
}

bool could_be_bound(const ListenAddress& listen, const Snapshot& snapshot) {
  if (!snapshot.addresses) return true;
  if (!wildcard(listen.address))
    return std::ranges::find(snapshot.unbindable, listen.address) == snapshot.unbindable.end();
  return std::ranges::any_of(*snapshot.addresses, [&listen](const std::string& address) {
    return (address.find(':') != std::string::npos) == listen.ipv6;
  });
}

bool to_be_asked(const ListenAddress& listen, const std::vector<std::string>& addresses) {
  // All of 127.0.0.0/8 is loopback's; the kernel lists a link-local address without its zone.
  if (wildcard(listen.address) || listen.address.starts_with("127.")) return false;
  const std::string plain = listen.address.substr(0, listen.address.find('%'));
  return std::ranges::find(addresses, plain) == addresses.end();
}

bool nothing_bindable(const Snapshot& snapshot) {
  if (!snapshot.effective || !snapshot.addresses) return false;
  const auto& wanted = snapshot.effective->listen;
  return !wanted.empty() && std::ranges::none_of(wanted, [&snapshot](const ListenAddress& listen) {
    return wildcard(listen.address) || could_be_bound(listen, snapshot);
  });
}

bool serves(const Listener& one, const ListenAddress& listen) {
  return one.port == listen.port && (same_address(one.address, listen.address) ||
                                     (wildcard(one.address) && one.ipv6 == listen.ipv6));
}

bool obstructs(const Listener& one, const ListenAddress& listen) {
  return one.port == listen.port && one.ipv6 == listen.ipv6 &&
         (same_address(one.address, listen.address) || wildcard(one.address) ||
          wildcard(listen.address));
}

bool start_in_vain(const Snapshot& snapshot) {
  const SshUnits& units = *snapshot.units;
  const bool by_socket = units.owner == PortOwner::socket && units.socket.exists();
  if (!by_socket && nothing_bindable(snapshot)) return true;
  const Wanted wanted = wanted_of(snapshot);
  if (!wanted.told || wanted.list.empty() || !snapshot.listeners) return false;
  const auto taken = [&snapshot](const ListenAddress& listen) {
    return std::ranges::any_of(*snapshot.listeners,
                               [&listen](const Listener& one) { return obstructs(one, listen); });
  };
  return by_socket ? std::ranges::any_of(wanted.list, taken)
                   : std::ranges::all_of(wanted.list, taken);
}

std::string text_of(const ListenAddress& listen) {
  return written(listen.address, listen.port, listen.ipv6);
}

std::string text_of(const Listener& one) {
  return written(one.address, one.port, one.ipv6);
}

std::string text_of(const std::vector<ListenAddress>& list) {
  std::string text;
  for (const ListenAddress& listen : list)
    text += (text.empty() ? "" : ", ") + text_of(listen);
  return text;
}

std::vector<ListenAddress> listen_addresses(std::string_view text) {
  std::vector<ListenAddress> list;
  while (!text.empty() && list.size() < most_addresses) {
    std::string_view word = text.substr(0, text.find_first_of(", \n"));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    const std::size_t colon = word.rfind(':');
    if (colon == std::string_view::npos) continue;
    ListenAddress listen;
    const char* end = word.data() + word.size();
    const auto [rest, error] = std::from_chars(word.data() + colon + 1, end, listen.port);
    const std::string_view zone{rest, static_cast<std::size_t>(end - rest)};
    if (error != std::errc{} || listen.port == 0 || (!zone.empty() && zone.front() != '%'))
      continue;
    word = word.substr(0, colon);
    listen.ipv6 = word.size() > 1 && word.starts_with('[') && word.ends_with(']');
    if (listen.ipv6) word = word.substr(1, word.size() - 2);
    // "vsock:2:22", "@name:22": no address of the network.
    const std::string_view digits = listen.ipv6 ? "0123456789abcdef:." : "0123456789.";
    const std::string_view plain = word.substr(0, word.find('%'));
    if (plain.empty() || plain.find_first_not_of(digits) != std::string_view::npos) continue;
    listen.address = word;
    if (listen.ipv6) listen.address += zone;
    list.push_back(std::move(listen));
  }
  return list;
}

std::vector<ListenAddress> stream_addresses(const Unit& socket) {
  std::vector<ListenAddress> list;
  for (const auto& [type, address] : socket.listen) {
    if (type != "Stream") continue;
    for (ListenAddress& listen : listen_addresses(address))
      list.push_back(std::move(listen));
  }
  return list;
}

std::string holder_text(const Listener& one) {
  std::string text = one.program.empty() ? "another program" : one.program;
  if (one.pid != 0) text += " (pid " + std::to_string(one.pid) + ")";
  const std::string unit = one.group.substr(one.group.rfind('/') + 1);
  if (unit.find('.') != std::string::npos) text += " of " + unit;
  return text;
}

} // namespace sshguardd::parse

namespace sshguardd {

std::uint16_t Snapshot::ssh_port() const {
  if (probe && probe->port != 0) return probe->port;
  if (!ports.empty()) return ports.front();
  if (listeners) {
    for (const Listener& listener : *listeners) {
      if (listener.ours && is_ssh_port(listener.port)) return listener.port;
    }
  }
  return 22;
}

const Listener* Snapshot::holder() const {
  if (!listeners) return nullptr;
  const auto wanted = parse::wanted_of(*this);
  const auto find = [this, &wanted](auto&& there) -> const Listener* {
    const auto found = std::ranges::find_if(*listeners, [&](const Listener& one) {
      return !one.loopback() && (one.ours || std::ranges::any_of(wanted.list, [&](const auto& at) {
                                   return there(one, at);
                                 }));
    });
    return found == listeners->end() ? nullptr : &*found;
  };
  const auto left_over = [](const Listener&, const ListenAddress&) { return false; };
  const Listener* one = find(left_over);
  if (one == nullptr) one = find(parse::serves);
  return one != nullptr ? one : find(parse::obstructs);
}

bool Snapshot::served_by_another() const {
  const Listener* there = holder();
  if (there == nullptr || (probe && !probe->alive && probe->failures >= Probe::failures_enough))
    return false;
  if (there->ours) return true;
  const auto wanted = parse::wanted_of(*this);
  // Without an sshd to ask there is none to start either.
  if (!wanted.told)
    return !parse::can_be_asked(*this) &&
           std::ranges::any_of(
               wanted.list, [there](const ListenAddress& at) { return parse::serves(*there, at); });
  return std::ranges::all_of(wanted.list, [&](const ListenAddress& at) {
    return std::ranges::any_of(*listeners, [&](const Listener& one) {
      return one.group_id == there->group_id && parse::serves(one, at);
    });
  });
}

} // namespace sshguardd
