#include "engine/probe_schedule.hpp"

#include <algorithm>

namespace sshguardd::engine {
namespace {

using std::chrono::seconds;

// A daemon that was started just now may not listen yet; a few probes more do not reach a penalty.
constexpr auto young = seconds{10};
constexpr auto while_young = seconds{1};

} // namespace

BootTime next_probe(const ProbeHistory& history, const ProbeSettings& settings,
                    seconds noauth_penalty, BootTime now) {
  if (!history.last) return now;
  // Penalties run off in real time: what is further apart than the penalty never adds up.
  const seconds apart =
      std::max(settings.retry, noauth_penalty.count() > 0 ? 2 * noauth_penalty : seconds{0});
  if (history.failures > 0 && history.up && now - *history.up < young)
    return *history.last + while_young;
  if (history.failures > 0 || history.suspicion) return *history.last + apart;
  return *history.last + std::max(settings.interval, apart);
}

} // namespace sshguardd::engine
