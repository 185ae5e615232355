#include "host/journal.hpp"

#include "host/clock.hpp"

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <system_error>

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace sshguardd::host {
namespace {

constexpr const char* journal_socket = "/run/systemd/journal/socket";
constexpr std::string_view id_dropped = "c3d1a7e05b7f4c0fa4d9e2863b51f07e"; // sshguardd(8)

// systemd's native protocol (systemd.io/JOURNAL_NATIVE_PROTOCOL): NAME=value, or the name, a
// little-endian 64-bit length and the value where that has line ends.
void append(std::string& datagram, std::string_view name, std::string_view value) {
  datagram += name;
  if (value.find('\n') == std::string_view::npos) {
    datagram += '=';
    datagram += value;
  } else {
    datagram += '\n';
    auto length = static_cast<std::uint64_t>(value.size());
    for (int i = 0; i < 8; ++i, length >>= 8U)
      datagram += static_cast<char>(length & 0xffU);
    datagram += value;
  }
  datagram += '\n';
}

std::string entry(int priority, const std::vector<Journal::Field>& fields) {
  std::string datagram;
  append(datagram, "PRIORITY", std::to_string(priority));
  append(datagram, "SYSLOG_IDENTIFIER", "sshguardd");
  for (const auto& [name, value] : fields)
    append(datagram, name, value);
  return datagram;
}

} // namespace

void Journal::send(int priority, const std::vector<Field>& fields) {
  if (tell_dropped() && take(entry(priority, fields))) return;
  ++state_.dropped;
  ++untold_;
}

JournalState Journal::check() {
  if (!tell_dropped()) return state_;
  // Nothing is sent for it: a queue that is full, or a socket without an owner, shows as it is to a
  // new connection.
  fd_.reset();
  if (!connect()) return state_;
  pollfd writable{.fd = fd_.get(), .events = POLLOUT, .revents = 0};
  if (poll(&writable, 1, 0) == 1 && (writable.revents & POLLOUT) != 0) {
    state_.refused_since.reset();
    state_.why.clear();
  } else {
    refused(EAGAIN);
  }
  return state_;
}

// True where nothing is left to be told.
bool Journal::tell_dropped() {
  if (untold_ == 0) return true;
  const std::string text = std::to_string(untold_) +
                           (untold_ == 1 ? " entry was" : " entries were") +
                           " dropped while journald did not take them";
  if (!take(entry(4, {{"MESSAGE", text},
                      {"MESSAGE_ID", std::string{id_dropped}},
                      {"SSHGUARDD_DROPPED", std::to_string(untold_)}})))
    return false;
  untold_ = 0;
  return true;
}

bool Journal::take(const std::string& datagram) {
  // Another socket of the same name (journald was started anew) refuses the old connection.
  for (int tries = 0; tries < 2 && connect(); ++tries) {
    if (::send(fd_.get(), datagram.data(), datagram.size(), MSG_NOSIGNAL | MSG_DONTWAIT) >= 0) {
      state_.refused_since.reset();
      state_.why.clear();
      return true;
    }
    const int error = errno;
    refused(error);
    if (error != ECONNREFUSED && error != ENOTCONN) return false;
    fd_.reset();
  }
  return false;
}

bool Journal::connect() {
  if (fd_) return true;
  fd_ = Fd{socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, journal_socket, sizeof address.sun_path - 1);
  if (fd_ && ::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
    return true;
  refused(errno);
  fd_.reset();
  return false;
}

void Journal::refused(int error) {
  state_.why = error == EAGAIN ? std::string{"journald does not read its socket"}
                               : journal_socket + (": " + std::generic_category().message(error));
  if (!state_.refused_since) state_.refused_since = now().boot;
}

} // namespace sshguardd::host
