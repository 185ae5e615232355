#include "host/listen_history.hpp"

#include "host/instance.hpp"
#include "parse/listen.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <utility>
#include <vector>

namespace sshguardd::host {
namespace {

constexpr std::string_view file = "listeners";
constexpr std::chrono::microseconds lasting = std::chrono::minutes{5};

bool lasts(const Snapshot& snapshot) {
  const Unit& service = snapshot.units->service;
  if (!service.active() || service.moving() || snapshot.units->socket.active()) return false;
  if (!snapshot.probe || !snapshot.probe->alive || !snapshot.listeners || !snapshot.config)
    return false;
  const std::int64_t now = snapshot.taken.wall.time_since_epoch().count();
  return has_read(service, *snapshot.config) && now - service.read_config_us() > lasting.count();
}

} // namespace

void ListenHistory::follow(Snapshot& snapshot) {
  if (!snapshot.instance || !snapshot.units) return;
  if (std::string directory = instance_directory(*snapshot.instance); directory != directory_) {
    directory_ = std::move(directory);
    const auto text = read_state(*snapshot.instance, file);
    text_ = text ? *text : "";
  }
  if (const auto before = parse::listen_addresses(text_); !before.empty())
    snapshot.listened_before = before;
  if (!lasts(snapshot)) return;
  std::vector<ListenAddress> there;
  for (const Listener& one : *snapshot.listeners) {
    // On loopback there are forwardings of sessions, too.
    if (one.ours && !one.loopback()) there.push_back({one.address, one.port, one.ipv6});
  }
  std::ranges::sort(there, {}, [](const ListenAddress& one) {
    return std::pair{one.port, one.address};
  });
  std::string text = parse::text_of(there) + "\n";
  if (there.empty() || text == text_) return;
  // Where it cannot be written (a read-only disk) it is not tried at each look.
  (void)write_state(*snapshot.instance, file, text);
  text_ = std::move(text);
}

} // namespace sshguardd::host
