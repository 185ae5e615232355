#include "host/address_watch.hpp"

#include "host/clock.hpp"
#include "host/liveness.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <utility>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/epoll.h>
#include <sys/socket.h>

namespace sshguardd::host {
namespace {

// The messages come in crowds: they are waited for, and then a gap is kept.
constexpr auto quiet = std::chrono::milliseconds{250};
constexpr auto gap = std::chrono::seconds{2};

// Each new interface brings a link-local address of its own: of those it matters that there is one.
std::vector<std::string> addresses_now() {
  const auto read = read_addresses();
  std::vector<std::string> addresses = read ? *read : std::vector<std::string>{};
  for (std::string& address : addresses) {
    if (address.starts_with("fe80:")) address = "fe80::";
  }
  std::ranges::sort(addresses);
  addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
  return addresses;
}

} // namespace

AddressWatch::AddressWatch(Loop& loop, std::function<void()> on_change)
    : loop_{loop}, on_change_{std::move(on_change)},
      fd_{socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE)} {
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR;
  // Without it the slow timer sees to that.
  if (!fd_ || bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return;
  addresses_ = addresses_now();
  source_ = loop.io(fd_.get(), EPOLLIN, [this](auto) { read(); });
}

// What the messages say does not matter, nor that some were lost (ENOBUFS): the addresses are asked
// for. A router's advertisement repeats those that are there already; that is no news.
void AddressWatch::read() {
  std::array<char, 8192> buffer{};
  for (;;) {
    const ssize_t got = recv(fd_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got > 0 || (got < 0 && (errno == EINTR || errno == ENOBUFS))) continue;
    if (got == 0 || errno != EAGAIN) source_.reset();
    break;
  }
  if (later_) return;
  later_ = loop_.at(std::max(now().boot + quiet, compared_ + gap), [this] { compare(); });
}

void AddressWatch::compare() {
  later_.reset();
  compared_ = now().boot;
  auto now = addresses_now();
  if (now == addresses_) return;
  addresses_ = std::move(now);
  on_change_();
}

} // namespace sshguardd::host
