#include "parse/netlink.hpp"

namespace sshguardd::parse {

std::optional<NetlinkMessage> next_message(std::string_view& datagram) {
  const auto header = front<nlmsghdr>(datagram);
  if (!header || header->nlmsg_len < NLMSG_HDRLEN || header->nlmsg_len > datagram.size())
    return std::nullopt;
  const NetlinkMessage message{.type = header->nlmsg_type,
                               .flags = header->nlmsg_flags,
                               .sequence = header->nlmsg_seq,
                               .body =
                                   datagram.substr(NLMSG_HDRLEN, header->nlmsg_len - NLMSG_HDRLEN)};
  datagram = behind(datagram, header->nlmsg_len);
  return message;
}

int netlink_error(std::string_view body) {
  const int error = value_of<int>(body);
  return error < 0 && error > -4096 ? -error : 0;
}

std::string_view attribute_of(std::string_view bytes, std::uint16_t type) {
  std::string_view found;
  bool there = false;
  each_attribute(bytes, [&](std::uint16_t other, std::string_view value) {
    if (other != type || there) return;
    found = value;
    there = true;
  });
  return found;
}

} // namespace sshguardd::parse
