// What saved_rules() reads, to notice when it would say something else.
#include "host/boot_hooks.hpp"
#include "host/boot_units.hpp"
#include "host/files.hpp"
#include "host/glob.hpp"
#include "host/nft_file.hpp"
#include "host/saved_rules.hpp"
#include "parse/fnv.hpp"

#include <algorithm>
#include <array>

#include <sys/stat.h>

namespace sshguardd::host {
namespace {

constexpr std::array units = {
    "ufw.service",      "nftables.service",  "netfilter-persistent.service",
    "iptables.service", "ip6tables.service", "firewalld.service"};

// Also which of the two iptables is chosen.
constexpr std::array files = {"/etc/default/ufw",
                              "/etc/ufw",
                              "/etc/ufw/ufw.conf",
                              "/etc/ufw/before.rules",
                              "/etc/ufw/after.rules",
                              "/etc/ufw/user.rules",
                              "/etc/ufw/before6.rules",
                              "/etc/ufw/after6.rules",
                              "/etc/ufw/user6.rules",
                              "/etc/ufw/before.init",
                              "/etc/ufw/after.init",
                              "/etc/iptables",
                              "/etc/iptables/rules.v4",
                              "/etc/iptables/rules.v6",
                              "/usr/share/netfilter-persistent/plugins.d",
                              "/etc/sysconfig/iptables",
                              "/etc/sysconfig/ip6tables",
                              "/etc/alternatives/iptables",
                              "/etc/alternatives/ip6tables",
                              "/etc/firewalld",
                              "/etc/firewalld/firewalld.conf",
                              "/etc/firewalld/direct.xml",
                              "/etc/firewalld/zones",
                              "/etc/firewalld/services",
                              "/etc/firewalld/policies",
                              "/etc/firewalld/ipsets",
                              "/etc/firewalld/icmptypes"};
// Whose files count, too.
constexpr std::array directories = {"/etc/firewalld/zones/*.xml", "/etc/firewalld/services/*.xml",
                                    "/etc/firewalld/policies/*.xml", "/etc/firewalld/ipsets/*.xml"};
constexpr std::size_t most_paths = 512;

void add_matches(std::vector<std::string>& paths, const std::string& pattern) {
  paths.push_back(directory_of(pattern));
  const auto found = glob_paths(pattern);
  if (found) paths.insert(paths.end(), found->begin(), found->end());
}

// The file, and what it includes, as deep as anybody goes.
void add_nft(std::vector<std::string>& paths, const std::string& file, int depth = 0) {
  constexpr int deepest = 4;
  paths.push_back(file);
  const auto text = read_file(file);
  if (!text || depth >= deepest || paths.size() > most_paths) return;
  for (const std::string& pattern : nft_includes(*text)) {
    paths.push_back(directory_of(pattern));
    const auto found = glob_paths(pattern);
    if (!found) continue;
    for (const std::string& path : *found)
      add_nft(paths, path, depth + 1);
  }
}

std::string identity_of_all(const std::vector<std::string>& paths) {
  std::uint64_t hash = parse::fnv1a("");
  for (const std::string& path : paths) {
    hash = parse::fnv1a_part(path, hash);
    struct stat st {};
    hash = parse::fnv1a_part(lstat(path.c_str(), &st) == 0 ? identity(st) : "-", hash);
    hash = parse::fnv1a_part(identity_of(path), hash);
  }
  return std::to_string(hash);
}

std::vector<std::string> all_paths() {
  std::vector<std::string> paths{files.begin(), files.end()};
  for (const char* unit : units) {
    const auto more = BootUnits::paths(unit);
    paths.insert(paths.end(), more.begin(), more.end());
  }
  for (const char* pattern : directories)
    add_matches(paths, pattern);
  for (const std::string& pattern : boot_hook_places())
    add_matches(paths, pattern);
  const BootUnits boot;
  const auto services = boot.own_services();
  paths.insert(paths.end(), services.begin(), services.end());
  const auto command = boot.command("nftables.service");
  if (command && command->back().starts_with("/etc/")) add_nft(paths, command->back());
  std::ranges::sort(paths);
  paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
  if (paths.size() > most_paths) paths.resize(most_paths);
  return paths;
}

} // namespace

std::vector<std::string> saved_rules_watched() {
  return {"/etc/default/ufw",     "/etc/ufw",
          "/etc/ufw/ufw.conf",    "/etc/ufw/user.rules",
          "/etc/ufw/user6.rules", "/etc/iptables",
          "/etc/nftables.conf",   "/etc/sysconfig/nftables.conf",
          "/etc/firewalld",       "/etc/firewalld/zones"};
}

std::string saved_rules_hint() {
  std::vector<std::string> paths = saved_rules_watched();
  // What is enabled: systemd tells of that.
  for (const char* wants : {"multi-user.target.wants", "sysinit.target.wants"})
    paths.push_back(std::string{"/etc/systemd/system/"} + wants);
  return identity_of_all(paths);
}

std::string saved_rules_identity() {
  return identity_of_all(all_paths());
}

} // namespace sshguardd::host
