#include "host/block.hpp"

#include "host/files.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <climits>
#include <cstdint>
#include <set>
#include <string_view>

#include <unistd.h>

namespace sshguardd::host {
namespace {

constexpr std::uint64_t sector = 512; // whatever the disk's own are
constexpr int deepest = 8;
constexpr std::size_t most_entries = 4096;

std::string link_target(const std::string& path) {
  std::array<char, PATH_MAX> target{};
  const ssize_t length = readlink(path.c_str(), target.data(), target.size());
  return length > 0 ? std::string{target.data(), static_cast<std::size_t>(length)} : std::string{};
}

std::string last_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

std::string line_of(const std::string& path) {
  const auto text = read_proc(path, 4096);
  if (!text) return {};
  std::string line = text->substr(0, text->find('\n'));
  line.erase(line.find_last_not_of(" \t") + 1);
  return line;
}

std::optional<std::uint64_t> number_of(const std::string& path) {
  const std::string line = line_of(path);
  std::uint64_t number = 0;
  const auto [end, failure] = std::from_chars(line.data(), line.data() + line.size(), number);
  const bool all = failure == std::errc{} && end == line.data() + line.size();
  return all ? std::optional{number} : std::nullopt;
}

std::vector<std::string> names_in(const std::string& path) {
  std::vector<std::string> names;
  const Directory directory = open_directory(path);
  if (!directory) return names;
  while (const dirent* entry = readdir(directory.get())) {
    const std::string name = entry->d_name;
    if (name != "." && name != ".." && names.size() < most_entries) names.push_back(name);
  }
  std::ranges::sort(names);
  return names;
}

std::string node(const BlockTree& tree, const std::string& name) {
  return tree.sys + "/class/block/" + name;
}

// The disk of a partition is the directory above it.
std::string disk_of(const BlockTree& tree, const std::string& name) {
  const std::string target = link_target(node(tree, name));
  return last_name(directory_of("/" + target));
}

bool is_partition(const BlockTree& tree, const std::string& name) {
  return exists(node(tree, name) + "/partition");
}

// Slashes in names of devices are exclamation marks in /sys.
std::string device_path(std::string name) {
  std::ranges::replace(name, '!', '/');
  return "/dev/" + name;
}

void look_behind(const BlockTree& tree, const std::string& name, BlockSize& block) {
  const std::string disk = disk_of(tree, name);
  const auto start = number_of(node(tree, name) + "/start");
  const auto size = number_of(node(tree, name) + "/size");
  const auto number = number_of(node(tree, name) + "/partition");
  const auto whole = number_of(node(tree, disk) + "/size");
  if (!start || !size || !number || !whole) return;
  const std::uint64_t end = *start + *size;
  std::uint64_t next = *whole;
  for (const std::string& other : names_in(node(tree, disk))) {
    const std::string path = node(tree, disk) + "/" + other;
    const auto other_start = number_of(path + "/start");
    const auto other_size = number_of(path + "/size");
    if (other == name || !other_start || !other_size || !exists(path + "/partition")) continue;
    if (*other_start >= end) next = std::min(next, *other_start);
    // An extended one of DOS, which the kernel shows with no more than two sectors. Logical ones
    // are numbered from 5 on.
    if (*other_size <= 2 && *number >= 5) block.logical = true;
    if (*other_start<end&& * other_start + *other_size> * start && *other_size > 2)
      block.logical = true; // they overlap: nobody knows
  }
  block.disk = device_path(disk);
  block.number = static_cast<unsigned>(*number);
  block.behind = next > end ? (next - end) * sector : 0;
  block.last = next == *whole;
}

std::optional<BlockSize> block_size(const BlockTree& tree, const std::string& name) {
  const auto size = number_of(node(tree, name) + "/size");
  if (!size || *size == 0) return std::nullopt;
  BlockSize block{.device = device_path(name), .size = *size * sector, .disk = {}};
  if (is_partition(tree, name)) look_behind(tree, name, block);
  const std::string disk = is_partition(tree, name) ? disk_of(tree, name) : name;
  block.plain = !exists(node(tree, disk) + "/dm") && names_in(node(tree, disk) + "/slaves").empty();
  return block;
}

std::string mapper_uuid(const BlockTree& tree, const std::string& name) {
  return line_of(node(tree, name) + "/dm/uuid");
}

bool is_volume(const BlockTree& tree, const std::string& name) {
  return mapper_uuid(tree, name).starts_with("LVM-");
}

// Volumes that lie on volumes (thin ones, snapshots, mirrors) grow in ways of their own.
bool look_at_volume(const BlockTree& tree, const std::string& name, RoomBelow& below) {
  std::set<std::string> volumes;
  for (const std::string& slave : names_in(node(tree, name) + "/slaves")) {
    const auto block = block_size(tree, slave);
    if (!block || is_volume(tree, slave)) return false;
    below.disks.push_back(*block);
    for (const std::string& holder : names_in(node(tree, slave) + "/holders")) {
      if (!is_volume(tree, holder)) return false;
      volumes.insert(holder);
    }
  }
  // One of several pieces ("-real", "-tpool") is no plain volume: LVM- and two ids of 32 letters.
  constexpr std::size_t plain = 4 + 32 + 32;
  const auto size = number_of(node(tree, name) + "/size");
  if (below.disks.empty() || !size || mapper_uuid(tree, name).size() != plain) return false;
  for (const std::string& volume : volumes)
    below.volumes += number_of(node(tree, volume) + "/size").value_or(0) * sector;
  below.volume = true;
  below.volume_size = *size * sector;
  return true;
}

void add_disks(const BlockTree& tree, const std::string& name, int depth,
               std::vector<std::string>& disks) {
  const std::vector<std::string> slaves = names_in(node(tree, name) + "/slaves");
  if (slaves.empty() || depth >= deepest) {
    const std::string disk = is_partition(tree, name) ? disk_of(tree, name) : name;
    if (std::ranges::find(disks, disk) == disks.end()) disks.push_back(disk);
    return;
  }
  for (const std::string& slave : slaves)
    add_disks(tree, slave, depth + 1, disks);
}

} // namespace

std::string block_name(const BlockTree& tree, const std::string& number) {
  return last_name(link_target(tree.sys + "/dev/block/" + number));
}

std::optional<RoomBelow> room_below(const BlockTree& tree, const FileSystem& one,
                                    const std::string& name) {
  if (!one.space) return std::nullopt;
  RoomBelow below{.mount = one.mount,
                  .type = one.type,
                  .source = one.source,
                  .number = one.device,
                  .read_only = one.read_only,
                  .total = one.space->total,
                  .inodes = one.space->inodes,
                  .block = {},
                  .disks = {},
                  .growpart = {},
                  .grow_program = {}};
  if (!exists(node(tree, name) + "/dm")) {
    const auto block = block_size(tree, name);
    // What is made of several disks otherwise (md) grows in ways of its own.
    if (!block || !names_in(node(tree, name) + "/slaves").empty()) return std::nullopt;
    below.block = *block;
    return below;
  }
  if (!is_volume(tree, name) || !look_at_volume(tree, name, below)) return std::nullopt;
  return below;
}

std::vector<std::string> disks_below(const BlockTree& tree, const std::string& name) {
  std::vector<std::string> disks;
  add_disks(tree, name, 0, disks);
  return disks;
}

std::map<std::string, std::vector<std::string>> cloud_links(const BlockTree& tree) {
  std::map<std::string, std::vector<std::string>> links;
  for (const char* directory : {"by-id", "azure", "cloud"}) {
    for (const std::string& name : names_in(tree.dev + "/disk/" + directory)) {
      const std::string link = std::string{directory} + "/" + name;
      const std::string target = last_name(link_target(tree.dev + "/disk/" + link));
      if (target.empty()) continue;
      const std::string disk = is_partition(tree, target) ? disk_of(tree, target) : target;
      links[disk].push_back(link);
    }
  }
  return links;
}

std::string disk_model(const BlockTree& tree, const std::string& disk) {
  return line_of(node(tree, disk) + "/device/model");
}

} // namespace sshguardd::host
