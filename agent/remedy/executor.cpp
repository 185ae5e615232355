#include "remedy/executor.hpp"

#include "engine/grow_steps.hpp"
#include "engine/open_steps.hpp"
#include "parse/shell_word.hpp"
#include "parse/size_text.hpp"
#include "sshguardd/host_keys.hpp"

#include <algorithm>
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

// What no command does as narrowly.
std::vector<std::string> describe_room(const MakeRoom& room) {
  const auto what = [](RoomKind kind) -> std::string {
    switch (kind) {
    case RoomKind::packages:
      return "downloaded packages";
    case RoomKind::journal:
      return "archived journal files (a day and 64 MiB stay)";
    case RoomKind::rotated_logs:
      return "rotated logs";
    case RoomKind::core_dumps:
      break;
    }
    return "core dumps";
  };
  std::vector<std::string> lines;
  for (const RoomOffer& step : room.steps)
    lines.push_back((lines.empty() ? "delete " : "then delete ") + what(step.kind) + " in " +
                    parse::shell_word(step.path) + ", the oldest first, until there is room: " +
                    "up to " + parse::size_text(step.bytes));
  return lines;
}

// The very arguments, which are plain words; that systemd runs them is said in sshguardd(8).
std::vector<std::string> describe_growth(const GrowFileSystem& growth) {
  std::vector<std::string> lines;
  for (const engine::GrowStep& step : engine::grow_steps(growth)) {
    std::string line;
    for (const std::string& word : step.argv)
      line += (line.empty() ? "" : " ") + word;
    lines.push_back(std::move(line));
  }
  return lines;
}

std::vector<std::string> describe_opening(const OpenFirewall& open) {
  std::vector<std::string> lines;
  for (const auto& argv : engine::open_steps(open))
    lines.push_back(engine::command_text(argv));
  return lines;
}

// As a person would type it, or nearly so.
std::vector<std::string> describe_mend(const Remedy& remedy) {
  if (const auto* directory = std::get_if<MakePrivsepDir>(&remedy))
    return {"install -d -o root -g root -m 0755 " + directory->path};
  if (const auto* keys = std::get_if<ClearHostKeyMode>(&remedy)) {
    std::vector<std::string> lines;
    for (const std::string& path : keys->paths)
      lines.push_back("chmod go-rwx " + path);
    return lines;
  }
  if (const auto* keys = std::get_if<GenerateHostKeys>(&remedy)) {
    std::vector<std::string> lines;
    for (const std::string& path : keys->paths) {
      const auto* key = std::ranges::find(default_host_keys, path, &DefaultHostKey::path);
      const std::string type{key != std::end(default_host_keys) ? key->type : "ed25519"};
      lines.push_back("ssh-keygen -q -N '' -t " + type + " -f " + path);
    }
    return lines;
  }
  if (const auto* keys = std::get_if<ClearKeyMode>(&remedy)) {
    std::vector<std::string> lines;
    for (const std::string& path : keys->paths)
      lines.push_back("chmod go-w " + parse::shell_word(path));
    return lines;
  }
  if (const auto* room = std::get_if<MakeRoom>(&remedy)) return describe_room(*room);
  if (const auto* growth = std::get_if<GrowFileSystem>(&remedy)) return describe_growth(*growth);
  if (const auto* open = std::get_if<OpenFirewall>(&remedy)) return describe_opening(*open);
  return {"sshguardctl rollback"};
}

} // namespace

std::vector<std::string> describe(const Remedy& remedy) {
  std::vector<std::string> lines;
  const auto* restart = std::get_if<RestartSshd>(&remedy);
  if (restart == nullptr) return describe_mend(remedy);
  for (const Step& step : steps_of(*restart))
    lines.push_back(std::string{"systemctl "} + HostActions::name_of(step.verb) + " " + step.unit);
  return lines;
}

std::shared_ptr<void> apply(const Remedy& remedy, HostActions& actions,
                            std::function<void(std::optional<std::string>)> done) {
  const auto* restart = std::get_if<RestartSshd>(&remedy);
  if (restart == nullptr) {
    actions.mend(remedy, std::move(done));
    return nullptr;
  }
  auto plan = std::make_shared<Plan>(Plan{actions, steps_of(*restart), std::move(done)});
  next(plan);
  return plan;
}

} // namespace sshguardd::remedy
