#include "host/logs.hpp"

#include "host/files.hpp"
#include "host/log_look.hpp"
#include "parse/systemctl_show.hpp"

#include <chrono>
#include <utility>

namespace sshguardd::host {
namespace {

// Logs grow slowly; what fills a disk fast is told by the disk.
constexpr auto again = std::chrono::hours{1};
constexpr auto again_soon = std::chrono::minutes{10}; // they are large, or nobody could look
constexpr auto patience = std::chrono::seconds{10};
constexpr auto systemd_patience = std::chrono::seconds{5};

std::string configuration() {
  std::string text;
  for (const char* path : {"/etc/systemd/journald.conf", "/etc/systemd/journald.conf.d",
                           "/run/systemd/journald.conf.d", "/run/systemd/journal/flushed"})
    text += identity_of(path) + " ";
  return text;
}

// What may change soon: something is large, or could not be looked at.
bool unsettled(const Logs& logs, const JournalLines& lines) {
  return !logs.journal || !logs.plain || logs.plain->large() ||
         logs.journal->bytes >= lines.warning_bytes;
}

// A property of one unit; empty where it is not told.
std::string property(const std::string& text, std::string_view unit, std::string_view name) {
  for (const auto& shown : parse::shown_properties_of(text)) {
    const auto id = shown.find("Id");
    const auto value = shown.find(name);
    if (id != shown.end() && id->second == unit && value != shown.end()) return value->second;
  }
  return {};
}

} // namespace

LogsReader::LogsReader(Loop& loop, std::function<void()> on_news)
    : loop_{loop}, on_news_{std::move(on_news)}, logs_{Unknown{"logs: not looked at yet"}} {}

void LogsReader::configure(const Config& config) {
  lines_ = {.warning = config.journal_warning, .warning_bytes = config.journal_warning_bytes};
  expire();
}

void LogsReader::consider(BootTime now) {
  if (child_) return;
  std::string conf = configuration();
  // Files of it that go are seen at once: that is what the remedy is judged by.
  if (logs_ && logs_->journal && logs_->journal->bytes >= logs_->journal->line())
    conf += identity_of(logs_->journal->removable.path) + " ";
  const bool soon = !logs_ || unsettled(*logs_, lines_);
  const bool due = !asked_ || now - *asked_ >= (soon ? BootClock::duration{again_soon}
                                                     : BootClock::duration{again});
  if (!due && conf == configuration_) return;
  asked_ = now;
  configuration_ = std::move(conf);
  ChildSpec spec{.argv = look_at_logs_argv(), .environment = {}, .deadline = patience};
  child_ =
      run_child(loop_, std::move(spec), [this](const ChildResult& result) { on_logs(result); });
}

void LogsReader::on_logs(const ChildResult& result) {
  child_.reset();
  if (result.exit_status != 0) {
    // A directory of logs that does not answer is somebody else's trouble: what was known is kept.
    return keep(logs_ ? logs_
                      : Unknown{result.timed_out ? "logs: no answer in time" : "logs: no answer"});
  }
  const auto logs = decode_logs(result.out);
  if (!logs) return keep(logs);
  if (!logs->plain || !logs->plain->large() || !logs->rotation.installed) return take(*logs);
  // systemd loads a unit to tell of it; here there is a reason to ask.
  ChildSpec spec{.argv = {"/usr/bin/systemctl", "show", "--no-pager",
                          "--property=Id,LoadState,UnitFileState,ActiveState,Result",
                          "logrotate.timer", "logrotate.service"},
                 .environment = {},
                 .deadline = systemd_patience};
  child_ = run_child(loop_, std::move(spec),
                     [this, logs = *logs](const ChildResult& units) { on_units(logs, units); });
}

void LogsReader::on_units(Logs logs, const ChildResult& result) {
  child_.reset();
  if (result.exit_status == 0) {
    const std::string load = property(result.out, "logrotate.timer", "LoadState");
    const std::string state = property(result.out, "logrotate.timer", "UnitFileState");
    Rotation& rotation = logs.rotation;
    if (!load.empty()) rotation.timer = load != "not-found";
    rotation.timer_active = property(result.out, "logrotate.timer", "ActiveState") == "active";
    rotation.timer_state = load == "masked" ? load : state;
    if (property(result.out, "logrotate.service", "LoadState") == "loaded")
      rotation.service_result = property(result.out, "logrotate.service", "Result");
  }
  take(std::move(logs));
}

// The first answer is waited for, whatever it is.
void LogsReader::keep(Fact<Logs> logs) {
  const bool news = !std::exchange(answered_, true) || logs_.known() != logs.known();
  logs_ = std::move(logs);
  if (news) on_news_();
}

void LogsReader::take(Logs logs) {
  if (logs.journal) {
    Journal journal = *logs.journal;
    journal.lines = lines_;
    logs.journal = journal;
  }
  const Rotation& rotation = logs.rotation;
  // Sizes move all the time; the checks keep numbers out of what is told.
  std::string answer = encode(logs) + (rotation.timer ? *rotation.timer ? "1" : "0" : "-") +
                       (rotation.timer_active ? "1" : "0") + rotation.timer_state + " " +
                       rotation.service_result;
  const bool news = !logs_ || answer != answer_;
  answer_ = std::move(answer);
  answered_ = true;
  logs_ = std::move(logs);
  if (news) on_news_();
}

} // namespace sshguardd::host
