#include "ctl/rollback_effect.hpp"

#include "ctl/answers.hpp"
#include "ctl/commands.hpp"
#include "ctl/peer.hpp"
#include "ctl/run_to_end.hpp"
#include "ctl/source.hpp"
#include "ctl/text.hpp"
#include "engine/encode.hpp"
#include "host/clock.hpp"

#include <chrono>
#include <cstdio>
#include <optional>
#include <string>
#include <thread>
#include <utility>

namespace sshguardd::ctl {
namespace {

using host::RollbackRun;
using std::chrono::seconds;

constexpr auto deadline = seconds{30};
constexpr auto busy_deadline = seconds{30};
constexpr auto refused_deadline = seconds{3};

// sshd is down: the agent's own remedy starts it, or sshguardctl in its place, and waits for the
// banner. It was a person who asked for it. The running agent may be quicker; a configuration that
// was changed just now is left alone for a moment. That ends by time alone: nobody tells of it, and
// sshguardctl has nothing else to do meanwhile.
Fact<HealAnswer> start_sshd() {
  const BootTime begun = host::now().boot;
  for (;;) {
    const auto peer = agent_or_self();
    if (!peer) return Unknown{"neither the agent nor sshguardctl could do it"};
    const auto answer = peer->call("Heal", heal_parameters("sshd.failed", "", true, false));
    if (!answer) return Unknown{answer.why()};
    auto heal = read_heal(*answer);
    if (!heal) return heal;
    const auto waited = host::now().boot - begun;
    const bool again = (heal->outcome == "Busy" && waited < busy_deadline) ||
                       (heal->outcome == "Refused" && waited < refused_deadline);
    if (!again) return heal;
    std::this_thread::sleep_for(std::chrono::milliseconds{300});
  }
}

// nullopt: it is back.
std::optional<std::string> put_back(const RollbackRun::Plan& plan) {
  host::Loop loop;
  const auto systemd = host::Systemd::connect(loop, [] {});
  RollbackRun run{loop, *systemd};
  std::optional<std::string> problem = "it did not end in time";
  const bool ended = run_to_end(loop, deadline, [&](const std::function<void()>& end) {
    run.reverse(plan, [&, end](std::optional<std::string> why) {
      problem = std::move(why);
      end();
    });
  });
  if (!ended) (void)run.abandon();
  return problem;
}

int tell_put_back(const RollbackRun::Plan& plan, const std::string& why) {
  const auto left = put_back(plan);
  std::fprintf(
      stderr, "sshguardctl: sshd was started with it and does not come up: %s; %s\n",
      engine::encode(why, 300).c_str(),
      left ? ("what was there before could not be put back: " + engine::encode(*left)).c_str()
           : "what was there before has been put back");
  return exit_critical;
}

std::string first_finding(const Look& seen) {
  return seen.evaluation.findings.empty()
             ? ""
             : engine::encode(seen.evaluation.findings.front().summary, 300);
}

int tell_not_up(const RollbackRun::Plan& plan, const Fact<HealAnswer>& heal, const Look& seen) {
  const std::string start = "; to start it: systemctl start " + plan.units.service.id + "\n";
  if (heal && heal->outcome == "NothingToHeal")
    return print("sshd is not running, and has not failed: somebody stopped it" + start)
               ? exit_ok
               : exit_unknown;
  const std::string found = first_finding(seen);
  const std::string why = !heal                       ? engine::encode(heal.why(), 300)
                          : !heal->why.empty()        ? heal->why
                          : heal->outcome == "healed" ? "it went down again"
                          : !found.empty()            ? found
                                                      : heal->outcome;
  (void)print("sshd does not run; the configuration stays as it is now. Not started: " + why +
              start);
  return exit_critical;
}

} // namespace

int rollback_effect(const RollbackRun::Plan& plan, bool was_valid) {
  const bool was_up = plan.units.up();
  std::optional<Fact<HealAnswer>> heal;
  if (!was_up) heal = start_sshd();
  const Look seen = look();
  const auto& probe = seen.snapshot.probe;
  const bool alive = probe && probe->alive;
  const bool up = seen.snapshot.units && seen.snapshot.units->up();
  if (heal && !alive && !up && seen.snapshot.units) {
    // What sshd refused before is no better, and is not put back.
    if (*heal && (*heal)->outcome == "still-broken" && was_valid)
      return tell_put_back(plan, (*heal)->why);
    return tell_not_up(plan, *heal, seen);
  }
  int status = exit_ok;
  std::string text;
  if (alive) {
    text = "sshd answers: " + engine::encode(probe->said, 200) + "\n";
  } else if (const std::string found = first_finding(seen); !found.empty()) {
    text = "sshd does not answer: " + found + "\n";
    status = exit_critical;
  } else {
    text =
        "sshd was not seen to answer: " + engine::encode(probe ? probe->said : probe.why(), 300) +
        "\n";
    status = was_up ? exit_ok : exit_unknown;
  }
  if (plan.units.service.active())
    text +=
        "sshd was not restarted and still runs with the old configuration; to have it read this "
        "one: systemctl reload " +
        plan.units.service.id + " (or restart)\n";
  // Its addresses may be made of sshd's configuration when systemd reads its units.
  if (plan.units.socket.active())
    text += "where Port or ListenAddress changed: systemctl daemon-reload && systemctl restart " +
            plan.units.socket.id + "\n";
  return print(text) ? status : exit_unknown;
}

} // namespace sshguardd::ctl
