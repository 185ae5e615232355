#include "host/bindable.hpp"

#include "host/fd.hpp"
#include "parse/listen.hpp"

#include <cerrno>

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace sshguardd::host {
namespace {

// With no port of its own nothing is taken from anybody, and nothing waits.
bool refused(int family, const sockaddr* address, socklen_t size) {
  const Fd fd{socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!fd) return errno == EAFNOSUPPORT;
  return bind(fd.get(), address, size) != 0 && (errno == EADDRNOTAVAIL || errno == ENODEV);
}

bool refused(const ListenAddress& listen) {
  const std::size_t percent = listen.address.find('%');
  const std::string plain = listen.address.substr(0, percent);
  if (!listen.ipv6) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    if (inet_pton(AF_INET, plain.c_str(), &address.sin_addr) != 1) return false;
    return refused(AF_INET, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  }
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  if (inet_pton(AF_INET6, plain.c_str(), &address.sin6_addr) != 1) return false;
  if (percent != std::string::npos) {
    address.sin6_scope_id = if_nametoindex(listen.address.substr(percent + 1).c_str());
    if (address.sin6_scope_id == 0) return true; // that interface is not there
  }
  return refused(AF_INET6, reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

} // namespace

std::vector<std::string> unbindable(const std::vector<ListenAddress>& listen,
                                    const std::vector<std::string>& addresses) {
  std::vector<std::string> list;
  for (const ListenAddress& one : listen) {
    if (parse::to_be_asked(one, addresses) && refused(one)) list.push_back(one.address);
  }
  return list;
}

} // namespace sshguardd::host
