#include "engine/key_record.hpp"
#include "harness.hpp"

#include <string>

using namespace sshguardd;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto record = engine::key_record(fuzz::text_of(data, size));
  if (!record) return 0;
  fuzz::require(record->accounts.size() <= engine::KeyRecord::most_accounts);

  // Saving and reading again loses nothing.
  const std::string saved = engine::to_json(*record);
  const auto again = engine::key_record(saved);
  fuzz::require(again && *again == *record);

  // Whatever it says, nothing lies in the future of a look, and nothing is told of who is not
  // there.
  std::vector<AccountKeys> now;
  for (const engine::RecordedAccount& account : record->accounts)
    now.push_back({.name = account.name,
                   .uid = account.uid,
                   .home = account.home,
                   .by_key = true,
                   .all_seen = true});
  const WallTime time{std::chrono::seconds{1'795'230'727}};
  const auto noted = engine::note_keys(*record, now, {}, time);
  for (const KeyLoss& loss : engine::key_losses(noted, now, time)) {
    fuzz::require(loss.since > 0 && loss.since <= 1'795'230'727);
    fuzz::require(loss.left.empty());
  }
  fuzz::require(engine::key_losses(noted, {}, time).empty());
  return 0;
}
