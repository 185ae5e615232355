#include "remedy/executor.hpp"

#include <deque>
#include <memory>

namespace sshguardd::remedy {
namespace {

using Verb = HostActions::UnitVerb;

struct Step {
  Verb verb;
  std::string unit;
};

struct Plan {
  HostActions& actions;
  std::deque<Step> steps;
  std::function<void(std::optional<std::string>)> done;
};

void next(const std::shared_ptr<Plan>& plan) {
  if (plan->steps.empty()) return plan->done(std::nullopt);
  const Step step = plan->steps.front();
  plan->steps.pop_front();
  plan->actions.unit(step.verb, step.unit,
                     [weak = std::weak_ptr{plan}, step](const std::optional<std::string>& error) {
                       const auto left = weak.lock();
                       if (!left) return;
                       // A unit that is not loaded has no failure to reset; the start that follows
                       // tells what is wrong.
                       if (error && step.verb != Verb::reset_failed)
                         return left->done(step.unit + ": " + *error);
                       next(left);
                     });
}

std::deque<Step> steps_of(const RestartSshd& restart) {
  std::deque<Step> steps;
  if (restart.socket.empty()) {
    steps.push_back({Verb::reset_failed, restart.service});
    // Starts a unit that is down as well.
    steps.push_back({Verb::restart, restart.service});
    return steps;
  }
  // A socket cannot start while its service runs: systemd.socket(5).
  if (!restart.service.empty()) {
    steps.push_back({Verb::stop, restart.service});
    steps.push_back({Verb::reset_failed, restart.service});
  }
  steps.push_back({Verb::reset_failed, restart.socket});
  steps.push_back({Verb::start, restart.socket});
  return steps;
}

} // namespace

std::vector<std::string> describe(const Remedy& remedy) {
  std::vector<std::string> lines;
  for (const Step& step : steps_of(std::get<RestartSshd>(remedy)))
    lines.push_back(std::string{"systemctl "} + HostActions::name_of(step.verb) + " " + step.unit);
  return lines;
}

std::shared_ptr<void> apply(const Remedy& remedy, HostActions& actions,
                            std::function<void(std::optional<std::string>)> done) {
  auto plan = std::make_shared<Plan>(
      Plan{actions, steps_of(std::get<RestartSshd>(remedy)), std::move(done)});
  next(plan);
  return plan;
}

} // namespace sshguardd::remedy
