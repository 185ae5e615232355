#include "host/auth_log.hpp"

#include "host/clock.hpp"
#include "host/files.hpp"
#include "parse/auth_log.hpp"
#include "parse/journal_export.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>
#include <map>
#include <utility>
#include <vector>

namespace sshguardd::host {
namespace {

// sshd has said by then what becomes of most connections.
constexpr auto settled = std::chrono::milliseconds{500};
// A person types a password, sshd waits (LoginGraceTime): so long after a connection it is asked
// again whether sshd did anything.
constexpr std::array<std::chrono::seconds, 4> again_after{
    std::chrono::seconds{3}, std::chrono::seconds{10}, std::chrono::seconds{30},
    std::chrono::seconds{60}};
// While lines come all the time: a journalctl so often at most.
constexpr auto apart = std::chrono::seconds{20};
constexpr double burst = 6;
constexpr auto slack = std::chrono::milliseconds{100};
constexpr auto deadline = std::chrono::seconds{5};
// fail2ban reads the same lines, and needs a moment for its rule. A ban that stands is asked for
// again.
constexpr auto bans_after = std::chrono::seconds{3};
constexpr auto bans_again = std::chrono::seconds{30};
// Of a flood the newest lines; some 500.
constexpr std::size_t most_output = 256 * 1024;
// About twice as many as fit in there: a flood is not read to its end.
constexpr const char* most_lines = "--lines=2000";

// Of units that serve one connection each (Accept=yes).
constexpr const char* instances = "/system.slice/system-ssh.slice";

std::string processor_time(const std::string& group) {
  for (const char* root : {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}) {
    const auto text = read_proc(root + group + "/cpu.stat");
    if (text) return text->substr(0, text->find('\n')); // "usage_usec 123"
  }
  return {};
}

// Control groups of the first version tell no such number: whether anything was logged at all.
std::string journal_written() {
  const auto id = read_file("/etc/machine-id", 64);
  if (!id) return {};
  std::string written;
  for (const char* root : {"/var/log/journal/", "/run/log/journal/"}) {
    struct stat status {};
    const std::string file = root + id->substr(0, id->find('\n')) + "/system.journal";
    if (stat(file.c_str(), &status) == 0)
      written += std::to_string(status.st_mtim.tv_sec) + "." +
                 std::to_string(status.st_mtim.tv_nsec) + " ";
  }
  return written;
}

// For --since=, which takes microseconds.
std::string timestamp(std::int64_t us) {
  const std::string fraction = std::to_string(us % 1'000'000);
  return "@" + std::to_string(us / 1'000'000) + "." + std::string(6 - fraction.size(), '0') +
         fraction;
}

} // namespace

AuthLogReader::AuthLogReader(Loop& loop, std::function<void()> on_news)
    : loop_{loop}, on_news_{std::move(on_news)}, knocks_{loop, [this] { on_knock(); }},
      fail2ban_{loop, [this](const auto& bans) { on_bans("fail2ban", bans); }},
      set_bans_{loop, [this](const auto& found) { on_set_bans(found); }}, tokens_{burst} {}

std::string AuthLogReader::activity() const {
  std::string used = processor_time(instances);
  if (group_.empty()) return used;
  const std::string own = processor_time(group_);
  return used + own + (own.empty() ? journal_written() : "");
}

void AuthLogReader::consider(const SshUnits& units, std::string program) {
  if (!units.service.control_group.empty()) group_ = units.service.control_group;
  program_ = std::move(program);
  if (child_ || due_) return;
  knocks_.await(program_);
  if (!asked_)
    ask();
  else if (activity() != activity_)
    read_at(now().boot + settled);
}

void AuthLogReader::on_knock() {
  knocked_ = now().boot;
  if (!child_) read_at(knocked_ + settled); // sooner than for an earlier one
}

void AuthLogReader::read_at(BootTime time) {
  due_ = loop_.at(
      time,
      [this] {
        due_.reset();
        read_on();
      },
      slack);
}

// The next connection is waited for only now: until here one more would be no news.
void AuthLogReader::read_on() {
  const BootTime now = host::now().boot;
  tokens_ = std::min(burst, tokens_ + std::chrono::duration<double>(now - tokens_at_) / apart);
  tokens_at_ = now;
  if (tokens_ < 1) return read_at(now + apart);
  knocks_.await(program_);
  if (activity() == activity_) return follow_connection();
  tokens_ -= 1;
  ask();
}

void AuthLogReader::follow_connection() {
  const BootTime now = host::now().boot;
  for (const auto after : again_after) {
    if (knocked_ == BootTime{} || knocked_ + after <= now) continue;
    return read_at(knocked_ + after);
  }
}

void AuthLogReader::ask() {
  asked_ = true;
  activity_ = activity();
  const Now now = host::now();
  const auto window_us = std::chrono::microseconds{engine::AuthHistory::window}.count();
  const std::int64_t now_us = now.wall.time_since_epoch().count();
  const std::int64_t since =
      read_until_us_ == 0 ? now_us - window_us : std::min(read_until_us_, now_us);
  // The newest first, of which there may be more than are wanted.
  ChildSpec spec{.argv = {"/usr/bin/journalctl", "--boot", "--no-pager", "--quiet", "--reverse",
                          "--output=export", most_lines,
                          "--output-fields=MESSAGE,_PID,_UID,_EXE,_SYSTEMD_CGROUP",
                          "--since=" + timestamp(std::max<std::int64_t>(since, 0)), "_UID=0",
                          "SYSLOG_IDENTIFIER=sshd", "SYSLOG_IDENTIFIER=sshd-session",
                          "SYSLOG_IDENTIFIER=sshd-auth"},
                 .deadline = deadline,
                 .output_limit = most_output};
  child_ =
      run_child(loop_, std::move(spec), [this](const ChildResult& result) { on_answer(result); });
}

void AuthLogReader::on_answer(const ChildResult& result) {
  child_.reset();
  const bool first = !std::exchange(answered_, true);
  const auto wall = now().wall;
  const AuthLog before = history_.summary(wall);
  const auto uses = history_.key_uses();
  const bool read = result.exit_status == 0;
  problem_ = read ? "" : "journalctl gave no answer";
  if (read)
    take(result.out);
  else
    activity_.clear(); // again at the next look
  if (!history_.known_sources_that_failed().empty()) ask_for_bans(now().boot + bans_after);
  if (read && !due_) {
    if (activity() == activity_)
      follow_connection();
    else
      read_at(now().boot + settled); // sshd went on while the child read
  }
  // A key that nobody had come with before is news, another login with it is none.
  const bool new_key = std::ranges::any_of(
      history_.key_uses(), [&uses](const auto& use) { return !uses.contains(use.first); });
  if (first || new_key || history_.summary(wall) != before || history_.refusals() != refusals_)
    on_news_();
}

void AuthLogReader::ask_for_bans(BootTime due) {
  bans_due_ = loop_.at(
      due,
      [this] {
        bans_due_.reset();
        fail2ban_.ask();
        auto sources = history_.banned_sources();
        std::ranges::move(history_.known_sources_that_failed(), std::back_inserter(sources));
        set_bans_.ask(sources);
      },
      slack);
}

void AuthLogReader::on_bans(const std::string& by, const std::vector<parse::JailBan>& bans) {
  const auto wall = now().wall;
  const AuthLog before = history_.summary(wall);
  history_.set_banned(by, bans);
  if (!history_.banned_sources().empty()) ask_for_bans(now().boot + bans_again);
  if (history_.summary(wall) != before) on_news_();
}

void AuthLogReader::on_set_bans(const std::vector<SetBans::Found>& found) {
  std::map<std::string, std::vector<parse::JailBan>> bans{{"SSHGuard", {}}, {"crowdsec", {}}};
  for (const SetBans::Found& one : found)
    bans[one.by].push_back({"", one.address});
  for (const auto& [by, list] : bans)
    on_bans(by, list);
}

void AuthLogReader::take(const std::string& text) {
  std::vector<parse::JournalEntry> entries = parse::journal_entries(text);
  if (!cursor_.empty()) {
    const auto known = std::ranges::find(entries, cursor_, &parse::JournalEntry::cursor);
    entries.erase(known, entries.end());
  }
  if (entries.empty()) return;
  cursor_ = entries.front().cursor;
  read_until_us_ = entries.front().realtime_us;
  std::ranges::reverse(entries);
  for (const parse::JournalEntry& entry : entries) {
    if (!parse::is_from_sshd(entry, group_)) continue;
    const auto line = parse::auth_line(entry.message);
    if (line)
      history_.add(*line, entry.pid, WallTime{std::chrono::microseconds{entry.realtime_us}});
  }
}

Fact<AuthLog> AuthLogReader::summary(WallTime now) {
  if (!answered_) return Unknown{"not read yet"};
  if (!problem_.empty()) return Unknown{problem_};
  return history_.summary(now);
}

bool AuthLogReader::new_refusals() {
  return std::exchange(refusals_, history_.refusals()) != history_.refusals();
}

} // namespace sshguardd::host
