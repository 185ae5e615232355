#include "engine/nft_text.hpp"

#include "engine/nft_json.hpp"

#include <algorithm>
#include <string_view>

namespace sshguardd::engine {
namespace {

using Json = nlohmann::json;

class Text {
public:
  void expression(const Json& json, int depth = 0) {
    if (full() || depth > deepest) return more();
    if (json.is_string()) return say(json.get_ref<const std::string&>());
    if (json.is_number_integer()) return say(json.dump());
    if (json.is_boolean()) return say(json.get<bool>() ? "exists" : "missing");
    if (json.is_array()) return list(json, ",", depth);
    if (!json.is_object() || json.size() != 1) return more();
    const auto one = json.begin();
    node(one.key(), one.value(), depth);
  }

  void statement(const Json& json) {
    if (full()) return;
    if (json.is_string()) return say(json.get_ref<const std::string&>());
    if (!json.is_object() || json.size() != 1) return more();
    const std::string& key = json.begin().key();
    const Json& value = json.begin().value();
    if (key == "match") return match(value);
    if (key == "vmap") return two(value, "key", " vmap ", "data");
    if (key == "jump" || key == "goto") return named(key, value, "target");
    if (key == "reject") return reject(value);
    if (key == "limit" || key == "quota" || key == "ct count") return limit(key, value);
    if (key == "redirect" || key == "dnat" || key == "snat" || key == "tproxy")
      return translate(key, value);
    if (key == "mangle") return two(value, "key", " set ", "value");
    if (key == "set") return set(value);
    if (key == "meter") return meter(value);
    if (key == "xt") return xt(value);
    if (key == "log") return log(value);
    if (value.is_null()) return say(key); // accept, drop, return, notrack, ...
    say(key);
    if (value.is_string()) {
      say(" ");
      say(value.get_ref<const std::string&>());
    }
  }

  [[nodiscard]] bool full() const { return text_.size() >= nft_longest_text; }
  void say(std::string_view words) { text_ += words.substr(0, nft_longest_text); }
  void space() {
    if (!text_.empty()) say(" ");
  }
  std::string take() {
    // A statement of several lines, as nft leaves it in words.
    const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20; };
    std::ranges::replace_if(text_, control, ' ');
    const auto twice = [](char one, char other) { return one == ' ' && other == ' '; };
    text_.erase(std::unique(text_.begin(), text_.end(), twice), text_.end());
    if (!full()) return std::move(text_);
    std::size_t end = nft_longest_text - 3;
    while (end > 0 && (static_cast<unsigned char>(text_[end]) & 0xc0U) == 0x80)
      --end; // not through a letter
    text_.resize(end);
    return std::move(text_) + "...";
  }

private:
  static constexpr int deepest = 8;

  void more() { say("..."); }

  void list(const Json& json, std::string_view between, int depth) {
    bool first = true;
    for (const Json& one : json) {
      if (full()) return;
      if (!first) say(between);
      first = false;
      expression(one, depth + 1);
    }
  }

  void node(const std::string& key, const Json& value, int depth) {
    if (key == "payload") return payload(value);
    if (key == "meta") return meta(nft_word(value, "key"));
    if (key == "ct") return ct(value);
    if (key == "fib") return fib(value, depth);
    if (key == "concat") return list(value, " . ", depth);
    if (key == "prefix") return two(value, "addr", "/", "len");
    if (key == "range") return list(value, "-", depth);
    if (key == "&" || key == "|" || key == "^" || key == "<<" || key == ">>")
      return list(value, " " + key + " ", depth);
    if (key == "elem" && value.is_object())
      return expression(value.value("val", Json{}), depth + 1);
    if (key == "map") return two(value, "key", " map ", "data");
    if (key != "set") return other(key, value);
    say("{ ");
    for (bool first = true; const Json& one : value) {
      if (full()) return;
      if (!first) say(", ");
      first = false;
      if (one.is_array() && one.size() == 2)
        element(one, depth);
      else
        expression(one, depth + 1);
    }
    say(" }");
  }

  void element(const Json& pair, int depth) {
    expression(pair[0], depth + 1);
    say(" : ");
    const bool verdict =
        pair[1].is_object() && pair[1].size() == 1 &&
        (pair[1].begin().value().is_null() || pair[1].contains("jump") || pair[1].contains("goto"));
    if (verdict)
      statement(pair[1]);
    else
      expression(pair[1], depth + 1);
  }

  // "exthdr frag", "tcp option maxseg size", "socket transparent", "numgen", ...
  void other(const std::string& key, const Json& value) {
    say(key);
    for (const char* name : {"name", "key", "mode", "field"}) {
      if (const auto text = nft_word(value, name); !text.empty()) {
        say(" ");
        say(text);
      }
    }
  }

  void payload(const Json& value) {
    const auto protocol = nft_word(value, "protocol");
    if (protocol.empty()) return say("payload");
    say(protocol);
    say(" ");
    say(nft_word(value, "field"));
  }

  void meta(std::string_view key) {
    static constexpr std::string_view bare[] = {"iif", "iifname", "oif", "oifname"};
    if (std::ranges::find(bare, key) == std::end(bare)) say("meta ");
    say(key);
  }

  void ct(const Json& value) {
    say("ct ");
    if (const auto dir = nft_word(value, "dir"); !dir.empty()) {
      say(dir);
      say(" ");
    }
    say(nft_word(value, "key"));
  }

  void fib(const Json& value, int depth) {
    say("fib ");
    if (const Json* flags = nft_member(value, "flags")) {
      if (flags->is_array())
        list(*flags, " . ", depth);
      else
        expression(*flags, depth + 1);
    }
    say(" ");
    say(nft_word(value, "result"));
  }

  // nft leaves == out, but where `tcp flags syn` is "any of", or a mask comes before it.
  void match(const Json& value) {
    const auto op = nft_word(value, "op");
    const Json* left = nft_member(value, "left");
    const Json* right = nft_member(value, "right");
    if (left == nullptr || right == nullptr) return more();
    expression(*left);
    say(" ");
    const bool masked = left->is_object() && left->contains("&");
    const Json* payload = nft_member(*left, "payload");
    const bool flags = payload != nullptr && nft_word(*payload, "field") == "flags";
    if (op != "in" && (op != "==" || masked || (flags && !right->is_object()))) {
      say(op);
      say(" ");
    }
    expression(*right);
  }

  void two(const Json& value, const char* first, std::string_view between, const char* second) {
    if (const Json* one = nft_member(value, first)) expression(*one, 1);
    say(between);
    if (const Json* one = nft_member(value, second)) expression(*one, 1);
  }

  void named(std::string_view key, const Json& value, const char* name) {
    say(key);
    say(" ");
    say(nft_word(value, name));
  }

  void reject(const Json& value) {
    say("reject");
    const auto type = nft_word(value, "type");
    if (type.empty()) return;
    say(" with ");
    say(type);
    if (const auto what = nft_word(value, "expr"); !what.empty()) {
      say(" ");
      say(what);
    }
  }

  void limit(std::string_view key, const Json& value) {
    say(key);
    say(" ");
    if (value.is_string()) return two(Json{{"name", value}}, "none", "name ", "name");
    if (const Json* map = nft_member(value, "map")) {
      say("name ");
      return two(*map, "key", " map ", "data");
    }
    const Json* inv = nft_member(value, "inv");
    if (key == "limit") say("rate ");
    if (inv != nullptr && *inv == Json(true)) say("over ");
    if (const Json* rate = nft_member(value, key == "limit" ? "rate" : "val")) expression(*rate);
    if (const auto unit = nft_word(value, key == "limit" ? "rate_unit" : "val_unit");
        !unit.empty()) {
      say(" ");
      say(unit);
    }
    if (const auto per = nft_word(value, "per"); !per.empty()) {
      say("/");
      say(per);
    }
  }

  void translate(std::string_view key, const Json& value) {
    say(key);
    const Json* addr = nft_member(value, "addr");
    const Json* port = nft_member(value, "port");
    if (addr == nullptr && port == nullptr) return;
    say(" to ");
    const bool six = addr != nullptr && addr->is_string() && port != nullptr &&
                     addr->get_ref<const std::string&>().find(':') != std::string::npos;
    if (six) say("[");
    if (addr != nullptr) expression(*addr, 1);
    if (six) say("]");
    if (port == nullptr) return;
    say(":");
    expression(*port, 1);
  }

  void set(const Json& value) {
    say(nft_word(value, "op"));
    say(" ");
    say(nft_word(value, "set"));
    say(" { ");
    if (const Json* elem = nft_member(value, "elem")) expression(*elem, 1);
    inside(value, "stmt");
    say(" }");
  }

  void meter(const Json& value) {
    named("meter", value, "name");
    say(" { ");
    if (const Json* key = nft_member(value, "key")) expression(*key, 1);
    inside(value, "stmt");
    say(" }");
  }

  void inside(const Json& value, const char* name) {
    const Json* found = nft_member(value, name);
    if (found == nullptr) return;
    const Json* one = found->is_array() && !found->empty() ? &(*found)[0] : found;
    if (!one->is_object() || !(one->contains("limit") || one->contains("ct count"))) return;
    say(" ");
    statement(*one);
  }

  void xt(const Json& value) {
    say("xt ");
    say(nft_word(value, "type"));
    say(" ");
    say(nft_word(value, "name"));
  }

  void log(const Json& value) {
    say("log");
    const auto prefix = nft_word(value, "prefix");
    if (prefix.empty()) return;
    say(" prefix \"");
    say(prefix);
    say("\"");
  }

  std::string text_;
};

} // namespace

std::string nft_rule_text(const Json& statements) {
  Text text;
  for (const Json& one : statements) {
    if (text.full()) break;
    if (one.is_object() && one.contains("counter")) continue;
    text.space();
    text.statement(one);
  }
  return text.take();
}

std::string nft_statement_text(const Json& statement) {
  Text text;
  text.statement(statement);
  return text.take();
}

std::string nft_expression_text(const Json& expression) {
  Text text;
  text.expression(expression);
  return text.take();
}

} // namespace sshguardd::engine
