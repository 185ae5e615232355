// One look at the machine: all collectors, each with its deadline, into one immutable Snapshot.
// What is costly (sshd -t, a probe, the journal) runs only when something says that its answer may
// be another.
#pragma once

#include "host/child.hpp"
#include "host/intent.hpp"
#include "host/loop.hpp"
#include "host/probe.hpp"
#include "host/sshd_files.hpp"
#include "host/systemd.hpp"
#include "sshguardd/snapshot.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace sshguardd::host {

class Look {
public:
  using Callback = std::function<void(std::shared_ptr<const Snapshot>)>;

  // on_late: evidence came that no look waited for: look again.
  Look(Loop& loop, Systemd& systemd, SelfTest self, std::function<void()> on_late);

  // slow_timer: nothing told of a change, so one question to systemd is enough where nothing
  // changed. event: everything is read again, but what is costly is asked only where its answer may
  // be another. before_acting: sshd -t too is asked again while sshd is down.
  enum class Why { slow_timer, event, before_acting };
  // One at a time: busy() tells.
  void start(Why why, Callback callback);
  [[nodiscard]] bool busy() const { return static_cast<bool>(callback_); }

  // The next look probes, whatever is remembered.
  void probe_again() { probed_ = {}; }

  // What to watch so that a change of the last look's answers is an event.
  [[nodiscard]] std::vector<std::string> watched() const;

  void set_self(SelfTest self) { self_ = std::move(self); }
  void set_failure_reset(bool reset) { failure_reset_ = reset; }

private:
  void on_units(Fact<SshUnits> units);
  void test_config(const SshdFiles& files);
  void on_config_test(const SshdFiles& files, const ChildResult& result);
  void read_log();
  void on_log(const ChildResult& result);
  void probe();
  void on_probe(Probe probe);
  void finish();

  Loop& loop_;
  Systemd& systemd_;
  SelfTest self_;
  std::function<void()> on_late_;
  bool failure_reset_ = false;
  IntentReader intent_;

  Why why_ = Why::event;
  Callback callback_;
  Snapshot next_;
  std::unique_ptr<Child> child_;
  std::unique_ptr<ProbeRun> probe_run_;
  std::unique_ptr<Child> log_child_;

  // Remembered between looks.
  Fact<ConfigTest> config_test_;
  bool was_up_ = false;    // at the last look
  std::string logged_for_; // the failure that `log_` belongs to
  Fact<std::vector<std::string>> log_;
  std::string probed_; // the run of sshd that `probe_` belongs to
  Fact<Probe> probe_;
};

} // namespace sshguardd::host
