// disk.unclaimed: a file system is short while its device has room that nobody has given to it.
#include "checks/disk_text.hpp"
#include "sshguardd/check.hpp"
#include "sshguardd/remedy.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::checks {
namespace {

constexpr FindingInfo ids[] = {{
    .id = "disk.unclaimed",
    .title = "a file system is short while its disk has room",
    .sees = "none",
    .when = "soon",
    .remedy = "opt-in: grow-file-system",
    .explain =
        "Who enlarges a disk or volume at the host has done half of it: the partition, the volume "
        "and the file system are enlarged in the VM. Told of a file system over its warning line "
        "that logins need (ext4, xfs, btrfs; on a disk, a partition with nothing behind it, or a "
        "plain volume of LVM), where there are at least 64 MiB and a twentieth of its size to be "
        "had. The commands can be run while it is mounted. Free space of a volume group is what "
        "its disks have beyond the active volumes; `vgs` tells exactly. What md, encrypted disks "
        "and thin volumes have is not told, and nothing in containers. growpart needs some KiB in "
        "/tmp: on a full disk say TMPDIR=/run growpart. With [heal] grow_file_system = yes the "
        "agent does it: ext4 and xfs on a whole disk or on its last partition, nothing else; by "
        "systemd (sshguardd-grow.service), since it may open no disk itself. Before each step all "
        "has to be as it was seen, and healed it is when statvfs(3) says that it is larger. "
        "`sshguardctl heal disk.unclaimed --dry-run` has the commands, --once does it once.",
    .fix = "growpart /dev/sda 1; resize2fs /dev/sda1 (xfs_growfs / for xfs); LVM: lvextend -r -l "
           "+100%FREE /dev/VG/LV",
    .mended = "it has the room",
    .passes = true,
}};

constexpr std::uint64_t mib = 1ULL << 20;
constexpr std::uint64_t gib = 1ULL << 30;

struct Unclaimed {
  std::uint64_t bytes = 0;           // at least so much
  std::string where;                 // "behind /dev/sda1", "in /dev/sda1", in words
  std::vector<std::string> commands; // what a person types, in this order
};

bool is_ext(std::string_view type) {
  return type == "ext4" || type == "ext3" || type == "ext2";
}

bool is_known(const RoomBelow& below) {
  return is_ext(below.type) || below.type == "xfs" || below.type == "btrfs";
}

// What statvfs(3) leaves out: at most so much of a file system of this size is its own.
std::uint64_t own_needs(const RoomBelow& below) {
  // mke2fs(8): inodes of 256 bytes, a journal of up to 1 GiB, bitmaps and group descriptors.
  if (is_ext(below.type))
    return below.inodes * 256 + std::min(gib, below.total / 16 + 8 * mib) + below.total / 64;
  // mkfs.xfs(8): the log.
  if (below.type == "xfs") return std::min(2 * gib, 64 * mib + below.total / 32);
  return below.total / 64;
}

// So little is a rounding, or not worth a command.
bool worthwhile(std::uint64_t bytes, const RoomBelow& below) {
  return bytes >= std::max(64 * mib, below.total / 20);
}

std::string grow_command(const RoomBelow& below, const std::string& device) {
  if (is_ext(below.type)) return "resize2fs " + parse::shell_word(device);
  if (below.type == "xfs") return "xfs_growfs " + parse::shell_word(below.mount);
  return "btrfs filesystem resize max " + parse::shell_word(below.mount);
}

std::string growpart(const BlockSize& block) {
  return "growpart " + parse::shell_word(block.disk) + " " + std::to_string(block.number);
}

std::uint64_t behind(const BlockSize& block, const RoomBelow& below) {
  const bool can = !block.disk.empty() && !block.logical && worthwhile(block.behind, below);
  return can ? block.behind : 0;
}

// What the device has beyond the file system.
std::uint64_t beyond(std::uint64_t device, const RoomBelow& below) {
  const std::uint64_t taken = below.total + own_needs(below);
  const std::uint64_t more = device > taken ? device - taken : 0;
  return worthwhile(more, below) ? more : 0;
}

std::optional<Unclaimed> in_block(const RoomBelow& below) {
  const std::uint64_t more = behind(below.block, below);
  const std::uint64_t within = beyond(below.block.size, below);
  if (more + within == 0) return std::nullopt;
  Unclaimed found{.bytes = more + within,
                  .where = (more > within ? "behind " : "in ") + below.block.device,
                  .commands = {}};
  if (more > 0) found.commands.push_back(growpart(below.block));
  found.commands.push_back(grow_command(below, below.block.device));
  return found;
}

std::optional<Unclaimed> in_volume(const RoomBelow& below) {
  const std::uint64_t within = beyond(below.volume_size, below);
  Unclaimed found{.bytes = within, .where = "in " + below.source, .commands = {}};
  std::uint64_t physical = 0;
  std::uint64_t more = 0;
  std::vector<std::string> resize;
  for (const BlockSize& disk : below.disks) {
    physical += disk.size - std::min(disk.size, mib); // its own record
    const std::uint64_t room = behind(disk, below);
    more += room;
    if (room > 0) found.commands.push_back(growpart(disk));
    // The physical volume may be smaller than its partition; where it is not this changes nothing.
    resize.push_back("pvresize " + parse::shell_word(disk.device));
  }
  const std::uint64_t group = physical > below.volumes ? physical - below.volumes : 0;
  const std::uint64_t free = worthwhile(group, below) ? group : 0;
  if (more + free == 0) {
    if (within == 0) return std::nullopt;
    found.commands = {grow_command(below, below.source)};
    return found;
  }
  found.bytes += more + free;
  found.where = more > free ? "behind " + below.disks.front().device : "in its volume group";
  found.commands.insert(found.commands.end(), resize.begin(), resize.end());
  found.commands.push_back("lvextend -r -l +100%FREE " + parse::shell_word(below.source));
  return found;
}

// Names that a program or systemd might take for something else are left to a person; likewise a
// partition that another one follows, and a disk that is made of others.
std::optional<Remedy> growth(const RoomBelow& below) {
  const BlockSize& block = below.block;
  const auto plain = [](const std::string& path) { return parse::shell_word(path) == path; };
  if (below.volume || below.read_only || !block.plain || below.number.empty()) return std::nullopt;
  if (below.type != "ext4" && below.type != "xfs") return std::nullopt;
  if (!plain(below.mount) || !plain(block.device)) return std::nullopt;
  const bool first = behind(block, below) > 0;
  if (first && (!block.last || !plain(block.disk))) return std::nullopt;
  return GrowFileSystem{.mount = below.mount,
                        .type = below.type,
                        .number = below.number,
                        .device = block.device,
                        .total = below.total,
                        .size = block.size,
                        .disk = block.disk,
                        .partition = block.number,
                        .behind = block.behind,
                        .grow_device = first,
                        .growpart = below.growpart,
                        .grow_program = below.grow_program};
}

std::optional<Unclaimed> unclaimed(const RoomBelow& below) {
  if (!is_known(below) || below.total == 0) return std::nullopt;
  return below.volume ? in_volume(below) : in_block(below);
}

std::vector<Finding> run(const Snapshot& snapshot) {
  std::vector<Finding> findings;
  for (const RoomBelow& below : snapshot.mounts->room) {
    const auto found = unclaimed(below);
    if (!found) continue;
    std::string all;
    for (const std::string& command : found->commands)
      all += (all.empty() ? "" : " && ") + command;
    Finding finding{.id = ids[0].id,
                    .subject = below.mount,
                    .severity = Severity::warning,
                    .when = When::soon,
                    .sees = Sees::none,
                    .summary = below.mount + " is short while " + size_text(found->bytes) +
                               " are unused " + found->where,
                    .evidence = {{below.mount, below.type + " of " + size_text(below.total) +
                                                   " on " + below.source}},
                    .fix = {all}};
    if (below.volume) finding.evidence.push_back({"volume", size_text(below.volume_size)});
    for (const BlockSize& block :
         below.volume ? below.disks : std::vector<BlockSize>{below.block}) {
      std::string text = size_text(block.size);
      if (!block.disk.empty())
        text += ", " + size_text(block.behind) + " behind it on " + block.disk;
      finding.evidence.push_back({block.device, text});
    }
    if (all.starts_with("growpart") && below.growpart.empty())
      finding.evidence.push_back({"growpart", "not installed: package cloud-guest-utils (Debian) "
                                              "or cloud-utils-growpart (Fedora)"});
    finding.remedy = growth(below);
    findings.push_back(std::move(finding));
  }
  return findings;
}

} // namespace

extern const Check disk_unclaimed;
const Check disk_unclaimed{"disk_unclaimed", ids, Needs::disks | Needs::mounts, run};

} // namespace sshguardd::checks
