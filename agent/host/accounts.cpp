#include "host/accounts.hpp"

#include "host/account_look.hpp"
#include "host/clock.hpp"
#include "host/inotify.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include <sys/epoll.h>

namespace sshguardd::host {
namespace {

constexpr auto deadline = std::chrono::seconds{10};
constexpr std::size_t most_output = 4 << 20;
// Whoever writes in his home all day costs no more than this share of the time ...
constexpr int rest = 10;
constexpr auto least_rest = std::chrono::milliseconds{100};
// ... and what no watch tells of (a mount, a limit on watches) is seen after this.
constexpr auto slowly = std::chrono::minutes{15};
constexpr auto slack = std::chrono::seconds{60};

// Accounts and passwords expire when a day begins (UTC).
std::chrono::microseconds until_next_day() {
  const auto wall = host::now().wall;
  return std::chrono::floor<std::chrono::days>(wall) + std::chrono::days{1} - wall;
}

} // namespace

AccountReader::AccountReader(Loop& loop, std::function<void()> on_news)
    : loop_{loop}, on_news_{std::move(on_news)}, inotify_{inotify_init1(IN_NONBLOCK | IN_CLOEXEC)} {
  if (inotify_) events_ = loop.io(inotify_.get(), EPOLLIN, [this](auto) { read_events(); });
}

void AccountReader::consider(const SshdFiles& files, const LoginRules& rules, std::string record) {
  const bool same = known_rules_ && rules_ == rules && record_ == record &&
                    (!rules.conditional || files_.config.fingerprint == files.config.fingerprint);
  if (same) return;
  known_rules_ = true;
  rules_ = rules;
  files_ = files;
  record_ = std::move(record);
  wish();
}

void AccountReader::refresh(std::function<void()> then) {
  if (!known_rules_) return then();
  then_ = std::move(then);
  // One that is under way began before what it is to see.
  child_.reset();
  again_ = false;
  ask();
}

// Now, or when the last pass has been paid for.
void AccountReader::wish() {
  if (child_) {
    again_ = true;
    return;
  }
  const BootTime now = host::now().boot;
  const BootTime due =
      answered_ ? began_ + took_ + std::max<std::chrono::microseconds>(least_rest, took_ * rest)
                : now;
  if (due <= now) return ask();
  if (!due_) due_ = loop_.at(due, [this] { ask(); });
}

void AccountReader::ask() {
  due_.reset();
  AccountQuestion question{
      .rules = rules_, .sshd = {}, .record = record_, .inotify = inotify_.get()};
  question.sshd = files_.argv("-T");
  began_ = now().boot;
  slow_ = loop_.at(
      began_ + std::min<std::chrono::microseconds>(slowly, until_next_day()), [this] { wish(); },
      slack);
  ChildSpec spec{.argv = look_at_accounts_argv(question),
                 .environment = files_.test_environment,
                 .deadline = deadline,
                 .output_limit = most_output,
                 .inherited = inotify_.get()};
  child_ =
      run_child(loop_, std::move(spec), [this](const ChildResult& result) { on_answer(result); });
}

void AccountReader::on_answer(const ChildResult& result) {
  child_.reset();
  took_ = now().boot - began_;
  auto report =
      result.exit_status == 0 ? decode_account_report(result.out) : std::optional<AccountReport>{};
  const std::string text = report ? result.out : std::string{};
  const bool news = !std::exchange(answered_, true) || text != text_ || !report;
  text_ = text;
  if (report) {
    follow(report->watches);
    accounts_ = std::move(report->accounts);
  } else {
    accounts_ =
        Unknown{result.timed_out ? "homes: no answer in 10s"
                                 : "homes: " + (result.error.empty() ? result.err.substr(0, 200)
                                                                     : result.error)};
  }
  if (std::exchange(again_, false)) wish();
  if (const auto then = std::exchange(then_, nullptr)) return then();
  if (news) on_news_();
}

// What is watched no more is let go; the child has added what is new.
void AccountReader::follow(const std::vector<HomeWatch>& watches) {
  std::map<int, std::set<std::string>> wanted;
  for (const HomeWatch& watch : watches)
    wanted[watch.descriptor].insert(watch.name);
  for (const auto& [descriptor, names] : watches_) {
    if (!wanted.contains(descriptor)) inotify_rm_watch(inotify_.get(), descriptor);
  }
  watches_ = std::move(wanted);
}

void AccountReader::read_events() {
  bool matters = false;
  read_inotify(inotify_, [&](const inotify_event& event, const char* name) {
    const auto names = watches_.find(event.wd);
    // Of a watch that the child under way has just added nothing is known here yet.
    if ((event.mask & (IN_Q_OVERFLOW | IN_IGNORED)) != 0 || *name == '\0')
      matters = matters || names != watches_.end() || (event.mask & IN_Q_OVERFLOW) != 0;
    else if (names == watches_.end())
      again_ = again_ || child_ != nullptr;
    else
      matters = matters || names->second.contains(name);
    if ((event.mask & IN_IGNORED) != 0) watches_.erase(event.wd);
  });
  if (matters) wish();
}

} // namespace sshguardd::host
