// Matches that nobody can decide who only reads the rules, and which way they usually go for the
// first packet of a connection over SSH.
#include "parse/iptables_rule.hpp"
#include "parse/iptables_values.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace sshguardd::parse {
namespace {

using firewall::Open;

struct Known {
  std::string_view name;
  std::string_view why;
  bool usually; // without a "!"
};

constexpr Known modules[] = {
    {"limit", "only so often", true},
    {"hashlimit", "only so often, or more often than that", true},
    {"connlimit", "how many connections there are already", false},
    {"recent", "what the source did before", false},
    {"statistic", "by chance, or every so many packets", false},
    {"time", "only at certain times", true},
    {"quota", "only so many bytes", true},
    {"quota2", "only so many bytes", true},
    {"connbytes", "how much the connection has carried", false},
    {"set", "whether an ipset has it", false},
    {"geoip", "which country the address is of", false},
    {"asn", "which network the address is of", false},
    {"string", "what the packet carries", false},
    {"u32", "what bytes of the packet are", false},
    {"bpf", "a program decides", false},
    {"mac", "the sender's hardware address", false},
    {"owner", "which program the packet is of", false},
    {"cgroup", "which program the packet is of", false},
    {"socket", "whether a socket waits for it", false},
    {"physdev", "which port of a bridge it came by", false},
    {"devgroup", "which group the interface is in", false},
    {"policy", "whether IPsec carried it", false},
    {"helper", "which helper of connection tracking it belongs to", false},
    {"connlabel", "a label of the connection", false},
    {"cluster", "which machine of a cluster it falls to", false},
    {"cpu", "which processor handles it", false},
    {"ecn", "bits that few packets have", false},
    {"osf", "which operating system the packet looks like", false},
    {"realm", "the realm of its route", false},
    {"ipvs", "whether a virtual service has it", false},
    {"l2tp", "whether a tunnel carried it", false},
    {"psd", "whether it looks like a scan of ports", false},
    {"ipv6header", "which headers of IPv6 the packet has", false},
    {"eui64", "whether address and hardware address agree", false},
    {"dscp", "the packet's class of service", false},
    {"tos", "the packet's class of service", false},
    {"length", "how long the packet is", false},
    {"length2", "how long the packet is", false},
    {"ttl", "how many routers the packet may still pass", false},
    {"tcpmss", "the size of segments that the client offers", false},
};

const Known* known(std::string_view name) {
  const auto* found = std::ranges::find(modules, name, &Known::name);
  return found == std::end(modules) ? nullptr : found;
}

std::string why_of(const IptablesModule& module) {
  const Known* one = known(module.name);
  return std::string{one != nullptr ? one->why : "not to be told from the rule"} + " (" +
         module.text() + ")";
}

const IptablesOption* option_of(const IptablesModule& module, std::string_view name) {
  const auto found = std::ranges::find(module.options, name, &IptablesOption::name);
  return found == module.options.end() || found->values.empty() ? nullptr : &*found;
}

std::optional<std::uint32_t> number_of(const IptablesModule& module, std::string_view name) {
  const IptablesOption* option = option_of(module, name);
  if (option == nullptr) return std::nullopt;
  const std::string& value = option->values.front();
  return iptables_number(std::string_view{value}.substr(0, value.find('/')));
}

// "40:80", one value of it, has that.
bool has(const IptablesModule& module, std::string_view name, std::uint32_t value) {
  const IptablesOption* option = option_of(module, name);
  const auto range = option == nullptr ? std::nullopt : port_range(option->values.front(), ':');
  return range && range->from <= big_endian(value, 2) && big_endian(value, 2) <= range->to;
}

bool is(const IptablesModule& module, std::string_view name, std::string_view value) {
  const IptablesOption* option = option_of(module, name);
  return option != nullptr && option->values.front() == value;
}

// A client begins with 64 or 128 and passes some ten routers, or a few dozen.
constexpr std::uint32_t fewest_left = 30;
constexpr std::uint32_t most_left = 128;

// Where the numbers tell it; nothing: as the module's name does.
std::optional<bool> usually_by_value(const IptablesModule& module) {
  constexpr std::uint32_t first_packet = 60; // bytes
  constexpr std::uint32_t segment = 1460;    // of Ethernet
  const std::string& name = module.name;
  if (name == "hashlimit") return !module.has("--hashlimit-above");
  if (name == "connlimit") return module.has("--connlimit-upto");
  if (name == "statistic") {
    const IptablesOption* chance = option_of(module, "--probability");
    if (chance == nullptr) return number_of(module, "--every").value_or(2) < 2;
    const std::string& value = chance->values.front();
    return value.starts_with('1') ||
           (value.starts_with("0.") && value.size() > 2 && value[2] >= '5');
  }
  if (name == "length") return has(module, "--length", first_packet);
  if (name == "tcpmss") return has(module, "--mss", segment);
  if (name == "policy") return is(module, "--pol", "none");
  if (name == "dscp" || name == "tos")
    return number_of(module, name == "dscp" ? "--dscp" : "--tos") == 0U;
  if (name == "connbytes") return is(module, "--connbytes", "0");
  if (name == "ttl") {
    if (const auto above = number_of(module, "--ttl-gt")) return *above < fewest_left;
    if (const auto below = number_of(module, "--ttl-lt")) return *below > most_left;
  }
  return std::nullopt;
}

bool any_negated(const IptablesModule& module) {
  return std::ranges::any_of(module.options, &IptablesOption::negated);
}

} // namespace

Open open_match(const IptablesModule& module) {
  const Known* one = known(module.name);
  const bool plainly = usually_by_value(module).value_or(one != nullptr && one->usually);
  return {.why = why_of(module), .usually = plainly != any_negated(module)};
}

Open open_option(const IptablesModule& module, const IptablesOption& option, bool usually) {
  IptablesModule only{.name = module.name, .options = {option}};
  return {.why = why_of(only), .usually = usually};
}

} // namespace sshguardd::parse
