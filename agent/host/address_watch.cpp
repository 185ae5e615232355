#include "host/address_watch.hpp"

#include "host/clock.hpp"
#include "host/network.hpp"
#include "parse/rtnetlink.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <string_view>
#include <utility>

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/epoll.h>
#include <sys/socket.h>

namespace sshguardd::host {
namespace {

constexpr unsigned ipv6_rules = 1U << (RTNLGRP_IPV6_RULE - 1U);
constexpr int most_datagrams = 1024; // at once

// The messages come in crowds: they are waited for, and then a gap is kept.
constexpr auto quiet = std::chrono::milliseconds{250};
constexpr auto gap = std::chrono::seconds{2};

std::vector<std::string> news_now() {
  const auto state = read_network_state();
  return state ? news_of(*state) : std::vector<std::string>{};
}

// Of routes only those for everything, and those that lead nowhere: a router of the internet hears
// of a thousand others in a second. One message is in each datagram, its first byte of the address
// family behind the header (struct nlmsghdr, struct rtmsg).
bool filter_routes(int fd) {
  constexpr std::uint32_t type_at = 4;
  constexpr std::uint32_t prefix_at = NLMSG_HDRLEN + 1;
  constexpr std::uint32_t kind_at = NLMSG_HDRLEN + 7;
  const std::uint32_t new_route = htons(RTM_NEWROUTE); // BPF reads most significant byte first
  const std::uint32_t old_route = htons(RTM_DELROUTE);
  std::array<sock_filter, 9> program{
      {BPF_STMT(BPF_LD | BPF_H | BPF_ABS, type_at),
       BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, new_route, 1, 0),
       BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, old_route, 0, 5),
       BPF_STMT(BPF_LD | BPF_B | BPF_ABS, prefix_at), BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, 1, 0, 3),
       BPF_STMT(BPF_LD | BPF_B | BPF_ABS, kind_at),
       BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, RTN_BLACKHOLE, 1, 0), BPF_STMT(BPF_RET | BPF_K, 0),
       BPF_STMT(BPF_RET | BPF_K, 0xffffffffU)}};
  const sock_fprog filter{.len = program.size(), .filter = program.data()};
  return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) == 0;
}

} // namespace

AddressWatch::AddressWatch(Loop& loop, std::function<void()> on_change)
    : loop_{loop}, on_change_{std::move(on_change)},
      fd_{socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE)} {
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups =
      RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_RULE | ipv6_rules;
  if (fd_ && filter_routes(fd_.get())) address.nl_groups |= RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE;
  // Without it the slow timer sees to that.
  if (!fd_ || bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return;
  news_ = news_now();
  listen();
}

void AddressWatch::listen() {
  source_ = loop_.io(fd_.get(), EPOLLIN, [this](auto) { on_message(); });
}

// The next ones wait in the socket meanwhile, and wake nobody; that some are lost (ENOBUFS) does
// not matter: what there is then is asked for.
void AddressWatch::on_message() {
  drain();
  source_.reset();
  later_ = loop_.at(std::max(now().boot + quiet, compared_ + gap), [this] { compare(); });
}

void AddressWatch::drain() {
  std::array<char, 8192> buffer{};
  for (int i = 0; i < most_datagrams; ++i) {
    const ssize_t got = recv(fd_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got < 0 && (errno == EINTR || errno == ENOBUFS)) continue;
    if (got <= 0) return;
    std::string_view datagram{buffer.data(), static_cast<std::size_t>(got)};
    while (const auto message = parse::next_message(datagram)) {
      // Of rules no list is kept to compare with.
      if (message->type == RTM_NEWRULE || message->type == RTM_DELRULE) elsewhere_ = true;
      if (message->type != RTM_NEWROUTE && message->type != RTM_DELROUTE) continue;
      const auto route = parse::route_message(message->body);
      if (route && route->prefix > 1) elsewhere_ = true;
    }
  }
}

// A router's advertisement repeats what is there already; that is no news.
void AddressWatch::compare() {
  later_.reset();
  drain();
  listen();
  compared_ = now().boot;
  auto now = news_now();
  if (now == news_ && !std::exchange(elsewhere_, false)) return;
  elsewhere_ = false;
  news_ = std::move(now);
  on_change_();
}

} // namespace sshguardd::host
