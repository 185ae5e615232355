// sshguardctl access: would sshd let this account in, from there, with that key; and what is in the
// way.
#include "ctl/commands.hpp"
#include "ctl/peer.hpp"
#include "ctl/run_to_end.hpp"
#include "ctl/source.hpp"
#include "ctl/text.hpp"
#include "engine/encode.hpp"
#include "host/access_look.hpp"
#include "host/child.hpp"
#include "host/files.hpp"
#include "host/routes.hpp"
#include "host/sshd_files.hpp"
#include "parse/authorized_keys.hpp"
#include "parse/certificate.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <optional>
#include <string_view>
#include <utility>

namespace sshguardd::ctl {
namespace {

using Json = nlohmann::ordered_json;

constexpr auto deadline = std::chrono::seconds{45}; // those it asks have theirs, 5 s each
constexpr std::size_t most_output = 8 << 20;
constexpr std::size_t most_key_file = 64 << 10;

int failed(const std::string& why, int status = exit_unknown) {
  std::fprintf(stderr, "sshguardctl: %s\n", engine::encode(why).c_str());
  return status;
}

// The first line of a -cert.pub file, where it is one.
std::string certificate_line(std::string_view text) {
  const std::size_t type = text.find_first_of(" \t");
  if (type == std::string_view::npos || !parse::is_certificate(text.substr(0, type))) return {};
  const std::size_t data = std::min(text.find_first_not_of(" \t", type), text.size());
  const std::string_view base64 = text.substr(data, text.find_first_of(" \t\r\n", data) - data);
  return std::string{text.substr(0, type)} + " " + std::string{base64};
}

// The public key or certificate that a file holds; of a private key the file beside it.
Fact<std::string> public_key(const std::string& path) {
  auto text = host::read_file(path, most_key_file);
  if (!text) return Unknown{text.why()};
  if (text->find("PRIVATE KEY-----") != std::string::npos) {
    text = host::read_file(path + ".pub", most_key_file);
    if (!text)
      return Unknown{path + " is a private key, and there is no " + path +
                     ".pub; ssh-keygen -y -f prints the public one"};
  }
  std::string found = certificate_line(*text);
  if (!found.empty()) {
    const std::size_t blank = found.find(' ');
    const auto read = parse::certificate(found.substr(0, blank), found.substr(blank + 1));
    return read ? Fact<std::string>{found} : Unknown{path + " holds no certificate: " + read.why()};
  }
  (void)parse::authorized_keys(*text, [&](std::uint32_t, const parse::KeyLine& key) {
    if (found.empty()) found = std::string{key.type} + " " + std::string{key.base64};
  });
  if (found.empty()) return Unknown{path + " holds no public key"};
  return found;
}

Fact<std::string> ask(const host::AccessQuestion& question,
                      const std::vector<std::string>& environment) {
  host::Loop loop;
  Fact<std::string> answer =
      Unknown{"no answer in time: a home may be on a file system that hangs"};
  std::unique_ptr<host::Child> child;
  (void)run_to_end(loop, deadline, [&](const std::function<void()>& end) {
    host::ChildSpec spec{.argv = host::access_argv(question),
                         .environment = environment,
                         .deadline = deadline,
                         .output_limit = most_output};
    child = host::run_child(loop, std::move(spec), [&, end](const host::ChildResult& result) {
      if (result.exit_status == 0)
        answer = result.out;
      else if (!result.timed_out)
        answer = Unknown{result.error.empty() ? result.err : result.error};
      end();
    });
  });
  return answer;
}

std::string text_of(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? printable(found->get<std::string>()) : "";
}

const char* mark(const std::string& result) {
  if (result == "passed") return "  ok  ";
  if (result == "failed") return "  NO  ";
  return result == "note" ? "  -   " : "  ?   ";
}

std::string headline(const Json& json) {
  const std::string from = text_of(json, "from");
  const std::string who = text_of(json, "user") + (from.empty() ? "" : " from " + from);
  const std::string answer = text_of(json, "answer");
  const std::string by = text_of(json, "by");
  const std::string blocked = text_of(json, "blocked_by");
  if (answer == "in")
    return who + " gets in" + (by.empty() ? "" : " by " + by) + ", as far as this machine tells.";
  if (answer == "out")
    return who + " does NOT get in." +
           (blocked.empty() ? "" : " In the way first: " + blocked + ".");
  return "Whether " + who + " gets in is not known." +
         (blocked.empty() ? "" : " Nobody could tell: " + blocked + ".");
}

std::string steps_text(const Json& json, std::size_t width) {
  constexpr std::size_t indent = 21;
  std::string text = wrap("", headline(json), 2, width);
  for (const Json& step : json.value("steps", Json::array())) {
    std::string first = mark(text_of(step, "result")) + text_of(step, "step");
    first.resize(std::max(indent, first.size() + 1), ' ');
    text += wrap(first, text_of(step, "says"), indent, width);
    for (const Json& fix : step.value("fix", Json::array())) {
      if (fix.is_string())
        text += wrap(std::string(indent, ' ') + "DO: ", printable(fix.get<std::string>()),
                     indent + 4, width);
    }
  }
  return text;
}

// What the answer depends on where no address was given.
std::string depends_of(const Json& json) {
  std::string all;
  for (const Json& one : json.value("depends_on_address", Json::array())) {
    if (one.is_string()) all += (all.empty() ? "" : ", ") + printable(one.get<std::string>());
  }
  return all.empty() ? all : "; otherwise perhaps from some addresses: " + all;
}

// What the first step says that keeps it out or is not known.
std::string why_of(const Json& json) {
  const std::string blocked = text_of(json, "blocked_by");
  for (const Json& step : json.value("steps", Json::array())) {
    if (text_of(step, "step") != blocked) continue;
    const std::string result = text_of(step, "result");
    if (result == "failed" || result == "unknown") return blocked + ": " + text_of(step, "says");
  }
  return text_of(json, "by");
}

std::string table(const std::vector<Json>& answers, std::size_t width) {
  constexpr std::size_t longest = 24;
  std::size_t name = 7;
  for (const Json& one : answers)
    name = std::max(name, std::min(longest, text_of(one, "user").size()));
  std::string text;
  const auto line = [&](std::string user, const std::string& login, const std::string& why) {
    user.resize(std::max(name, user.size()), ' ');
    std::string first = user + "  " + login;
    first.resize(first.size() + 7 - login.size(), ' ');
    text += wrap(first, why, name + 9, width);
  };
  line("ACCOUNT", "LOGIN", "BY, OR WHAT IS IN THE WAY");
  for (const Json& one : answers) {
    const std::string answer = text_of(one, "answer");
    line(text_of(one, "user"),
         answer == "in"    ? "yes"
         : answer == "out" ? "NO"
                           : "?",
         why_of(one) + depends_of(one));
  }
  return text;
}

int status_of(const std::vector<Json>& answers) {
  const auto any = [&](const char* answer) {
    return std::ranges::any_of(answers,
                               [&](const Json& one) { return text_of(one, "answer") == answer; });
  };
  return any("in") ? exit_ok : any("unknown") ? exit_unknown : exit_critical;
}

// What a client is refused for now, the cause first; nullptr: nothing is known to.
const Finding* why_refused(const engine::Evaluation& evaluation) {
  const auto found = std::ranges::find_if(evaluation.findings, [](const Finding& one) {
    return one.when == When::now && one.sees == Sees::refused && one.severity != Severity::info;
  });
  return found == evaluation.findings.end() ? nullptr : &*found;
}

std::string json_text(const Json& json) {
  return json.dump(2, ' ', true, Json::error_handler_t::replace) + "\n";
}

} // namespace

int access(const AccessOptions& options) {
  host::AccessQuestion question{.user = options.user};
  if (options.all == !options.user.empty())
    return failed("access: name one account, or say --all; see sshguardctl access --help",
                  exit_usage);
  if (!options.from.empty()) {
    // As sshd names the client: IPv4 also where it came as ::ffff:192.0.2.1.
    question.from = host::address_text(host::address_bytes(options.from));
    if (question.from.empty()) return failed("--from: not an address: " + options.from, exit_usage);
  }
  if (!is_root()) return needs_root();
  if (!options.key.empty()) {
    const auto key = public_key(options.key);
    if (!key) return failed("--key: " + key.why(), exit_usage);
    question.key = *key;
  }
  const Look seen = look();
  const auto files = seen.snapshot.units
                         ? host::read_sshd_files(seen.snapshot.units->service)
                         : Fact<host::SshdFiles>{Unknown{seen.snapshot.units.why()}};
  question.sshd = files ? files->argv("-T") : std::vector<std::string>{"/usr/sbin/sshd", "-T"};
  if (const auto& probe = seen.snapshot.probe) {
    question.sshd_asked = true;
    question.sshd_alive = probe->alive;
    question.sshd_said = probe->said;
  } else if (const Finding* refusal = why_refused(seen.evaluation)) {
    // Nobody knocks where it is known to be down.
    question.sshd_asked = true;
    question.sshd_said = refusal->summary;
    if (!refusal->fix.empty()) question.sshd_fix = refusal->fix.front();
  }
  question.match_by_client = seen.snapshot.effective && seen.snapshot.effective->login.by_client;
  const auto answer = ask(question, files ? files->test_environment : std::vector<std::string>{});
  if (!answer) return failed("access: " + answer.why());
  std::vector<Json> answers;
  for (std::string_view rest = *answer; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    Json json = Json::parse(line, nullptr, false);
    if (!json.is_object()) return failed("access: its own answer is not readable");
    answers.push_back(std::move(json));
  }
  const std::size_t width = terminal().width;
  std::string text;
  if (options.all && options.json)
    text = json_text({{"schema", 1}, {"accounts", answers}});
  else if (options.all)
    text = table(answers, width);
  else if (!answers.empty())
    text = options.json ? json_text(answers.front()) : steps_text(answers.front(), width);
  return print(text) ? status_of(answers) : exit_unknown;
}

} // namespace sshguardd::ctl
