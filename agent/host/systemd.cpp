// Which way systemd is asked: over the bus, else by systemctl through PID 1's private socket.
#include "host/systemd.hpp"

#include "host/bus_units.hpp"
#include "host/clock.hpp"
#include "host/fd.hpp"
#include "host/log.hpp"
#include "host/systemctl.hpp"

#include <optional>
#include <utility>

#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace sshguardd::host {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Early in a boot the bus is a moment away; later it is away for a reason.
constexpr auto retry_bus_soon = seconds{1};
constexpr auto retry_bus_later = seconds{10};
constexpr int soon_tries = 30;
// Without signals: so often, and oftener for a while after something has changed.
constexpr auto look_away = seconds{10};
constexpr auto look_away_soon = seconds{1};
constexpr auto soon_for = seconds{15};
// So many readings in a row without any answer: nobody drains the connection, perhaps, and closing
// one whose buffer is full waits.
constexpr int silences_at_most = 10;
// sshd's process ended: systemd tells about it within that, or nothing reaches us.
constexpr auto wait_for_signal = milliseconds{100};

// What makes two answers tell the same.
std::string gist(const SshUnits& units) {
  std::string text = units.system_state;
  for (const Unit* unit : {&units.service, &units.socket})
    text += " " + unit->active_state + " " + unit->result + " " + std::to_string(unit->main_pid) +
            (unit->job_queued ? " job" : "");
  return text;
}

class EitherWay final : public Systemd {
public:
  EitherWay(Loop& loop, std::function<void()> on_change, std::function<void()> on_session)
      : loop_{loop}, on_change_{std::move(on_change)},
        systemctl_{loop}, bus_{BusUnits::make(loop, {.changed = [this] { changed(); },
                                                     .opened = [this] { opened(); },
                                                     .failed = [this] { failed(); },
                                                     .session = std::move(on_session)})} {
    bus_->connect();
  }

  void read(Depth depth, Callback callback) override {
    if (bus_->opening()) {
      waiting_ = [this, depth, callback = std::move(callback)] { read_now(depth, callback); };
      return;
    }
    read_now(depth, std::move(callback));
  }

  // A call that was sent once is not sent again, whatever became of it: it may wait in a daemon
  // that is stopped. What came of it is seen by looking.
  void unit(HostActions::UnitVerb verb, const std::string& name, HostActions::Done done) override {
    soon_until_ = now().boot + soon_for;
    const auto finish = [done](BusUnits::Sent sent, const std::string& error) {
      if (sent == BusUnits::Sent::unsure)
        log_warning("no answer to a call to systemd, which may still be carried out: " + error);
      const bool taken = sent == BusUnits::Sent::done || sent == BusUnits::Sent::unsure;
      done(taken ? std::nullopt : std::optional{error});
    };
    // The look before the act was answered over the bus, or the bus is not trusted with it.
    if (!bus_->is_open() || !over_bus_) return systemctl_.act(verb, name, finish);
    bus_->act(verb, name,
              [this, verb, name, finish](BusUnits::Sent sent, const std::string& error) {
                if (sent == BusUnits::Sent::not_sent) return systemctl_.act(verb, name, finish);
                finish(sent, error);
              });
  }

private:
  // ---- the bus comes and goes ----

  void changed() {
    ended_.reset();
    on_change_();
  }

  void opened() {
    if (waiting_) return proceed();
    on_change_();
  }

  void failed() {
    const bool was_over_bus = std::exchange(over_bus_, false);
    reconnect_later();
    if (waiting_) return proceed();
    if (was_over_bus) on_change_();
  }

  void proceed() {
    const auto waiting = std::exchange(waiting_, nullptr);
    waiting();
  }

  void reconnect_later() {
    if (retry_) return;
    retry_ = loop_.at(
        now().boot + (++tries_ < soon_tries ? retry_bus_soon : retry_bus_later),
        [this] {
          retry_.reset();
          bus_->connect();
          if (!bus_->opening() && !bus_->is_open()) reconnect_later();
        },
        seconds{1});
  }

  // ---- reading ----

  void read_now(Depth depth, Callback callback) {
    if (!bus_->is_open()) return read_beside(bus_->why(), false, std::move(callback));
    bus_->read(depth, [this, callback = std::move(callback)](Fact<SshUnits> units) {
      if (!units) return read_beside(units.why(), bus_->is_open(), callback);
      tries_ = 0;
      silences_ = 0;
      over_bus_ = true;
      full_ = *units;
      away_.reset();
      finish(std::move(units), callback);
    });
  }

  // `silent`: the bus is open, and gave no answer.
  void read_beside(std::string why, bool silent, Callback callback) {
    over_bus_ = false;
    systemctl_.read(full_, [this, why = std::move(why), silent,
                            callback = std::move(callback)](Fact<SshUnits> units) {
      // PID 1 is well: it is the bus that does not carry.
      if (silent && (units || ++silences_ >= silences_at_most)) {
        silences_ = 0;
        bus_->drop();
        reconnect_later();
      }
      if (!units) units = Unknown{why + "; " + units.why()};
      look_again_later(units);
      finish(std::move(units), callback);
    });
  }

  void look_again_later(const Fact<SshUnits>& units) {
    const BootTime time = now().boot;
    if (units && gist(*units) != last_gist_) {
      last_gist_ = gist(*units);
      soon_until_ = time + soon_for;
    }
    const bool soon = time < soon_until_;
    away_ = loop_.at(
        time + (soon ? look_away_soon : look_away),
        [this] {
          away_.reset();
          on_change_();
        },
        milliseconds{500});
  }

  void finish(Fact<SshUnits> units, const Callback& callback) {
    if (units) follow(units->service.main_pid);
    callback(std::move(units));
  }

  // ---- sshd's process ----

  // Its end reaches us from the kernel, whoever else is stopped.
  void follow(std::uint32_t pid) {
    if (pid == followed_ && end_) return;
    end_.reset();
    process_.reset();
    followed_ = pid;
    if (pid == 0) return;
    process_ = Fd{static_cast<int>(syscall(SYS_pidfd_open, static_cast<pid_t>(pid), 0))};
    if (!process_) return;
    end_ = loop_.io(process_.get(), EPOLLIN, [this](auto) {
      end_.reset();
      process_.reset();
      soon_until_ = now().boot + soon_for;
      ended_ = loop_.at(now().boot + wait_for_signal, [this] {
        ended_.reset();
        on_change_();
      });
    });
  }

  Loop& loop_;
  std::function<void()> on_change_;
  Systemctl systemctl_;
  std::unique_ptr<BusUnits> bus_;
  std::function<void()> waiting_; // a reading that waits for the bus to open or fail
  Source retry_;
  int tries_ = 0;
  int silences_ = 0;
  bool over_bus_ = false;        // the last reading was answered over the bus
  std::optional<SshUnits> full_; // the last answer over the bus
  Source away_;
  std::string last_gist_;
  BootTime soon_until_{};
  std::uint32_t followed_ = 0;
  Fd process_;
  Source end_;
  Source ended_;
};

} // namespace

std::unique_ptr<Systemd> Systemd::connect(Loop& loop, std::function<void()> on_change,
                                          std::function<void()> on_session) {
  return std::make_unique<EitherWay>(loop, std::move(on_change), std::move(on_session));
}

} // namespace sshguardd::host
