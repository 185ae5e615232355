// Where sshd is to listen, compared with what the machine has.
#pragma once

#include "sshguardd/snapshot.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::parse {

// "0.0.0.0", "::".
[[nodiscard]] bool wildcard(std::string_view address);
[[nodiscard]] bool loopback(std::string_view address);

// The same one, however it is written: the kernel lists a link-local address without its zone, and
// "::ffff:192.0.2.1" is 192.0.2.1.
[[nodiscard]] bool same_address(std::string_view one, std::string_view other);

// An address that could be bound here and now: not of a family that the kernel has switched off,
// not one that is elsewhere at the moment (a floating address). In doubt it could.
[[nodiscard]] bool could_be_bound(const ListenAddress& listen, const Snapshot& snapshot);

// Only the kernel can tell whether it binds that: no interface has it, but it may be routed here,
// or net.ipv4.ip_nonlocal_bind be on.
[[nodiscard]] bool to_be_asked(const ListenAddress& listen,
                               const std::vector<std::string>& addresses);

// Of what sshd's configuration names nothing could be bound; false where that is not known.
[[nodiscard]] bool nothing_bindable(const Snapshot& snapshot);

// While sshd's units are down: a start would fail, since what is to be bound is taken or not there.
// sshd goes on with what it could bind, a socket unit needs all of it. False where nobody told.
[[nodiscard]] bool start_in_vain(const Snapshot& snapshot);

// The listener is where sshd is to listen: there, or on all addresses of that family.
[[nodiscard]] bool serves(const Listener& one, const ListenAddress& listen);

// sshd could not bind this address while the listener is there: bind(2) says "Address already in
// use".
[[nodiscard]] bool obstructs(const Listener& one, const ListenAddress& listen);

// "0.0.0.0:22", "[::]:22".
[[nodiscard]] std::string text_of(const ListenAddress& listen);
[[nodiscard]] std::string text_of(const Listener& one);
// "0.0.0.0:22, [::]:22".
[[nodiscard]] std::string text_of(const std::vector<ListenAddress>& list);
// ... and back; what is none is left out. systemd writes a zone behind the port:
// "[fe80::1]:22%eth0".
[[nodiscard]] std::vector<ListenAddress> listen_addresses(std::string_view text);

// The TCP addresses of a socket unit's ListenStream=, as systemd holds them.
[[nodiscard]] std::vector<ListenAddress> stream_addresses(const Unit& socket);

// "nginx (pid 12) of nginx.service", as far as it is known; untrusted.
[[nodiscard]] std::string holder_text(const Listener& one);

} // namespace sshguardd::parse
