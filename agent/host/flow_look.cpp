#include "host/flow_look.hpp"

#include "engine/flow_answer.hpp"
#include "engine/flow_opening.hpp"
#include "engine/platform.hpp"
#include "host/cloud.hpp"
#include "host/files.hpp"
#include "host/firewall_rules.hpp"
#include "host/firewalld_zone.hpp"
#include "host/own_child.hpp"
#include "host/path_programs.hpp"
#include "host/saved_rules.hpp"
#include "host/socket_filters.hpp"
#include "host/sockets.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <set>
#include <utility>

#include <unistd.h>

namespace sshguardd::host {
namespace {

namespace fs = std::filesystem;
using firewall::Answer;
using firewall::Connection;

// Somebody of whom nobody knows anything: an ordinary address of the internet, none of those that
// lists of impossible sources have (TEST-NET and the like). Nothing is ever sent there.
constexpr std::string_view anyone4 = "81.2.69.142";
constexpr std::string_view anyone6 = "2a02:ffff:1::81";

bool any_address(std::string_view text) {
  return text == "0.0.0.0" || text == "::";
}

// Bridges of containers and virtual machines: nothing that leaves the machine is beneath.
bool is_inside(const std::string& link) {
  const fs::path ports = fs::path{"/sys/class/net"} / link / "brif";
  if (link.find('/') != std::string::npos || !exists(ports)) return false;
  std::error_code error;
  for (fs::directory_iterator at{ports, error}, end; !error && at != end; at.increment(error))
    if (exists("/sys/class/net/" + at->path().filename().string() + "/device")) return false;
  return !error;
}

std::set<std::string> inside_links(const firewall::Ruleset& rules) {
  std::set<std::string> inside;
  for (const std::string& name : engine::named_interfaces(rules).value_or(inside))
    if (is_inside(name)) inside.insert(name);
  return inside;
}

class FlowLook {
public:
  FlowLook(const FlowQuestion& question, const std::vector<OwnAddress>& own)
      : question_(question), own_(own) {
    for (const std::string_view anyone : {anyone4, anyone6})
      question_.sources.push_back({.address = std::string{anyone}, .whose = Flow::Whose::anyone});
    for (const auto& source : question_.sources) {
      const std::string from = address_bytes(source.address);
      for (const auto& listener : question_.listeners) {
        auto way = connection(from, listener);
        if (!way) continue;
        ways_.push_back({&source, *way});
        if (!any_address(listener.address)) continue;
        for (Connection& other : other_ways(*way, own_))
          ways_.push_back({&source, std::move(other), true});
      }
    }
  }
  FlowLook(const FlowLook&) = delete;
  FlowLook& operator=(const FlowLook&) = delete;

  // openings: of the rules in force, whose owners can be asked, too.
  std::vector<Flow> ask(const firewall::Ruleset& rules,
                        engine::Openings* openings = nullptr) const {
    std::vector<Flow> flows;
    for (const Way& way : ways_)
      flows.push_back(flow_of(rules, way, openings, flows));
    return flows;
  }

  // That they come in by.
  std::vector<std::string> interfaces() const {
    std::vector<std::string> names;
    for (const Way& way : ways_)
      if (std::ranges::find(names, way.connection.interface) == names.end())
        names.push_back(way.connection.interface);
    return names;
  }

  // Whether any address that the rules name gets in: one that nobody has come from yet.
  bool somebody(const firewall::Ruleset& rules) const {
    const std::set<std::string> inside = inside_links(rules);
    for (const Way& way : ways_)
      if (way.source->whose == Flow::Whose::anyone &&
          engine::anybody_gets_in(rules, way.connection, inside).value_or(false))
        return true;
    // ... also by a port that is translated.
    for (const bool ipv6 : {false, true}) {
      const auto named = engine::named_sources(rules, ipv6);
      if (!named.all) return true;
      for (const std::string& from : named.addresses)
        for (const auto& listener : question_.listeners)
          if (gets_in(rules, from, listener)) return true;
    }
    return false;
  }

private:
  // One of those asked about, and a listener that it comes to.
  struct Way {
    const FlowQuestion::Source* source = nullptr;
    Connection connection;
    bool other_address = false;
  };

  // nullopt: it does not come to this listener, or no way leads back.
  std::optional<Connection> connection(const std::string& from,
                                       const FlowQuestion::Listener& listener) const {
    const std::string at = address_bytes(listener.address);
    if (from.empty() || at.size() != from.size()) return std::nullopt;
    FlowEnds ends{.from = from,
                  .to = any_address(listener.address) ? std::string{} : at,
                  .interface = {},
                  .port = listener.port};
    const auto found = connection_of(ends, own_);
    if (!found) return std::nullopt;
    return *found;
  }

  // flows: those before it.
  Flow flow_of(const firewall::Ruleset& rules, const Way& way, engine::Openings* openings,
               const std::vector<Flow>& flows) const {
    const Connection& connection = way.connection;
    Flow flow;
    flow.whose = way.source->whose;
    flow.ipv6 = connection.ipv6;
    flow.source = way.source->address;
    flow.destination = address_text(connection.destination);
    flow.interface = connection.interface;
    flow.port = connection.port;
    flow.other_address = way.other_address;
    const Answer answer = ask_all_ways(rules, connection);
    engine::take_answer(flow, answer, rules);
    flow.rules_accept = flow.answer == Answer::Kind::undecided && rules_accept(rules, connection);
    const auto opening =
        openings != nullptr && !flow.ban ? openings->of(connection, answer) : std::nullopt;
    if (opening) {
      flow.opener = opening->owner;
      flow.zone = opening->zone;
      flow.behind = opening->behind;
    }
    // Asked once: it is mostly the same zone, and each may take half a second.
    const bool first = std::ranges::none_of(
        flows, [&](const Flow& one) { return one.shut_out() && one.owner == flow.owner; });
    if (openings != nullptr && first) explain_firewalld(flow, answer, rules);
    return flow;
  }

  // sshd's own port may be shut on purpose, where clients know it by another one that is
  // translated.
  Answer ask_all_ways(const firewall::Ruleset& rules, const Connection& way) const {
    Answer answer = firewall::ask(rules, way);
    ask_listeners(answer, way, ports());
    if (answer.kind == Answer::Kind::accepted || answer.kind == Answer::Kind::undecided)
      return answer;
    for (const std::uint16_t port : engine::ports_led_to(rules, way.port)) {
      Connection other = way;
      other.port = port;
      Answer by_other = firewall::ask(rules, other);
      if (by_other.kind == Answer::Kind::accepted && by_other.port == way.port) return by_other;
    }
    return answer;
  }

  static bool rules_accept(const firewall::Ruleset& rules, Connection way) {
    if (rules.programs.empty() && rules.socket_filters.empty()) return false;
    way.past_programs = true;
    return firewall::ask(rules, way).kind == Answer::Kind::accepted;
  }

  bool gets_in(const firewall::Ruleset& rules, const std::string& from,
               const FlowQuestion::Listener& listener) const {
    const auto way = connection(from, listener);
    if (!way) return false;
    const Answer answer = ask_all_ways(rules, *way);
    return answer.kind == Answer::Kind::accepted || answer.kind == Answer::Kind::undecided;
  }

  std::vector<std::uint16_t> ports() const {
    std::vector<std::uint16_t> all;
    for (const auto& listener : question_.listeners)
      all.push_back(listener.port);
    return all;
  }

  FlowQuestion question_; // with anyone
  const std::vector<OwnAddress>& own_;
  std::vector<Way> ways_; // each asks the kernel's routes
};

// What has no route is not asked: no rule is what keeps it away.
std::vector<Flow> ask_platform(const firewall::Ruleset& rules, Cloud cloud,
                               const std::vector<OwnAddress>& own) {
  std::vector<Flow> flows;
  for (const engine::PlatformAddress& one : engine::platform_addresses(cloud)) {
    const std::string to = address_bytes(one.address);
    if (to.empty() || (one.instead && !flows.empty())) continue;
    // Somebody stands in for it on the machine itself.
    if (std::ranges::find(own, to, &OwnAddress::bytes) != own.end()) continue;
    const auto way = connection_of({.from = to, .to = {}, .interface = {}, .port = one.port}, own);
    if (!way) continue;
    Flow flow;
    flow.ipv6 = way->ipv6;
    flow.source = one.address;
    flow.destination = address_text(way->destination);
    flow.interface = way->interface;
    flow.port = one.port;
    Connection out = *way;
    out.outgoing = true;
    engine::take_platform_answer(flow, firewall::ask(rules, out), rules);
    flows.push_back(std::move(flow));
  }
  return flows;
}

std::string whose_word(Flow::Whose whose) {
  return whose == Flow::Whose::configured ? "configured" : "login";
}

FlowQuestion question_of(const std::vector<std::string>& arguments) {
  FlowQuestion question;
  for (const std::string& argument : arguments) {
    const std::size_t end = std::min(argument.find('='), argument.size());
    const std::string word = argument.substr(0, end);
    const std::string value = end < argument.size() ? argument.substr(end + 1) : "";
    if (word == look_at_saved_flows) {
      question.saved = true;
    } else if (word == "at") {
      const std::size_t colon = std::min(value.rfind(':'), value.size());
      FlowQuestion::Listener listener{.address = value.substr(0, colon), .port = 22};
      if (colon < value.size())
        (void)std::from_chars(value.data() + colon + 1, value.data() + value.size(), listener.port);
      question.listeners.push_back(std::move(listener));
    } else {
      question.sources.push_back({.address = value,
                                  .whose = word == whose_word(Flow::Whose::configured)
                                               ? Flow::Whose::configured
                                               : Flow::Whose::login});
    }
  }
  return question;
}

} // namespace

std::string read_beside_rules(firewall::Ruleset& rules,
                              const std::vector<std::string>& interfaces) {
  rules.programs = path_programs(interfaces);
  const auto filters = socket_filters();
  if (!filters) return filters.why();
  rules.socket_filters = *filters;
  return {};
}

void ask_listeners(Answer& answer, const Connection& connection,
                   const std::vector<std::uint16_t>& sshd) {
  if (answer.kind != Answer::Kind::accepted || answer.port == connection.port) return;
  engine::Behind behind = engine::Behind::unknown;
  if (std::ranges::find(sshd, answer.port) != sshd.end()) {
    behind = engine::Behind::sshd;
  } else if (const auto listeners = read_listeners({})) {
    const bool another = std::ranges::any_of(*listeners, [&](const Listener& one) {
      return one.port == answer.port && one.ipv6 == connection.ipv6 && !one.loopback();
    });
    if (!another)
      behind = engine::Behind::nobody;
    else if (!sshd.empty())
      behind = engine::Behind::another;
  }
  engine::take_listener(answer, connection, behind);
}

Fact<Firewall> look_at_flows(const FlowQuestion& question) {
  const auto own = own_addresses();
  if (!own) return Unknown{own.why()};
  const FlowLook look{question, *own};
  Firewall firewall;
  LiveRules live = live_rules();
  // What was known before is not taken back meanwhile.
  if (const std::string why = read_beside_rules(live.rules, look.interfaces()); !why.empty())
    return Unknown{why};
  firewall.unread = live.rules.unread;
  firewall.legacy = live.legacy;
  engine::Openings openings{live.rules};
  firewall.flows = look.ask(live.rules, &openings);
  firewall.somebody = std::ranges::any_of(firewall.flows, &Flow::accepted) ||
                      std::ranges::none_of(firewall.flows, &Flow::shut_out) ||
                      look.somebody(live.rules);
  firewall.cloud = read_cloud();
  firewall.platform = ask_platform(live.rules, firewall.cloud, *own);
  if (!question.saved) return firewall;
  const auto saved = saved_rules();
  if (saved) {
    // What somebody has put on an interface is gone by then; a unit's settings are not.
    firewall::Ruleset rules = saved->rules;
    rules.socket_filters = live.rules.socket_filters;
    firewall.saved = look.ask(rules);
    firewall.saved_by = saved->by;
    firewall.platform_saved = ask_platform(saved->rules, firewall.cloud, *own);
  } else {
    firewall.saved = Unknown{saved.why()};
  }
  return firewall;
}

std::vector<std::string> look_at_flows_argv(const FlowQuestion& question) {
  std::vector<std::string> arguments;
  if (question.saved) arguments.emplace_back(look_at_saved_flows);
  for (const auto& source : question.sources)
    arguments.push_back(whose_word(source.whose) + "=" + source.address);
  for (const auto& listener : question.listeners)
    arguments.push_back("at=" + listener.address + ":" + std::to_string(listener.port));
  return own_child(look_at_flows_word, std::move(arguments));
}

int look_at_flows_main(const std::vector<std::string>& arguments) {
  const auto firewall = look_at_flows(question_of(arguments));
  if (!firewall) return 1;
  return write_all(STDOUT_FILENO, encode(*firewall)) ? 0 : 1;
}

} // namespace sshguardd::host
