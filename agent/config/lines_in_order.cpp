#include "config/lines_in_order.hpp"

#include "config/mount_lines.hpp"

#include <array>
#include <cstdint>
#include <string>

namespace sshguardd::config {
namespace {

struct Pair {
  std::uint64_t Config::*warning;
  std::uint64_t Config::*critical;
  std::optional<std::uint64_t> MountLines::*mount_warning;
  std::optional<std::uint64_t> MountLines::*mount_critical;
  bool percent; // used; else bytes that are left

  [[nodiscard]] bool in_order(std::uint64_t first, std::uint64_t second) const {
    return percent ? first <= second : first >= second;
  }
  [[nodiscard]] std::string name(const char* which) const {
    return std::string{which} + (percent ? "" : "_bytes");
  }
  [[nodiscard]] std::string text(std::uint64_t value) const {
    return percent ? std::to_string(value) : show_size(value);
  }
  // "critical = 80 is below warning = 85"
  [[nodiscard]] std::string wrong(std::uint64_t first, std::uint64_t second) const {
    return name("critical") + " = " + text(second) + (percent ? " is below " : " is above ") +
           name("warning") + " = " + text(first);
  }
};
constexpr std::array<Pair, 2> pairs{
    {{&Config::disk_warning, &Config::disk_critical, &MountLines::warning, &MountLines::critical,
      true},
     {&Config::disk_warning_bytes, &Config::disk_critical_bytes, &MountLines::warning_bytes,
      &MountLines::critical_bytes, false}}};

void check_all(Loaded& loaded, const Pair& pair) {
  Config& config = loaded.config;
  if (pair.in_order(config.*pair.warning, config.*pair.critical)) return;
  const std::string wrong = pair.wrong(config.*pair.warning, config.*pair.critical);
  const Config defaults;
  std::string place;
  std::string where;
  const auto reset = [&](const char* which, std::uint64_t Config::*value) {
    const std::string name = "[disk] " + pair.name(which);
    const auto at = loaded.set_at.find(name);
    if (at == loaded.set_at.end()) return;
    place = at->second;
    where = name;
    config.*value = defaults.*value;
    loaded.set_at.erase(at);
  };
  reset("warning", pair.warning);
  reset("critical", pair.critical);
  loaded.errors.lines.push_back(place + ": " + where + ": " + wrong +
                                ", allowed: critical comes after the warning; " +
                                "the defaults are used");
}

void check_mount(Loaded& loaded, MountLines& mount, const Pair& pair) {
  auto& warning = mount.*pair.mount_warning;
  auto& critical = mount.*pair.mount_critical;
  const std::uint64_t first = warning.value_or(loaded.config.*pair.warning);
  const std::uint64_t second = critical.value_or(loaded.config.*pair.critical);
  if (pair.in_order(first, second)) return;
  const std::string where = "[disk] " + mount.path;
  loaded.errors.lines.push_back(
      loaded.set_at[where] + ": " + where + ": " + pair.wrong(first, second) +
      ", allowed: critical comes after the warning; " + "what holds for all is used");
  warning.reset();
  critical.reset();
}

} // namespace

void check_order(Loaded& loaded) {
  for (const Pair& pair : pairs) {
    check_all(loaded, pair);
    for (MountLines& mount : loaded.config.disk_mounts)
      check_mount(loaded, mount, pair);
  }
}

} // namespace sshguardd::config
