#include "host/rollback.hpp"

#include "host/aside.hpp"
#include "host/config_file.hpp"
#include "host/exchange.hpp"
#include "host/files.hpp"

#include <set>
#include <utility>

namespace sshguardd::host {
namespace {

using engine::ConfigChange;
using Failure = std::optional<std::string>;
using Step = std::function<void()>;
using Lock = RollbackJournalFile::Lock;

constexpr const char* not_all_back = "; and not all could be put back: ";

// left: the paths that are not ours any more.
Failure go_back(RollbackJournalFile& file, const RollbackJournal& journal,
                std::vector<std::string>& left, const Step& step) {
  Failure failed;
  std::set<std::string> directories;
  RollbackJournal rest{journal.aside, {}};
  for (const ConfigChange& change : journal.changes) {
    directories.insert(directory_of(change.path()));
    const auto back = undo_exchange(change, journal.aside, step);
    if (back && *back == Exchanged::not_ours) left.push_back(change.path());
    if (back) continue;
    rest.changes.push_back(change);
    if (!failed) failed = back.why();
  }
  for (const std::string& one : directories) {
    if (auto why = sync_directory(one); why && !failed && exists(one)) failed = why;
  }
  if (!left.empty()) {
    step();
    if (auto why = keep_aside(journal.aside); why && !failed) failed = why;
  }
  if (failed) {
    // It is tried again, but not with what is decided: that may become anything from here on.
    if (rest.changes.size() < journal.changes.size() && !rest.changes.empty())
      (void)file.begin(rest);
    return failed;
  }
  step();
  drop_aside(journal.aside);
  step();
  return file.end();
}

// After it was kept.
Failure clear_away(RollbackJournalFile& file, const Step& step) {
  if (!file.kept()) return std::nullopt;
  const auto journal = file.read_kept();
  if (!journal) return journal.why();
  for (const ConfigChange& change : journal->changes) {
    step();
    if (auto why = finish_exchange(change, journal->aside)) return why;
  }
  step();
  return file.forget_kept();
}

} // namespace

Transaction::Transaction(std::string directory, Step step)
    : file_{std::move(directory)}, step_{std::move(step)} {}

Transaction::~Transaction() {
  if (begun_) (void)undo();
}

Failure Transaction::take_lock() {
  if (auto why = make_directories(file_.directory())) return why;
  std::string why;
  if (file_.lock(why) != Lock::taken) return why;
  if (file_.begun()) return "an earlier rollback could not be undone yet";
  return clear_away(file_, step_);
}

Failure Transaction::apply(std::vector<ConfigChange> changes, std::int64_t when_us) {
  if (auto why = take_lock()) return why;
  journal_.changes = std::move(changes);
  for (const ConfigChange& change : journal_.changes) {
    const auto now = read_config_file(change.path());
    if (!now) return now.why();
    if (*now != change.before) return change.path() + " was changed meanwhile";
  }
  const auto aside = next_aside(file_.directory());
  if (!aside) return aside.why();
  journal_.aside = aside->path;
  begun_ = true;
  auto why = make_changes(when_us);
  if (!why) return std::nullopt;
  if (const auto left = undo()) return *why + not_all_back + *left;
  return why;
}

Failure Transaction::make_changes(std::int64_t when_us) {
  step_();
  if (auto why = file_.begin(journal_)) return why;
  step_();
  parse::ConfigSet before;
  before.saved_us = when_us;
  for (const ConfigChange& change : journal_.changes)
    before.files.push_back(change.before);
  if (auto why = fill_aside(journal_.aside, before)) return why;
  // All that needs space, while nothing has been replaced.
  for (const ConfigChange& change : journal_.changes) {
    if (auto why = prepare_exchange(change, step_)) return why;
  }
  std::set<std::string> directories;
  for (const ConfigChange& change : journal_.changes) {
    directories.insert(directory_of(change.path()));
    const auto done = make_exchange(change, step_);
    if (!done) return done.why();
    if (*done == Exchanged::not_ours) return change.path() + " was changed meanwhile";
  }
  for (const std::string& one : directories) {
    step_();
    if (auto why = sync_directory(one)) return why;
  }
  return std::nullopt;
}

Failure Transaction::keep() {
  step_();
  if (auto why = file_.keep()) {
    const auto left = undo();
    return left ? *why + not_all_back + *left : why;
  }
  // From here on it is done: what cannot be cleared away now is left to the next one.
  begun_ = false;
  (void)clear_away(file_, step_);
  file_.unlock();
  return std::nullopt;
}

Failure Transaction::undo() {
  if (!begun_) return std::nullopt;
  begun_ = false;
  std::vector<std::string> left;
  auto why = go_back(file_, journal_, left, step_);
  for (const std::string& path : left)
    why = (why ? *why + "; " : "") + path + " was changed meanwhile, and is left as it is";
  as_it_was_ = !why;
  file_.unlock();
  return why;
}

bool rollback_is_half_done(const std::string& directory) {
  RollbackJournalFile file{directory};
  std::string why;
  return file.begun() && file.lock(why) != Lock::held && file.begun();
}

Fact<bool> recover_rollback(const std::string& directory, const Step& step,
                            std::vector<std::string>* left) {
  RollbackJournalFile file{directory};
  if (!file.begun() && !file.kept()) return false;
  std::string why;
  const Lock lock = file.lock(why);
  if (lock == Lock::held) return false;
  if (lock == Lock::failed) return Unknown{why};
  if (auto failed = clear_away(file, step)) return Unknown{*failed};
  if (!file.begun()) return false;
  const auto journal = file.read_begun();
  if (!journal) return Unknown{journal.why()};
  std::vector<std::string> others;
  auto failed = go_back(file, *journal, others, step);
  if (left != nullptr) *left = others;
  if (failed) return Unknown{*failed};
  return true;
}

} // namespace sshguardd::host
