// The flow of the agent: look -> evaluate -> decide -> look again -> act -> verify -> tell. It owns
// every part; there is one loop and one thread, and at most one look and one remedy at a time.
#pragma once

#include "config/load.hpp"
#include "daemon/control.hpp"
#include "daemon/known_good_keeper.hpp"
#include "daemon/login_keeper.hpp"
#include "daemon/outlets.hpp"
#include "engine/evaluate.hpp"
#include "engine/ledger.hpp"
#include "engine/report.hpp"
#include "host/actions.hpp"
#include "host/address_watch.hpp"
#include "host/identity.hpp"
#include "host/instance_lock.hpp"
#include "host/look.hpp"
#include "host/loop.hpp"
#include "host/systemd.hpp"
#include "host/watch.hpp"
#include "remedy/healer.hpp"
#include "sshguardd/config.hpp"

#include <memory>
#include <optional>
#include <string>

namespace sshguardd::daemon {

class Agent : private remedy::Healer::Owner, private engine::Control {
public:
  Agent(host::Loop& loop, Config config, std::vector<std::string> config_errors);

  void start();
  // All of it takes effect, or, where it has errors, nothing: then they are a finding.
  void reload(config::Loaded loaded);
  void stop(); // says so in the status file; ends the loop

private:
  [[nodiscard]] std::vector<std::string> problems() const; // for the self-test
  void request_look();
  void begin_look(host::Look::Why why);
  void on_look(const std::shared_ptr<const Snapshot>& snapshot);
  [[nodiscard]] bool undo_half_done(const Snapshot& snapshot);
  void tick();

  [[nodiscard]] engine::Evaluation evaluate(Snapshot& snapshot);
  void settle(const Snapshot& looked);
  [[nodiscard]] engine::RemedyStates decide(const engine::Evaluation& evaluation,
                                            const Snapshot& snapshot, const Finding*& chosen) const;
  void greet(const engine::Evaluation& evaluation, const Snapshot& snapshot,
             std::vector<engine::Line>& lines);
  void summarize(const engine::Identity& identity);

  // remedy::Healer::Owner
  [[nodiscard]] bool looking() const override { return look_.busy(); }
  void look(host::Look::Why why) override;
  void look_at(std::optional<BootTime> time) override;
  void save_ledger() override;
  void on_heal_end(const engine::HealResult& result, const Snapshot& snapshot) override;

  // engine::Control
  std::string status() override;
  void check(std::vector<std::string> ids,
             std::function<void(const std::string& document)> done) override;
  void heal(engine::HealRequest request,
            std::function<void(const engine::HealResult&)> done) override;
  WallTime pause(std::chrono::seconds duration, const std::string& by) override;
  bool resume(const std::string& by) override;
  const engine::Ledger& history() override { return ledger_; }

  [[nodiscard]] bool alone(); // nobody else heals; else start() comes again
  void take_over();
  [[nodiscard]] engine::Line resumed(engine::State state, const Snapshot& snapshot, bool by_person);
  [[nodiscard]] engine::StatusContext context(const Snapshot& snapshot) const;
  [[nodiscard]] engine::State state() const;
  void tell(const std::vector<engine::Line>& lines, const Snapshot& snapshot);
  void tell_now(const engine::Line& line);
  void answer_checks(const Snapshot& snapshot, unsigned long look);

  host::Loop& loop_;
  Config config_;
  SelfTest self_;
  Outlets outlets_;
  engine::Ledger ledger_;
  KnownGoodKeeper known_good_;
  LoginKeeper logins_;
  std::unique_ptr<host::Systemd> systemd_;
  host::Look look_;
  host::Watch watch_;
  host::AddressWatch addresses_;
  host::Actions actions_;
  remedy::Healer healer_;
  host::InstanceLock lock_;
  ControlSocket control_;

  bool running_ = false;         // start() is through
  bool held_by_another_ = false; // the lock: nothing is healed or kept
  bool first_look_ = true;
  enum class Reload { none, read, looked_at } reload_ = Reload::none; // READY=1 is still to be said
  bool restate_ = false; // the console is another one: what stands is told there
  bool greeted_ = false;
  bool tell_host_keys_ = false;                    // the agent has made them
  std::unique_ptr<host::IdentityReader> identity_; // while the summary is gathered
  BootTime started_{};
  bool look_wanted_ = false;
  unsigned ticks_ = 0;
  double look_tokens_ = 0;
  BootTime tokens_at_{};
  std::shared_ptr<const Snapshot> last_;

  struct PendingCheck {
    std::vector<std::string> ids;
    std::function<void(const std::string& document)> done;
    unsigned long look = 0; // the first one that answers it
  };
  std::vector<PendingCheck> checks_;
  unsigned long looks_ = 0;                                  // begun so far
  std::function<void(const engine::HealResult&)> heal_done_; // who asked for the one under way

  host::Source look_later_; // the token bucket
  host::Source look_due_;   // back-off, settling, level-triggered retries
  host::Source tick_;
  host::Source lock_later_;
};

} // namespace sshguardd::daemon
