// The chains that iptables' tables have by themselves.
#pragma once

#include "sshguardd/firewall.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <vector>

namespace sshguardd::parse {

struct BuiltIn {
  std::string_view table;
  std::string_view chain;
  firewall::Hook hook;
  int priority;
  std::string_view type = "filter";
};

// NF_IP_PRI_ of linux/netfilter_ipv4.h, and the hooks of each table's kernel module.
inline constexpr BuiltIn built_ins[] = {
    {"raw", "PREROUTING", firewall::Hook::prerouting, -300},
    {"raw", "OUTPUT", firewall::Hook::output, -300},
    {"mangle", "PREROUTING", firewall::Hook::prerouting, -150},
    {"mangle", "INPUT", firewall::Hook::input, -150},
    {"mangle", "FORWARD", firewall::Hook::forward, -150},
    {"mangle", "OUTPUT", firewall::Hook::output, -150, "route"},
    {"mangle", "POSTROUTING", firewall::Hook::postrouting, -150},
    {"nat", "PREROUTING", firewall::Hook::prerouting, -100, "nat"},
    {"nat", "INPUT", firewall::Hook::input, 100, "nat"},
    {"nat", "OUTPUT", firewall::Hook::output, -100, "nat"},
    {"nat", "POSTROUTING", firewall::Hook::postrouting, 100, "nat"},
    {"filter", "INPUT", firewall::Hook::input, 0},
    {"filter", "FORWARD", firewall::Hook::forward, 0},
    {"filter", "OUTPUT", firewall::Hook::output, 0},
    {"security", "INPUT", firewall::Hook::input, 50},
    {"security", "FORWARD", firewall::Hook::forward, 50},
    {"security", "OUTPUT", firewall::Hook::output, 50},
};

// Of a table that nobody knows: any order.
inline constexpr BuiltIn other_built_ins[] = {
    {"", "PREROUTING", firewall::Hook::prerouting, 0},   {"", "INPUT", firewall::Hook::input, 0},
    {"", "FORWARD", firewall::Hook::forward, 0},         {"", "OUTPUT", firewall::Hook::output, 0},
    {"", "POSTROUTING", firewall::Hook::postrouting, 0},
};

[[nodiscard]] inline bool is_known_table(std::string_view name) {
  return std::ranges::find(built_ins, name, &BuiltIn::table) != std::end(built_ins);
}

[[nodiscard]] inline std::vector<BuiltIn> built_ins_of(std::string_view table) {
  std::vector<BuiltIn> found;
  std::ranges::copy_if(built_ins, std::back_inserter(found),
                       [&](const BuiltIn& one) { return one.table == table; });
  if (found.empty()) found.assign(std::begin(other_built_ins), std::end(other_built_ins));
  return found;
}

} // namespace sshguardd::parse
