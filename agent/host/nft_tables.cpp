#include "host/nft_tables.hpp"

#include "host/fd.hpp"
#include "parse/netlink.hpp"

#include <array>
#include <cerrno>
#include <cstdint>
#include <optional>
#include <string_view>
#include <system_error>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <sys/socket.h>
#include <sys/time.h>

namespace sshguardd::host {
namespace {

using Tables = std::vector<std::pair<firewall::Family, std::string>>;

constexpr std::size_t most_tables = 4096;

std::optional<firewall::Family> family_of(std::uint8_t number) {
  switch (number) {
  case NFPROTO_IPV4:
    return firewall::Family::ip;
  case NFPROTO_IPV6:
    return firewall::Family::ip6;
  case NFPROTO_INET:
    return firewall::Family::inet;
  case NFPROTO_NETDEV:
    return firewall::Family::netdev;
  case NFPROTO_BRIDGE:
    return firewall::Family::bridge;
  case NFPROTO_ARP:
    return firewall::Family::arp;
  default:
    return std::nullopt;
  }
}

void add_table(std::string_view message, Tables& tables) {
  const auto head = parse::front<nfgenmsg>(message);
  if (!head || tables.size() >= most_tables) return;
  std::string_view name =
      parse::attribute_of(parse::behind(message, sizeof *head), NFTA_TABLE_NAME);
  name = name.substr(0, name.find('\0'));
  if (const auto family = family_of(head->nfgen_family))
    tables.emplace_back(*family, std::string{name});
}

Unknown no_answer(int error) {
  return Unknown{"nf_tables: " + std::generic_category().message(error)};
}

} // namespace

Fact<Tables> nft_tables() {
  const Fd fd{socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER)};
  if (!fd) return no_answer(errno);
  // The kernel answers at once; this is for one that does not.
  const timeval deadline{.tv_sec = 2, .tv_usec = 0};
  (void)setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof deadline);
  struct {
    nlmsghdr header;
    nfgenmsg general;
  } request{};
  request.header.nlmsg_len = sizeof request;
  request.header.nlmsg_type = (NFNL_SUBSYS_NFTABLES << 8U) | NFT_MSG_GETTABLE;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.general.nfgen_family = NFPROTO_UNSPEC;
  if (send(fd.get(), &request, sizeof request, 0) != sizeof request) return no_answer(errno);
  Tables tables;
  std::array<char, 32768> buffer{};
  for (;;) {
    const ssize_t got = recv(fd.get(), buffer.data(), buffer.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return no_answer(got == 0 ? EIO : errno);
    std::string_view datagram{buffer.data(), static_cast<std::size_t>(got)};
    while (const auto message = parse::next_message(datagram)) {
      if (message->type == NLMSG_DONE) return tables;
      if (message->type == NLMSG_ERROR) {
        const int error = parse::netlink_error(message->body);
        // nfnetlink knows no such subsystem.
        if (error == EINVAL || error == EOPNOTSUPP) return Tables{};
        return no_answer(error);
      }
      add_table(message->body, tables);
    }
  }
}

} // namespace sshguardd::host
