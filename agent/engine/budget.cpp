#include "engine/budget.hpp"

#include "engine/evaluate.hpp"
#include "engine/ledger.hpp"
#include "engine/report.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace sshguardd::engine {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

// Waits before the second, third ... seventh try, in back-offs.
constexpr std::array<int, 6> factors = {1, 2, 4, 8, 16, 30};
constexpr auto forgiven_after = minutes{10};
constexpr auto day = hours{24};
constexpr auto fight_span = hours{1};
constexpr std::size_t undone_for_a_fight = 2;

// waitid(2) and signal(7), as systemd passes them on.
constexpr int cld_killed = 2;
constexpr int sig_kill = 9;
constexpr int sig_term = 15;

bool day_is_full(const Budget& budget, BootTime now) {
  return budget.recent.size() >= Budget::in_a_day && now - budget.recent.front() < day;
}

bool is_spent(const Budget& budget, BootTime now) {
  return budget.tries >= Budget::in_a_row || (day_is_full(budget, now) && !budget.thawed);
}

// Who brought it down again. Nobody is to blame for what happens while packages are installed, the
// machine boots (provisioning restarts services) or goes down, nor for a daemon that crashes; one
// that was stopped, or killed from outside, is taken for somebody's will.
enum class Undone { unclear, by_nobody, by_somebody };

Undone undone(const Ledger& ledger, const Finding& finding, const Snapshot& snapshot) {
  if (!snapshot.units || !snapshot.intent) return Undone::unclear;
  const std::string& system = snapshot.units->system_state;
  if (!snapshot.intent->package_locks.empty() || system == "stopping" || system == "starting" ||
      system == "initializing" || system == "maintenance")
    return Undone::by_nobody;
  const auto* restart = std::get_if<RestartSshd>(&*finding.remedy);
  // Disks fill, and hosts enlarge them again.
  if (std::holds_alternative<MakeRoom>(*finding.remedy) ||
      std::holds_alternative<GrowFileSystem>(*finding.remedy))
    return Undone::by_nobody;
  if (restart == nullptr) return Undone::by_somebody; // a file does not break by itself
  if (restart->stopped)
    return lasts(ledger, finding, snapshot.taken.boot) ? Undone::by_somebody : Undone::unclear;
  const Unit& service = snapshot.units->service;
  return service.result == "signal" && service.exec_main_code == cld_killed &&
                 (service.exec_main_status == sig_kill || service.exec_main_status == sig_term)
             ? Undone::by_somebody
             : Undone::by_nobody;
}

// A ledger can hold anything; what it says of the future would hold for ever.
void clamp(Budget& budget, BootTime now) {
  const auto past = [now](auto& time) {
    if (time && *time > now) time = now;
  };
  budget.last_try = std::min(budget.last_try, now);
  for (auto* list : {&budget.recent, &budget.undone}) {
    for (BootTime& time : *list)
      time = std::min(time, now);
  }
  for (auto* time : {&budget.good_since, &budget.healed, &budget.fight_since, &budget.fight_quiet,
                     &budget.frozen_since, &budget.waits_since})
    past(*time);
}

void end_fight(Budget& budget) {
  budget.fight_since.reset();
  budget.fight_quiet.reset();
  budget.undone.clear();
}

void expire(Budget& budget, BootTime now) {
  clamp(budget, now);
  std::erase_if(budget.recent, [now](BootTime time) { return now - time >= day; });
  std::erase_if(budget.undone, [now](BootTime time) { return now - time >= fight_span; });
  if (budget.healed && now - *budget.healed >= fight_span) budget.healed.reset();
  if (budget.fight_since && now - budget.fight_quiet.value_or(*budget.fight_since) >= fight_span)
    end_fight(budget);
}

void thaw_for(Budget& budget, const std::string& evidence, BootTime now) {
  if (evidence.empty() || budget.evidence.empty() || evidence == budget.evidence) return;
  budget.evidence = evidence;
  end_fight(budget);
  if (day_is_full(budget, now)) {
    // Evidence that never rests must not be an endless supply: one try, at the longest wait.
    budget.thawed = true;
    budget.tries = std::min(budget.tries, Budget::in_a_row - 1);
  } else {
    budget.tries = 0;
  }
}

void note_trouble(Budget& budget, const Ledger& ledger, const Finding& finding,
                  const Snapshot& snapshot) {
  const BootTime now = snapshot.taken.boot;
  if (budget.fight_since && budget.good_since) budget.fight_quiet = now;
  budget.good_since.reset();
  if (!leaves_time(*finding.remedy))
    budget.waits_since.reset();
  else if (!budget.waits_since)
    budget.waits_since = now;
  // Somebody is at work on it.
  if (std::holds_alternative<RollBackConfig>(*finding.remedy) && snapshot.config) {
    if (!budget.waits_for.empty() && budget.waits_for != snapshot.config->fingerprint)
      budget.waits_since = now;
    budget.waits_for = snapshot.config->fingerprint;
  }
  if (const Undone by = undone(ledger, finding, snapshot); budget.healed && by != Undone::unclear) {
    budget.healed.reset(); // judged once: locks are gone and states are others a moment later
    if (by == Undone::by_somebody) budget.undone.push_back(now);
    if (budget.undone.size() >= undone_for_a_fight && !budget.fight_since) {
      budget.fight_since = budget.fight_quiet = now;
      if (snapshot.config) budget.evidence = snapshot.config->fingerprint;
    }
  }
  if (!is_spent(budget, now))
    budget.frozen_since.reset();
  else if (!budget.frozen_since)
    budget.frozen_since = now;
}

void note_good(Budget& budget, BootTime now) {
  if (budget.fight_since && !budget.good_since) budget.fight_quiet = now;
  if (!budget.good_since) budget.good_since = now;
  budget.waits_since.reset();
  budget.frozen_since.reset();
  if (now - *budget.good_since < forgiven_after) return;
  budget.tries = 0;
  budget.thawed = false;
}

// Nothing is left that it could tell.
bool blank(const Budget& budget) {
  return budget.tries == 0 && budget.recent.empty() && !budget.healed && budget.undone.empty() &&
         !budget.fight_since && !budget.waits_since;
}

const Finding* finding_of(const Evaluation& evaluation, const std::string& key) {
  const auto found = std::ranges::find_if(evaluation.findings, [&key](const Finding& finding) {
    return finding.remedy && budget_key(*finding.remedy) == key;
  });
  return found == evaluation.findings.end() ? nullptr : &*found;
}

} // namespace

bool lasts(const Ledger& ledger, const Finding& finding, BootTime now) {
  if (finding.settle.count() == 0) return true;
  const bool told = std::ranges::any_of(ledger.episodes, [&finding](const Episode& episode) {
    return !episode.ids.empty() && episode.ids.back() == finding.id;
  });
  const auto first = ledger.settling.find(remedy_key(finding));
  return told || (first != ledger.settling.end() && now - first->second >= finding.settle);
}

bool leaves_time(const Remedy& remedy) {
  const auto* restart = std::get_if<RestartSshd>(&remedy);
  return std::holds_alternative<RollBackConfig>(remedy) ||
         std::holds_alternative<OpenFirewall>(remedy) || (restart != nullptr && restart->stopped);
}

std::string budget_key(const Remedy& remedy) {
  const auto subject = [](const auto& kind) -> std::string {
    using Kind = std::decay_t<decltype(kind)>;
    if constexpr (std::is_same_v<Kind, RestartSshd>)
      return kind.socket.empty() ? kind.service : kind.socket;
    else if constexpr (std::is_same_v<Kind, GenerateHostKeys>)
      return "/etc/ssh";
    else if constexpr (std::is_same_v<Kind, ClearHostKeyMode>)
      return kind.paths.empty() ? "" : kind.paths.front();
    else if constexpr (std::is_same_v<Kind, RollBackConfig>)
      return kind.main_file;
    else if constexpr (std::is_same_v<Kind, ClearKeyMode>)
      return kind.account;
    else if constexpr (std::is_same_v<Kind, MakeRoom> || std::is_same_v<Kind, GrowFileSystem>)
      return kind.mount;
    else if constexpr (std::is_same_v<Kind, OpenFirewall>)
      return "port " + std::to_string(kind.port);
    else
      return kind.path;
  };
  // A start of what was stopped counts as a restart: to the subject it is the same.
  const bool restart = std::holds_alternative<RestartSshd>(remedy);
  return std::string{restart ? "restart" : name_of(remedy)} + " " + std::visit(subject, remedy);
}

Standing standing(const Budget& budget, const Config& config, BootTime now) {
  using Kind = Standing::Kind;
  Standing standing;
  if (budget.fight_since) {
    standing.due = budget.fight_quiet.value_or(*budget.fight_since) + fight_span;
    standing.wait = fight_span;
    if (now < standing.due) standing.kind = Kind::fight;
    return standing;
  }
  if (is_spent(budget, now)) {
    standing.kind = Kind::frozen;
    standing.day = budget.tries < Budget::in_a_row;
    standing.wait = Budget::frozen_factor * config.back_off;
  } else if (budget.tries > 0) {
    standing.kind = Kind::waiting;
    const auto step = std::min(static_cast<std::size_t>(budget.tries), factors.size()) - 1;
    standing.wait = factors[step] * config.back_off;
  }
  standing.due = budget.last_try + standing.wait;
  if (now >= standing.due) standing.kind = Kind::free;
  return standing;
}

void record_try(Ledger& ledger, const Remedy& remedy, const Snapshot& snapshot, Asker asker) {
  const std::string key = budget_key(remedy);
  Budget& budget = ledger.budgets[key];
  budget.tries = std::min(budget.tries, Budget::in_a_row * 1000) + 1;
  budget.last_try = snapshot.taken.boot;
  budget.recent.push_back(snapshot.taken.boot);
  if (budget.recent.size() > Budget::in_a_day) budget.recent.erase(budget.recent.begin());
  if (snapshot.config) budget.evidence = snapshot.config->fingerprint;
  budget.thawed = false;
  budget.good_since.reset();
  ledger.pending_budget = key;
  ledger.pending_by_person = asker == Asker::person;
}

void record_healed(Ledger& ledger, BootTime now) {
  const auto found = ledger.budgets.find(ledger.pending_budget);
  if (found == ledger.budgets.end()) return;
  if (ledger.pending_by_person)
    ledger.budgets.erase(found);
  else
    found->second.healed = now;
}

void observe(Ledger& ledger, const Evaluation& evaluation, const Snapshot& snapshot) {
  const BootTime now = snapshot.taken.boot;
  for (const Finding& finding : evaluation.findings) {
    if (finding.remedy && leaves_time(*finding.remedy))
      ledger.budgets.try_emplace(budget_key(*finding.remedy)); // its grace time begins
  }
  const bool good = answers(snapshot);
  for (auto& [key, budget] : ledger.budgets) {
    expire(budget, now);
    thaw_for(budget, snapshot.config ? snapshot.config->fingerprint : "", now);
    if (const Finding* finding = finding_of(evaluation, key); finding != nullptr)
      note_trouble(budget, ledger, *finding, snapshot);
    else if (good)
      note_good(budget, now);
    else
      budget.good_since.reset(); // nobody saw that it is good
    if (finding_of(evaluation, key) == nullptr) {
      budget.waits_since.reset();
      budget.waits_for.clear();
    }
  }
  std::erase_if(ledger.budgets, [](const auto& entry) { return blank(entry.second); });
}

void thaw(Ledger& ledger) {
  ledger.budgets.clear();
}

bool answers(const Snapshot& snapshot) {
  if (!snapshot.units || !snapshot.units->up()) return false;
  if (snapshot.probe && snapshot.probe->alive) return true;
  return snapshot.units->owner == PortOwner::socket && !snapshot.units->service.active();
}

} // namespace sshguardd::engine
