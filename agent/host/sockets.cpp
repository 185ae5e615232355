#include "host/sockets.hpp"

#include "host/fd.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <system_error>

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <sys/socket.h>
#include <sys/stat.h>

namespace sshguardd::host {
namespace {

constexpr std::uint32_t listen_state = 1U << 10U; // TCP_LISTEN (tcp_states.h)

struct Request {
  nlmsghdr header;
  inet_diag_req_v2 diag;
};

std::string failed() {
  return "sock_diag: " + std::generic_category().message(errno);
}

// The id of a control group is the inode number of its directory in cgroup2 (kernfs).
std::vector<std::uint64_t> ids_of(const std::vector<std::string>& control_groups) {
  std::vector<std::uint64_t> ids;
  for (const std::string& group : control_groups) {
    if (group.empty()) continue;
    for (const char* root : {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}) {
      struct stat st {};
      if (stat((root + group).c_str(), &st) == 0) ids.push_back(st.st_ino);
    }
  }
  return ids;
}

// The value of an attribute behind the message; the default where there is none.
template <class T>
T attribute(const nlmsghdr& header, const inet_diag_msg& message, int type, T value) {
  const auto* at = reinterpret_cast<const char*>(&message + 1);
  auto left = static_cast<std::size_t>(header.nlmsg_len) - NLMSG_LENGTH(sizeof message);
  while (left >= sizeof(nlattr)) {
    nlattr attribute{};
    std::memcpy(&attribute, at, sizeof attribute);
    const std::size_t length = NLA_ALIGN(attribute.nla_len);
    if (attribute.nla_len < sizeof attribute || attribute.nla_len > left) return value;
    if (attribute.nla_type == type && attribute.nla_len >= sizeof attribute + sizeof value) {
      std::memcpy(&value, at + sizeof attribute, sizeof value);
      return value;
    }
    if (length >= left) return value;
    at += length;
    left -= length;
  }
  return value;
}

Listener listener_of(const inet_diag_msg& message) {
  Listener listener;
  listener.ipv6 = message.idiag_family == AF_INET6;
  listener.port = ntohs(message.id.idiag_sport);
  listener.waiting = message.idiag_rqueue; // of a listening socket: what waits, and how many may
  listener.backlog = message.idiag_wqueue;
  listener.inode = message.idiag_inode;
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(message.idiag_family, message.id.idiag_src, text.data(), text.size());
  listener.address = text.data();
  return listener;
}

// The kernel answers a dump within the call: nothing here waits.
std::string dump(const Fd& fd, std::uint8_t family, const std::vector<std::uint64_t>& ours,
                 std::vector<Listener>& into) {
  Request request{};
  request.header.nlmsg_len = sizeof request;
  request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.diag.sdiag_family = family;
  request.diag.sdiag_protocol = IPPROTO_TCP;
  request.diag.idiag_states = listen_state;
  if (send(fd.get(), &request, sizeof request, 0) < 0) return failed();
  alignas(nlmsghdr) std::array<char, 16384> buffer{};
  for (;;) {
    const ssize_t got = recv(fd.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return failed();
    auto left = static_cast<unsigned>(got);
    for (auto* header = reinterpret_cast<nlmsghdr*>(buffer.data()); NLMSG_OK(header, left);
         header = NLMSG_NEXT(header, left)) {
      if (header->nlmsg_type == NLMSG_DONE) return {};
      if (header->nlmsg_type == NLMSG_ERROR) {
        errno = -static_cast<const nlmsgerr*>(NLMSG_DATA(header))->error;
        return failed();
      }
      if (header->nlmsg_len < NLMSG_LENGTH(sizeof(inet_diag_msg))) continue;
      const auto& message = *static_cast<const inet_diag_msg*>(NLMSG_DATA(header));
      Listener listener = listener_of(message);
      listener.group_id = attribute(*header, message, INET_DIAG_CGROUP_ID, std::uint64_t{0});
      listener.ours =
          listener.group_id != 0 && std::ranges::find(ours, listener.group_id) != ours.end();
      // A socket for all IPv6 addresses that takes IPv4 as well is one for all of those, too.
      const bool both = listener.address == "::" &&
                        attribute(*header, message, INET_DIAG_SKV6ONLY, std::uint8_t{1}) == 0;
      into.push_back(listener);
      if (both) {
        listener.address = "0.0.0.0";
        listener.ipv6 = false;
        into.push_back(std::move(listener));
      }
    }
  }
}

} // namespace

Fact<std::vector<Listener>> read_listeners(const std::vector<std::string>& control_groups) {
  const Fd fd{socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG)};
  if (!fd) return Unknown{failed()};
  const std::vector<std::uint64_t> ours = ids_of(control_groups);
  std::vector<Listener> listeners;
  if (std::string why = dump(fd, AF_INET, ours, listeners); !why.empty()) return Unknown{why};
  // A kernel without IPv6 has no such family: that is no error.
  (void)dump(fd, AF_INET6, ours, listeners);
  return listeners;
}

} // namespace sshguardd::host
