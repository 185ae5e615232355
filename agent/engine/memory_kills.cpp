#include "engine/memory_kills.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace sshguardd::engine {
namespace {

constexpr std::size_t most_groups = 1'000; // that are remembered
constexpr std::size_t most_told = 16;

} // namespace

void MemoryKillCounter::count(const std::string& group, bool sshd, std::uint64_t killed,
                              BootTime now) {
  const auto known = known_.find(group);
  if (known == known_.end() && known_.size() >= most_groups) known_.clear();
  std::uint64_t before = 0; // one that is new began at nothing; so did one that was made anew
  if (known != known_.end() && killed >= known->second)
    before = known->second;
  else if (first_)
    before = killed;
  known_[group] = killed;
  if (killed <= before) return;
  auto kills = std::ranges::find(kills_, group, &MemoryKills::group);
  if (kills == kills_.end()) {
    if (kills_.size() >= most_told) return;
    kills = kills_.insert(kills_.end(), {.group = group, .sshd = sshd, .killed = 0, .last = now});
  }
  kills->killed += killed - before;
  kills->last = now;
}

void MemoryKillCounter::forget_sshd(const std::string& group, std::uint64_t killed) {
  std::erase_if(kills_, &MemoryKills::sshd);
  known_[group] = killed;
}

void MemoryKillCounter::looked(BootTime now) {
  first_ = false;
  std::erase_if(kills_, [now](const MemoryKills& one) { return now - one.last >= Memory::counts; });
}

} // namespace sshguardd::engine
