// sshguardctl verify-flow: would the guest's own firewall let a connection in, and which rule
// decides. Needs no agent.
#include "ctl/commands.hpp"
#include "ctl/flow_sources.hpp"
#include "ctl/source.hpp"
#include "ctl/text.hpp"
#include "engine/encode.hpp"
#include "engine/flow_answer.hpp"
#include "host/firewall_rules.hpp"
#include "host/firewalld_zone.hpp"
#include "host/flow_look.hpp"
#include "host/saved_rules.hpp"
#include "host/socket_filters.hpp"
#include "host/sockets.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <string_view>
#include <utility>

#include <net/if.h>

namespace sshguardd::ctl {
namespace {

using firewall::Answer;
using Json = nlohmann::ordered_json;

int failed(const std::string& why, int status = exit_unknown) {
  std::fprintf(stderr, "sshguardctl: %s\n", engine::encode(why).c_str());
  return status;
}

const char* word_of(Answer::Kind kind) {
  switch (kind) {
  case Answer::Kind::accepted:
    return "accepted";
  case Answer::Kind::rejected:
    return "rejected";
  case Answer::Kind::dropped:
    return "dropped";
  case Answer::Kind::forwarded:
    return "forwarded";
  case Answer::Kind::undecided:
    break;
  }
  return "undecided";
}

const char* word_of(Answer::Packet packet) {
  switch (packet) {
  case Answer::Packet::syn:
    return "the first packet (SYN)";
  case Answer::Packet::syn_ack:
    return "the answer (SYN, ACK)";
  case Answer::Packet::ack:
    return "what follows (ACK)";
  case Answer::Packet::neighbour:
    break;
  }
  return "neighbour discovery (ICMPv6)";
}

// One connection that was asked about.
struct Asked {
  Flow flow;
  Answer answer;
  firewall::Trace trace;
  std::string problem; // it could not be asked
  std::string note;
  bool nobody = false; // listens there
};

int status_of(const Asked& asked) {
  if (!asked.problem.empty()) return exit_unknown;
  if (asked.nobody) return exit_critical;
  if (asked.flow.accepted() || asked.flow.usually) return exit_ok;
  return asked.flow.shut_out() ? exit_critical : exit_unknown;
}

// Of several the worst; unknown is less than critical.
int worse(int a, int b) {
  return a == exit_critical || b == exit_critical ? exit_critical : std::max(a, b);
}

std::string possible_text(const Answer& answer) {
  std::string text;
  for (const Answer::Possible& one : answer.possible) {
    text += std::string{text.empty() ? "" : ", or "} + word_of(one.kind);
    if (one.by) text += " by " + engine::rule_text(*one.by);
  }
  return text;
}

std::string headline(const Asked& asked) {
  const Flow& flow = asked.flow;
  std::string text = capitals(flow.usually ? "accepted" : word_of(flow.answer)) + " " + flow.source;
  if (!asked.problem.empty()) return text + ": " + asked.problem;
  text += " -> " + flow.destination + " port " + std::to_string(flow.port);
  if (!flow.interface.empty()) text += " by " + flow.interface;
  if (flow.usually) text += ", as a rule";
  return text;
}

std::string trace_text(const firewall::Trace& trace, std::size_t width) {
  std::string text;
  const auto* packet = static_cast<const Answer::Packet*>(nullptr);
  for (const auto& step : trace.steps) {
    if (packet == nullptr || *packet != step.packet)
      text += std::string{"  "} + word_of(step.packet) + "\n";
    packet = &step.packet;
    if (step.what == firewall::Trace::Step::What::entered) {
      firewall::Place chain = step.place;
      text += wrap("    ",
                   std::string{step.out ? "out: " : "in: "} +
                       printable(chain.table + " " + chain.chain),
                   6, width);
      continue;
    }
    const bool fits = step.what == firewall::Trace::Step::What::fits;
    // What is no rule stands in no chain.
    if (step.place.table.empty()) {
      text += wrap(std::string{step.out ? "    out: " : "    in: "}, printable(step.place.text), 6,
                   width);
      continue;
    }
    text += wrap(std::string{fits ? "      fits     " : "      may fit  "},
                 printable(engine::rule_text(step.place)), 15, width);
  }
  if (trace.steps.empty()) text += "  no chain is on its way\n";
  if (trace.cut) text += "  ... and more\n";
  return text;
}

std::string text_of(const Asked& asked, bool trace, std::size_t width) {
  const Flow& flow = asked.flow;
  constexpr std::size_t indent = 9;
  std::string text = wrap("", printable(headline(asked)), 2, width);
  const auto line = [&](const char* first, const std::string& words) {
    if (!words.empty()) text += wrap(first, printable(words), indent, width);
  };
  if (!asked.problem.empty()) return text;
  line("  rule   ", flow.rule.empty() && flow.accepted() ? "none is in its way" : flow.rule);
  line("  owner  ", flow.owner);
  line("  packet ", flow.shut_out() && asked.answer.packet != Answer::Packet::syn
                        ? word_of(asked.answer.packet)
                        : "");
  line(flow.shut_out() ? "  by     " : "  open   ", flow.why);
  line("  may be ", possible_text(asked.answer));
  line("  ssh    ", flow.accepted() ? "" : flow.client);
  line("  note   ", asked.note);
  line("  DO     ", flow.fix);
  if (trace) text += trace_text(asked.trace, width);
  return text;
}

Json or_null(const std::string& text) {
  return text.empty() ? Json{} : Json(engine::encode(text, 400));
}

Json json_of(const Asked& asked, bool trace) {
  const Flow& flow = asked.flow;
  Json json{{"from", flow.source},
            {"to", or_null(flow.destination)},
            {"port", flow.port},
            {"interface", or_null(flow.interface)},
            {"answer", asked.problem.empty() ? word_of(flow.answer) : "unknown"},
            {"usually_accepted", flow.accepted() || flow.usually},
            {"packet", flow.accepted() ? Json{} : Json(word_of(asked.answer.packet))},
            {"client", or_null(flow.accepted() ? "" : flow.client)},
            {"rule", or_null(flow.rule)},
            {"owner", or_null(flow.owner)},
            {"why", or_null(asked.problem.empty() ? flow.why : asked.problem)},
            {"note", or_null(asked.note)},
            {"fix", or_null(flow.fix)}};
  Json possible = Json::array();
  for (const Answer::Possible& one : asked.answer.possible)
    possible.push_back({{"answer", word_of(one.kind)},
                        {"rule", or_null(one.by ? engine::rule_text(*one.by) : std::string{})}});
  json["possible"] = std::move(possible);
  if (!trace) return json;
  Json steps = Json::array();
  for (const auto& step : asked.trace.steps) {
    const bool entered = step.what == firewall::Trace::Step::What::entered;
    const bool fits = step.what == firewall::Trace::Step::What::fits;
    steps.push_back({{"packet", word_of(step.packet)},
                     {"out", step.out},
                     {"what", entered ? "chain"
                              : fits  ? "fits"
                                      : "may fit"},
                     {"table", engine::encode(step.place.table)},
                     {"chain", engine::encode(step.place.chain)},
                     {"rule", or_null(step.place.rule)},
                     {"text", or_null(step.place.text)}});
  }
  json["trace"] = std::move(steps);
  return json;
}

host::FlowEnds ends_of(const std::string& source, const FlowOptions& options) {
  return {.from = host::address_bytes(source),
          .to = host::address_bytes(options.to),
          .interface = options.interface,
          .port = options.port};
}

// A source, and how it comes; Unknown: why it does not.
struct Way {
  std::string source;
  Fact<firewall::Connection> connection;
};

// Of a machine with two interfaces, where nothing has said which one is meant: both.
std::vector<Way> ways_of(const std::vector<std::string>& sources, const FlowOptions& options,
                         const std::vector<host::OwnAddress>& own) {
  std::vector<Way> ways;
  for (const std::string& source : sources) {
    const auto first = host::connection_of(ends_of(source, options), own);
    ways.push_back({source, first});
    if (!first || !options.to.empty() || !options.interface.empty()) continue;
    for (const firewall::Connection& other : host::other_ways(*first, own))
      ways.push_back({source, other});
  }
  return ways;
}

// That they come in by.
std::vector<std::string> interfaces_of(const std::vector<Way>& ways) {
  std::vector<std::string> names;
  for (const Way& way : ways)
    if (way.connection && std::ranges::find(names, way.connection->interface) == names.end())
      names.push_back(way.connection->interface);
  return names;
}

// The packet gets through, and nobody is there.
std::string listener_note(const Answer& answer, const firewall::Connection& connection,
                          bool& nobody) {
  if (answer.kind != Answer::Kind::accepted) return {};
  std::string note;
  if (answer.port != connection.port)
    note = "the port is translated to " + std::to_string(answer.port) + "; ";
  const auto listeners = host::read_listeners({});
  if (!listeners) return note;
  const auto takes = [&](const Listener& one) {
    return one.port == answer.port && one.ipv6 == connection.ipv6 &&
           (one.address == "0.0.0.0" || one.address == "::" ||
            host::address_bytes(one.address) == connection.destination);
  };
  nobody = std::ranges::none_of(*listeners, takes);
  if (nobody)
    note += "nobody listens there: the client is told \"Connection refused\" all the same";
  return note;
}

// The command is for the rules in force. ufw keeps what it is told, and so does systemd.
std::string for_next_boot(const Flow& flow, const std::string& saved_by) {
  constexpr std::string_view firewall_cmd = "firewall-cmd ";
  if (flow.fix.empty() || flow.owner == "ufw" || flow.owner == "systemd") return flow.fix;
  if (flow.fix.starts_with(firewall_cmd))
    return std::string{firewall_cmd} + "--permanent " + flow.fix.substr(firewall_cmd.size());
  return "change what " + saved_by + " loads as this changes the rules in force: " + flow.fix;
}

Asked ask(const Way& way, const FlowOptions& options, const firewall::Ruleset& rules,
          const std::string& saved_by) {
  Asked asked;
  asked.flow.whose = Flow::Whose::configured;
  asked.flow.source = way.source;
  asked.flow.port = options.port;
  asked.flow.answer = Answer::Kind::undecided;
  const auto& connection = way.connection;
  if (!connection) {
    asked.problem = connection.why();
    return asked;
  }
  asked.flow.ipv6 = connection->ipv6;
  asked.flow.destination = host::address_text(connection->destination);
  asked.flow.interface = connection->interface;
  asked.answer = firewall::ask(rules, *connection, options.trace ? &asked.trace : nullptr);
  if (!options.boot) {
    asked.note = listener_note(asked.answer, *connection, asked.nobody);
    host::ask_listeners(asked.answer, *connection, {});
  }
  engine::take_answer(asked.flow, asked.answer, rules);
  if (options.boot)
    asked.flow.fix = for_next_boot(asked.flow, saved_by);
  else
    host::explain_firewalld(asked.flow, asked.answer, rules);
  if (connection->way_back_by_interface == false)
    asked.note += std::string{asked.note.empty() ? "" : "; "} +
                  "the way back is by another interface: reverse-path filtering may drop it";
  return asked;
}

} // namespace

int verify_flow(const FlowOptions& options) {
  const auto sources = flow_sources(options.from);
  if (!sources) return failed("--from: " + sources.why(), exit_usage);
  if (!options.to.empty() && host::address_bytes(options.to).empty())
    return failed("--to: not an address: " + options.to, exit_usage);
  const host::FlowEnds ends = ends_of(sources->front(), options);
  if (!ends.to.empty() && ends.to.size() != ends.from.size())
    return failed("--to: " + options.to + " is of another family than --from " + options.from,
                  exit_usage);
  if (!options.interface.empty() && if_nametoindex(options.interface.c_str()) == 0)
    return failed("--interface: there is no interface " + options.interface, exit_usage);
  if (!is_root()) return needs_root();
  const auto own = host::own_addresses();
  if (!own) return failed(own.why());
  const std::vector<Way> ways = ways_of(*sources, options, *own);

  firewall::Ruleset rules;
  std::string saved_by;
  if (options.boot) {
    const auto saved = host::saved_rules();
    if (!saved) return failed("--boot: " + saved.why());
    rules = saved->rules;
    // What is on an interface is gone by then, a unit's settings are not.
    const auto filters = host::socket_filters();
    if (filters)
      rules.socket_filters = *filters;
    else
      rules.unread.push_back(filters.why());
    saved_by = saved->by;
  } else {
    rules = std::move(host::live_rules().rules);
    const auto why = host::read_beside_rules(rules, interfaces_of(ways));
    if (!why.empty()) rules.unread.push_back(why);
  }
  const std::string by = !options.boot      ? "the rules in force"
                         : saved_by.empty() ? "nothing that the next boot loads"
                                            : "what is saved by " + saved_by;
  int status = exit_ok;
  std::string text;
  Json flows = Json::array();
  for (const Way& way : ways) {
    const Asked asked = ask(way, options, rules, saved_by);
    status = worse(status, status_of(asked));
    if (options.json)
      flows.push_back(json_of(asked, options.trace));
    else
      text += text_of(asked, options.trace, terminal().width);
  }
  Json unread = Json::array();
  for (const std::string& what : rules.unread) {
    unread.push_back(engine::encode(what));
    text += wrap("  not read: ", printable(what), 4, terminal().width);
  }
  if (options.json) {
    const Json all{{"schema", 1}, {"by", by}, {"flows", std::move(flows)}, {"unread", unread}};
    text = all.dump(2, ' ', true, Json::error_handler_t::replace) + "\n";
  } else if (options.boot) {
    text += wrap("", "By " + printable(by) + ".", 2, terminal().width);
  }
  return print(text) ? status : exit_unknown;
}

} // namespace sshguardd::ctl
