#include "engine/disk_choice.hpp"

#include "parse/path.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string_view>

namespace sshguardd::engine {
namespace {

constexpr std::array<std::string_view, 6> image_types{"squashfs", "erofs", "iso9660",
                                                      "cramfs",   "romfs", "udf"};
constexpr std::size_t most_held = 6; // names of what is on one file system, that are told
constexpr std::string_view audit_logs = "/var/log/audit";

bool is_image(std::string_view type) {
  return std::ranges::find(image_types, type) != image_types.end();
}

// `names`: of the configured ones those that lie on it.
DiskLines lines_for(const FileSystem& one, const std::set<std::string>& names,
                    const Config& config) {
  DiskLines lines{.warning = config.disk_warning,
                  .warning_bytes = config.disk_warning_bytes,
                  .critical = config.disk_critical,
                  .critical_bytes = config.disk_critical_bytes};
  for (const MountLines& mount : config.disk_mounts) {
    if (mount.path != one.mount && !names.contains(mount.path)) continue;
    lines.warning = mount.warning.value_or(lines.warning);
    lines.warning_bytes = mount.warning_bytes.value_or(lines.warning_bytes);
    lines.critical = mount.critical.value_or(lines.critical);
    lines.critical_bytes = mount.critical_bytes.value_or(lines.critical_bytes);
  }
  return lines;
}

// fstab(5) speaks of the very file system that is mounted there: image-based systems have another
// one, made read-only, where the table names what lies beneath.
const parse::FstabEntry* entry_of(const std::vector<parse::FstabEntry>& fstab,
                                  const parse::Mount& mount) {
  const parse::FstabEntry* found = nullptr;
  for (const parse::FstabEntry& entry : fstab) {
    if (entry.point == mount.point && (entry.type == mount.type || entry.type == "auto"))
      found = &entry;
  }
  return found;
}

FileSystem file_system(const parse::Mount& mount, const std::vector<parse::FstabEntry>& fstab) {
  FileSystem one;
  one.mount = mount.point;
  one.source = mount.source;
  one.type = mount.type;
  one.device = mount.device;
  one.vital = false;
  // ext4 since Linux 6.15 keeps "rw" after an error (ext4_emergency_state()).
  one.damaged =
      parse::has_option(mount.super, "emergency_ro") || parse::has_option(mount.super, "shutdown");
  one.read_only = one.damaged || parse::has_option(mount.super, "ro");
  const parse::FstabEntry* entry = entry_of(fstab, mount);
  const bool wants_ro = entry != nullptr && parse::has_option(entry->options, "ro");
  one.read_only_by_design = is_image(mount.type) || wants_ro;
  one.was_writable =
      !one.read_only_by_design && (!one.read_only || one.damaged || entry != nullptr);
  return one;
}

} // namespace

std::vector<NeededPath> needed_paths(const std::vector<parse::Mount>& mounts) {
  std::vector<NeededPath> needed;
  for (const char* vital : {"/", "/var", "/var/log", "/run", "/home", "/root"})
    needed.push_back({vital, vital, true});
  for (const char* other : {"/tmp", "/var/tmp", "/var/cache", "/usr", "/boot"})
    needed.push_back({other, other, false});
  // auditd may halt a machine whose audit logs have no room (auditd.conf(5), disk_full_action).
  if (std::ranges::find(mounts, audit_logs, &parse::Mount::point) != mounts.end())
    needed.push_back({std::string{audit_logs}, std::string{audit_logs}, true});
  return needed;
}

std::vector<std::string> needed_homes(const std::vector<std::string>& homes,
                                      const std::vector<parse::Mount>& mounts) {
  std::set<std::string, std::less<>> points;
  for (const parse::Mount& mount : mounts)
    points.insert(mount.point);
  std::set<std::string> needed;
  for (const std::string& home : homes) {
    if (!home.starts_with('/') || home == "/") continue;
    needed.insert(points.contains(home) ? home : parse::directory_of(home));
  }
  return {needed.begin(), needed.end()};
}

std::vector<FileSystem> choose_file_systems(const std::vector<parse::Mount>& mounts,
                                            const std::vector<parse::FstabEntry>& fstab,
                                            const std::vector<NeededPath>& needed,
                                            const Config& config) {
  std::map<std::string, FileSystem> by_device;
  std::map<std::string, std::set<std::string>> names; // that the configuration has lines for
  for (const NeededPath& one : needed) {
    const parse::Mount* mount = parse::covering(mounts, one.path);
    if (mount == nullptr) continue;
    const bool known = by_device.contains(mount->device);
    if (!known && by_device.size() >= most_file_systems) continue;
    FileSystem& found =
        by_device.try_emplace(mount->device, file_system(*mount, fstab)).first->second;
    // Subvolumes and bind mounts: one file system at several places.
    if (known && mount->point.size() < found.mount.size()) {
      std::vector<std::string> holds = std::move(found.holds);
      const bool vital = found.vital;
      found = file_system(*mount, fstab);
      found.holds = std::move(holds);
      found.vital = vital;
    }
    if (found.holds.size() < most_held &&
        std::ranges::find(found.holds, one.name) == found.holds.end())
      found.holds.push_back(one.name);
    found.vital = found.vital || one.vital;
    if (std::ranges::find(config.disk_mounts, one.name, &MountLines::path) !=
        config.disk_mounts.end())
      names[mount->device].insert(one.name);
  }
  std::vector<FileSystem> chosen;
  for (auto& [device, one] : by_device) {
    one.lines = lines_for(one, names[device], config);
    if (parse::may_not_answer(one.type)) one.space = Unknown{one.type + ", which may not answer"};
    chosen.push_back(std::move(one));
  }
  std::ranges::sort(chosen, {}, &FileSystem::mount);
  return chosen;
}

} // namespace sshguardd::engine
