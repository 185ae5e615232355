#include "engine/ephemeral.hpp"

#include <algorithm>
#include <array>

namespace sshguardd::engine {
namespace {

// As NVMe controllers call themselves; padded with blanks there.
constexpr std::array<std::string_view, 2> models{"Amazon EC2 NVMe Instance Storage",
                                                 "Microsoft NVMe Direct Disk"};

struct Link {
  std::string_view prefix;
  std::string_view why;
};
// The clouds' own udev rules.
constexpr std::array<Link, 5> named{
    {{"by-id/nvme-Amazon_EC2_NVMe_Instance_Storage", "an instance store volume of AWS"},
     {"by-id/google-local-nvme-ssd-", "a local SSD of Google Cloud"},
     {"by-id/google-local-ssd-", "a local SSD of Google Cloud"},
     {"azure/resource", "the temporary disk of Azure"},
     {"cloud/azure_resource", "the temporary disk of Azure"}}};

} // namespace

std::string why_ephemeral(const DiskTraits& disk) {
  for (const std::string_view model : models) {
    if (std::string_view{disk.model}.starts_with(model)) return "an \"" + std::string{model} + '"';
  }
  for (const std::string& link : disk.links) {
    for (const Link& one : named) {
      if (link.starts_with(one.prefix)) return std::string{one.why};
    }
  }
  // The agent of Azure puts it there.
  const bool usual = disk.mount == "/mnt" || disk.mount == "/mnt/resource";
  return usual && disk.data_loss_warning ? "the temporary disk of Azure" : "";
}

} // namespace sshguardd::engine
