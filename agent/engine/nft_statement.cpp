#include "engine/nft_statement.hpp"

#include "engine/nft_expression.hpp"
#include "engine/nft_json.hpp"
#include "engine/nft_match.hpp"
#include "engine/nft_text.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace sshguardd::engine {
namespace {

using namespace firewall;
using Json = nlohmann::json;

constexpr std::size_t most_statements = 128;

bool over(const Json& limit) {
  const Json* inv = nft_member(limit, "inv");
  return inv != nullptr && *inv == Json(true);
}

RejectKind reject_kind(std::string_view type, std::string_view what) {
  struct Row {
    std::string_view what;
    RejectKind kind;
  };
  static constexpr Row rows[] = {{"", RejectKind::port_unreachable},
                                 {"port-unreachable", RejectKind::port_unreachable},
                                 {"admin-prohibited", RejectKind::admin_prohibited},
                                 {"host-unreachable", RejectKind::host_unreachable},
                                 {"addr-unreachable", RejectKind::host_unreachable},
                                 {"net-unreachable", RejectKind::net_unreachable},
                                 {"no-route", RejectKind::net_unreachable},
                                 {"prot-unreachable", RejectKind::prot_unreachable},
                                 {"net-prohibited", RejectKind::net_prohibited},
                                 {"host-prohibited", RejectKind::host_prohibited},
                                 {"policy-fail", RejectKind::policy_fail},
                                 {"reject-route", RejectKind::policy_fail}};
  if (type == "tcp reset") return RejectKind::tcp_reset;
  const auto* row = std::ranges::find(rows, what, &Row::what);
  return row == std::end(rows) ? RejectKind::other : row->kind;
}

Verdict reject(const Json& value) {
  Verdict verdict{.kind = Verdict::Kind::reject, .chain = {}, .only = {}};
  const auto type = nft_word(value, "type");
  const Json* what = nft_member(value, "expr");
  verdict.reject = what != nullptr && !what->is_string()
                       ? RejectKind::other
                       : reject_kind(type, nft_word(value, "expr"));
  if (type == "icmp") verdict.only = Family::ip;
  if (type == "icmpv6") verdict.only = Family::ip6;
  return verdict;
}

class Reader {
public:
  explicit Reader(NftTableNames& names) : names_{names} {}

  std::vector<Statement> take() {
    out_.shrink_to_fit(); // there are many of them
    return std::move(out_);
  }
  [[nodiscard]] bool full() const { return out_.size() >= most_statements; }

  void anything(std::string why) { out_.emplace_back(Open{std::move(why), false, true}); }

  void statement(const Json& json) {
    if (!json.is_object() || json.size() != 1) return anything(nft_statement_text(json));
    if (auto verdict = nft_verdict(json)) return say(std::move(*verdict));
    struct Row {
      std::string_view key;
      void (Reader::*read)(const Json& whole, const Json& value);
    };
    static constexpr Row rows[] = {{"match", &Reader::match},
                                   {"vmap", &Reader::vmap},
                                   {"limit", &Reader::limit},
                                   {"ct count", &Reader::limit},
                                   {"quota", &Reader::quota},
                                   {"set", &Reader::feed},
                                   {"map", &Reader::feed},
                                   {"meter", &Reader::meter},
                                   {"mangle", &Reader::mangle},
                                   {"redirect", &Reader::translate},
                                   {"dnat", &Reader::translate},
                                   {"snat", &Reader::source},
                                   {"masquerade", &Reader::source},
                                   {"notrack", &Reader::no_track},
                                   {"xt", &Reader::xt}};
    static constexpr std::string_view harmless[] = {
        "counter", "log",     "ct helper", "ct timeout", "ct expectation",
        "flow",    "comment", "dup",       "last",       "secmark"};
    const std::string& key = json.begin().key();
    if (std::ranges::find(harmless, key) != std::end(harmless)) return;
    const auto* row = std::ranges::find(rows, key, &Row::key);
    if (row == std::end(rows)) return anything(nft_statement_text(json));
    (this->*row->read)(json, json.begin().value());
  }

private:
  void say(Verdict verdict) { out_.emplace_back(std::move(verdict)); }
  void unsure(const Json& whole) { nft_unsure(whole, out_); }
  void need(const std::vector<NftNeed>& needs) { nft_need(needs, out_); }
  void need_all(const NftKey& key) {
    need(key.needs);
    need(key.own);
  }
  void match(const Json& whole, const Json& value) { nft_match(whole, value, out_); }
  void vmap(const Json& whole, const Json& value) { nft_vmap(whole, value, out_); }

  // Also "ct count". Of a named one the table knows which way it goes.
  void limit(const Json& whole, const Json& value) {
    if (value.is_string()) {
      const auto found = names_.limits.find(value.get<std::string>());
      if (found == names_.limits.end()) return unsure(whole);
      out_.emplace_back(Open{nft_statement_text(whole), !found->second, false});
      return;
    }
    if (nft_member(value, "map") != nullptr || !value.is_object()) return unsure(whole);
    out_.emplace_back(Open{nft_statement_text(whole), !over(value), false});
  }

  // What is used up stays so.
  void quota(const Json& whole, const Json&) { unsure(whole); }

  void each_element(const Json& whole, const Json* elem, const Json* stmt) {
    const Json* inner = elem != nullptr ? nft_member(*elem, "elem") : nullptr;
    const Json* val = inner != nullptr ? nft_member(*inner, "val") : elem;
    if (val == nullptr) return anything(nft_statement_text(whole));
    need_all(nft_key(*val));
    if (nft_word(whole.begin().value(), "op") == "delete") return; // it does nothing else
    bool usually = true;
    const auto look = [&](const Json& one) {
      if (!one.is_object() || one.size() != 1) return false;
      const std::string& name = one.begin().key();
      if ((name == "limit" || name == "ct count") && one.begin().value().is_object())
        usually = usually && !over(one.begin().value());
      else if (name != "counter" && name != "last")
        return false;
      return true;
    };
    bool known = true;
    if (stmt != nullptr && stmt->is_array())
      known = std::ranges::all_of(*stmt, look);
    else if (stmt != nullptr)
      known = look(*stmt);
    if (!known) return unsure(whole);
    // A set that is full ends the rule, too.
    out_.emplace_back(Open{nft_statement_text(whole), usually, false});
  }

  void feed(const Json& whole, const Json& value) {
    auto name = nft_word(value, nft_member(value, "map") != nullptr ? "map" : "set");
    if (name.starts_with('@')) name.remove_prefix(1);
    names_.fed.emplace(name);
    each_element(whole, nft_member(value, "elem"), nft_member(value, "stmt"));
  }

  void meter(const Json& whole, const Json& value) {
    each_element(whole, nft_member(value, "key"), nft_member(value, "stmt"));
  }

  // Where the value cannot be had the rule ends: of a map without such an element, of conntrack
  // without an entry, of a packet of another kind.
  void value_needs(const Json& whole, const Json& to) {
    const NftReads reads = nft_reads(to);
    if (to.is_object()) need_all(nft_key(to));
    if (reads.entry) {
      Match entry;
      entry.terms.push_back({Field::ct_mark, {}, {}});
      entry.values.emplace_back().parts.push_back({std::string(4, '\0'), std::string(4, '\xff')});
      out_.emplace_back(std::move(entry));
    }
    if (reads.may_be_none) unsure(whole);
  }

  void mangle(const Json& whole, const Json& value) {
    const Json* key = nft_member(value, "key");
    const Json* to = nft_member(value, "value");
    if (key == nullptr || to == nullptr || !key->is_object() || key->size() != 1)
      return anything(nft_statement_text(whole));
    const std::string& kind = key->begin().key();
    const Json& what = key->begin().value();
    need(nft_key(*key).needs);
    value_needs(whole, *to);
    const auto name = nft_word(what, "key");
    if (name == "mark" && (kind == "meta" || kind == "ct")) return mark(*to, kind == "ct");
    if (kind == "ct" && name == "zone") {
      // Of one direction: the other one's packets are of another.
      const bool plain = to->is_number_unsigned() && *to <= 65535 && !what.contains("dir");
      SetZone zone;
      if (plain) zone.zone = to->get<std::uint16_t>();
      out_.emplace_back(zone);
      return;
    }
    if (kind == "ct" || kind == "tcp option" || kind == "exthdr") return;
    static constexpr std::string_view meta[] = {"priority", "nftrace", "secmark", "rtclassid"};
    static constexpr std::string_view payload[] = {
        "dscp", "ecn", "ttl", "hoplimit", "tos", "flowlabel", "checksum", "window", "id"};
    if (kind == "meta" && std::ranges::find(meta, nft_word(what, "key")) != std::end(meta)) return;
    if (kind == "payload" &&
        std::ranges::find(payload, nft_word(what, "field")) != std::end(payload))
      return;
    anything(nft_statement_text(whole));
  }

  void mark(const Json& to, bool of_connection) {
    SetMark set;
    set.of_connection = of_connection;
    const auto made = nft_mark(to);
    if (made && made->of && *made->of != of_connection) {
      set.copies = true;
      out_.emplace_back(set);
      set.copies = false;
    }
    if (made && made->of && made->keep == 0xffffffff && made->turn == 0) return;
    if (made) {
      set.keep = made->keep;
      set.mark = nft_bytes(NftKind::mark, Json(made->turn));
    }
    out_.emplace_back(std::move(set));
  }

  void translate(const Json& whole, const Json& value) {
    Translate to;
    to.redirect = whole.contains("redirect");
    need_family(value);
    if (!value.is_null() && !value.is_object()) return anything(nft_statement_text(whole));
    if (const Json* port = nft_member(value, "port")) {
      if (!port->is_number_unsigned() || port->get<std::uint64_t>() > 65535)
        return anything(nft_statement_text(whole));
      to.port = port->get<std::uint16_t>();
    }
    if (const Json* addr = nft_member(value, "addr")) {
      const bool six =
          addr->is_string() && addr->get_ref<const std::string&>().find(':') != std::string::npos;
      const auto bytes = nft_bytes(six ? NftKind::ip6 : NftKind::ip, *addr);
      if (!bytes) return anything(nft_statement_text(whole));
      to.address = *bytes;
    }
    const bool nothing = !to.redirect && !to.port && to.address.empty();
    if (nothing) return anything(nft_statement_text(whole));
    out_.emplace_back(std::move(to));
  }

  // Where the packet comes from; it ends the nat chain.
  void source(const Json&, const Json& value) {
    need_family(value);
    out_.emplace_back(Translate{.port = {}, .address = {}, .redirect = false, .source = true});
  }

  // nft_nat_inet_eval(): of the other family it goes on.
  void need_family(const Json& value) {
    const auto family = nft_word(value, "family");
    if (family == "ip") need({{Field::nfproto, 2}});
    if (family == "ip6") need({{Field::nfproto, 10}});
  }

  void no_track(const Json&, const Json&) { out_.emplace_back(NoTrack{}); }

  // Of iptables-nft: the arguments are not in the listing.
  void xt(const Json& whole, const Json& value) {
    names_.compat = true;
    const auto type = nft_word(value, "type");
    const auto name = nft_word(value, "name");
    static constexpr std::string_view targets[] = {"LOG", "NFLOG", "AUDIT", "TRACE"};
    if (type == "match" && name == "comment") return;
    if (type == "match") return unsure(whole);
    if (type == "target" && std::ranges::find(targets, name) != std::end(targets)) return;
    anything(nft_statement_text(whole));
  }

  NftTableNames& names_;
  std::vector<Statement> out_;
};

} // namespace

std::optional<Verdict> nft_verdict(const Json& statement) {
  if (!statement.is_object() || statement.size() != 1) return std::nullopt;
  const std::string& key = statement.begin().key();
  const Json& value = statement.begin().value();
  Verdict verdict;
  if (key == "reject") return reject(value);
  if (key == "accept")
    verdict.kind = Verdict::Kind::accept;
  else if (key == "drop")
    verdict.kind = Verdict::Kind::drop;
  else if (key == "return")
    verdict.kind = Verdict::Kind::back;
  else if (key == "continue")
    verdict.kind = Verdict::Kind::go_on;
  else if (key == "queue")
    verdict.kind = Verdict::Kind::queue;
  else if (key == "jump" || key == "goto") {
    verdict.kind = key == "jump" ? Verdict::Kind::jump : Verdict::Kind::go_to;
    verdict.chain = nft_word(value, "target");
    if (verdict.chain.empty()) return std::nullopt;
  } else {
    return std::nullopt;
  }
  return verdict;
}

std::vector<Statement> nft_statements(const Json& expressions, NftTableNames& names) {
  Reader reader{names};
  if (!expressions.is_array()) reader.anything("a rule that cannot be read");
  for (const Json& one : expressions) {
    if (!expressions.is_array()) break;
    if (reader.full()) {
      reader.anything("more statements");
      break;
    }
    reader.statement(one);
  }
  return reader.take();
}

} // namespace sshguardd::engine
