#include "host/opener.hpp"

#include "host/clock.hpp"

#include <chrono>
#include <utility>

namespace sshguardd::host {
namespace {

// No step begins later: with its deadline that is below the minute that a remedy has
// (remedy/healer.cpp).
constexpr auto altogether = std::chrono::seconds{35};

// What it was to add had been there before: nothing for a person to take back.
bool nothing_new(const ChildResult& result) {
  return result.out.find("Skipping") != std::string::npos || // ufw
         result.err.find("ALREADY_ENABLED") != std::string::npos ||
         result.out.find("ALREADY_ENABLED") != std::string::npos; // firewall-cmd
}

} // namespace

Opener::Opener(Loop& loop, OpenFirewall remedy, Find find, Done done)
    : loop_{loop}, remedy_{std::move(remedy)}, find_{std::move(find)}, done_{std::move(done)},
      steps_{engine::open_steps(remedy_)}, undo_{engine::undo_steps(remedy_)} {}

void Opener::start() {
  started_ = now().boot;
  if (std::string why = engine::why_not_openable(remedy_); !why.empty()) return end(why);
  next();
}

void Opener::next() {
  if (at_ == steps_.size()) return end(std::nullopt);
  if (now().boot - started_ > altogether) return end("it takes too long");
  std::vector<std::string> argv = steps_[at_];
  const std::string systemd_run = find_("systemd-run");
  if (systemd_run.empty()) return end("systemd-run is missing");
  std::string program = find_(argv.front());
  if (program.empty()) return end(argv.front() + " is not installed");
  argv.front() = std::move(program);
  child_ = run_child(loop_,
                     {.argv = engine::opened_by_systemd(systemd_run, argv),
                      .environment = {},
                      .deadline = engine::open_deadline + beyond_systemd},
                     [this](const ChildResult& result) { on_step(result); });
}

void Opener::on_step(const ChildResult& result) {
  const std::string& program = steps_[at_].front();
  if (auto why = why_failed(result, program)) return end(std::move(why), result.timed_out);
  if (!nothing_new(result) && at_ < undo_.size()) back_.push_back(undo_[at_]);
  ++at_;
  next();
}

// What was done before it failed is said.
void Opener::end(std::optional<std::string> error, bool late) {
  std::string ran;
  for (std::size_t i = 0; i < at_; ++i)
    ran += (ran.empty() ? "ran " : ", ") + engine::command_text(steps_[i]);
  std::string back;
  for (const std::string& line : back_)
    back += (back.empty() ? "" : "; ") + line;
  if (!back.empty()) ran += " (taken back by: " + back + ")";
  if (error && !ran.empty()) error = *error + "; " + ran + " before";
  done_({.error = std::move(error), .brought = std::move(ran), .late = late});
}

} // namespace sshguardd::host
