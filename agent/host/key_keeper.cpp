#include "host/key_keeper.hpp"

#include "host/files.hpp"
#include "host/instance.hpp"
#include "host/log.hpp"

#include <chrono>
#include <utility>

namespace sshguardd::host {
namespace {

constexpr const char* record_name = "keys.json";
// Whoever exchanges his keys all day makes no more work for the disk.
constexpr auto window = std::chrono::minutes{1};
constexpr unsigned writes_in_window = 6;

} // namespace

void KeyKeeper::open_record(const Instance& instance) {
  const std::string directory = instance_directory(instance);
  if (directory == record_of_) return;
  record_of_ = directory;
  record_.reset();
  saved_.reset();
  const std::string path = directory + "/" + record_name;
  const auto text = read_state(instance, record_name);
  if (!text && exists(path)) {
    // No record, and nothing to write over.
    log_warning("which keys accounts had is not known: " + text.why());
    return;
  }
  if (text) saved_ = engine::key_record(*text);
  if (text && !saved_) log_warning(path + ": not as the agent wrote it; a new one is begun");
  record_ = saved_.value_or(engine::KeyRecord{});
}

// Whoever kept it meanwhile has written it.
void KeyKeeper::keep_record(bool keeps) {
  if (keeps && !keeps_record_) record_of_.clear();
  keeps_record_ = keeps;
}

void KeyKeeper::compare(Snapshot& snapshot, const engine::KeyUses& uses) {
  // An image that is sealed, or a machine that is being set up, has nothing to remember.
  if (!snapshot.accounts || !snapshot.instance || !snapshot.instance->provisioned) return;
  open_record(*snapshot.instance);
  if (!record_) return;
  Accounts accounts = *snapshot.accounts;
  record_ = engine::note_keys(std::move(*record_), accounts.keys, uses, snapshot.taken.wall);
  accounts.losses = engine::key_losses(*record_, accounts.keys, snapshot.taken.wall);
  snapshot.accounts = std::move(accounts);
  if (keeps_record_ && record_ != saved_) save_record(*snapshot.instance, snapshot.taken.boot);
}

// A disk that is full or read-only may take it at a later look.
void KeyKeeper::save_record(const Instance& instance, BootTime now) {
  if (now - window_since_ >= window) {
    window_since_ = now;
    writes_ = 0;
  }
  if (writes_ >= writes_in_window) return;
  ++writes_;
  const std::string problem =
      write_state(instance, record_name, engine::to_json(*record_)).value_or("");
  if (problem.empty()) saved_ = record_;
  if (!problem.empty() && problem != save_problem_)
    log_warning("which keys accounts have is not kept: " + problem);
  save_problem_ = problem;
}

} // namespace sshguardd::host
