#include "daemon/outlets.hpp"

#include "engine/encode.hpp"
#include "host/files.hpp"
#include "host/ledger_file.hpp"
#include "host/log.hpp"
#include "host/notify.hpp"
#include "host/report_heal.hpp"

#include <utility>

namespace sshguardd::daemon {
namespace {

constexpr const char* issue_directory = "/run/issue.d"; // agetty(8)
constexpr const char* issue_path = "/run/issue.d/sshguardd.issue";
constexpr const char* status_path = "/run/sshguardd/status.json";

// MESSAGE_IDs of the journal's entries (sshguardd(8)); they never change.
constexpr std::string_view id_opened = "5f1cd8a0b3e24c77a6d5c1f0e94b7a11";
constexpr std::string_view id_changed = "0c6f2b8e7d1f4a53b9e8447d2a90c312";
constexpr std::string_view id_ended = "b7a3e9d45c0e4f1f8b62d7a1935fe8c4";
constexpr std::string_view id_alive = "e2d94f6a71b84d0c9c3a5be08f17d625";
constexpr std::string_view id_repeated = "d6c8ec41897641eabc3fad7c0daf5734";
constexpr std::string_view id_blind = "3cb23882923240b0868dc17153bf51d2";
constexpr std::string_view id_sighted = "279890caccfe49b49c57f63be3f1d941";
constexpr std::string_view id_summary = "661837800c894b74bf2aa682ea6de241";
constexpr std::string_view id_pause = "4ad0c2f5e1b34e5c9d27b86a0f13e9d4";

std::string_view message_id(engine::Line::Kind kind) {
  switch (kind) {
  case engine::Line::Kind::opened:
    return id_opened;
  case engine::Line::Kind::changed:
    return id_changed;
  case engine::Line::Kind::ended:
    return id_ended;
  case engine::Line::Kind::alive:
    return id_alive;
  case engine::Line::Kind::repeated:
    return id_repeated;
  case engine::Line::Kind::blind:
    return id_blind;
  case engine::Line::Kind::sighted:
    return id_sighted;
  case engine::Line::Kind::summary:
    return id_summary;
  case engine::Line::Kind::paused:
  case engine::Line::Kind::resumed:
    return id_pause;
  }
  return id_alive;
}

int priority(const engine::Line& line) {
  using Kind = engine::Line::Kind;
  if (line.kind == Kind::ended || line.kind == Kind::alive || line.kind == Kind::sighted ||
      line.kind == Kind::resumed)
    return 5;
  if (line.kind == Kind::summary) return 6;
  return line.state == engine::State::critical ? 2 : 4;
}

std::string device(const Config& config) {
  if (config.console == "none") return {};
  return config.console == "auto" ? host::find_console() : config.console;
}

void note_problem(std::string& noted, const std::optional<std::string>& problem) {
  if (problem && noted != *problem) host::log_warning(*problem);
  noted = problem.value_or("");
}

} // namespace

Outlets::Outlets(host::Loop& loop, const Config& config)
    : console_{loop, device(config), config.console_rate} {}

std::vector<std::string> Outlets::problems() const {
  std::vector<std::string> problems;
  for (const std::string& problem : {console_.problem(), save_problem_, status_problem_}) {
    if (!problem.empty()) problems.push_back(problem);
  }
  return problems;
}

void Outlets::save(const engine::Ledger& ledger) {
  std::string text = engine::to_json(ledger);
  if (text == saved_) return;
  const auto problem = host::write_ledger(text);
  if (!problem) saved_ = std::move(text);
  note_problem(save_problem_, problem);
}

void Outlets::tell(const std::vector<engine::Line>& lines, const engine::Ledger& ledger,
                   const Snapshot& snapshot) {
  for (const engine::Line& line : lines) {
    console_.print(engine::console_entry(line, ledger, snapshot));
    std::vector<host::Journal::Field> fields{{"MESSAGE_ID", std::string{message_id(line.kind)}}};
    for (auto& [name, value] : engine::journal_fields(line))
      fields.emplace_back(name, std::move(value));
    journal_.send(priority(line), fields);
    if (line.kind != engine::Line::Kind::summary)
      host::notify("STATUS=" + engine::encode(line.sentence, 200));
  }
}

void Outlets::tell_heal(const engine::Heal& heal) {
  host::report_heal(journal_, heal);
}

void Outlets::publish(const engine::Evaluation& evaluation, const engine::RemedyStates& remedies,
                      const Snapshot& snapshot, const engine::Ledger& ledger,
                      const engine::StatusContext& context) {
  document_ = engine::status_json(evaluation, remedies, snapshot, ledger, context);
  note_problem(status_problem_, host::write_atomic(status_path, document_, 0640, "adm"));
  write_issue(context.agent_running ? engine::issue_text(evaluation, ledger, snapshot) : "");
}

// Where it cannot be written nobody is locked out, and the console has it all.
void Outlets::write_issue(std::string text) {
  if (text == issue_) return;
  if (text.empty())
    host::remove_file(issue_path);
  else if (!host::make_directory(issue_directory, 0755) ||
           host::write_atomic(issue_path, text, 0644))
    return; // it is tried again with the next look
  issue_ = std::move(text);
}

bool Outlets::use(const Config& config) {
  host::set_log_level(config.log_level);
  std::string path = device(config);
  const bool other = path != console_.device();
  console_.use(std::move(path), config.console_rate);
  return other && !console_.device().empty();
}

void Outlets::reloading() {
  host::notify_reloading();
}
// What PID 1 does not take while it is stopped is told again with the next look.
void Outlets::ready() {
  ready_ = host::notify("READY=1") ? Ready::told : Ready::to_be_told;
}
void Outlets::alive() {
  if (ready_ == Ready::to_be_told) ready();
  host::notify("WATCHDOG=1");
}
void Outlets::stopping() {
  host::notify("STOPPING=1");
}

} // namespace sshguardd::daemon
