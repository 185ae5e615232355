#include "host/rollback_run.hpp"

#include "engine/rollback_files.hpp"
#include "host/aside.hpp"
#include "host/clock.hpp"
#include "host/config_file.hpp"
#include "host/files.hpp"
#include "host/instance.hpp"
#include "host/known_good.hpp"
#include "host/sshd_files.hpp"
#include "parse/sshd_messages.hpp"

#include <utility>

namespace sshguardd::host {
namespace {

constexpr auto test_deadline = std::chrono::seconds{10};
// Debian and Ubuntu: what the package's scripts make /etc/ssh/sshd_config from. RPM has none.
constexpr const char* distribution_file = "/usr/share/openssh/sshd_config";

struct Wanted {
  parse::ConfigSet set;
  std::int64_t saved_us = 0;
};

Fact<Wanted> known_good_set(const Instance& instance, RollbackRun::To to) {
  const auto sets = known_good(instance);
  if (sets.empty()) return Unknown{"no configuration of this instance is known to be good"};
  for (const StoredSet& stored : sets) {
    if (to.kind == RollbackRun::To::Kind::newest || stored.number == to.number)
      return Wanted{stored.set, stored.set.saved_us};
  }
  return Unknown{"there is no known good configuration with the number " +
                 std::to_string(to.number) + ": sshguardctl rollback --list"};
}

Fact<Wanted> replaced_last(const std::string& directory) {
  const auto found = asides(directory);
  if (found.empty()) return Unknown{"no rollback has replaced anything"};
  const auto set = replaced_by(found.front());
  if (!set) return Unknown{set.why()};
  return Wanted{*set, set->saved_us};
}

// Only the files that it is about: whatever else there is by now stays.
Fact<engine::RollbackFiles> files_to_put_back(const parse::ConfigSet& set) {
  engine::RollbackFiles files;
  for (const parse::ConfigFile& before : set.files) {
    const auto now = read_config_file(before.path);
    if (!now) return Unknown{now.why()};
    if (!same_but_label(*now, before)) files.changes.push_back({*now, before});
  }
  return files;
}

// The main file with the links that lead to it, and the environment files.
Fact<parse::ConfigSet> main_file_with_links(const engine::RollbackScope& scope) {
  parse::ConfigSet now;
  std::vector<std::string> paths = scope.environment_files;
  paths.push_back(scope.main_file);
  while (!paths.empty()) {
    const std::string path = paths.back();
    paths.pop_back();
    if (!parse::is_plain_path(path) || now.find(path) != nullptr) continue;
    const auto file = read_config_file(path);
    if (!file) return Unknown{file.why()};
    if (file->kind == parse::ConfigFile::Kind::absent) continue;
    now.files.push_back(*file);
    if (file->kind == parse::ConfigFile::Kind::link) paths.push_back(engine::link_target(*file));
  }
  return now;
}

Fact<Wanted> distribution_set(const engine::RollbackScope& scope) {
  const auto text = read_file(distribution_file, parse::ConfigSet::max_text);
  if (!text && exists(distribution_file)) return Unknown{text.why()};
  if (!text)
    return Unknown{
        "this distribution ships no default outside its package: reinstall openssh-server"};
  const auto now = main_file_with_links(scope);
  if (!now) return Unknown{now.why()};
  const std::string end = engine::end_of_links(*now, scope.main_file);
  if (!engine::in_scope(end, scope) || leads_elsewhere(end))
    return Unknown{scope.main_file + " leads to " + end +
                   ", which is not sshd's alone: put a file in the place of the link first"};
  return Wanted{
      engine::distribution_default(*now, scope.main_file, *text, scope.environment_files)};
}

} // namespace

void RollbackRun::plan(To to, bool only_look, std::function<void(Fact<Plan>)> done) {
  systemd_.read(Systemd::Depth::everything,
                [this, to, only_look, done = std::move(done)](const Fact<SshUnits>& units) {
                  if (!units) return done(Unknown{"systemd gave no answer: " + units.why()});
                  done(plan_now(to, only_look, *units));
                });
}

void RollbackRun::unkeepable(std::function<void(std::optional<std::string>)> done) {
  systemd_.read(Systemd::Depth::everything, [done = std::move(done)](const Fact<SshUnits>& units) {
    if (!units) return done("systemd gave no answer: " + units.why());
    const auto files = read_sshd_files(units->service);
    if (!files) return done(files.why());
    const auto set = read_config_set(files->config);
    done(set ? std::nullopt : std::optional{set.why()});
  });
}

Fact<RollbackRun::Plan> RollbackRun::plan_now(To to, bool only_look, const SshUnits& units) {
  const auto instance = read_instance();
  if (!instance) return Unknown{instance.why()};
  const std::string directory = instance_directory(*instance);
  if (only_look && rollback_is_half_done(directory))
    return Unknown{"a rollback was killed half way; to undo it: sshguardctl rollback --undo"};
  const auto recovered = only_look ? Fact<bool>{false} : recover_rollback(directory);
  if (!recovered)
    return Unknown{"a rollback was killed half way, and cannot be undone: " + recovered.why()};
  recovered_ = *recovered;
  const auto now = read_sshd_files(units.service);
  if (!now) return Unknown{now.why()};
  Plan plan{.units = units, .instance = *instance, .fingerprint = now->config.fingerprint};
  const bool undo = to.kind == To::Kind::undo;
  if (undo && recovered_) return plan; // that was it
  const auto scope = rollback_scope(units.service, now->config);
  const auto wanted = undo                                ? replaced_last(directory)
                      : to.kind == To::Kind::distribution ? distribution_set(scope)
                                                          : known_good_set(*instance, to);
  if (!wanted) return Unknown{wanted.why()};
  auto files =
      undo ? files_to_put_back(wanted->set) : files_to_change(wanted->set, now->config, scope);
  if (!files) return Unknown{files.why()};
  plan.saved_us = wanted->saved_us;
  plan.changes = files->changes;
  plan.left = files->left;
  return plan;
}

void RollbackRun::carry_out(const Plan& plan, Done done) {
  done_ = std::move(done);
  const auto finish = [this](std::optional<std::string> why) {
    transaction_.reset();
    std::exchange(done_, nullptr)(std::move(why));
  };
  const auto now = read_sshd_files(plan.units.service);
  if (!now) return finish(now.why());
  if (now->config.fingerprint != plan.fingerprint)
    return finish("sshd's configuration was changed meanwhile");
  if (std::string why = veto_ ? veto_() : ""; !why.empty()) return finish(std::move(why));
  transaction_ = std::make_unique<Transaction>(instance_directory(plan.instance));
  const std::int64_t when_us = host::now().wall.time_since_epoch().count();
  if (auto why = transaction_->apply(plan.changes, when_us)) {
    as_it_was_ = transaction_->as_it_was();
    return finish(std::move(why));
  }
  // The environment file may have changed sshd's options.
  const auto files = read_sshd_files(plan.units.service);
  if (!files) return finish(undone(files.why()));
  ChildSpec spec{
      .argv = files->test_argv, .environment = files->test_environment, .deadline = test_deadline};
  child_ =
      run_child(loop_, std::move(spec), [this](const ChildResult& result) { on_tested(result); });
}

std::string RollbackRun::undone(const std::string& why) {
  const auto left = transaction_->undo();
  as_it_was_ = !left;
  return left ? why + "; and not all could be put back: " + *left : why;
}

std::optional<std::string> RollbackRun::abandon() {
  child_.reset();
  done_ = nullptr;
  const auto transaction = std::move(transaction_);
  return transaction ? transaction->undo() : std::nullopt;
}

void RollbackRun::reverse(const Plan& plan, Done done) {
  Plan back = plan;
  back.changes.clear();
  for (const engine::ConfigChange& change : plan.changes) {
    // As it is, since a link or a kernel without SELinux has not taken the label.
    const auto now = read_config_file(change.path());
    if (!now) return done(now.why());
    if (!same_but_label(*now, change.after)) return done(change.path() + " was changed meanwhile");
    back.changes.push_back({*now, change.before});
  }
  const auto files = read_sshd_files(plan.units.service);
  if (!files) return done(files.why());
  back.fingerprint = files->config.fingerprint;
  carry_out(back, std::move(done));
}

void RollbackRun::on_tested(const ChildResult& result) {
  const auto output = parse::sshd_test_output(result.err, result.exit_status);
  std::optional<std::string> why;
  if (!result.error.empty() || result.timed_out || result.exit_status < 0) {
    why = result.error.empty() ? "sshd -t did not end" : result.error;
  } else if (result.exit_status != 0 && !output.privsep_dir_only) {
    why = "sshd -t refuses what was put in its place";
    if (!output.errors.empty()) why = *why + ": " + output.errors.front().message;
  }
  if (!why) {
    why = transaction_->keep();
    as_it_was_ = transaction_->as_it_was();
  } else {
    why = undone(*why);
  }
  aside_ = transaction_->aside();
  transaction_.reset();
  child_.reset();
  std::exchange(done_, nullptr)(why);
}

} // namespace sshguardd::host
