#include "host/boot_hooks.hpp"

#include "host/files.hpp"
#include "host/glob.hpp"
#include "parse/lines.hpp"

#include <algorithm>
#include <array>

#include <sys/stat.h>

namespace sshguardd::host {
namespace {

constexpr std::size_t most_hooks = 8;
constexpr std::size_t longest_hook = 256 << 10;

constexpr std::array<std::string_view, 9> programs = {
    "iptables",     "ip6tables",       "iptables-restore", "ip6tables-restore",
    "iptables-nft", "iptables-legacy", "iptables-apply",   "iptables-nft-restore",
    "nft"};

// Units that are read by what they load.
constexpr std::array<std::string_view, 6> read_elsewhere = {
    "/ufw.service",      "/nftables.service",  "/netfilter-persistent.service",
    "/iptables.service", "/ip6tables.service", "/firewalld.service"};

bool is_part(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

// rc.local and what run-parts(8) runs have to be executable, the others are read.
bool runs(const std::string& path) {
  if (path.starts_with("/etc/network/interfaces") || path.starts_with("/etc/wireguard/"))
    return true;
  struct stat st {};
  return stat(path.c_str(), &st) == 0 && (st.st_mode & 0111U) != 0;
}

} // namespace

const std::vector<std::string>& boot_hook_places() {
  static const std::vector<std::string> places = {
      "/etc/rc.local",
      "/etc/rc.d/rc.local",
      "/etc/network/interfaces",
      "/etc/network/interfaces.d/*",
      "/etc/network/if-pre-up.d/*",
      "/etc/network/if-up.d/*",
      "/etc/NetworkManager/dispatcher.d/*",
      "/etc/NetworkManager/dispatcher.d/pre-up.d/*",
      "/etc/networkd-dispatcher/routable.d/*",
      "/etc/wireguard/*.conf",
  };
  return places;
}

bool names_firewall_program(std::string_view text) {
  while (!text.empty()) {
    std::string_view line = parse::take_line(text);
    line = line.substr(0, line.find('#'));
    for (std::size_t at = 0; at < line.size();) {
      if (!is_part(line[at])) {
        ++at;
        continue;
      }
      const std::size_t start = at;
      while (at < line.size() && is_part(line[at]))
        ++at;
      if (std::ranges::find(programs, line.substr(start, at - start)) != programs.end())
        return true;
    }
  }
  return false;
}

std::vector<std::string> boot_hooks(const BootUnits& units) {
  std::vector<std::string> files = units.own_services();
  std::erase_if(files, [](const std::string& path) {
    return std::ranges::any_of(read_elsewhere,
                               [&](std::string_view unit) { return path.ends_with(unit); });
  });
  for (const std::string& pattern : boot_hook_places()) {
    const auto found = glob_paths(pattern);
    if (!found) continue;
    for (const std::string& path : *found)
      if (runs(path)) files.push_back(path);
  }
  std::vector<std::string> hooks;
  for (std::string& path : files) {
    const auto text = read_file(path, longest_hook);
    if (text && names_firewall_program(*text) && hooks.size() < most_hooks)
      hooks.push_back(std::move(path));
  }
  return hooks;
}

} // namespace sshguardd::host
