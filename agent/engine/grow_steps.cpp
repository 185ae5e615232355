#include "engine/grow_steps.hpp"

#include "engine/systemd_run.hpp"
#include "parse/shell_word.hpp"
#include "parse/size_text.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace sshguardd::engine {
namespace {

using std::chrono::seconds;

// Together below the minute that a remedy has (remedy/healer.cpp). Enlarging ext4 is done group by
// group: what was done until then stays, and the next try goes on.
constexpr auto try_deadline = seconds{8};
constexpr auto partition_deadline = seconds{12};
constexpr auto file_system_deadline = seconds{30};

// systemd expands $ and % in arguments, growpart(1) is a shell script: letters, digits and /._-+,@
// are what they are everywhere.
bool plain(std::string_view path) {
  return path.starts_with('/') && parse::shell_word(path) == path &&
         path.find("..") == std::string_view::npos;
}

bool below_dev(std::string_view path) {
  return plain(path) && path.starts_with("/dev/") && path.size() > 5;
}

std::string name_of_program(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

} // namespace

std::string why_not_growable(const GrowFileSystem& remedy) {
  if (remedy.type != "ext4" && remedy.type != "xfs") return "the agent grows ext4 and xfs only";
  if (!plain(remedy.mount) || !below_dev(remedy.device) ||
      (remedy.grow_device && !below_dev(remedy.disk)))
    return "its name is not plain letters and digits";
  if (remedy.grow_device && (remedy.partition == 0 || remedy.disk == remedy.device))
    return "it is no partition";
  if (remedy.number.empty() || remedy.size == 0 || remedy.total == 0)
    return "its sizes are not known";
  for (const std::string* program : {&remedy.growpart, &remedy.grow_program}) {
    if (!program->empty() && !plain(*program)) return "its programs are not where they belong";
  }
  return {};
}

std::string missing_program(const GrowFileSystem& remedy) {
  if (remedy.grow_device && remedy.growpart.empty()) return "install cloud-guest-utils";
  if (!remedy.grow_program.empty()) return {};
  return remedy.type == "xfs" ? "install xfsprogs" : "install e2fsprogs";
}

std::vector<GrowStep> grow_steps(const GrowFileSystem& remedy) {
  using Kind = GrowStep::Kind;
  if (!why_not_growable(remedy).empty() || !missing_program(remedy).empty()) return {};
  std::vector<GrowStep> steps;
  if (remedy.grow_device) {
    const std::string number = std::to_string(remedy.partition);
    // It knows tables that the kernel's numbers say nothing of, and says so before it writes.
    steps.push_back(
        {Kind::try_partition, {remedy.growpart, "--dry-run", remedy.disk, number}, try_deadline});
    steps.push_back({Kind::partition, {remedy.growpart, remedy.disk, number}, partition_deadline});
  }
  if (remedy.type == "xfs")
    steps.push_back(
        {Kind::file_system, {remedy.grow_program, "-d", remedy.mount}, file_system_deadline});
  else
    steps.push_back(
        {Kind::file_system, {remedy.grow_program, remedy.device}, file_system_deadline});
  return steps;
}

std::vector<std::string> by_systemd(const std::string& program, const GrowStep& step,
                                    const GrowFileSystem& remedy) {
  std::vector<std::string> properties{
      "RuntimeMaxSec=" + std::to_string(step.deadline.count()), "TimeoutStopSec=1",
      "DevicePolicy=closed", "DeviceAllow=" + remedy.device + " rw",
      // The table of partitions and xfs take SYS_ADMIN, ext4 takes SYS_RESOURCE.
      // No NoNewPrivileges=: SELinux has a domain of its own for these programs.
      "CapabilityBoundingSet=CAP_SYS_ADMIN CAP_SYS_RESOURCE CAP_DAC_OVERRIDE",
      "RestrictAddressFamilies=AF_UNIX AF_NETLINK", "LimitCORE=0"};
  if (step.kind != GrowStep::Kind::file_system)
    properties.push_back("DeviceAllow=" + remedy.disk + " rw");
  return systemd_run(program,
                     {std::string{"--unit="} + grow_unit,
                      "--description=sshguardd: " + name_of_program(step.argv.front()),
                      // growpart needs a few KiB for its files, and / may be full.
                      "--setenv=TMPDIR=/run", "--setenv=LC_ALL=C"},
                     properties, step.argv);
}

std::string changed_since(const GrowFileSystem& seen, const RoomBelow& now, bool partition_done) {
  const BlockSize& block = now.block;
  if (now.volume || now.mount != seen.mount || now.type != seen.type || now.number != seen.number)
    return "another file system is mounted on " + seen.mount;
  if (block.device != seen.device || block.disk != seen.disk || block.number != seen.partition)
    return seen.device + " is another device now";
  if (now.read_only) return seen.mount + " is read-only";
  if (now.total != seen.total) return seen.mount + " has another size now";
  if (partition_done)
    return block.size > seen.size ? ""
                                  : "the kernel still has the old size of " + seen.device +
                                        " (partx --update, or a reboot)";
  if (block.size != seen.size || block.behind != seen.behind)
    return "the partitions were changed meanwhile";
  if (!block.plain) return "its disk is made of others";
  if (seen.grow_device && (!block.last || block.logical))
    return seen.device + " is not the last partition of its disk";
  return {};
}

} // namespace sshguardd::engine
