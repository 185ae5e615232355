// What the evaluator of firewalls says, for the differential test (tests/lab/flowlab): rules as the
// firewalls' own programs listed them, one connection a line, one answer a line.
//
// flow_answer [nft=FILE] [ip-nft=FILE] [ip6-nft=FILE] [ip-legacy=FILE] [ip6-legacy=FILE]
// <CONNECTIONS
//
// nft: of `nft -j list ruleset`; the others: of iptables-nft-save, ip6tables-nft-save,
// iptables-legacy-save and ip6tables-legacy-save. Lines in and out are JSON.
#include "engine/client_message.hpp"
#include "engine/iptables_tables.hpp"
#include "engine/nft_ruleset.hpp"
#include "engine/packet_walk.hpp"
#include "parse/iptables_save.hpp"
#include "parse/iptables_values.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace {

using namespace sshguardd;
using namespace sshguardd::firewall;
using Json = nlohmann::json;

constexpr std::size_t part = 65'536; // as it comes by a pipe

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path);
  return {std::istreambuf_iterator<char>{file}, {}};
}

Ruleset listed(const std::string& path) {
  std::ifstream file(path);
  engine::NftReader reader;
  std::string text(part, '\0');
  bool good = true;
  while (good && (file.read(text.data(), part) || file.gcount() > 0))
    good = reader.feed(std::string_view{text}.substr(0, static_cast<std::size_t>(file.gcount())));
  auto rules = good ? reader.end() : std::nullopt;
  if (rules) return std::move(*rules);
  // nft 1.0.6 prints stray bytes as the flags of a dormant table; some of them end its listing
  // there, with success.
  Ruleset unread;
  unread.unread.emplace_back("nft -j list ruleset gave no list");
  return unread;
}

// iptables-nft's own tables: nft does not tell what their matches ask.
void take_saved(Ruleset& rules, const std::string& path, Family family) {
  const std::string text = text_of(path);
  const auto not_shown = parse::iptables_not_shown(text);
  for (Table& table : parse::iptables_save(text, family, false)) {
    if (std::ranges::find(not_shown, table.name) != not_shown.end()) continue;
    engine::take_saved(rules, std::move(table));
  }
}

Ruleset rules_of(const std::map<std::string, std::string>& files) {
  Ruleset rules;
  const auto with = [&](const std::string& name, const auto& take) {
    if (const auto file = files.find(name); file != files.end()) take(file->second);
  };
  with("nft", [&](const std::string& path) { rules = listed(path); });
  with("ip-nft", [&](const std::string& path) { take_saved(rules, path, Family::ip); });
  with("ip6-nft", [&](const std::string& path) { take_saved(rules, path, Family::ip6); });
  const auto legacy = [&](const std::string& path, Family family) {
    for (Table& table : parse::iptables_save(text_of(path), family, true))
      rules.tables.push_back(std::move(table));
  };
  with("ip-legacy", [&](const std::string& path) { legacy(path, Family::ip); });
  with("ip6-legacy", [&](const std::string& path) { legacy(path, Family::ip6); });
  return rules;
}

std::string address(const std::string& text) {
  const auto bytes = parse::address_bytes(text, text.find(':') != std::string::npos);
  if (!bytes) throw std::runtime_error("no address: " + text);
  return *bytes;
}

Connection connection_of(const Json& json) {
  Connection one;
  const auto source = json.at("source").get<std::string>();
  one.ipv6 = source.find(':') != std::string::npos;
  one.source = address(source);
  one.destination = address(json.at("destination").get<std::string>());
  one.port = json.at("port").get<std::uint16_t>();
  one.interface = json.value("interface", "");
  for (const auto& own : json.value("local", std::vector<std::string>{}))
    one.local.push_back(address(own));
  if (json.contains("way_back")) one.way_back_by_interface = json.at("way_back").get<bool>();
  if (json.contains("own_address")) one.destination_is_its_own = json.at("own_address").get<bool>();
  one.outgoing = json.value("outgoing", false);
  return one;
}

std::string_view name_of(Answer::Kind kind) {
  static constexpr std::string_view names[] = {"accepted", "rejected", "dropped", "forwarded",
                                               "undecided"};
  return names[static_cast<std::size_t>(kind)];
}

std::string_view name_of(RejectKind kind) {
  static constexpr std::string_view names[] = {"port-unreachable", "tcp-reset",
                                               "host-unreachable", "net-unreachable",
                                               "prot-unreachable", "admin-prohibited",
                                               "host-prohibited",  "net-prohibited",
                                               "policy-fail",      "other"};
  return names[static_cast<std::size_t>(kind)];
}

std::string_view name_of(Answer::Packet packet) {
  static constexpr std::string_view names[] = {"syn", "syn-ack", "ack", "neighbour"};
  return names[static_cast<std::size_t>(packet)];
}

std::string_view name_of(Family family) {
  static constexpr std::string_view names[] = {"ip", "ip6", "inet", "netdev", "bridge", "arp"};
  return names[static_cast<std::size_t>(family)];
}

Json place_told(const std::optional<Place>& place) {
  if (!place) return nullptr;
  std::string words = std::string{name_of(place->family)} + ' ' + place->table + ' ' + place->chain;
  words += place->rule.empty() ? " policy" : " rule " + place->rule + ": " + place->text;
  return place->legacy ? words + " (legacy)" : words;
}

// `messages`: any of them; an empty list: any but sshd's answer.
Json possible_told(const Answer::Possible& what, bool ipv6) {
  Json json{{"kind", name_of(what.kind)},
            {"packet", name_of(what.packet)},
            {"port", what.port},
            {"by", place_told(what.by)},
            {"messages", Json::array()}};
  if (what.kind == Answer::Kind::rejected) json["reject"] = name_of(what.reject);
  // Where nobody can tell what the client is told: all that he may be.
  const auto add = [&](Answer::Possible one) {
    const auto message = client_message(one, ipv6);
    if (!message.empty()) json["messages"].push_back(message);
  };
  if (what.told) {
    add(what);
    return json;
  }
  if (what.kind == Answer::Kind::dropped) return json; // anything but an answer of sshd's
  for (const auto packet : {Answer::Packet::syn, Answer::Packet::ack}) {
    for (const bool gets_out : {true, false}) {
      Answer::Possible one = what;
      one.packet = packet;
      one.told = gets_out;
      add(one);
    }
  }
  return json;
}

Json all_told(const Answer& answer, bool ipv6) {
  Json json{{"kind", name_of(answer.kind)}, {"by", place_told(answer.by)}};
  Json& possible = json["possible"] = Json::array();
  for (const Answer::Possible& one : answer.possible)
    possible.push_back(possible_told(one, ipv6));
  if (answer.kind == Answer::Kind::undecided) {
    json["why"] = answer.why;
    if (answer.usual) json["usual"] = *answer.usual;
    return json;
  }
  possible.push_back(possible_told({.kind = answer.kind,
                                    .reject = answer.reject,
                                    .by = answer.by,
                                    .packet = answer.packet,
                                    .port = answer.port,
                                    .expires_s = answer.expires_s,
                                    .told = answer.told},
                                   ipv6));
  return json;
}

// Of this process's own memory: what it had before execve(2) is not in it.
long peak_kib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stol(line.substr(6));
  }
  return 0;
}

// Of this process: a busy machine does not make it longer.
double processor_s() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

int run(const std::map<std::string, std::string>& files) {
  auto begin = processor_s();
  const Ruleset rules = rules_of(files);
  const double reading = processor_s() - begin;
  double walking = 0;
  std::string line;
  while (std::getline(std::cin, line)) {
    const Json asked = Json::parse(line);
    const Connection connection = connection_of(asked);
    const bool neighbours = asked.value("neighbours", false);
    begin = processor_s();
    const Answer answer = neighbours ? ask(rules, connection) : walk(rules, connection);
    walking += processor_s() - begin;
    std::cout
        << all_told(answer, connection.ipv6).dump(-1, ' ', false, Json::error_handler_t::replace)
        << '\n';
  }
  // What could not be read, and for tests/bench what it took.
  std::cout << Json{{"unread", rules.unread},
                    {"reading_s", reading},
                    {"walking_s", walking},
                    {"peak_kib", peak_kib()}}
                   .dump()
            << '\n';
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  std::map<std::string, std::string> files;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const auto split = word.find('=');
    if (split == std::string::npos) {
      std::fprintf(stderr, "flow_answer: what is %s?\n", argv[i]);
      return 64;
    }
    files[word.substr(0, split)] = word.substr(split + 1);
  }
  try {
    return run(files);
  } catch (const std::exception& failed) {
    std::fprintf(stderr, "flow_answer: %s\n", failed.what());
    return 1;
  }
}
