#include "host/rtnetlink.hpp"

#include "host/files.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <system_error>

#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace sshguardd::host {
namespace {

constexpr int torn_enough = 3;
constexpr std::size_t most_tables = 16;
constexpr std::size_t most_filters = 16; // different ones, of one link and way
// The kernel lists the default route first: 0.0.0.0 is the least key of the trie, ::/0 its root. A
// router of the internet has a million behind it.
constexpr std::size_t routes_of_a_table = 256;
// For all datagrams of one answer.
constexpr auto deadline = std::chrono::milliseconds{500};

constexpr std::uint32_t skip_statistics = 1U << 3U; // RTEXT_FILTER_SKIP_STATS

template <class T> std::string bytes_of(const T& value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

void add_attribute(std::string& body, std::uint16_t type, std::string_view value) {
  rtattr attribute{};
  attribute.rta_type = type;
  attribute.rta_len = static_cast<std::uint16_t>(RTA_LENGTH(value.size()));
  body += bytes_of(attribute);
  body += value;
  body.resize(NLMSG_ALIGN(body.size()));
}

std::string failed(int error) {
  return "rtnetlink: " + std::generic_category().message(error);
}

} // namespace

RouteSocket::RouteSocket()
    : fd_{socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE)} {
  // Filters of a dump count (Linux 4.20); before, all comes and is sorted out here.
  const int on = 1;
  if (fd_) (void)setsockopt(fd_.get(), SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof on);
}

RouteSocket::Answer RouteSocket::ask(std::uint16_t type, std::uint16_t flags, std::string_view body,
                                     const Use& use) {
  if (!fd_) return {.why = "rtnetlink: no socket"};
  nlmsghdr header{};
  header.nlmsg_len = static_cast<std::uint32_t>(NLMSG_LENGTH(body.size()));
  header.nlmsg_type = type;
  header.nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
  header.nlmsg_seq = ++sequence_;
  const std::string request = bytes_of(header).append(body);
  if (send(fd_.get(), request.data(), request.size(), 0) < 0) return {.why = failed(errno)};

  Answer answer;
  const auto until = std::chrono::steady_clock::now() + deadline;
  std::array<char, 32768> buffer; // NOLINT(cppcoreguidelines-pro-type-member-init)
  for (;;) {
    const ssize_t got = recv(fd_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return {.why = failed(errno)};
    if (got == 0 || std::chrono::steady_clock::now() > until)
      return {.why = "rtnetlink: no answer in time"};
    std::string_view datagram{buffer.data(), static_cast<std::size_t>(got)};
    while (const auto message = parse::next_message(datagram)) {
      if (message->sequence != sequence_) continue; // the rest of an answer that was left
      if ((message->flags & NLM_F_DUMP_INTR) != 0) answer.torn = true;
      if (message->type == NLMSG_ERROR) {
        answer.error = parse::netlink_error(message->body);
        return answer;
      }
      if (message->type == NLMSG_DONE) {
        answer.error = parse::netlink_error(message->body);
        return answer;
      }
      if (!use(*message)) {
        // A dump that was begun has to end before the next one: a new socket is the shorter way.
        if ((flags & NLM_F_DUMP) != 0) *this = RouteSocket{};
        return answer;
      }
      if ((flags & NLM_F_DUMP) == 0) return answer;
    }
  }
}

RouteSocket::Answer RouteSocket::dump(std::uint16_t type, std::string_view body,
                                      const std::function<void()>& clear, const Use& use) {
  Answer answer;
  for (int i = 0; i < torn_enough; ++i) {
    clear();
    answer = ask(type, NLM_F_DUMP, body, use);
    if (!answer.torn) break;
  }
  return answer; // what is still torn is near enough: an event follows
}

Fact<std::vector<parse::LinkMessage>> RouteSocket::links() {
  std::string body = bytes_of(ifinfomsg{});
  add_attribute(body, IFLA_EXT_MASK, bytes_of(skip_statistics));
  std::vector<parse::LinkMessage> list;
  const Answer answer = dump(
      RTM_GETLINK, body, [&list] { list.clear(); },
      [&list](const parse::NetlinkMessage& message) {
        auto link = parse::link_message(message.body);
        if (message.type == RTM_NEWLINK && link) list.push_back(std::move(*link));
        return list.size() < most;
      });
  if (!answer.why.empty()) return Unknown{answer.why};
  if (answer.error != 0) return Unknown{failed(answer.error)};
  // Before Linux 5.14 the kernel does not tell it here.
  for (parse::LinkMessage& link : list) {
    if (link.kind.empty() && !link.device)
      link.device = exists("/sys/class/net/" + link.name + "/device");
  }
  return list;
}

Fact<std::vector<parse::AddressMessage>> RouteSocket::addresses() {
  std::vector<parse::AddressMessage> list;
  const Answer answer = dump(
      RTM_GETADDR, bytes_of(ifaddrmsg{}), [&list] { list.clear(); },
      [&list](const parse::NetlinkMessage& message) {
        auto address = parse::address_message(message.body);
        if (message.type == RTM_NEWADDR && address) list.push_back(std::move(*address));
        return list.size() < most;
      });
  if (!answer.why.empty()) return Unknown{answer.why};
  if (answer.error != 0) return Unknown{failed(answer.error)};
  return list;
}

Fact<std::vector<parse::FilterMessage>> RouteSocket::filters(int index, bool egress) {
  tcmsg request{};
  request.tcm_family = AF_UNSPEC;
  request.tcm_ifindex = index;
  request.tcm_parent = TC_H_MAKE(TC_H_CLSACT, egress ? TC_H_MIN_EGRESS : TC_H_MIN_INGRESS);
  std::vector<parse::FilterMessage> list;
  const Answer answer = dump(
      RTM_GETTFILTER, bytes_of(request), [&list] { list.clear(); },
      [&list, index](const parse::NetlinkMessage& message) {
        auto filter = parse::filter_message(message.body);
        if (message.type == RTM_NEWTFILTER && filter && filter->index == index &&
            std::ranges::find(list, *filter) == list.end())
          list.push_back(std::move(*filter));
        return list.size() < most_filters;
      });
  if (!answer.why.empty()) return Unknown{answer.why};
  if (answer.error != 0) return Unknown{failed(answer.error)};
  return list;
}

Fact<RouteSocket::Defaults> RouteSocket::defaults() {
  Defaults found;
  for (const std::uint8_t family : {std::uint8_t{AF_INET}, std::uint8_t{AF_INET6}}) {
    std::vector<std::uint32_t> tables{RT_TABLE_MAIN};
    fib_rule_hdr rules{};
    rules.family = family;
    // A kernel without policy routing has none, one without IPv6 has no such family.
    (void)dump(
        RTM_GETRULE, bytes_of(rules), [&tables] { tables = {RT_TABLE_MAIN}; },
        [&](const parse::NetlinkMessage& message) {
          const parse::RuleMessage rule = parse::rule_message(message.body);
          found.marks = found.marks || rule.marked;
          if (rule.table != 0 && rule.table != RT_TABLE_LOCAL &&
              std::ranges::find(tables, rule.table) == tables.end())
            tables.push_back(rule.table);
          return tables.size() < most_tables;
        });
    for (const std::uint32_t table : tables) {
      rtmsg routes{};
      routes.rtm_family = family;
      std::string body = bytes_of(routes);
      add_attribute(body, RTA_TABLE, bytes_of(table));
      const std::size_t before = found.routes.size();
      std::size_t seen = 0;
      const Answer answer = dump(
          RTM_GETROUTE, body,
          [&] {
            found.routes.resize(before);
            seen = 0;
          },
          [&](const parse::NetlinkMessage& message) {
            auto route = parse::route_message(message.body);
            if (route && route->table == table && route->prefix <= 1)
              found.routes.push_back(std::move(*route));
            return ++seen < routes_of_a_table;
          });
      if (!answer.why.empty() && family == AF_INET) return Unknown{answer.why};
    }
  }
  return found;
}

bool RouteSocket::banned(std::string_view address) {
  bool found = false;
  for (const std::uint8_t type :
       {std::uint8_t{RTN_BLACKHOLE}, std::uint8_t{RTN_UNREACHABLE}, std::uint8_t{RTN_PROHIBIT}}) {
    rtmsg routes{};
    routes.rtm_family = address.size() == 16 ? AF_INET6 : AF_INET;
    routes.rtm_type = type; // the kernel sends no others (Linux 5.0)
    (void)ask(RTM_GETROUTE, NLM_F_DUMP, bytes_of(routes),
              [&](const parse::NetlinkMessage& message) {
                const auto route = parse::route_message(message.body);
                found = route && route->type == type && route->destination == address &&
                        route->prefix == address.size() * 8;
                return !found;
              });
    if (found) break;
  }
  return found;
}

Fact<RouteSocket::Route> RouteSocket::route(std::string_view destination, std::string_view own,
                                            int out) {
  rtmsg question{};
  question.rtm_family = destination.size() == 16 ? AF_INET6 : AF_INET;
  const auto bits = static_cast<unsigned char>(destination.size() * 8);
  question.rtm_dst_len = bits;
  if (!own.empty()) question.rtm_src_len = bits;
  std::string body = bytes_of(question);
  add_attribute(body, RTA_DST, destination);
  if (!own.empty()) add_attribute(body, RTA_SRC, own);
  if (out != 0) add_attribute(body, RTA_OIF, bytes_of(out));
  Route route;
  bool told = false;
  const Answer answer = ask(RTM_GETROUTE, 0, body, [&](const parse::NetlinkMessage& message) {
    if (auto said = parse::route_message(message.body); said && message.type == RTM_NEWROUTE) {
      route.route = std::move(*said);
      told = true;
    }
    return true;
  });
  if (!answer.why.empty()) return Unknown{answer.why};
  route.error = answer.error;
  if (!told && route.error == 0) return Unknown{"rtnetlink: no route in the answer"};
  return route;
}

int RouteSocket::index_of(std::string_view interface) const {
  ifreq request{};
  if (interface.empty() || interface.size() >= sizeof request.ifr_name) return 0;
  std::memcpy(request.ifr_name, interface.data(), interface.size());
  return ioctl(fd_.get(), SIOCGIFINDEX, &request) == 0 ? request.ifr_ifindex : 0;
}

std::string RouteSocket::name_of(int index) const {
  ifreq request{};
  request.ifr_ifindex = index;
  if (ioctl(fd_.get(), SIOCGIFNAME, &request) != 0) return {};
  return {request.ifr_name, strnlen(request.ifr_name, sizeof request.ifr_name)};
}

} // namespace sshguardd::host
