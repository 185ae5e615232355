#include "daemon/outlets.hpp"

#include "engine/encode.hpp"
#include "host/files.hpp"
#include "host/log.hpp"

#include <chrono>
#include <cstdint>

#include <systemd/sd-daemon.h>

namespace sshguardd::daemon {
namespace {

constexpr const char* ledger_path = "/run/sshguardd/ledger.json";
constexpr const char* status_path = "/run/sshguardd/status.json";

// MESSAGE_IDs of the journal's entries (sshguardd(8)); they never change.
constexpr std::string_view id_opened = "5f1cd8a0b3e24c77a6d5c1f0e94b7a11";
constexpr std::string_view id_changed = "0c6f2b8e7d1f4a53b9e8447d2a90c312";
constexpr std::string_view id_ended = "b7a3e9d45c0e4f1f8b62d7a1935fe8c4";
constexpr std::string_view id_alive = "e2d94f6a71b84d0c9c3a5be08f17d625";
constexpr std::string_view id_heal = "9a48c3f1260d4be7854ef7d20b6ca936";

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
  }
  return id_alive;
}

int priority(const engine::Line& line) {
  if (line.kind == engine::Line::Kind::ended || line.kind == engine::Line::Kind::alive) return 5;
  return line.state == engine::State::critical ? 2 : 4;
}

std::string device(const Config& config) {
  if (config.console == "none") return {};
  return config.console == "auto" ? host::find_console() : config.console;
}

std::string trimmed(std::string text) {
  while (!text.empty() && text.back() == '\n')
    text.pop_back();
  return text;
}

} // namespace

Outlets::Outlets(host::Loop& loop, const Config& config) : loop_{loop} {
  console_.emplace(loop_, device(config));
  const auto boot_id = host::read_proc("/proc/sys/kernel/random/boot_id");
  boot_id_ = boot_id ? trimmed(*boot_id) : "";
}

std::vector<std::string> Outlets::problems() const {
  std::vector<std::string> problems;
  if (!console_->problem().empty()) problems.push_back(console_->problem());
  if (!write_problem_.empty()) problems.push_back(write_problem_);
  return problems;
}

engine::Ledger Outlets::load_ledger() const {
  const auto text = host::read_file(ledger_path);
  return engine::ledger_from_json(text ? *text : "", boot_id_);
}

void Outlets::save(const engine::Ledger& ledger) {
  std::string text = engine::to_json(ledger);
  if (text == saved_) return;
  const auto problem = host::write_atomic(ledger_path, text, 0600);
  if (!problem) saved_ = std::move(text);
  if (problem && write_problem_ != *problem) host::log_warning(*problem);
  write_problem_ = problem.value_or("");
}

void Outlets::tell(const std::vector<engine::Line>& lines, const engine::Ledger& ledger,
                   const Snapshot& snapshot) {
  for (const engine::Line& line : lines) {
    const std::string text = engine::console_line(line, ledger, snapshot);
    console_->print(text);
    std::vector<host::Journal::Field> fields = {
        {"MESSAGE", engine::encode(line.sentence, 2000)},
        {"MESSAGE_ID", std::string{message_id(line.kind)}},
        {"SSHGUARDD_STATE", std::string{engine::to_string(line.state)}},
        {"SSHGUARDD_SEQ", std::to_string(line.seq)},
        {"SSHGUARDD_OPEN", std::to_string(line.open)}};
    if (!line.id.empty()) fields.emplace_back("SSHGUARDD_ID", line.id);
    if (!line.subject.empty())
      fields.emplace_back("SSHGUARDD_SUBJECT", engine::encode(line.subject, 500));
    if (line.about) fields.emplace_back("SSHGUARDD_ABOUT", std::to_string(*line.about));
    if (line.ends) fields.emplace_back("SSHGUARDD_ENDS", std::to_string(*line.ends));
    if (!line.by.empty()) fields.emplace_back("SSHGUARDD_BY", line.by);
    journal_.send(priority(line), fields);
    sd_notify(0, ("STATUS=" + engine::encode(line.sentence, 200)).c_str());
  }
}

void Outlets::tell_heal(const engine::Heal& heal) {
  journal_.send(heal.outcome == "still-broken" ? 4 : 5,
                {{"MESSAGE", engine::encode("remedy " + heal.remedy + " for " + heal.id + " on " +
                                            heal.subject + ": " + heal.outcome + " (before: " +
                                            heal.before + "; after: " + heal.after + ")")},
                 {"MESSAGE_ID", std::string{id_heal}},
                 {"SSHGUARDD_ID", heal.id},
                 {"SSHGUARDD_SUBJECT", engine::encode(heal.subject)},
                 {"SSHGUARDD_REMEDY", heal.remedy},
                 {"SSHGUARDD_OUTCOME", heal.outcome},
                 {"SSHGUARDD_TOOK_MS", std::to_string(heal.took_ms)}});
}

void Outlets::publish(const engine::Evaluation& evaluation, const engine::RemedyStates& remedies,
                      const Snapshot& snapshot, const engine::Ledger& ledger,
                      const engine::StatusContext& context) {
  const auto problem = host::write_atomic(
      status_path, engine::status_json(evaluation, remedies, snapshot, ledger, context), 0640,
      "adm");
  if (problem && write_problem_ != *problem) host::log_warning(*problem);
  write_problem_ = problem.value_or("");
}

void Outlets::use(const Config& config) {
  host::set_log_level(config.log_level);
  // The same device keeps its queue.
  if (const std::string path = device(config); path != console_->device())
    console_.emplace(loop_, path);
}

// sd_notify(3): the time tells which reload it is.
void Outlets::reloading() {
  const std::int64_t time = std::chrono::duration_cast<std::chrono::microseconds>(
                                std::chrono::steady_clock::now().time_since_epoch())
                                .count();
  sd_notify(0, ("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(time)).c_str());
}
void Outlets::ready() {
  sd_notify(0, "READY=1");
}
void Outlets::alive() {
  sd_notify(0, "WATCHDOG=1");
}
void Outlets::stopping() {
  sd_notify(0, "STOPPING=1");
}

} // namespace sshguardd::daemon
