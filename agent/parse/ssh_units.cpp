#include "parse/ssh_units.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <string_view>
#include <tuple>
#include <utility>

namespace sshguardd::parse {

namespace {

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

std::string_view stem(std::string_view id) {
  return id.substr(0, id.rfind('.'));
}

// Place in ssh_unit_names; unknown names come last.
std::size_t place(const Unit& unit) {
  const auto* const found =
      std::find(std::begin(ssh_unit_names), std::end(ssh_unit_names), unit.id);
  return static_cast<std::size_t>(found - std::begin(ssh_unit_names));
}

bool enabled(const Unit& unit) {
  return !masked(unit) &&
         (unit.unit_file_state == "enabled" || unit.unit_file_state == "enabled-runtime");
}

// 3 up; 2 on its way up or down (auto-restart, start-pre); 0 down.
int life(const Unit& unit) {
  if (unit.active()) return 3;
  if (unit.active_state == "activating" || unit.active_state == "deactivating") return 2;
  return 0;
}

// A mask, or a link to something masked (which systemd cannot load), is not the unit in use.
bool usable(const Unit& unit) {
  return unit.load_state == "loaded" && !masked(unit);
}

// Active, then enabled, then existing; one that cannot be used only where there is no other.
// Between two that are otherwise alike the one that failed was wanted.
using Rank = std::tuple<int, bool, bool, bool, bool>;
Rank rank(const Unit& unit, std::string_view partner) {
  return {life(unit), enabled(unit), usable(unit), stem(unit.id) == partner,
          unit.active_state == "failed"};
}

// The best of those, by rank, then by place; nullptr where there is none.
const Unit* choose(const std::vector<Unit>& units, std::string_view suffix,
                   std::string_view partner) {
  const Unit* best = nullptr;
  for (const Unit& unit : units) {
    if (!unit.exists() || !ends_with(unit.id, suffix)) continue;
    if (unit.id.find('@') != std::string::npos)
      continue; // templates and their instances serve one client
    if (best == nullptr || rank(unit, partner) > rank(*best, partner) ||
        (rank(unit, partner) == rank(*best, partner) && place(unit) < place(*best))) {
      best = &unit;
    }
  }
  return best;
}

PortOwner owner_of(const Unit* service, const Unit* socket) {
  for (const int least : {3, 2}) {
    if (socket != nullptr && life(*socket) >= least) return PortOwner::socket;
    if (service != nullptr && life(*service) >= least) return PortOwner::service;
  }
  if (socket != nullptr && enabled(*socket)) return PortOwner::socket;
  return service != nullptr ? PortOwner::service : PortOwner::none;
}

const Unit* service_of(const std::vector<Unit>& units, const Unit* socket) {
  if (socket != nullptr && life(*socket) > 0 && !socket->accept) {
    // A listening socket starts the service of its own name (systemd.socket(5), Service=).
    const auto own = std::find_if(units.begin(), units.end(), [&](const Unit& unit) {
      return unit.exists() && ends_with(unit.id, ".service") && stem(unit.id) == stem(socket->id);
    });
    if (own != units.end()) return &*own;
  }
  return choose(units, ".service", socket != nullptr ? stem(socket->id) : std::string_view{});
}

} // namespace

SshUnits ssh_units(std::string system_state, const std::vector<Unit>& units,
                   std::vector<UnitFile> files) {
  const Unit* socket = choose(units, ".socket", {});
  const Unit* service = service_of(units, socket);
  // Between sockets that tie, the one that belongs to the service.
  if (service != nullptr) socket = choose(units, ".socket", stem(service->id));

  SshUnits result;
  result.system_state = std::move(system_state);
  result.owner = owner_of(service, socket);
  result.files = std::move(files);
  if (service != nullptr) result.service = *service;
  if (socket != nullptr) result.socket = *socket;
  return result;
}

bool masked(const Unit& unit) {
  return unit.load_state == "masked" || unit.unit_file_state == "masked" ||
         unit.unit_file_state == "masked-runtime";
}

bool starts_at_boot(const Unit& unit) {
  if (!unit.exists()) return false;
  const std::string& state = unit.unit_file_state;
  if (state == "enabled") return true;
  // Links and masks under /run are gone after a reboot, and with the mask what it hid is back.
  constexpr std::array<std::string_view, 4> runtime_only = {"enabled-runtime", "linked-runtime",
                                                            "transient", "masked"};
  if (std::find(runtime_only.begin(), runtime_only.end(), state) != runtime_only.end())
    return false;
  if (masked(unit) && state != "masked-runtime") return false;
  return unit.pulled_in; // static, indirect, generated, disabled, alias, linked, masked-runtime
}

RestartSshd restart_of(const SshUnits& units) {
  const bool by_socket = units.owner == PortOwner::socket && units.socket.exists();
  const bool by_template = by_socket && units.socket.accept;
  return {.service = units.service.exists() && !by_template ? units.service.id : "",
          .socket = by_socket ? units.socket.id : ""};
}

} // namespace sshguardd::parse
