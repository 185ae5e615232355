// Which disks are the host's own, and empty after a stop or a move of the VM. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::engine {

// What is known of a disk.
struct DiskTraits {
  std::string model; // /sys/block/X/device/model
  std::vector<std::string>
      links;         // below /dev/disk, of the disk and its partitions: "by-id/nvme-..."
  std::string mount; // where it is mounted
  bool data_loss_warning = false; // Azure's DATALOSS_WARNING_README.txt lies there
};

// In words; empty where nothing says so.
[[nodiscard]] std::string why_ephemeral(const DiskTraits& disk);

} // namespace sshguardd::engine
