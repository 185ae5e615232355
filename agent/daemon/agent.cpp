#include "daemon/agent.hpp"

#include "engine/policy.hpp"
#include "engine/probe_schedule.hpp"
#include "host/clock.hpp"
#include "host/ledger_file.hpp"
#include "host/log.hpp"
#include "host/start_pages.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <utility>

#include <unistd.h>

namespace sshguardd::daemon {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Level-triggered: a lost event costs at most this. It also feeds the watchdog (WatchdogSec= is
// three times as long) and keeps the status file valid.
constexpr auto tick_every = seconds{60};
constexpr auto tick_slack = seconds{5};
constexpr unsigned full_look_every = 10; // ticks; the others ask systemd one question only
// A flood of events: so many looks at once, then one each half second.
constexpr double look_burst = 20;
constexpr double looks_per_second = 2;
constexpr auto greet_deadline = seconds{30};

// For sshguardctl to end what it does without an agent. After that the agent watches and tells, but
// heals nothing and keeps nothing until the lock is its own.
constexpr auto lock_patience = seconds{180};
constexpr auto lock_again = milliseconds{500};

std::string healing_text(const Config& config, const Snapshot& snapshot,
                         const engine::Ledger& ledger) {
  if (!config.heal) return "off: [heal] enabled = no";
  if (snapshot.intent && snapshot.intent->disabled_file)
    return "off: /etc/sshguardd/disabled exists";
  if (snapshot.intent && snapshot.intent->cmdline_off)
    return "off: sshguardd.heal=off on the kernel command line";
  const std::string until = engine::paused_until(ledger, snapshot.taken);
  return until.empty() ? "on" : "paused until " + until;
}

} // namespace

Agent::Agent(host::Loop& loop, Config config, std::vector<std::string> config_errors)
    : loop_{loop}, config_{std::move(config)}, self_{.problems = {},
                                                     .config_errors = std::move(config_errors)},
      outlets_{loop, config_}, known_good_{loop}, logins_{loop}, systemd_{host::Systemd::connect(
                                                                     loop,
                                                                     [this] { request_look(); },
                                                                     [this] {
                                                                       known_good_.on_session();
                                                                       logins_.on_session();
                                                                     })},
      look_{loop, *systemd_, self_, [this] { request_look(); }},
      watch_{loop, [this] { request_look(); }}, addresses_{loop,
                                                           [this] {
                                                             look_.network_changed();
                                                             request_look();
                                                           }},
      actions_{loop, *systemd_}, healer_{loop, actions_, config_, ledger_, *this}, control_{loop,
                                                                                            *this} {
  host::start_logging(outlets_.journal(), config_.log_level);
  look_.configure(config_);
}

// Two that heal would undo each other's budgets. Whoever else holds the lock is waited for, not for
// ever: an agent that does not watch is worse.
bool Agent::alone() {
  const bool first = started_ == BootTime{};
  const BootTime now = host::now().boot;
  if (first) started_ = now;
  // Where the lock cannot be made at all, nobody else has it either.
  held_by_another_ = lock_.take() == host::InstanceLock::Answer::held;
  if (!held_by_another_ || now - started_ >= lock_patience) return true;
  if (first) {
    host::log_warning("waiting: " + lock_.problem());
    outlets_.ready();
  }
  lock_later_ = loop_.at(now + lock_again, [this] { start(); });
  return false;
}

// Whoever held it has written the ledger meanwhile.
void Agent::take_over() {
  ledger_ = host::read_ledger();
  save_ledger();
  look_.set_failure_reset(ledger_.failure_reset);
  look_.keep_record(!held_by_another_);
  look_.resume(ledger_);
  if (lock_.mine()) control_.listen();
  if (!held_by_another_) healer_.resume();
}

void Agent::start() {
  if (!alone()) return;
  running_ = true;
  take_over();
  self_.problems = problems();
  self_.journal = outlets_.journal().check();
  look_.set_self(self_);
  for (const std::string& error : self_.config_errors)
    host::log_warning(error);
  for (const std::string& problem : self_.problems)
    host::log_warning("self-test: " + problem);
  started_ = tokens_at_ = host::now().boot;
  look_tokens_ = look_burst;
  begin_look(host::Look::Why::event);
  tick();
}

void Agent::save_ledger() {
  if (!held_by_another_) outlets_.save(ledger_);
}

void Agent::reload(config::Loaded loaded) {
  self_.config_errors = std::move(loaded.errors.lines);
  self_.config_refused = !self_.config_errors.empty();
  for (const std::string& error : self_.config_errors)
    host::log_warning(error);
  if (!self_.config_refused) {
    config_ = std::move(loaded.config);
    restate_ = outlets_.use(config_) || restate_;
    look_.configure(config_);
  }
  host::log_info(self_.config_refused ? "configuration not reloaded: the one before it is in force"
                                      : "configuration reloaded");
  self_.problems = problems();
  look_.set_self(self_);
  // READY=1 comes once a look has seen it, so that a status asked for then is of the new one.
  if (!first_look_) {
    outlets_.reloading();
    reload_ = Reload::read;
  }
  request_look();
}

std::vector<std::string> Agent::problems() const {
  std::vector<std::string> problems = outlets_.problems();
  if (!watch_.problem().empty()) problems.push_back(watch_.problem());
  if (!lock_.mine()) problems.push_back(lock_.problem());
  if (!control_.problem().empty()) problems.push_back(control_.problem());
  if (!known_good_.half_done().empty()) problems.push_back(known_good_.half_done());
  return problems;
}

void Agent::stop() {
  outlets_.stopping();
  if (last_) {
    const auto evaluation = engine::evaluate(*last_, catalog(), config_);
    outlets_.publish(evaluation, {}, *last_, ledger_,
                     {.agent_running = false,
                      .version = SSHGUARDD_VERSION,
                      .healing = "off: sshguardd is stopped",
                      .pid = static_cast<std::uint32_t>(getpid()),
                      .boot_id = ledger_.boot_id,
                      .valid_until = host::now().wall});
  }
  loop_.stop();
}

// ---- looking ----

void Agent::request_look() {
  if (!running_) return; // systemd has news, and another one heals
  if (look_.busy()) {
    look_wanted_ = true;
    return;
  }
  const BootTime now = host::now().boot;
  const double passed = std::chrono::duration<double>(now - tokens_at_).count();
  look_tokens_ = std::min(look_burst, look_tokens_ + passed * looks_per_second);
  tokens_at_ = now;
  if (look_tokens_ < 1) {
    if (!look_later_)
      look_later_ = loop_.at(now + milliseconds{500}, [this] {
        look_later_.reset();
        request_look();
      });
    return;
  }
  look_tokens_ -= 1;
  begin_look(host::Look::Why::event);
}

void Agent::begin_look(host::Look::Why why) {
  look_wanted_ = false;
  if (reload_ == Reload::read) reload_ = Reload::looked_at;
  ++looks_;
  look_.start(why, [this](const std::shared_ptr<const Snapshot>& snapshot) { on_look(snapshot); });
}

void Agent::on_look(const std::shared_ptr<const Snapshot>& snapshot) {
  last_ = snapshot;
  const unsigned long look = looks_; // what follows may begin another one
  if (snapshot->units && snapshot->units->up()) ledger_.failure_reset = false;
  look_.set_failure_reset(ledger_.failure_reset);
  const bool stale = !held_by_another_ && undo_half_done(*snapshot);
  self_.problems = problems();
  self_.journal = outlets_.journal().check();
  look_.set_self(self_);
  if (watch_.set(look_.watched())) look_wanted_ = true;
  // A remedy whose calls never end is no progress.
  if (!healer_.busy() || snapshot->taken.boot - healer_.started() < 2 * remedy::start_deadline)
    outlets_.alive();
  if (!stale) {
    if (healer_.busy())
      healer_.on_look(*snapshot);
    else
      settle(*snapshot);
    if (!held_by_another_ && !healer_.busy()) known_good_.on_look(*snapshot);
    if (!held_by_another_) logins_.on_look(*snapshot);
  }
  answer_checks(*snapshot, look);
  if (std::exchange(first_look_, false)) {
    outlets_.ready();
    host::release_start_pages();
  }
  if (reload_ == Reload::looked_at) {
    outlets_.ready();
    reload_ = Reload::none;
  }
  if (look_wanted_ && !look_.busy()) request_look();
}

// Files that were exchanged half way prove nothing, and sshd is not to be started with them. true:
// they have been put back, so that the look is not of what is there now.
bool Agent::undo_half_done(const Snapshot& snapshot) {
  using HalfDone = KnownGoodKeeper::HalfDone;
  const auto found = known_good_.recover(
      snapshot, engine::may_recover(snapshot, config_, ledger_, snapshot.taken.boot));
  if (found == HalfDone::none) return false;
  healer_.interrupted(found == HalfDone::undone ? "it was killed half way, and has been undone"
                                                : "it was killed half way, and is not undone yet");
  if (found == HalfDone::left) return false;
  look_wanted_ = true;
  return true;
}

void Agent::tick() {
  tick_ = loop_.at(
      host::now().boot + tick_every, [this] { tick(); }, tick_slack);
  if (!lock_.mine() && lock_.take() == host::InstanceLock::Answer::taken) {
    held_by_another_ = false;
    take_over();
  }
  if (look_.busy() || !last_) return;
  begin_look(++ticks_ % full_look_every == 0 ? host::Look::Why::event
                                             : host::Look::Why::slow_timer);
}

void Agent::look(host::Look::Why why) {
  if (why == host::Look::Why::before_acting) return begin_look(why);
  request_look();
}

void Agent::look_at(std::optional<BootTime> time) {
  if (!time) return look_due_.reset();
  look_due_ = loop_.at(*time, [this] {
    look_due_.reset();
    request_look();
  });
}

// ---- deciding and telling ----

engine::RemedyStates Agent::decide(const engine::Evaluation& evaluation, const Snapshot& snapshot,
                                   const Finding*& chosen) const {
  using Phase = engine::RemedyState::Phase;
  engine::RemedyStates states;
  for (const Finding& finding : evaluation.findings) {
    if (!finding.remedy) continue;
    engine::Decision decision =
        held_by_another_ ? engine::Decision{engine::Hold::off, lock_.problem(), {}}
                         : engine::decide(finding, snapshot, config_, ledger_, snapshot.taken.boot);
    const bool apply = decision.hold == engine::Hold::none && chosen == nullptr;
    if (apply) chosen = &finding;
    states[engine::remedy_key(finding)] = {apply ? Phase::applying : Phase::withheld,
                                           std::move(decision)};
  }
  return states;
}

engine::Line Agent::resumed(engine::State state, const Snapshot& snapshot, bool by_person) {
  ledger_.paused_until.reset();
  return engine::resume_healing(ledger_, state, healing_text(config_, snapshot, ledger_),
                                by_person);
}

engine::StatusContext Agent::context(const Snapshot& snapshot) const {
  return {.agent_running = true,
          .version = SSHGUARDD_VERSION,
          .healing = healing_text(config_, snapshot, ledger_),
          .pid = static_cast<std::uint32_t>(getpid()),
          .boot_id = ledger_.boot_id,
          .valid_until = snapshot.taken.wall + 2 * tick_every + tick_slack};
}

void Agent::tell(const std::vector<engine::Line>& lines, const Snapshot& snapshot) {
  outlets_.tell(lines, ledger_, snapshot);
  control_.tell(lines, snapshot);
}

// What the looks so far say of the budgets is a fact like any other: the checks tell it.
engine::Evaluation Agent::evaluate(Snapshot& snapshot) {
  snapshot.self = self_;
  auto evaluation = engine::evaluate(snapshot, catalog(), config_);
  engine::observe(ledger_, evaluation, snapshot);
  engine::Held held = engine::held(evaluation, snapshot, config_, ledger_);
  if (held.frozen == self_.frozen && held.fights == self_.fights) return evaluation;
  self_.frozen = std::move(held.frozen);
  self_.fights = std::move(held.fights);
  look_.set_self(self_);
  snapshot.self = self_;
  return engine::evaluate(snapshot, catalog(), config_);
}

void Agent::settle(const Snapshot& looked) {
  Snapshot snapshot = looked;
  const auto evaluation = evaluate(snapshot);
  std::vector<engine::Line> lines;
  if (ledger_.paused_until && *ledger_.paused_until <= snapshot.taken.boot)
    lines.push_back(resumed(evaluation.state, snapshot, false));
  const Finding* chosen = nullptr;
  const auto remedies = decide(evaluation, snapshot, chosen);
  std::ranges::move(engine::follow(ledger_, evaluation, remedies, snapshot),
                    std::back_inserter(lines));
  engine::stand(ledger_, evaluation, snapshot, lines);
  greet(evaluation, snapshot, lines);
  if (std::exchange(restate_, false) && greeted_ && lines.empty())
    lines = engine::standing_lines(ledger_, evaluation, snapshot);
  if (tell_host_keys_ && snapshot.host_keys && !snapshot.host_keys->asking) {
    tell_host_keys_ = false;
    std::ranges::move(engine::host_key_lines(ledger_, evaluation.state, snapshot),
                      std::back_inserter(lines));
  }
  // The report before the lines: who reads one on the console and asks for the other sees the same.
  outlets_.publish(evaluation, remedies, snapshot, ledger_, context(snapshot));
  tell(lines, snapshot);
  save_ledger();

  std::optional<BootTime> due;
  const auto sooner = [&due](BootTime time) { due = due ? std::min(*due, time) : time; };
  for (const auto& [id, state] : remedies) {
    if (state.decision.retry_at) sooner(*state.decision.retry_at);
  }
  for (const Finding& finding : evaluation.findings) {
    // An acceptance that ends is no event; its time is one of the wall clock, which may be set: the
    // slow timer sees to that.
    if (finding.accepted && finding.accepted->until)
      sooner(snapshot.taken.boot + (*finding.accepted->until - snapshot.taken.wall));
    const auto settling = ledger_.settling.find(engine::remedy_key(finding));
    if (settling != ledger_.settling.end() &&
        settling->second + finding.settle > snapshot.taken.boot)
      sooner(settling->second + finding.settle);
  }
  if (ledger_.tell_at) sooner(*ledger_.tell_at);
  if (ledger_.paused_until) sooner(*ledger_.paused_until);
  look_at(due);
  if (chosen != nullptr) healer_.begin({.id = std::string{chosen->id}, .subject = chosen->subject});
}

// The first line, once something can be said: early in a boot the bus does not answer yet, or sshd
// is still to come.
void Agent::greet(const engine::Evaluation& evaluation, const Snapshot& snapshot,
                  std::vector<engine::Line>& lines) {
  if (greeted_) return;
  const bool early =
      (evaluation.blind() && evaluation.state != engine::State::critical) ||
      (evaluation.state == engine::State::ok && config_.sshd_expected && !snapshot.units->up()) ||
      // sshd that is reloaded in this very moment does not listen.
      evaluation.state != engine::told_state(ledger_, evaluation) || snapshot.probing ||
      (snapshot.host_keys && snapshot.host_keys->asking);
  if (early && snapshot.taken.boot - started_ < greet_deadline) return;
  greeted_ = true;
  if (!ledger_.summarized) {
    identity_ = std::make_unique<host::IdentityReader>(
        loop_, snapshot, [this](const engine::Identity& identity) { summarize(identity); });
  } else if (lines.empty() && ledger_.episodes.empty()) {
    lines.push_back(engine::alive_line(ledger_, evaluation, snapshot));
    engine::note_told(ledger_, snapshot.taken.boot);
  }
}

// Once per boot, and only now: what is wrong was told before anything was waited for.
void Agent::summarize(const engine::Identity& identity) {
  identity_.reset();
  Snapshot snapshot = *last_;
  snapshot.self = self_; // with what was found of the budgets since
  const auto evaluation = engine::evaluate(snapshot, catalog(), config_);
  tell(engine::summary(ledger_, evaluation, snapshot, identity), snapshot);
  ledger_.summarized = true;
  engine::note_told(ledger_, last_->taken.boot);
  save_ledger();
}

} // namespace sshguardd::daemon
