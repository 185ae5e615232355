#include "host/look_once.hpp"

#include "host/clock.hpp"
#include "host/look.hpp"

#include <functional>
#include <memory>
#include <utility>

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
  bool late = false; // news came while a look was under way, which may have passed its place
  Look::Callback on_look = [&](const std::shared_ptr<const Snapshot>& taken) {
    snapshot = *taken;
    if (std::exchange(late, false))
      look->start(Look::Why::event, on_look);
    else if (!look->pending())
      loop.stop();
  };
  look = std::make_unique<Look>(loop, *systemd, SelfTest{}, [&] {
    if (look->busy())
      late = true;
    else
      look->start(Look::Why::event, on_look);
  });
  look->configure(config);
  look->start(Look::Why::event, on_look);
  loop.run();
  return snapshot;
}

} // namespace sshguardd::host
