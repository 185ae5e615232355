#include "host/cloud.hpp"

#include "engine/platform.hpp"
#include "host/files.hpp"

#include <string>

namespace sshguardd::host {
namespace {

std::string line_of(const Fact<std::string>& text) {
  if (!text) return {};
  const std::size_t end = text->find('\n');
  std::string line = text->substr(0, end);
  line.erase(line.find_last_not_of(" \t") + 1);
  return line;
}

std::string dmi(const char* name) {
  return line_of(read_proc(std::string{"/sys/class/dmi/id/"} + name));
}

} // namespace

Cloud read_cloud() {
  engine::CloudSigns signs;
  // In a container they are the host's, whose agents are not the container's.
  if (!exists("/run/systemd/container")) {
    signs.vendor = dmi("sys_vendor");
    signs.product = dmi("product_name");
    signs.asset_tag = dmi("chassis_asset_tag");
    signs.bios_version = dmi("bios_version");
  }
  signs.cloud_id = line_of(read_file("/run/cloud-init/cloud-id"));
  return engine::cloud_of(signs);
}

} // namespace sshguardd::host
