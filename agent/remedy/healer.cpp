#include "remedy/healer.hpp"

#include "engine/encode.hpp"
#include "engine/evaluate.hpp"
#include "engine/policy.hpp"
#include "engine/report.hpp"
#include "host/clock.hpp"
#include "host/log.hpp"
#include "remedy/executor.hpp"
#include "sshguardd/check.hpp"

#include <algorithm>
#include <utility>

namespace sshguardd::remedy {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using End = engine::HealResult::End;

// The calls that ask systemd: at most four, each with two seconds of its own.
constexpr auto acting_deadline = seconds{10};
// ssh-keygen on a slow machine, `sshd -t` on a hung one.
constexpr auto mending_deadline = seconds{60};
// After systemd calls it active: the banner, above TCP wrappers' 5 s.
constexpr auto banner_deadline = seconds{10};
constexpr auto verify_again = milliseconds{500};
// Room is seen at once where it was made, and a firewall's rules within a second; what else would
// take it again meanwhile is no failure.
constexpr auto effect_deadline = seconds{10};

template <class Change>
void each_episode_of(engine::Ledger& ledger, const std::string& id, const std::string& subject,
                     Change change) {
  for (engine::Episode& episode : ledger.episodes) {
    if (engine::saw(episode, id, subject)) change(episode);
  }
}

std::string run_of(const Unit& unit) {
  return std::to_string(unit.main_pid) + " " + std::to_string(unit.active_enter_us);
}

bool is_pending(const engine::Ledger& ledger, const Remedy& kind) {
  return ledger.pending && ledger.pending->remedy == name_of(kind);
}

std::string why_unknown(const engine::Evaluation& evaluation, std::string_view id) {
  for (const engine::UnknownCheck& one : evaluation.unknown) {
    if (std::ranges::find(one.check->ids, id, &FindingInfo::id) != one.check->ids.end())
      return one.why;
  }
  return {};
}

} // namespace

Healer::Healer(host::Loop& loop, HostActions& actions, const Config& config, engine::Ledger& ledger,
               Owner& owner)
    : loop_{loop}, actions_{actions}, config_{config}, ledger_{ledger}, owner_{owner} {}

void Healer::begin(Request request) {
  under_way_ = UnderWay{.request = std::move(request), .started = host::now().boot};
  if (owner_.looking())
    under_way_->look_is_older = true;
  else
    owner_.look(host::Look::Why::before_acting);
}

void Healer::resume() {
  if (!ledger_.pending) return;
  const BootTime now = host::now().boot;
  if (ledger_.pending_since > now || now - ledger_.pending_since > start_deadline + banner_deadline)
    return give_up_pending();
  under_way_ =
      UnderWay{.phase = Phase::verifying,
               .request = {.id = ledger_.pending->id, .asked_by = ledger_.pending->asked_by},
               .started = ledger_.pending_since,
               .resumed = true,
               .mends = !ledger_.pending_budget.starts_with("restart ")};
}

void Healer::interrupted(std::string after) {
  if (!under_way_ || !under_way_->resumed || under_way_->phase != Phase::verifying ||
      !is_pending(ledger_, RollBackConfig{}))
    return;
  under_way_->interrupted = std::move(after);
}

void Healer::on_look(const Snapshot& snapshot) {
  if (!under_way_ || under_way_->phase == Phase::acting) return;
  const bool older = std::exchange(under_way_->look_is_older, false);
  if (under_way_->phase == Phase::verifying) {
    if (!older) on_verify_look(snapshot);
  } else if (older) {
    owner_.look(host::Look::Why::before_acting);
  } else {
    on_fresh_look(snapshot);
  }
}

// Of several accounts' findings a person names none: the first that can be healed now.
const Finding* Healer::wanted(const engine::Evaluation& evaluation,
                              const Snapshot& snapshot) const {
  const Request& request = under_way_->request;
  if (!engine::by_subject(request.id)) return evaluation.find(request.id);
  if (!request.subject.empty()) {
    if (const Finding* found = evaluation.find(request.id, request.subject)) return found;
    // As the status has it: of a name with odd bytes a person knows no other.
    const auto told = std::ranges::find_if(evaluation.findings, [&](const Finding& finding) {
      return finding.id == request.id && engine::encode(finding.subject) == request.subject;
    });
    return told != evaluation.findings.end() ? &*told : nullptr;
  }
  const Finding* best = nullptr;
  for (const Finding& finding : evaluation.findings) {
    if (finding.id != request.id) continue;
    if (best == nullptr || (finding.remedy && !best->remedy)) best = &finding;
    if (finding.remedy && engine::decide(*finding.remedy, snapshot, config_, ledger_,
                                         snapshot.taken.boot, request.asker)
                                  .hold == engine::Hold::none)
      return &finding;
  }
  return best;
}

// What is left of what was acted on.
const Finding* Healer::left_of(const engine::Evaluation& evaluation) const {
  const std::string& id = under_way_->request.id;
  const std::string subject = ledger_.pending ? ledger_.pending->subject : "";
  const Finding* left = evaluation.find(id, subject);
  // Another port is another matter.
  if (left != nullptr && left->subject != subject && is_pending(ledger_, OpenFirewall{}))
    return nullptr;
  // An account that gets in by another file is not locked out any more.
  return left != nullptr && engine::by_subject(id) && left->severity == Severity::info ? nullptr
                                                                                       : left;
}

void Healer::on_fresh_look(const Snapshot& snapshot) {
  const auto evaluation = engine::evaluate(snapshot, catalog(), config_);
  const std::string id = under_way_->request.id;
  const Finding* finding = wanted(evaluation, snapshot);
  if (finding == nullptr) {
    if (evaluation.is_unknown(id))
      return end({.end = End::unknown, .why = why_unknown(evaluation, id)}, snapshot);
    each_episode_of(ledger_, id, under_way_->request.subject,
                    [](engine::Episode& episode) { episode.recovered = true; });
    return end({.end = End::gone}, snapshot);
  }
  if (!finding->remedy) {
    under_way_->steps = finding->fix;
    return end({.end = End::no_remedy}, snapshot);
  }
  under_way_->steps = describe(*finding->remedy);
  // To accept a finding is to switch its remedy off; a person's consent to one run goes beyond.
  if (finding->accepted && under_way_->request.asker == engine::Asker::agent)
    return withhold(*finding, {engine::Hold::off, "accepted: " + finding->accepted->reason, {}},
                    snapshot);
  const auto decision = engine::decide(*finding->remedy, snapshot, config_, ledger_,
                                       snapshot.taken.boot, under_way_->request.asker);
  if (decision.hold != engine::Hold::none) return withhold(*finding, decision, snapshot);
  if (under_way_->request.dry_run) return end({.end = End::would}, snapshot);
  act(*finding, snapshot);
}

void Healer::withhold(const Finding& finding, const engine::Decision& decision,
                      const Snapshot& snapshot) {
  Result result{.end = End::withheld, .why = decision.why};
  const Now& now = snapshot.taken;
  if (decision.retry_at)
    result.retry_at = now.wall + std::max(*decision.retry_at - now.boot, BootClock::duration{0});
  result.once_helps =
      engine::decide(*finding.remedy, snapshot, config_, ledger_, now.boot, engine::Asker::person)
          .hold == engine::Hold::none;
  end(std::move(result), snapshot);
}

// Whatever came of it, nobody saw that it was the remedy's doing.
void Healer::give_up_pending() {
  if (!ledger_.pending) return;
  engine::Heal heal = *std::exchange(ledger_.pending, std::nullopt);
  heal.after = "whoever did it was ended before he could look";
  heal.outcome = "unverified";
  engine::remember(ledger_, std::move(heal));
  owner_.save_ledger();
}

void Healer::act(const Finding& finding, const Snapshot& snapshot) {
  give_up_pending(); // of an earlier run, where sshguardctl heals without an agent
  // On disk before the act: whoever kills us now does not get a second restart for it.
  under_way_->phase = Phase::acting;
  acted_on_ = snapshot;
  const auto* restart = std::get_if<RestartSshd>(&*finding.remedy);
  under_way_->mends = restart == nullptr;
  if (restart != nullptr && restart->running && snapshot.units)
    under_way_->run_before = run_of(snapshot.units->service);
  engine::record_try(ledger_, *finding.remedy, snapshot, under_way_->request.asker);
  ledger_.pending = engine::Heal{.time = snapshot.taken.wall,
                                 .id = std::string{finding.id},
                                 .subject = finding.subject,
                                 .remedy = name_of(*finding.remedy),
                                 .before = finding.summary,
                                 .asked_by = under_way_->request.asked_by};
  ledger_.pending_since = under_way_->started;
  if (restart != nullptr) ledger_.failure_reset = !restart->stopped;
  owner_.save_ledger();
  const auto deadline = restart != nullptr ? acting_deadline : mending_deadline;
  acting_ = loop_.at(host::now().boot + deadline, [this] {
    on_applied(under_way_ && under_way_->mends ? "it did not end in time"
                                               : "no answer from systemd");
  });
  auto applying = apply(*finding.remedy, actions_,
                        [this, run = ++run_](const std::optional<std::string>& error) {
                          if (run == run_) on_applied(error);
                        });
  // All may have been answered at once.
  if (under_way_ && under_way_->phase == Phase::acting) applying_ = std::move(applying);
}

void Healer::on_applied(const std::optional<std::string>& error) {
  ++run_;
  acting_.reset();
  applying_.reset(); // the deadline ends its next steps, too
  if (!under_way_ || under_way_->phase != Phase::acting) return;
  if (error) {
    host::log_warning("remedy: " + *error);
    return record("still-broken", *error, std::exchange(acted_on_, {}));
  }
  acted_on_ = {};
  under_way_->phase = Phase::verifying;
  under_way_->applied = host::now().boot;
  under_way_->look_is_older = owner_.looking();
  owner_.look(host::Look::Why::event);
}

// What was wrong is not found any more; sshd is another remedy's.
void Healer::verify_mend(const Snapshot& snapshot) {
  if (!under_way_->interrupted.empty())
    return record("interrupted", under_way_->interrupted, snapshot);
  const std::string& id = under_way_->request.id;
  const auto evaluation = engine::evaluate(snapshot, catalog(), config_);
  const Finding* left = left_of(evaluation);
  const std::string brought = under_way_->resumed ? "" : actions_.brought();
  if (left == nullptr && !evaluation.is_unknown(id)) {
    const std::string kept = under_way_->resumed ? "" : actions_.kept();
    if (!brought.empty()) return record("healed", brought, snapshot);
    return record("healed",
                  "not found any more" +
                      (kept.empty() ? "" : "; what was there before is in " + kept),
                  snapshot);
  }
  const BootTime now = snapshot.taken.boot;
  const bool made_room = is_pending(ledger_, MakeRoom{}) || is_pending(ledger_, GrowFileSystem{});
  const bool opened = is_pending(ledger_, OpenFirewall{});
  const bool read = snapshot.firewall && snapshot.firewall->settled; // since it was applied
  const BootTime until = made_room || (opened && read) ? under_way_->applied + effect_deadline
                                                       : under_way_->started + start_deadline;
  if (now < until) return owner_.look_at(now + verify_again);
  if (!brought.empty() && left != nullptr)
    return record("still-broken",
                  brought + (opened ? "; it is still shut" : "; still short") +
                      (left->fix.empty() ? "" : ": " + left->fix.front()),
                  snapshot);
  record("still-broken", left != nullptr ? left->summary : why_unknown(evaluation, id), snapshot);
}

void Healer::on_verify_look(const Snapshot& snapshot) {
  if (under_way_->mends) return verify_mend(snapshot);
  const BootTime now = snapshot.taken.boot;
  const BootTime deadline = under_way_->started + start_deadline;
  const auto wait = [&] { owner_.look_at(now + verify_again); };
  if (!snapshot.units) {
    if (now < deadline) return wait();
    return record("still-broken", snapshot.units.why(), snapshot);
  }
  const SshUnits& units = *snapshot.units;
  const bool moving = units.service.moving() || units.socket.moving();
  // Signals tell of the end of a job; the timer is for one that is lost.
  if (moving && now < deadline) return owner_.look_at(now + seconds{2});
  if (!units.up()) return record("still-broken", units.service.active_state, snapshot);

  const std::string& before = under_way_->run_before;
  if (!before.empty() && run_of(units.service) == before) {
    if (now < deadline) return owner_.look_at(now + seconds{2});
    return record("still-broken", "systemd did not restart it", snapshot);
  }
  // By effect: sshd that answers elsewhere is not all that was wanted.
  const auto evaluation = engine::evaluate(snapshot, catalog(), config_);
  const Finding* left = evaluation.find(under_way_->request.id);
  if (left == nullptr && snapshot.probe && snapshot.probe->alive)
    return record("healed",
                  "banner \"" + snapshot.probe->said + "\" from " + snapshot.probe->address +
                      " port " + std::to_string(snapshot.probe->port),
                  snapshot);
  if (left == nullptr && units.owner == PortOwner::socket && !units.service.active())
    return record("healed", units.socket.id + " is listening", snapshot); // a probe would start it
  if (!under_way_->up_since) under_way_->up_since = now;
  if (now - *under_way_->up_since < banner_deadline) return wait();
  if (left != nullptr) return record("still-broken", left->summary, snapshot);
  record("still-broken",
         "active, but no banner: " + (snapshot.probe ? snapshot.probe->said : snapshot.probe.why()),
         snapshot);
}

void Healer::record(const char* outcome, std::string after, const Snapshot& snapshot) {
  const Now now = host::now();
  engine::Heal heal = ledger_.pending.value_or(engine::Heal{});
  heal.time = now.wall;
  heal.after = std::move(after);
  heal.outcome = outcome;
  heal.took_ms = std::chrono::duration_cast<milliseconds>(now.boot - under_way_->started).count();
  ledger_.pending.reset();
  const bool healed = heal.outcome == "healed";
  if (healed) {
    engine::record_healed(ledger_, now.boot);
    each_episode_of(ledger_, heal.id, heal.subject, [&heal](engine::Episode& episode) {
      // A file remedy, then the start of sshd: both were the agent's.
      if ((" " + episode.healed + " ").find(" " + heal.id + " ") == std::string::npos)
        episode.healed += (episode.healed.empty() ? "" : " ") + heal.id;
      episode.asked = !heal.asked_by.empty();
    });
  }
  engine::remember(ledger_, heal);
  end({.end = healed ? End::healed : End::still_broken, .why = heal.after, .heal = heal}, snapshot);
}

void Healer::end(Result result, const Snapshot& snapshot) {
  result.request = std::move(under_way_->request);
  result.steps = std::move(under_way_->steps);
  under_way_.reset();
  owner_.look_at(std::nullopt);
  owner_.on_heal_end(result, snapshot);
}

} // namespace sshguardd::remedy
