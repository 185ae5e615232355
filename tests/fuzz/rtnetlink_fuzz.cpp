#include "parse/netlink.hpp"
#include "parse/rtnetlink.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

// Each message by all who might be asked to read it.
void read(std::string_view body) {
  using namespace sshguardd::parse;
  const auto link = link_message(body);
  if (link && (link->name.empty() || link->other_names.size() > 16)) std::abort();
  const auto address = address_message(body);
  if (address && address->bytes.size() != 4 && address->bytes.size() != 16) std::abort();
  const auto route = route_message(body);
  if (route && !route->gateway.empty() && route->gateway.size() != 4 && route->gateway.size() != 16)
    std::abort();
  (void)rule_message(body);
  const auto filter = filter_message(body);
  if (filter && (filter->kind.empty() || filter->name.size() > 256)) std::abort();
  (void)netlink_error(body);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  read(bytes);
  std::string_view datagram = bytes;
  while (const auto message = sshguardd::parse::next_message(datagram))
    read(message->body);
  return 0;
}
