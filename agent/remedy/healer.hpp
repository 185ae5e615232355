// One remedy from the request to its verified end: fresh look -> decide -> act -> verify -> record.
// The only way to a remedy, for the agent and for sshguardctl without one.
#pragma once

#include "engine/healing.hpp"
#include "engine/ledger.hpp"
#include "host/look.hpp"
#include "host/loop.hpp"
#include "sshguardd/config.hpp"
#include "sshguardd/host.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sshguardd::remedy {

// A start of sshd may take as long as systemd lets it (TimeoutStartSec= is 90 s by default).
inline constexpr auto start_deadline = std::chrono::seconds{95};

class Healer {
public:
  using Request = engine::HealRequest;
  using Result = engine::HealResult;

  // Who owns loop, looks and ledger. Every look that ends while busy() is handed to on_look().
  class Owner {
  public:
    Owner() = default;
    Owner(const Owner&) = delete;
    Owner& operator=(const Owner&) = delete;
    virtual ~Owner() = default;
    [[nodiscard]] virtual bool looking() const = 0;
    virtual void look(host::Look::Why why) = 0; // only while not looking(), or for Why::event
    virtual void look_at(std::optional<BootTime> time) = 0;
    virtual void save_ledger() = 0; // returns when it is on disk, or cannot be
    virtual void on_heal_end(const Result& result, const Snapshot& snapshot) = 0;
  };

  Healer(host::Loop& loop, HostActions& actions, const Config& config, engine::Ledger& ledger,
         Owner& owner);

  [[nodiscard]] bool busy() const { return under_way_.has_value(); }
  [[nodiscard]] BootTime started() const { return under_way_ ? under_way_->started : BootTime{}; }
  [[nodiscard]] std::string busy_with() const { return under_way_ ? under_way_->request.id : ""; }

  // Only while not busy().
  void begin(Request request);
  // An earlier run was ended in the middle of a remedy: what came of it is seen now, if it is not
  // too long ago.
  void resume();
  void on_look(const Snapshot& snapshot);
  // A rollback that was killed half way was not done, whatever was found since: the next on_look()
  // ends the one that resume() took up, if it is that.
  void interrupted(std::string after);

private:
  enum class Phase { fresh_look, acting, verifying };
  struct UnderWay {
    Phase phase = Phase::fresh_look;
    Request request;
    BootTime started{};
    BootTime applied{};               // the act was through
    bool look_is_older = false;       // the look under way began before what it is to see
    std::optional<BootTime> up_since; // systemd calls it active; the banner is still to come
    std::vector<std::string> steps;
    bool resumed = false;    // an earlier run began it
    std::string interrupted; // ... and did not come to its end
    bool mends = false;      // a remedy of files: sshd is not restarted by it
    std::string run_before;  // of an sshd that lives: only another run of it is an effect
  };

  void on_fresh_look(const Snapshot& snapshot);
  [[nodiscard]] const Finding* wanted(const engine::Evaluation& evaluation,
                                      const Snapshot& snapshot) const;
  [[nodiscard]] const Finding* left_of(const engine::Evaluation& evaluation) const;
  void withhold(const Finding& finding, const engine::Decision& decision, const Snapshot& snapshot);
  void act(const Finding& finding, const Snapshot& snapshot);
  void verify_mend(const Snapshot& snapshot);
  void on_applied(const std::optional<std::string>& error);
  void on_verify_look(const Snapshot& snapshot);
  void record(const char* outcome, std::string after, const Snapshot& snapshot);
  void give_up_pending();
  void end(Result result, const Snapshot& snapshot);

  host::Loop& loop_;
  HostActions& actions_;
  const Config& config_;
  engine::Ledger& ledger_;
  Owner& owner_;
  std::optional<UnderWay> under_way_;
  Snapshot acted_on_;              // what an act that fails at once is told against
  host::Source acting_;            // the deadline of a remedy's own calls
  std::shared_ptr<void> applying_; // those calls
  unsigned run_ = 0;               // of a remedy: what answers after its deadline is another's
};

} // namespace sshguardd::remedy
