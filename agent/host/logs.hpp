// What logs take and who keeps them small, asked of a child at the looks that come anyway: rarely,
// and again when journald's configuration is another.
#pragma once

#include "host/child.hpp"
#include "host/loop.hpp"
#include "sshguardd/config.hpp"
#include "sshguardd/logs.hpp"
#include "sshguardd/time.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace sshguardd::host {

class LogsReader {
public:
  // on_news: the answer is another: look again.
  LogsReader(Loop& loop, std::function<void()> on_news);

  void configure(const Config& config);

  // At each look.
  void consider(BootTime now);
  // What is known is old: asked again at the next look.
  void expire() { asked_.reset(); }

  [[nodiscard]] const Fact<Logs>& logs() const { return logs_; }
  // The first answer is still to come.
  [[nodiscard]] bool first() const { return child_ && !answered_; }

private:
  void keep(Fact<Logs> logs);
  void on_logs(const ChildResult& result);
  void on_units(Logs logs, const ChildResult& result);
  void take(Logs logs);

  Loop& loop_;
  std::function<void()> on_news_;
  JournalLines lines_;
  std::unique_ptr<Child> child_;
  std::optional<BootTime> asked_;
  std::string configuration_; // identity of journald's, when that was
  bool answered_ = false;     // or has been asked in vain
  Fact<Logs> logs_;
  std::string answer_; // as it was told
};

} // namespace sshguardd::host
