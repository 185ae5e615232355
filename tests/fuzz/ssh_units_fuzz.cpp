#include "harness.hpp"
#include "parse/ssh_units.hpp"

#include <string>

using namespace sshguardd;

namespace {

// One unit a line: id, load state, active state, unit file state, flags.
Unit unit_of(std::string_view line) {
  const auto fields = fuzz::split(line, ' ');
  const auto field = [&](std::size_t at) {
    return at < fields.size() ? std::string{fields[at]} : std::string{};
  };
  Unit unit;
  unit.id = field(0);
  unit.load_state = field(1);
  unit.active_state = field(2);
  unit.unit_file_state = field(3);
  unit.job_queued = field(4).find('j') != std::string::npos;
  unit.pulled_in = field(4).find('p') != std::string::npos;
  unit.accept = field(4).find('a') != std::string::npos;
  return unit;
}

bool holds(const std::vector<Unit>& units, const Unit& chosen) {
  return std::ranges::any_of(units, [&](const Unit& unit) {
    return unit.id == chosen.id && unit.active_state == chosen.active_state;
  });
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<Unit> units;
  for (const std::string_view line : fuzz::split(fuzz::text_of(data, size), '\n'))
    units.push_back(unit_of(line));
  const SshUnits chosen = parse::ssh_units("running", units, {});
  // None is invented, and none of the wrong kind is taken.
  if (chosen.service.exists())
    fuzz::require(holds(units, chosen.service) && chosen.service.id.ends_with(".service"));
  if (chosen.socket.exists())
    fuzz::require(holds(units, chosen.socket) && chosen.socket.id.ends_with(".socket"));
  fuzz::require(chosen.owner != PortOwner::service || chosen.service.exists());
  fuzz::require(chosen.owner != PortOwner::socket || chosen.socket.exists());
  for (const Unit& unit : units)
    fuzz::require(!(unit.load_state == "not-found" && parse::starts_at_boot(unit)));
  return 0;
}
