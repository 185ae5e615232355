// The agent's methods without the agent: the same gate, ledger and executor, under the lock that it
// would hold.
#include "ctl/peer.hpp"
#include "engine/control.hpp"
#include "engine/evaluate.hpp"
#include "engine/probe_schedule.hpp"
#include "host/actions.hpp"
#include "host/clock.hpp"
#include "host/config_files.hpp"
#include "host/instance_lock.hpp"
#include "host/ledger_file.hpp"
#include "host/report_heal.hpp"
#include "remedy/healer.hpp"

#include <chrono>
#include <cstdio>
#include <functional>
#include <optional>
#include <utility>

#include <unistd.h>

namespace sshguardd::ctl {
namespace {

using engine::varlink::Answer;

// Two probes that get no answer; what they would have said is unknown after that.
constexpr auto look_deadline = std::chrono::seconds{25};
constexpr auto deadline = std::chrono::seconds{140}; // that, and a heal

// What lasts from call to call.
struct Home {
  host::InstanceLock lock;
  Config config;
  engine::Ledger ledger;
  bool read_only = false;

  void save() {
    if (read_only) return;
    if (const auto problem = host::write_ledger(engine::to_json(ledger)))
      std::fprintf(stderr, "sshguardctl: %s\n", problem->c_str());
  }
};

// One call, on a loop of its own.
class Run final : public engine::Control, public remedy::Healer::Owner {
public:
  explicit Run(Home& home) : home_{home} {}

  Fact<Answer> call(const std::string& frame) {
    const auto session =
        std::make_shared<engine::Session>(*this, asker(), [this] { loop_.stop(); });
    session->receive(frame);
    const auto timeout = loop_.at(host::now().boot + deadline, [this] { loop_.stop(); });
    if (session->output().empty()) loop_.run();
    if (session->output().empty()) return Unknown{"no answer in time"};
    std::string_view text = session->output();
    text.remove_suffix(1); // the NUL byte
    return engine::varlink::parse_answer(text);
  }

private:
  // Only what looks needs systemd.
  void open() {
    systemd_ = host::Systemd::connect(loop_, [this] { late(); });
    look_ = std::make_unique<host::Look>(loop_, *systemd_, SelfTest{}, [this] { late(); });
    look_->set_failure_reset(home_.ledger.failure_reset);
    look_->configure(home_.config);
    actions_ = std::make_unique<host::Actions>(loop_, *systemd_);
    healer_ = std::make_unique<remedy::Healer>(loop_, *actions_, home_.config, home_.ledger, *this);
  }

  void on_look(const Snapshot& snapshot) {
    if (snapshot.units && snapshot.units->up()) home_.ledger.failure_reset = false;
    look_->set_failure_reset(home_.ledger.failure_reset);
    if (healer_->busy())
      healer_->on_look(snapshot);
    else if (seen_ && (!look_->pending() || snapshot.taken.boot - opened_ >= look_deadline))
      std::exchange(seen_, nullptr)(snapshot);
    if (std::exchange(wanted_, false) && !look_->busy()) look(host::Look::Why::event);
  }

  void late() {
    if (look_ && healer_ && (healer_->busy() || seen_)) look(host::Look::Why::event);
  }

  // Looks until all evidence is there: a probe may be under way.
  void see(std::function<void(const Snapshot&)> seen) {
    open();
    opened_ = host::now().boot;
    seen_ = std::move(seen);
    look_due_ = loop_.at(opened_ + look_deadline, [this] { late(); });
    look(host::Look::Why::event);
  }

  // remedy::Healer::Owner
  [[nodiscard]] bool looking() const override { return look_->busy(); }
  void look(host::Look::Why why) override {
    if (look_->busy()) {
      wanted_ = true;
      return;
    }
    look_->start(why,
                 [this](const std::shared_ptr<const Snapshot>& snapshot) { on_look(*snapshot); });
  }
  void look_at(std::optional<BootTime> time) override {
    look_due_.reset();
    if (time) look_due_ = loop_.at(*time, [this] { look(host::Look::Why::event); });
  }
  void save_ledger() override { home_.save(); }
  void on_heal_end(const engine::HealResult& result, const Snapshot& /*snapshot*/) override {
    if (result.heal) {
      host::Journal journal;
      host::report_heal(journal, *result.heal);
    }
    if (!result.request.dry_run) home_.save();
    healed_(result);
  }

  // engine::Control
  std::string status() override { return {}; }
  void check(std::vector<std::string> ids,
             std::function<void(const std::string& document)> done) override {
    see([this, ids = std::move(ids), done = std::move(done)](const Snapshot& snapshot) {
      auto evaluation = engine::evaluate(snapshot, catalog(), home_.config);
      engine::keep_only(evaluation, ids);
      done(engine::status_json(evaluation, {}, snapshot, home_.ledger,
                               {.version = SSHGUARDD_VERSION,
                                .healing = "off: sshguardd is not running",
                                .boot_id = home_.ledger.boot_id}));
    });
  }
  void heal(engine::HealRequest request,
            std::function<void(const engine::HealResult&)> done) override {
    healed_ = std::move(done);
    see([this, request = std::move(request)](const Snapshot& snapshot) {
      const auto evaluation = engine::evaluate(snapshot, catalog(), home_.config);
      engine::observe(home_.ledger, evaluation, snapshot);
      healer_->begin(request);
    });
  }
  WallTime pause(std::chrono::seconds duration, const std::string& /*by*/) override {
    const Now now = host::now();
    (void)engine::pause_healing(home_.ledger, engine::State::unknown, now, duration);
    home_.save();
    return now.wall + duration;
  }
  bool resume(const std::string& /*by*/) override {
    const bool paused = !engine::paused_until(home_.ledger, host::now()).empty();
    home_.ledger.paused_until.reset();
    engine::thaw(home_.ledger);
    home_.save();
    return paused;
  }
  const engine::Ledger& history() override { return home_.ledger; }

  Home& home_;
  host::Loop loop_;
  std::unique_ptr<host::Systemd> systemd_;
  std::unique_ptr<host::Actions> actions_;
  std::unique_ptr<host::Look> look_;
  std::unique_ptr<remedy::Healer> healer_;
  std::function<void(const Snapshot&)> seen_;
  BootTime opened_{};
  std::function<void(const engine::HealResult&)> healed_;
  bool wanted_ = false;
  host::Source look_due_;
};

class NoAgent final : public Peer {
public:
  explicit NoAgent(std::unique_ptr<Home> home) : home_{std::move(home)} {}
  Fact<Answer> call(const std::string& method, const std::string& parameters) override {
    Run run{*home_};
    return run.call(
        engine::varlink::call(std::string{engine::control_interface} + "." + method, parameters));
  }
  std::string subscribe(const std::function<bool(const std::string&)>& /*visit*/) override {
    return "sshguardd is not running";
  }
  [[nodiscard]] bool is_agent() const override { return false; }

private:
  std::unique_ptr<Home> home_;
};

} // namespace

FoundPeer no_agent(bool read_only) {
  host::block_signals();
  auto home = std::make_unique<Home>();
  home->read_only = read_only;
  using Answer = host::InstanceLock::Answer;
  if (!read_only && home->lock.take() != Answer::taken)
    return {.peer = nullptr, .why = home->lock.problem()};
  home->config = host::load_config().config;
  home->ledger = host::read_ledger();
  return {.peer = std::make_unique<NoAgent>(std::move(home)), .why = ""};
}

} // namespace sshguardd::ctl
