#include "engine/firewalld.hpp"

#include "engine/rule_lookup.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <string_view>
#include <variant>

namespace sshguardd::engine {
namespace {

// fw_policy.py:policy_base_chain_name: what comes in, and what is translated before that. The
// iptables backend has the names without the table's.
constexpr std::array<std::string_view, 4> tables{"filter_", "nat_", "mangle_", "raw_"};
constexpr std::array<std::string_view, 3> ways{"IN_", "PRE_", "OUT_"};
constexpr std::string_view of_policy = "policy_";
constexpr std::array<std::string_view, 5> parts{"pre", "log", "deny", "allow", "post"};
// nftables.py: build_set_policy_rules has a table of its own for panic, with chains raw_*, and for
// a reload, with chains filter_* (fw.py: set_policy).
constexpr std::string_view policy_table = "firewalld_policy_drop";

template <class Starts> bool strip(std::string_view& text, const Starts& starts) {
  const auto found =
      std::ranges::find_if(starts, [&](std::string_view one) { return text.starts_with(one); });
  if (found == starts.end()) return false;
  text.remove_prefix(found->size());
  return true;
}

} // namespace

bool is_firewalld_name(std::string_view name) {
  return !name.empty() && !name.starts_with('-') && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '/';
  });
}

std::string firewalld_entry(std::uint16_t port) {
  return port == 22 ? "service=ssh" : "port=" + std::to_string(port) + "/tcp";
}

std::string firewalld_chain(const firewall::Place& place, const firewall::Ruleset& rules) {
  if (!place.chain.ends_with("_POLICIES") || place.rule.empty()) return place.chain;
  const firewall::Chain* chain = firewall::chain_of(rules, place, place.chain);
  if (chain == nullptr) return place.chain;
  const auto rule = std::ranges::find(chain->rules, place.rule, &firewall::Rule::handle);
  if (rule == chain->rules.begin() || rule == chain->rules.end()) return place.chain;
  for (const firewall::Statement& statement : std::prev(rule)->statements) {
    const auto* verdict = std::get_if<firewall::Verdict>(&statement);
    if (verdict != nullptr && verdict->kind == firewall::Verdict::Kind::jump) return verdict->chain;
  }
  return place.chain;
}

FirewalldPlace firewalld_place(const firewall::Place& place, const firewall::Ruleset& rules) {
  FirewalldPlace found;
  if (place.table == policy_table) {
    found.reload = place.chain.starts_with("filter_");
    found.panic = !found.reload;
    return found;
  }
  const std::string chain = firewalld_chain(place, rules);
  std::string_view name = chain;
  (void)strip(name, tables);
  if (!strip(name, ways)) return found;
  // A zone may be named "policy_x", or "x_pre": such names are told as they read.
  const bool policy = strip(name, std::array{of_policy});
  const auto end = name.rfind('_');
  if (end != std::string_view::npos && end > 0 &&
      std::ranges::find(parts, name.substr(end + 1)) != parts.end()) {
    found.part = name.substr(end + 1);
    name.remove_suffix(name.size() - end);
  }
  if (is_firewalld_name(name)) (policy ? found.policy : found.zone) = name;
  return found;
}

std::string in_words(const FirewalldPlace& place) {
  if (place.panic) return "firewalld is in panic mode";
  if (place.reload) return "firewalld is loading its rules";
  const std::string whose = !place.zone.empty()     ? "zone " + place.zone
                            : !place.policy.empty() ? "policy " + place.policy
                                                    : "";
  if (whose.empty()) return {};
  return (place.part.empty() ? "the target of firewalld's " : "a rule of firewalld's ") + whose;
}

bool FirewalldZone::differs(const FirewalldZone& other) const {
  const auto same = [](std::vector<std::string> a, std::vector<std::string> b) {
    std::ranges::sort(a);
    std::ranges::sort(b);
    return a == b;
  };
  return target != other.target || !same(services, other.services) || !same(ports, other.ports) ||
         !same(rich_rules, other.rich_rules) || !same(sources, other.sources);
}

std::string in_words(const FirewalldZone& zone) {
  if (!zone.running) return "firewalld is not running, its table still filters";
  if (zone.target.empty()) return {};
  // core/fw_zone.py: a target is spelled as the rules have it.
  std::string text = "which has target " + (zone.target == "%%REJECT%%" ? "REJECT" : zone.target);
  const auto list = [&text](const char* what, const std::vector<std::string>& names) {
    constexpr std::size_t most = 6;
    constexpr std::size_t longest = 32;
    text += std::string{", "} + (names.empty() ? "no " : "") + what;
    for (std::size_t i = 0; i < names.size() && i < most; ++i)
      text += " " + names[i].substr(0, longest);
    if (names.size() > most) text += " ...";
  };
  list("services", zone.services);
  if (!zone.ports.empty()) list("ports", zone.ports);
  if (!zone.rich_rules.empty())
    text += ", " + std::to_string(zone.rich_rules.size()) + " rich rules";
  if (zone.permanent_differs) text += "; its permanent configuration differs";
  return text;
}

std::string firewall_cmd(const FirewalldPlace& place, std::uint16_t port, const std::string& source,
                         bool ipv6) {
  if (place.panic) return "firewall-cmd --panic-off";
  if (place.reload) return "systemctl restart firewalld"; // it has not ended
  // Behind a zone's own target: what it allows comes before that. Rules that deny, and policies,
  // come before what a service allows.
  if (!place.zone.empty() && (place.part.empty() || place.part == "post" || place.part == "allow"))
    return "firewall-cmd --zone=" + place.zone + " --add-" + firewalld_entry(port);
  if (place.zone.empty() && place.policy.empty()) return {};
  std::string rule = "rule priority=-32768";
  if (!source.empty())
    rule += std::string{" family="} + (ipv6 ? "ipv6" : "ipv4") + " source address=" + source;
  rule += " port port=" + std::to_string(port) + " protocol=tcp accept";
  return "firewall-cmd " +
         (place.zone.empty() ? "--policy=" + place.policy : "--zone=" + place.zone) +
         " --add-rich-rule='" + rule + "'";
}

} // namespace sshguardd::engine
