#include "host/actions.hpp"

#include "host/key_modes.hpp"
#include "host/own_child.hpp"
#include "host/privsep_dir.hpp"
#include "host/room_maker.hpp"
#include "host/root_program.hpp"

#include <chrono>
#include <utility>

namespace sshguardd::host {
namespace {

constexpr auto home_deadline = std::chrono::seconds{20};
constexpr auto room_deadline = std::chrono::seconds{50};

} // namespace

void Actions::mend(const Remedy& remedy, Done done) {
  kept_.clear();
  brought_.clear();
  if (const auto* directory = std::get_if<MakePrivsepDir>(&remedy))
    return done(make_privsep_dir(directory->path));
  if (const auto* open = std::get_if<ClearHostKeyMode>(&remedy))
    return done(clear_host_key_modes(open->paths));
  if (const auto* missing = std::get_if<GenerateHostKeys>(&remedy)) {
    maker_ = std::make_unique<HostKeyMaker>(loop_, missing->paths, std::move(done));
    return maker_->start();
  }
  if (const auto* rollback = std::get_if<RollBackConfig>(&remedy))
    return roll_back(*rollback, std::move(done));
  if (const auto* keys = std::get_if<ClearKeyMode>(&remedy))
    return clear_key_modes(*keys, std::move(done));
  if (const auto* room = std::get_if<MakeRoom>(&remedy)) return make_room(*room, std::move(done));
  if (const auto* growth = std::get_if<GrowFileSystem>(&remedy))
    return grow(*growth, std::move(done));
  if (const auto* shut = std::get_if<OpenFirewall>(&remedy)) return open(*shut, std::move(done));
  done("not known: " + std::string{sshguardd::name_of(remedy)});
}

// It takes another identity, and a home may hang.
void Actions::clear_key_modes(const ClearKeyMode& remedy, Done done) {
  child_ = run_child(loop_,
                     {.argv = own_child(clear_key_mode_word, clear_key_mode_arguments(remedy)),
                      .deadline = home_deadline},
                     [done = std::move(done)](const ChildResult& result) {
                       if (result.exit_status == 0) return done(std::nullopt);
                       std::string why = result.timed_out        ? "no answer from the home in time"
                                         : !result.error.empty() ? result.error
                                         : result.err.empty()    ? "its child failed"
                                                                 : result.err;
                       if (why.ends_with('\n')) why.pop_back();
                       done(std::move(why));
                     });
}

// What was freed until it ended counts, however it did.
void Actions::make_room(const MakeRoom& remedy, Done done) {
  child_ = run_child(loop_,
                     {.argv = own_child(make_room_word, make_room_arguments(remedy)),
                      .environment = {},
                      .deadline = room_deadline},
                     [this, done = std::move(done)](const ChildResult& result) {
                       const MadeRoom made = decode_made_room(result.out);
                       brought_ = brought_text(made);
                       if (made.enough) return done(std::nullopt);
                       std::string why = !made.why.empty()       ? made.why
                                         : result.timed_out      ? "no answer from the disk in time"
                                         : !result.error.empty() ? result.error
                                         : result.exit_status != 0 ? "its child failed"
                                                                   : "";
                       if (brought_.empty())
                         return done(why.empty() ? "nothing is left that may be deleted" : why);
                       if (!why.empty()) brought_ += "; " + why;
                       done(std::nullopt);
                     });
}

// What systemd has begun for it does not end with the one who waits for it.
std::function<void(const StepsEnd&)> Actions::ended(const char* unit, Done done) {
  return [this, unit, done = std::move(done)](const StepsEnd& end) {
    brought_ = end.brought;
    if (end.late) systemd_.unit(UnitVerb::stop, unit, [](const auto& /*error*/) {});
    done(end.error);
  };
}

void Actions::grow(const GrowFileSystem& remedy, Done done) {
  grower_ = std::make_unique<Grower>(loop_, remedy, grow_sight(), system_program("systemd-run"),
                                     ended(engine::grow_unit, std::move(done)));
  grower_->start();
}

void Actions::open(const OpenFirewall& remedy, Done done) {
  opener_ = std::make_unique<Opener>(loop_, remedy, system_program,
                                     ended(engine::open_unit, std::move(done)));
  opener_->start();
}

void Actions::roll_back(const RollBackConfig& remedy, Done done) {
  rollback_ = std::make_unique<RollbackRun>(loop_, systemd_);
  rollback_->plan({}, false,
                  [this, refused = remedy.fingerprint,
                   done = std::move(done)](const Fact<RollbackRun::Plan>& plan) {
                    if (!plan) return done(plan.why());
                    if (refused.empty() || plan->fingerprint != refused)
                      return done("the configuration is not the one that sshd -t refused");
                    if (plan->changes.empty())
                      return done("the configuration is the known good one already");
                    rollback_->carry_out(*plan,
                                         [this, done](const std::optional<std::string>& why) {
                                           if (!why) kept_ = rollback_->aside();
                                           done(why);
                                         });
                  });
}

} // namespace sshguardd::host
