#include "engine/ledger.hpp"
#include "harness.hpp"

#include <string>

using namespace sshguardd;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::string_view boot = "3f2a51c4-0000-4000-8000-000000000000"; // as in the corpus
  const auto ledger = engine::ledger_from_json(fuzz::text_of(data, size), boot);
  fuzz::require(ledger.boot_id == boot);
  fuzz::require(ledger.heals.size() <= engine::Ledger::max_heals);
  fuzz::require(ledger.episodes.size() <= 64 && ledger.budgets.size() <= 256);
  for (const engine::Episode& episode : ledger.episodes)
    fuzz::require(!episode.id.empty() && !episode.ids.empty() && episode.seq <= ledger.seq);
  for (const auto& [key, budget] : ledger.budgets)
    fuzz::require(budget.tries >= 0 && budget.last_try >= BootTime{});

  // Saving and reading again loses nothing: an agent that is killed over and over never tries
  // twice nor tells twice.
  const std::string saved = engine::to_json(ledger);
  fuzz::require(std::ranges::all_of(saved, [](char c) {
    return c == '\n' || fuzz::printable({&c, 1});
  }));
  const auto again = engine::ledger_from_json(saved, boot);
  fuzz::require(engine::to_json(again) == saved);

  fuzz::require(engine::ledger_from_json(saved, "another boot").seq == 0);
  return 0;
}
