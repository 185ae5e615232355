#include "engine/flow_answer.hpp"

#include "engine/client_message.hpp"
#include "engine/firewalld.hpp"
#include "engine/iptables_tables.hpp"
#include "engine/rule_lookup.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <unordered_set>
#include <utility>
#include <variant>

namespace sshguardd::engine {
namespace {

using firewall::Answer;
using firewall::Field;

constexpr std::size_t most_named = 64;
constexpr std::string_view firewalld = "firewalld";

std::string_view family_name(firewall::Family family) {
  switch (family) {
  case firewall::Family::ip:
    return "ip";
  case firewall::Family::ip6:
    return "ip6";
  case firewall::Family::inet:
    return "inet";
  case firewall::Family::netdev:
    return "netdev";
  case firewall::Family::bridge:
    return "bridge";
  case firewall::Family::arp:
    return "arp";
  }
  return "";
}

// Of a table, or of a chain: the first letters of its name.
struct Mark {
  bool of_table = false;
  std::string_view start;
  RuleOwner owner;
};
// As their own programs name them: fail2ban's action.d, sshg-fw-*, crowdsec-firewall-bouncer,
// ufw-init-functions, firewalld's nftables.py.
constexpr std::array marks{
    Mark{true, "f2b-", {"fail2ban", true}},       Mark{false, "f2b-", {"fail2ban", true}},
    Mark{false, "fail2ban-", {"fail2ban", true}}, Mark{true, "sshguard", {"SSHGuard", true}},
    Mark{false, "sshguard", {"SSHGuard", true}},  Mark{true, "crowdsec", {"crowdsec", true}},
    Mark{false, "CROWDSEC", {"crowdsec", true}},  Mark{false, "crowdsec", {"crowdsec", true}},
    Mark{true, firewalld, {firewalld, false}},    Mark{false, "ufw-", {"ufw", false}},
    Mark{false, "ufw6-", {"ufw", false}},         Mark{false, "DOCKER", {"Docker", false}},
    Mark{false, "KUBE-", {"Kubernetes", false}},  Mark{false, "cali-", {"Calico", false}},
    Mark{false, "CILIUM_", {"Cilium", false}}};

constexpr std::array<std::string_view, 5> kernel_chains{"PREROUTING", "INPUT", "FORWARD", "OUTPUT",
                                                        "POSTROUTING"};

class Naming {
public:
  Naming(bool ipv6, NamedSources& found) : size_(ipv6 ? 16 : 4), found_(found) {}

  // false: there is no room for more.
  bool add(const std::string& address) {
    if (found_.addresses.size() >= most_named) {
      found_.all = false;
      return false;
    }
    if (address.size() == size_ && known_.insert(address).second)
      found_.addresses.push_back(address);
    return true;
  }

private:
  std::size_t size_;
  NamedSources& found_;
  std::unordered_set<std::string> known_;
};

// An address of it that somebody may come from; none where that is nobody else.
std::string host_of(const firewall::SocketFilter::Prefix& prefix) {
  std::string host = prefix.bytes;
  if (host.size() != 4 && host.size() != 16) return {};
  if (prefix.length + 1U < host.size() * 8) host.back() = static_cast<char>(host.back() | 1);
  const auto first = static_cast<unsigned char>(host[0]);
  const bool loopback = host.size() == 4 ? first == 127 : host == std::string(15, '\0') + '\1';
  const bool multicast = host.size() == 4 ? first >= 224 : first == 255;
  return loopback || multicast ? std::string{} : host;
}

// The first of each range.
void add_ports(const firewall::Rule& rule, std::vector<std::uint16_t>& ports) {
  constexpr std::size_t most = 8;
  const auto add = [&ports](const firewall::Interval& value) {
    if (value.from.size() != 2) return;
    const auto port = static_cast<std::uint16_t>(static_cast<unsigned char>(value.from[0]) << 8U |
                                                 static_cast<unsigned char>(value.from[1]));
    if (ports.size() < most && std::ranges::find(ports, port) == ports.end()) ports.push_back(port);
  };
  for (const firewall::Statement& statement : rule.statements) {
    const auto* match = std::get_if<firewall::Match>(&statement);
    if (match != nullptr && match->op == firewall::Match::Op::equal)
      firewall::each_value(match->terms, match->values, Field::dport, add);
  }
}

} // namespace

std::vector<std::uint16_t> ports_led_to(const firewall::Ruleset& rules, std::uint16_t port) {
  std::vector<std::uint16_t> ports;
  for (const firewall::Table& table : rules.tables)
    for (const firewall::Chain& chain : table.chains)
      for (const firewall::Rule& rule : chain.rules) {
        const bool leads = std::ranges::any_of(rule.statements, [port](const auto& statement) {
          const auto* translate = std::get_if<firewall::Translate>(&statement);
          return translate != nullptr && translate->port == port;
        });
        if (leads) add_ports(rule, ports);
      }
  return ports;
}

std::string rule_text(const firewall::Place& place) {
  if (place.table.empty()) return place.text;
  std::string text = place.legacy ? "iptables-legacy " : "";
  text += std::string{family_name(place.family)} + " " + place.table + " " + place.chain;
  if (place.rule.empty()) return text + ": " + place.text;
  // iptables counts, nftables has handles.
  const bool counted = place.text.starts_with('-');
  text += (counted ? " rule " : " handle ") + place.rule;
  return place.text.empty() ? text : text + ": " + place.text;
}

RuleOwner owner_of(const firewall::Place& place, const firewall::Ruleset& rules) {
  if (place.table.empty()) return {"systemd", false};
  for (const Mark& mark : marks) {
    if ((mark.of_table ? place.table : place.chain).starts_with(mark.start)) return mark.owner;
  }
  // The policy of iptables' own chains is who governs the table's.
  const firewall::Table* table = firewall::table_of(rules, place);
  const bool ufw = place.rule.empty() && table != nullptr &&
                   std::ranges::any_of(table->chains, [](const firewall::Chain& chain) {
                     return chain.name.starts_with("ufw-") || chain.name.starts_with("ufw6-");
                   });
  return ufw ? RuleOwner{"ufw", false} : RuleOwner{};
}

std::string command_for(const Flow& flow, const Answer& answer, std::string_view owner,
                        const firewall::Ruleset& rules) {
  if (!answer.by || flow.ban) return {};
  const firewall::Place& place = *answer.by;
  const std::string port = std::to_string(flow.port);
  const bool answering = answer.packet == Answer::Packet::syn_ack;
  const bool one = flow.whose != Flow::Whose::anyone;
  if (place.table.empty()) {
    const std::size_t unit = place.text.rfind(' ') + 1;
    return "systemctl set-property " + place.text.substr(unit) +
           " IPAddressAllow=" + (one ? flow.source : "any");
  }
  if (owner == "ufw" && !answering && !flow.neighbours) {
    // backend_iptables.py:set_rule passes over what differs from a rule by its action alone: what
    // somebody has denied is allowed to the machine's own address.
    const bool by_rule = place.chain == "ufw-user-input" || place.chain == "ufw6-user-input";
    if (!one && !by_rule) return "ufw prepend allow " + port + "/tcp";
    return "ufw prepend allow from " + (one ? flow.source : "any") + " to " +
           (by_rule ? flow.destination : "any") + " port " + port + " proto tcp";
  }
  if (owner == firewalld && !answering && !flow.neighbours)
    return firewall_cmd(firewalld_place(place, rules), flow.port, one ? flow.source : "",
                        flow.ipv6);
  return rule_ahead(place, flow,
                    {.to = answering, .server = answering, .other_side = one ? flow.source : ""});
}

std::string rule_ahead(const firewall::Place& place, const Flow& flow, const RuleEnds& ends) {
  const std::string port = std::to_string(flow.port);
  // A chain that the kernel calls is capital in iptables alone.
  const bool iptables = place.legacy || place.text.starts_with('-') ||
                        (is_iptables_name(place.table) && place.family != firewall::Family::inet &&
                         std::ranges::find(kernel_chains, place.chain) != kernel_chains.end());
  if (iptables) {
    std::string command = flow.ipv6 ? "ip6tables" : "iptables";
    if (place.legacy) command += "-legacy";
    if (place.table != "filter") command += " -t " + place.table;
    command += " -I " + place.chain;
    if (flow.neighbours) return command + " -p ipv6-icmp -j ACCEPT";
    if (!ends.other_side.empty()) command += (ends.to ? " -d " : " -s ") + ends.other_side;
    return command + " -p tcp " + (ends.server ? "--sport " : "--dport ") + port + " -j ACCEPT";
  }
  std::string command = "nft insert rule " + std::string{family_name(place.family)} + " " +
                        place.table + " " + place.chain;
  if (flow.neighbours)
    return command + " icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept";
  if (!ends.other_side.empty())
    command += (flow.ipv6 ? " ip6 " : " ip ") + std::string{ends.to ? "daddr " : "saddr "} +
               ends.other_side;
  return command + " tcp " + (ends.server ? "sport " : "dport ") + port + " accept";
}

Sees sees_of(std::string_view client_message) {
  if (client_message == "Connection refused") return Sees::refused;
  if (client_message == "Connection timed out") return Sees::timeout;
  if (client_message == "Connection reset by peer") return Sees::reset;
  if (client_message == "Permission denied") return Sees::prohibited;
  return client_message.empty() ? Sees::none : Sees::unreachable;
}

void take_listener(Answer& answer, const firewall::Connection& connection, Behind behind) {
  if (answer.kind != Answer::Kind::accepted || answer.port == connection.port || answer.port == 0)
    return;
  if (behind == Behind::nobody) {
    answer.kind = Answer::Kind::rejected;
    answer.reject = firewall::RejectKind::tcp_reset;
  } else if (behind == Behind::another) {
    answer.kind = Answer::Kind::forwarded;
  }
}

RuleOwner take_decision(Flow& flow, const Answer& answer, const firewall::Ruleset& rules) {
  flow.answer = answer.kind;
  flow.neighbours = answer.packet == Answer::Packet::neighbour;
  flow.why = answer.why;
  flow.expires_s = answer.expires_s.value_or(0);
  if (!answer.by) return {};
  flow.rule = rule_text(*answer.by);
  const RuleOwner owner = owner_of(*answer.by, rules);
  flow.owner = owner.name;
  return owner;
}

void take_answer(Flow& flow, const Answer& answer, const firewall::Ruleset& rules) {
  const RuleOwner owner = take_decision(flow, answer, rules);
  flow.client = firewall::client_message(answer, flow.ipv6);
  flow.sees = sees_of(flow.client);
  // Refused, perhaps, or not told at all: nobody gets in.
  if (flow.sees == Sees::none && flow.shut_out()) flow.sees = Sees::timeout;
  flow.usually = answer.kind == Answer::Kind::undecided && answer.usual &&
                 answer.possible[*answer.usual].kind == Answer::Kind::accepted;
  if (!answer.by || !flow.shut_out()) return;
  flow.ban = owner.bans;
  flow.fix = command_for(flow, answer, owner.name, rules);
  if (owner.name != firewalld) return;
  const FirewalldPlace place = firewalld_place(*answer.by, rules);
  flow.why = in_words(place);
  flow.passing = place.reload;
}

NamedSources named_sources(const firewall::Ruleset& rules, bool ipv6) {
  NamedSources found;
  Naming naming{ipv6, found};
  // The last of a range: the first one is often a network's own address.
  const bool all = firewall::each_value(
      rules, ipv6 ? Field::ip6_saddr : Field::ip_saddr,
      [&naming](const firewall::Interval& value) { (void)naming.add(value.to); });
  found.all = found.all && all && rules.unread.empty();
  for (const firewall::SocketFilter& filter : rules.socket_filters)
    for (const auto& prefix : filter.allow)
      if (const std::string host = host_of(prefix); !host.empty() && !naming.add(host)) break;
  return found;
}

} // namespace sshguardd::engine
