#include "host/journal.hpp"

#include <cerrno>
#include <cstdint>
#include <cstring>

#include <sys/socket.h>
#include <sys/un.h>

namespace sshguardd::host {
namespace {

constexpr const char* journal_socket = "/run/systemd/journal/socket";

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

} // namespace

void Journal::send(int priority, const std::vector<Field>& fields) {
  if (!fd_) fd_ = Fd{socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  std::string datagram;
  append(datagram, "PRIORITY", std::to_string(priority));
  append(datagram, "SYSLOG_IDENTIFIER", "sshguardd");
  for (const auto& [name, value] : fields)
    append(datagram, name, value);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, journal_socket, sizeof address.sun_path - 1);
  if (!fd_ || sendto(fd_.get(), datagram.data(), datagram.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
                     reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0)
    ++dropped_;
}

} // namespace sshguardd::host
