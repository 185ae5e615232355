#include "daemon/known_good_keeper.hpp"

#include "engine/config_change.hpp"
#include "engine/encode.hpp"
#include "host/clock.hpp"
#include "host/instance.hpp"
#include "host/known_good.hpp"
#include "host/log.hpp"
#include "host/logins.hpp"
#include "host/rollback.hpp"
#include "host/sshd_files.hpp"

#include <chrono>
#include <utility>
#include <vector>

namespace sshguardd::daemon {
namespace {

using std::chrono::milliseconds;

// logind tells of a session before its processes are in it, and a command may be over in a moment:
// often at first, then now and then. A search reads a few small files of /proc, and only while this
// configuration is not known good yet.
// internal-sftp is told by its age alone.
constexpr unsigned searches = 206;
constexpr milliseconds search_every(unsigned tries) {
  if (tries < 180) return milliseconds{2};
  return tries < 200 ? milliseconds{60} : milliseconds{1000};
}

// Who was there when sshd was reloaded was let in by what it had read before; and between the
// signal and its effect somebody may still come.
BootTime since(const Unit& service) {
  constexpr auto effect = std::chrono::seconds{1};
  if (service.reload_us <= service.active_enter_us) return {};
  return host::boot_time_of(std::chrono::microseconds{service.reload_monotonic_us}) + effect;
}

} // namespace

KnownGoodKeeper::HalfDone KnownGoodKeeper::recover(const Snapshot& snapshot, bool may_recover) {
  if (!snapshot.instance) return HalfDone::none;
  const std::string directory = host::instance_directory(*snapshot.instance);
  std::string problem;
  auto found = HalfDone::none;
  if (may_recover) {
    std::vector<std::string> left;
    const auto undone = host::recover_rollback(
        directory, [] {}, &left);
    if (!undone) problem = undone.why();
    if (undone && *undone) {
      found = HalfDone::undone;
      host::log_warning("a rollback of sshd's configuration was killed half way: undone");
    }
    for (const std::string& path : left)
      host::log_warning("changed since, and left as it is: " + engine::encode(path));
  } else if (host::rollback_is_half_done(directory)) {
    problem = "healing is off, or packages are being installed";
  }
  if (!problem.empty()) {
    found = HalfDone::left;
    problem = "a rollback of sshd's configuration was killed half way and is not undone (" +
              problem + "); to undo it: sshguardctl rollback --undo";
    if (problem != half_done_) host::log_warning(problem);
  }
  half_done_ = problem;
  return found;
}

void KnownGoodKeeper::on_look(const Snapshot& snapshot) {
  if (!snapshot.units || !snapshot.config) return;
  const Unit& service = snapshot.units->service;
  const std::string run =
      std::to_string(service.main_pid) + " " + std::to_string(service.read_config_us());
  if (run != run_) {
    run_ = run;
    fingerprint_ = snapshot.config->fingerprint;
  }
  // A file that went and came back as it was leaves its trace here alone.
  if (snapshot.config->fingerprint != fingerprint_) fingerprint_ = "changed";
  wanted_.reset();
  if (fingerprint_ == "changed" || !engine::would_prove(snapshot)) return;
  if (recorded_ == run + " " + fingerprint_) return;
  wanted_ = Wanted{service, *snapshot.instance, fingerprint_, run};
  search();
}

void KnownGoodKeeper::on_session() {
  if (!wanted_) return;
  tries_ = 0;
  search();
}

void KnownGoodKeeper::search() {
  if (!wanted_) return again_.reset();
  if (host::somebody_is_in(wanted_->service.main_pid, since(wanted_->service))) return record();
  if (tries_ >= searches) return again_.reset();
  again_ = loop_.at(host::now().boot + search_every(tries_++), [this] { search(); });
}

void KnownGoodKeeper::record() {
  again_.reset();
  const Wanted wanted = *std::exchange(wanted_, std::nullopt);
  // What is kept is what was tested, as long as nothing changed before and after it was read.
  const auto files = host::read_sshd_files(wanted.service);
  if (!files || files->config.fingerprint != wanted.fingerprint) return;
  const auto set = host::read_config_set(files->config);
  const auto again = host::read_sshd_files(wanted.service);
  if (!again || again->config.fingerprint != wanted.fingerprint) return;
  recorded_ = wanted.run + " " + wanted.fingerprint; // also what cannot be kept: no second try
  if (!set) return tell_problem("sshd's configuration cannot be kept as known good: " + set.why());
  const auto kept = host::known_good(wanted.instance);
  if (!kept.empty() && kept.front().set.files == set->files) return;
  parse::ConfigSet now = *set;
  now.saved_us = host::now().wall.time_since_epoch().count();
  const auto problem = host::save_known_good(wanted.instance, now);
  if (!problem) {
    problem_.clear();
    return host::log_info("sshd's configuration is known good: somebody logged in with it");
  }
  recorded_.clear(); // again at the next look
  tell_problem("known good configuration not kept: " + *problem);
}

// Each once, however often it is tried.
void KnownGoodKeeper::tell_problem(const std::string& problem) {
  if (problem_ != problem) host::log_warning(problem);
  problem_ = problem;
}

} // namespace sshguardd::daemon
