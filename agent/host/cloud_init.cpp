#include "host/cloud_init.hpp"

#include "host/files.hpp"
#include "host/glob.hpp"
#include "parse/lines.hpp"

#include <string_view>

namespace sshguardd::host {
namespace {

// As everybody writes it: on a line of its own, or in braces. Of anything else it says "no": then
// cloud-init is taken to write.
bool switches_off(std::string_view text) {
  while (!text.empty()) {
    std::string_view line = parse::take_line(text);
    const std::size_t from = line.find_first_not_of(" \t{");
    if (from == std::string_view::npos) continue;
    line.remove_prefix(from);
    if (line.starts_with("network: {config: disabled}") || line.starts_with("config: disabled"))
      return true;
  }
  return false;
}

} // namespace

bool cloud_init_writes(const std::string& path) {
  if (path.find("cloud-init") == std::string::npos || exists("/etc/cloud/cloud-init.disabled") ||
      !exists("/usr/bin/cloud-init"))
    return false;
  const auto settings = glob_paths("/etc/cloud/cloud.cfg.d/*.cfg");
  if (!settings) return true;
  for (const std::string& file : *settings) {
    const auto text = read_file(file, 1 << 16);
    if (text && switches_off(*text)) return false;
  }
  return true;
}

} // namespace sshguardd::host
