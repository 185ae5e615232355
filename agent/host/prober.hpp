// Probes sshd now and then, beside the looks: none of them waits for an answer.
#pragma once

#include "engine/probe_schedule.hpp"
#include "host/loop.hpp"
#include "host/probe.hpp"
#include "sshguardd/snapshot.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace sshguardd::host {

class Prober {
public:
  // on_news: a probe has ended, or one is due: look (again). From the loop.
  Prober(Loop& loop, std::function<void()> on_news);

  void configure(const engine::ProbeSettings& settings) { settings_ = settings; }

  // With each look: what is known of sshd now. Starts a probe where one is due, and fills in
  // `probe` and `probing`.
  void consider(Snapshot& snapshot);

  [[nodiscard]] bool running() const { return static_cast<bool>(run_probe_); }
  // One failure says nothing yet.
  [[nodiscard]] bool undecided() const { return running() || first_ || history_.failures == 1; }

private:
  void start(const Listener& target, BootTime now);
  void ended(Probe probe);

  Loop& loop_;
  std::function<void()> on_news_;
  engine::ProbeSettings settings_;
  std::string run_; // of sshd: its start and its process
  engine::ProbeHistory history_;
  Fact<Probe> last_;
  std::unique_ptr<ProbeRun> run_probe_;
  bool first_ = false;              // a stranger is still to be asked for the first time
  std::optional<BootTime> waiting_; // since when connections wait for the stranger
  Source due_;
};

} // namespace sshguardd::host
