// What netlink(7) messages are made of, of any family: bytes -> struct. Nothing is believed about
// lengths.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

namespace sshguardd::parse {

struct NetlinkMessage {
  std::uint16_t type = 0;
  std::uint16_t flags = 0;
  std::uint32_t sequence = 0;
  std::string_view body; // of the datagram
};

// Takes the next message off the front of a datagram; nothing where no whole one is left.
[[nodiscard]] std::optional<NetlinkMessage> next_message(std::string_view& datagram);

// The errno(3) in an NLMSG_ERROR; 0: none, or not told.
[[nodiscard]] int netlink_error(std::string_view body);

// The front of `bytes` as T; nothing where it is shorter.
template <class T> [[nodiscard]] std::optional<T> front(std::string_view bytes) {
  if (bytes.size() < sizeof(T)) return std::nullopt;
  T value{};
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

template <class T> [[nodiscard]] T value_of(std::string_view bytes, T otherwise = {}) {
  return front<T>(bytes).value_or(otherwise);
}

[[nodiscard]] inline std::string_view behind(std::string_view bytes, std::size_t size) {
  bytes.remove_prefix(std::min(bytes.size(), std::size_t{NLMSG_ALIGN(size)}));
  return bytes;
}

// use(type, value) for each attribute, in order; what does not fit ends it.
template <class Use> void each_attribute(std::string_view bytes, const Use& use) {
  while (const auto attribute = front<rtattr>(bytes)) {
    if (attribute->rta_len < sizeof(rtattr) || attribute->rta_len > bytes.size()) return;
    use(static_cast<std::uint16_t>(attribute->rta_type & NLA_TYPE_MASK),
        bytes.substr(RTA_LENGTH(0), attribute->rta_len - RTA_LENGTH(0)));
    bytes.remove_prefix(std::min(bytes.size(), std::size_t{RTA_ALIGN(attribute->rta_len)}));
  }
}

// The value of the first attribute of that type; empty: there is none.
[[nodiscard]] std::string_view attribute_of(std::string_view bytes, std::uint16_t type);

} // namespace sshguardd::parse
