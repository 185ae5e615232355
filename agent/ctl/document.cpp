#include "ctl/document.hpp"

#include "ctl/text.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <chrono>
#include <cstdint>

namespace sshguardd::ctl {
namespace {

using Json = nlohmann::ordered_json;

// Reads members and remembers the first that is not as the schema has it.
class Reader {
public:
  [[nodiscard]] const std::string& wrong() const { return wrong_; }

  const Json& at(const Json& object, const char* name) {
    static const Json null;
    const auto found = object.is_object() ? object.find(name) : object.end();
    if (object.is_object() && found != object.end()) return *found;
    complain(name, "is missing");
    return null;
  }

  std::string text(const Json& object, const char* name) {
    const Json& value = at(object, name);
    if (value.is_string()) return printable(value.get<std::string>());
    complain(name, "is not a text");
    return {};
  }

  std::string text_or_null(const Json& object, const char* name) {
    return at(object, name).is_null() ? std::string{} : text(object, name);
  }

  bool flag(const Json& object, const char* name) {
    const Json& value = at(object, name);
    if (value.is_boolean()) return value.get<bool>();
    complain(name, "is neither true nor false");
    return false;
  }

  std::int64_t number(const Json& object, const char* name) {
    const Json& value = at(object, name);
    if (value.is_number_integer() && (value.is_number_unsigned() ? value.get<std::uint64_t>() <= max
                                                                 : value.get<std::int64_t>() >= 0))
      return value.get<std::int64_t>();
    complain(name, "is not a number in its range");
    return 0;
  }

  // Null and a missing list are not the same: the first is nobody could look.
  template <class Visit> void each(const Json& object, const char* name, Visit visit) {
    const Json& list = at(object, name);
    if (!list.is_array()) complain(name, "is not a list");
    if (!list.is_array()) return;
    for (const Json& one : list)
      visit(one);
  }

  std::string text_of(const Json& value, const char* name) {
    if (value.is_string()) return printable(value.get<std::string>());
    complain(name, "holds something else than a text");
    return {};
  }

  void complain(const char* name, const char* what) {
    if (wrong_.empty()) wrong_ = std::string{"\""} + name + "\" " + what;
  }

private:
  static constexpr std::uint64_t max = std::uint64_t{1} << 53U; // beyond it JSON is not exact
  std::string wrong_;
};

Document::Remedy read_remedy(Reader& reader, const Json& json) {
  Document::Remedy remedy;
  remedy.kind = reader.text_or_null(json, "kind");
  remedy.remedy_class = reader.text_or_null(json, "class");
  remedy.state = reader.text(json, "state");
  remedy.why = reader.text_or_null(json, "why");
  remedy.retry_at = reader.text_or_null(json, "retry_at");
  return remedy;
}

Document::Finding read_finding(Reader& reader, const Json& json) {
  Document::Finding finding;
  finding.id = reader.text(json, "id");
  finding.subject = reader.text(json, "subject");
  finding.severity = reader.text(json, "severity");
  finding.when = reader.text(json, "when");
  finding.headline = reader.text(json, "headline");
  finding.summary = reader.text(json, "summary");
  finding.next = reader.text_or_null(json, "next");
  reader.each(json, "evidence", [&](const Json& one) {
    finding.evidence.emplace_back(reader.text(one, "what"), reader.text(one, "value"));
  });
  finding.root = reader.flag(json, "root");
  finding.caused_by = reader.text_or_null(json, "caused_by");
  finding.since = reader.text_or_null(json, "since");
  if (const Json& accepted = reader.at(json, "accepted"); !accepted.is_null()) {
    finding.accepted = true;
    finding.accepted_until = reader.text_or_null(accepted, "until");
    finding.accepted_reason = reader.text(accepted, "reason");
  }
  finding.remedy = read_remedy(reader, reader.at(json, "remedy"));
  reader.each(json, "fix",
              [&](const Json& one) { finding.fix.push_back(reader.text_of(one, "fix")); });
  return finding;
}

Document::Heal read_heal(Reader& reader, const Json& json) {
  Document::Heal heal;
  heal.time = reader.text(json, "time");
  heal.id = reader.text(json, "id");
  heal.subject = reader.text(json, "subject");
  heal.remedy = reader.text(json, "remedy");
  heal.before = reader.text(json, "before");
  heal.after = reader.text(json, "after");
  heal.outcome = reader.text(json, "outcome");
  heal.took_ms = reader.number(json, "took_ms");
  return heal;
}

engine::State read_state(Reader& reader, const Json& json) {
  constexpr std::array states{engine::State::ok, engine::State::warning, engine::State::critical,
                              engine::State::unknown};
  const std::string name = reader.text(json, "state");
  for (const engine::State state : states) {
    if (engine::to_string(state) == name) return state;
  }
  reader.complain("state", "is none of ok, warning, critical, unknown");
  return engine::State::unknown;
}

void read_agent(Reader& reader, const Json& json, Document& document) {
  document.agent_running = reader.flag(json, "running");
  document.version = reader.text(json, "version");
  document.healing = reader.text(json, "healing");
  document.boot_id = reader.text_or_null(json, "boot_id");
  document.valid_until = reader.text_or_null(json, "valid_until");
  if (!reader.at(json, "pid").is_null()) document.pid = reader.number(json, "pid");
}

Document read_document(Reader& reader, const Json& json) {
  Document document;
  read_agent(reader, reader.at(json, "agent"), document);
  document.host = reader.text(json, "host");
  document.time = reader.text(json, "time");
  document.state = read_state(reader, json);
  document.client_message = reader.text_or_null(reader.at(json, "client_sees"), "message");
  if (const Json& probe = reader.at(json, "probe"); !probe.is_null())
    document.answers = reader.flag(probe, "alive");
  // An agent of an older version does not say it.
  if (json.contains("sshd_expected")) document.sshd_expected = reader.flag(json, "sshd_expected");
  // An agent from before an update has none.
  if (const auto keys = json.find("host_keys"); keys != json.end() && !keys->is_null())
    reader.each(json, "host_keys", [&](const Json& one) {
      document.host_keys.push_back(reader.text(one, "type") + " " +
                                   reader.text(one, "fingerprint") +
                                   (one.contains("unproven") ? " (by its .pub alone)" : ""));
    });
  if (!reader.at(json, "listeners").is_null())
    reader.each(json, "listeners", [&](const Json& one) {
      document.listeners.push_back(reader.text_of(one, "listeners"));
    });
  reader.each(json, "findings",
              [&](const Json& one) { document.findings.push_back(read_finding(reader, one)); });
  reader.each(json, "unknown", [&](const Json& one) {
    document.unknown.push_back({reader.text(one, "id"), reader.text(one, "why")});
  });
  if (json.contains("incomplete"))
    reader.each(json, "incomplete", [&](const Json& one) {
      document.incomplete.push_back(reader.text_of(one, "incomplete"));
    });
  reader.each(json, "heals",
              [&](const Json& one) { document.heals.push_back(read_heal(reader, one)); });
  return document;
}

} // namespace

Fact<Document> parse_document(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) return Unknown{"not JSON"};
  Reader reader;
  const std::int64_t schema = reader.number(json, "schema");
  if (schema != 1 && reader.wrong().empty())
    return Unknown{"schema " + std::to_string(schema) + ", this sshguardctl reads 1"};
  Document document = read_document(reader, json);
  if (!reader.wrong().empty()) return Unknown{reader.wrong()};
  document.json = json.dump(2, ' ', true, Json::error_handler_t::replace) + "\n";
  return document;
}

std::optional<std::string> why_stale(const Document& document, bool pid_alive, WallTime now) {
  if (!document.agent_running || document.pid == 0) return "was written without an agent";
  if (!pid_alive)
    return "was written by process " + std::to_string(document.pid) + ", which is gone";
  const std::optional<WallTime> until = parse_rfc3339(document.valid_until);
  if (!until) return "does not say until when it is valid";
  if (*until < now) return "was valid only until " + document.valid_until;
  return std::nullopt;
}

std::optional<WallTime> parse_rfc3339(std::string_view text) {
  using namespace std::chrono;
  constexpr std::string_view shape = "dddd-dd-ddTdd:dd:ddZ";
  if (text.size() != shape.size()) return std::nullopt;
  for (std::size_t at = 0; at < shape.size(); ++at) {
    const bool digit = text[at] >= '0' && text[at] <= '9';
    if (shape[at] == 'd' ? !digit : text[at] != shape[at]) return std::nullopt;
  }
  const auto number = [&](std::size_t at, std::size_t size) {
    int value = 0;
    for (const char c : text.substr(at, size))
      value = value * 10 + (c - '0');
    return value;
  };
  const year_month_day date{year{number(0, 4)}, month{static_cast<unsigned>(number(5, 2))},
                            day{static_cast<unsigned>(number(8, 2))}};
  if (!date.ok() || number(11, 2) > 23 || number(14, 2) > 59 || number(17, 2) > 60)
    return std::nullopt;
  return sys_days{date} + hours{number(11, 2)} + minutes{number(14, 2)} + seconds{number(17, 2)};
}

} // namespace sshguardd::ctl
