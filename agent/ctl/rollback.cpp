// sshguardctl rollback: sshd's configuration as it was when somebody last logged in with it, as the
// distribution ships it, or as the last rollback found it.
#include "ctl/commands.hpp"
#include "ctl/peer.hpp"
#include "ctl/rollback_effect.hpp"
#include "ctl/run_to_end.hpp"
#include "ctl/source.hpp"
#include "ctl/text.hpp"
#include "engine/encode.hpp"
#include "engine/report.hpp"
#include "engine/rollback_files.hpp"
#include "host/aside.hpp"
#include "host/clock.hpp"
#include "host/instance.hpp"
#include "host/intent.hpp"
#include "host/journal.hpp"
#include "host/known_good.hpp"
#include "host/rollback_run.hpp"

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <optional>
#include <utility>

namespace sshguardd::ctl {
namespace {

using host::RollbackRun;
using To = RollbackRun::To;

constexpr auto deadline = std::chrono::seconds{30};

int failed(const std::string& why, int status = exit_unknown) {
  std::fprintf(stderr, "sshguardctl: %s\n", engine::encode(why).c_str());
  return status;
}

std::string time_text(std::int64_t us) {
  return engine::rfc3339(WallTime{std::chrono::microseconds{us}});
}

// Who holds a package manager's lock: it may be writing these very files.
std::string at_work() {
  const auto intent = host::IntentReader{}.read(nullptr, host::now().boot);
  if (!intent) return "could not see whether packages are being installed: " + intent.why();
  if (intent->package_locks.empty()) return {};
  const PackageLock& lock = intent->package_locks.front();
  return "packages are being installed: " + lock.path + " is held by " +
         (lock.pid != 0 ? "process " + std::to_string(lock.pid) : "another process") +
         "; try again when that is over, or, where it never ends: sshguardctl rollback --force";
}

struct Outcome {
  Fact<RollbackRun::Plan> plan = Unknown{"no answer in time"};
  bool carried_out = false;           // ... or was to be
  std::optional<std::string> problem; // it was not
  bool as_it_was = false;             // ... and nothing is left of it
  std::string aside;
};

// agrees: is shown the plan, and says whether it is to be carried out.
Outcome roll_back(const RollbackOptions& options, To to,
                  const std::function<bool(const RollbackRun::Plan&, bool recovered)>& agrees) {
  host::Loop loop;
  const auto systemd = host::Systemd::connect(loop, [] {});
  RollbackRun run{loop, *systemd};
  if (!options.force) run.set_veto(at_work);
  Outcome outcome;
  const bool ended = run_to_end(loop, deadline, [&](const std::function<void()>& end) {
    run.plan(to, options.dry_run, [&, end](const Fact<RollbackRun::Plan>& plan) {
      outcome.plan = plan;
      if (!plan || !agrees(*plan, run.recovered())) return end();
      outcome.carried_out = true;
      run.carry_out(*plan, [&, end](std::optional<std::string> why) {
        outcome.problem = std::move(why);
        outcome.as_it_was = run.as_it_was();
        outcome.aside = run.aside();
        end();
      });
    });
  });
  if (!ended && outcome.carried_out) {
    const auto left = run.abandon();
    outcome.as_it_was = !left;
    outcome.problem =
        "it did not end in time" + (left ? "; and not all could be put back: " + *left : "");
  }
  return outcome;
}

std::string why_not_kept() {
  host::Loop loop;
  const auto systemd = host::Systemd::connect(loop, [] {});
  RollbackRun run{loop, *systemd};
  std::optional<std::string> why;
  (void)run_to_end(loop, deadline, [&](const std::function<void()>& end) {
    run.unkeepable([&, end](std::optional<std::string> answer) {
      why = std::move(answer);
      end();
    });
  });
  return why ? *why : "";
}

std::string file_text(const parse::ConfigFile& file) {
  using Kind = parse::ConfigFile::Kind;
  return "    " + engine::encode(file.path, 200) +
         (file.kind == Kind::link     ? " -> " + engine::encode(file.text, 200)
          : file.kind == Kind::absent ? " (was not there)"
                                      : " (" + std::to_string(file.text.size()) + " bytes)") +
         "\n";
}

int list() {
  const auto instance = host::read_instance();
  if (!instance) return failed(instance.why());
  const auto sets = host::known_good(*instance);
  const std::string why = why_not_kept();
  std::string text;
  for (const host::StoredSet& stored : sets) {
    text += std::to_string(stored.number) + "  " + time_text(stored.set.saved_us) +
            "  somebody logged in with:\n";
    for (const parse::ConfigFile& file : stored.set.files)
      text += file_text(file);
  }
  const std::string directory = host::instance_directory(*instance);
  if (sets.empty())
    text += "no configuration of this instance is known to be good";
  else
    text += "kept in " + directory;
  if (!why.empty())
    text += "; what is there now cannot be kept: " + engine::encode(why, 400);
  else if (sets.empty())
    text += ": one is kept once somebody logs in with it";
  text += "\n";
  bool newest = true;
  for (const host::Aside& aside : host::asides(directory)) {
    const auto set = host::replaced_by(aside);
    text += "replaced" + (set ? " at " + time_text(set->saved_us) : "") + ": " +
            engine::encode(aside.path, 400) + (newest ? "  (--undo)" : "") + "\n";
    newest = false;
    if (set) {
      for (const parse::ConfigFile& file : set->files)
        text += file_text(file);
    }
  }
  return print(text) ? exit_ok : exit_unknown;
}

std::string name_of(To to, const RollbackRun::Plan& plan) {
  if (to.kind == To::Kind::distribution) return "what the distribution ships";
  if (to.kind == To::Kind::undo)
    return "what the last rollback replaced, at " + time_text(plan.saved_us);
  return "the configuration that somebody logged in with at " + time_text(plan.saved_us);
}

std::string plan_text(To to, const RollbackRun::Plan& plan, bool dry_run) {
  const std::string name = name_of(to, plan);
  std::string text;
  if (!plan.changes.empty()) {
    text = "back to " + name + ":\n" + engine::change_list(plan.changes);
    for (const std::string& line : engine::changed_policy(plan.changes))
      text += "NOTE: " + line + "\n";
    text += engine::diff_text(plan.changes) + (dry_run ? "nothing was changed\n" : "");
  } else if (plan.left.empty()) {
    text = "nothing to do: it is " + name + " already";
    text += to.kind == To::Kind::newest ? "; older ones: sshguardctl rollback --list\n" : "\n";
  } else {
    text = "nothing to do: it differs from " + name + " only in what is not sshd's alone\n";
  }
  for (const std::string& path : plan.left)
    text += "not touched, since it is not sshd's alone: " + engine::encode(path, 200) + "\n";
  return text;
}

void tell_journal(To to, const Outcome& outcome) {
  const RollbackRun::Plan& plan = *outcome.plan;
  std::string text = "rollback asked for by " + asker() + ": back to " + name_of(to, plan) + ": ";
  if (outcome.problem)
    text += (outcome.as_it_was ? "not done, all is as it was: " : "not done: ") + *outcome.problem;
  else
    text += std::to_string(plan.changes.size()) + " files; what was there before is in " +
            outcome.aside;
  host::Journal journal;
  journal.send(5, {{"MESSAGE", engine::encode(text)}});
}

bool passes(const Look& seen) {
  return seen.snapshot.config_test && seen.snapshot.config_test->passed;
}

To target(const RollbackOptions& options) {
  if (options.to_distro) return {To::Kind::distribution};
  if (options.undo) return {To::Kind::undo};
  if (options.number != 0) return {To::Kind::numbered, options.number};
  return {};
}

} // namespace

int rollback(const RollbackOptions& options) {
  if (!is_root()) return needs_root();
  if (options.list) return list();
  if (!options.dry_run && !options.force) {
    if (const std::string why = at_work(); !why.empty()) return failed(why);
  }
  host::block_signals();
  const To to = target(options);
  int status = exit_ok;
  const bool was_valid = !options.dry_run && passes(look());
  const auto outcome = roll_back(options, to, [&](const RollbackRun::Plan& plan, bool recovered) {
    if (recovered) std::fputs("A rollback that was killed half way has been undone.\n", stderr);
    if (recovered && options.undo) return false;
    if (!print(plan_text(to, plan, options.dry_run))) status = exit_unknown;
    return status == exit_ok && !plan.changes.empty() && !options.dry_run;
  });
  if (!outcome.plan) return failed(outcome.plan.why());
  if (!outcome.carried_out) return status;
  tell_journal(to, outcome);
  if (outcome.problem)
    return failed(
        (outcome.as_it_was ? "not rolled back, all is as it was: " : "not rolled back: ") +
            *outcome.problem,
        exit_critical);
  if (!print("done, and sshd -t passes; what was there before is in " + outcome.aside +
             " (sshguardctl rollback --undo)\n"))
    return exit_unknown;
  return rollback_effect(*outcome.plan, was_valid);
}

} // namespace sshguardd::ctl
