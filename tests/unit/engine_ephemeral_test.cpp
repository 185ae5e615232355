#include "engine/ephemeral.hpp"

#include <gtest/gtest.h>

namespace sshguardd::engine {
namespace {

TEST(Ephemeral, is_what_the_clouds_call_so) {
  struct {
    const char* what;
    DiskTraits disk;
    bool ephemeral;
  } const rows[] = {
      {"AWS instance store", {.model = "Amazon EC2 NVMe Instance Storage"}, true},
      {"AWS EBS", {.model = "Amazon Elastic Block Store"}, false},
      {"Azure, local NVMe", {.model = "Microsoft NVMe Direct Disk v2"}, true},
      {"Azure, remote NVMe", {.model = "MSFT NVMe Accelerator v1.0"}, false},
      {"by its link", {.links = {"by-id/nvme-Amazon_EC2_NVMe_Instance_Storage_AWS1-part1"}}, true},
      {"EBS by its link", {.links = {"by-id/nvme-Amazon_Elastic_Block_Store_vol0"}}, false},
      {"Google, NVMe", {.links = {"by-id/google-local-nvme-ssd-0"}}, true},
      {"Google, SCSI", {.links = {"by-id/google-local-ssd-0"}}, true},
      {"Google, persistent", {.links = {"by-id/google-persistent-disk-0"}}, false},
      {"Google, a disk with a name", {.links = {"by-id/google-local-data"}}, false},
      {"Azure", {.links = {"azure/resource-part1"}}, true},
      {"Azure, cloud-init's rules", {.links = {"cloud/azure_resource-part1"}}, true},
      {"Azure, its root", {.links = {"azure/root-part1", "cloud/azure_root"}}, false},
      {"Azure, by its file", {.mount = "/mnt", .data_loss_warning = true}, true},
      {"... at its other place", {.mount = "/mnt/resource", .data_loss_warning = true}, true},
      {"a copy of it", {.mount = "/mnt/old", .data_loss_warning = true}, false},
      {"no file", {.mount = "/mnt"}, false},
      {"nothing is known", {}, false},
  };
  for (const auto& row : rows)
    EXPECT_EQ(!why_ephemeral(row.disk).empty(), row.ephemeral) << row.what;
}

} // namespace
} // namespace sshguardd::engine
