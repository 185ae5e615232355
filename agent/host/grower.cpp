#include "host/grower.hpp"

#include "host/disk_places.hpp"
#include "host/remote_space.hpp"
#include "parse/size_text.hpp"

#include <utility>

namespace sshguardd::host {
namespace {

std::string from_to(std::uint64_t before, std::uint64_t after) {
  return "from " + parse::size_text(before) + " to " + parse::size_text(after) + " (" +
         std::to_string(before) + " to " + std::to_string(after) + " bytes)";
}

std::string program_of(const engine::GrowStep& step) {
  const std::string& path = step.argv.front();
  return path.substr(path.rfind('/') + 1);
}

} // namespace

GrowSight grow_sight() {
  return {.table = table_of_mounts,
          .space = [](const std::string& mount) { return space_of(mount); },
          .tree = {}};
}

std::optional<RoomBelow> look_below(const GrowFileSystem& seen, const GrowSight& sight) {
  const auto table = parse::mountinfo(sight.table());
  const parse::Mount* mount = nullptr;
  for (const parse::Mount& one : table) {
    if (one.point == seen.mount) mount = &one; // the last one covers the others
  }
  if (mount == nullptr || mount->device != seen.number) return std::nullopt;
  FileSystem one;
  one.mount = mount->point;
  one.source = mount->source;
  one.type = mount->type;
  one.device = mount->device;
  one.read_only = parse::has_option(mount->options, "ro") || parse::has_option(mount->super, "ro");
  one.space = sight.space(seen.mount);
  const std::string name = block_name(sight.tree, one.device);
  if (name.empty()) return std::nullopt;
  return room_below(sight.tree, one, name);
}

Grower::Grower(Loop& loop, GrowFileSystem remedy, GrowSight sight, std::string systemd_run,
               Done done)
    : loop_{loop}, remedy_{std::move(remedy)}, sight_{std::move(sight)},
      systemd_run_{std::move(systemd_run)}, done_{std::move(done)}, steps_{engine::grow_steps(
                                                                        remedy_)} {}

void Grower::start() {
  if (std::string why = engine::why_not_growable(remedy_); !why.empty()) return fail(why);
  if (std::string why = engine::missing_program(remedy_); !why.empty()) return fail(why);
  if (systemd_run_.empty()) return fail("systemd-run is missing");
  next();
}

void Grower::next() {
  if (at_ == steps_.size()) return finish();
  const auto now = look_below(remedy_, sight_);
  if (!now) return fail("what is below " + remedy_.mount + " is not what it was");
  if (std::string why = engine::changed_since(remedy_, *now, partition_done_); !why.empty())
    return fail(why);
  const engine::GrowStep& step = steps_[at_];
  child_ = run_child(loop_,
                     {.argv = engine::by_systemd(systemd_run_, step, remedy_),
                      .environment = {},
                      .deadline = step.deadline + beyond_systemd},
                     [this](const ChildResult& result) { on_step(result); });
}

void Grower::on_step(const ChildResult& result) {
  const engine::GrowStep& step = steps_[at_];
  if (const auto why = why_failed(result, program_of(step))) return fail(*why, result.timed_out);
  if (step.kind == engine::GrowStep::Kind::partition) partition_done_ = true;
  ++at_;
  next();
}

// What was reached half way is said: the rest is left for the next try, or for a person.
void Grower::fail(const std::string& why, bool late) {
  std::string text = why;
  if (partition_done_)
    text = "the partition " + remedy_.device + " has grown, " + remedy_.mount + " has not: " + why;
  done_({.error = text, .brought = "", .late = late});
}

// By effect: what statvfs(3) says, not how the programs ended.
void Grower::finish() {
  const auto now = look_below(remedy_, sight_);
  if (!now || now->total <= remedy_.total)
    return fail(program_of(steps_.back()) + " ended without an error, and nothing is larger");
  done_({.error = std::nullopt,
         .brought = "grew " + remedy_.mount + " by " +
                    parse::size_text(now->total - remedy_.total) + ", " +
                    from_to(remedy_.total, now->total),
         .late = false});
}

} // namespace sshguardd::host
