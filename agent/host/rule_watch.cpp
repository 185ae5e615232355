#include "host/rule_watch.hpp"

#include "host/clock.hpp"
#include "parse/netlink.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <string_view>
#include <utility>

#include <arpa/inet.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <sys/epoll.h>
#include <sys/socket.h>

namespace sshguardd::host {
namespace {

// `ufw enable` makes fifty changes within two seconds, firewalld reloads with a table that drops
// all: what is between is no state that anybody wants to hear of.
constexpr BootClock::duration step = std::chrono::milliseconds{150};
constexpr unsigned quiet_steps = 2; // steps without a change
constexpr BootClock::duration longest_burst = std::chrono::seconds{4};
constexpr BootClock::duration endless_step = std::chrono::seconds{1};
constexpr int new_generation = (NFNL_SUBSYS_NFTABLES << 8) | NFT_MSG_NEWGEN;

// Who made this generation of the rules.
std::string writer_of(std::string_view message) {
  const std::string_view attributes = parse::behind(message, sizeof(nfgenmsg));
  const std::string_view name = parse::attribute_of(attributes, NFTA_GEN_PROC_NAME);
  const auto pid = parse::front<std::uint32_t>(parse::attribute_of(attributes, NFTA_GEN_PROC_PID));
  if (name.empty() || !pid) return {};
  return std::string{name.substr(0, name.find('\0'))} + " (pid " + std::to_string(ntohl(*pid)) +
         ")";
}

} // namespace

RuleWatch::RuleWatch(Loop& loop, std::function<void()> on_change)
    : loop_{loop}, on_change_{std::move(on_change)},
      fd_{socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_NETFILTER)} {
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  const int group = NFNLGRP_NFTABLES;
  // Without it (no CAP_NET_ADMIN, no nf_tables) the slow look sees to that.
  if (!fd_ || bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      setsockopt(fd_.get(), SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) != 0)
    return;
  source_ = loop.io(fd_.get(), EPOLLIN, [this](auto) { on_message(); });
}

// Whatever follows is waited for by the clock: a thousand messages are no thousand wakeups.
void RuleWatch::on_message() {
  source_.set_events(0);
  first_ = now().boot;
  (void)drain();
  silent_ = 0;
  pause_ = loop_.at(first_ + (endless_ ? endless_step : step), [this] { on_pause(); });
}

void RuleWatch::on_pause() {
  const bool more = drain();
  silent_ = more ? 0 : silent_ + 1;
  if (!endless_ && silent_ < quiet_steps && now().boot - first_ < longest_burst) {
    pause_ = loop_.at(now().boot + step, [this] { on_pause(); });
    return;
  }
  endless_ = more;
  pause_.reset();
  source_.set_events(EPOLLIN);
  on_change_();
}

// Some were lost (ENOBUFS): that is a change as well.
bool RuleWatch::drain() {
  std::array<char, 16384> buffer{};
  bool any = false;
  for (;;) {
    const ssize_t got = recv(fd_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got < 0 && (errno == EINTR || errno == ENOBUFS)) {
      any = any || errno == ENOBUFS;
      continue;
    }
    if (got <= 0) return any;
    any = true;
    std::string_view datagram{buffer.data(), static_cast<std::size_t>(got)};
    while (const auto message = parse::next_message(datagram)) {
      if (message->type == new_generation) writer_ = writer_of(message->body);
    }
  }
}

} // namespace sshguardd::host
