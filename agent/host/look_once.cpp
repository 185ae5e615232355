#include "host/look_once.hpp"

#include "host/clock.hpp"
#include "host/look.hpp"

#include <memory>

namespace sshguardd::host {

Snapshot look_once(const Config& config) {
  constexpr auto deadline = std::chrono::seconds{25}; // two probes that get no answer
  block_signals();
  Loop loop;
  const auto systemd = Systemd::connect(loop, [] {});
  std::unique_ptr<Look> look;
  Snapshot snapshot;
  snapshot.taken = now();
  const Source timeout = loop.at(snapshot.taken.boot + deadline, [&loop] { loop.stop(); });
  const auto on_look = [&](const std::shared_ptr<const Snapshot>& taken) {
    snapshot = *taken;
    if (!look->pending()) loop.stop();
  };
  look = std::make_unique<Look>(loop, *systemd, SelfTest{}, [&] {
    if (!look->busy()) look->start(Look::Why::event, on_look);
  });
  look->configure(config);
  look->start(Look::Why::event, on_look);
  loop.run();
  return snapshot;
}

} // namespace sshguardd::host
