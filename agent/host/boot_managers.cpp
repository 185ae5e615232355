#include "host/boot_managers.hpp"

#include "host/cloud_init.hpp"
#include "host/files.hpp"
#include "host/glob.hpp"

#include <array>
#include <set>
#include <string_view>
#include <utility>

#include <unistd.h>

namespace sshguardd::host {
namespace {

const std::string interfaces = "/etc/network/interfaces";

// systemd.network(5): the same name in an earlier one stands for those in later ones.
constexpr std::array<const char*, 4> networkd_places{
    "/etc/systemd/network", "/usr/local/lib/systemd/network", "/usr/lib/systemd/network",
    "/lib/systemd/network"};

std::vector<std::string> glob_of(const std::string& pattern) {
  const auto paths = glob_paths(pattern);
  return paths ? *paths : std::vector<std::string>{};
}

// What `systemctl enable` and generators make.
bool enabled(const std::string& unit) {
  for (const char* root :
       {"/etc/systemd/system/", "/usr/lib/systemd/system/", "/lib/systemd/system/",
        "/run/systemd/system/", "/run/systemd/generator/", "/run/systemd/generator.late/"}) {
    for (const char* kind : {"*.wants/", "*.requires/"}) {
      if (!glob_of(root + std::string{kind} + unit).empty()) return true;
    }
  }
  return false;
}

} // namespace

bool masked(const std::string& name) {
  const std::string path = "/etc/systemd/system/" + name + ".service";
  std::array<char, 16> target{};
  const ssize_t length = readlink(path.c_str(), target.data(), target.size());
  return length > 0 &&
         std::string_view{target.data(), static_cast<std::size_t>(length)} == "/dev/null";
}

bool will_start(const std::string& name) {
  return !masked(name) &&
         (enabled(name + ".service") || enabled(name + ".socket") ||
          enabled(name + "-wait-online.service") || enabled(name + "-wait-online@*.service"));
}

bool names_may_change() {
  return !glob_of("/etc/systemd/network/*.link").empty() ||
         !glob_of("/etc/udev/rules.d/*net*").empty();
}

BootJudgement judge_networkd(const std::vector<parse::BootLink>& links) {
  BootJudgement judged;
  // What is there for this boot alone is made anew by somebody.
  if (!glob_of("/run/systemd/network/*.network").empty() ||
      !glob_of("/etc/systemd/network/*.network.d/*.conf").empty() ||
      !glob_of("/etc/systemd/network/*.netdev").empty())
    judged.certain = false;
  std::set<std::string> names;
  std::size_t files = 0;
  for (const char* place : networkd_places) {
    for (const std::string& path : glob_of(std::string{place} + "/*.network")) {
      if (!names.insert(path.substr(path.rfind('/'))).second) continue;
      const auto text = read_file(path, boot_file_limit);
      std::array<char, 16> target{};
      if (readlink(path.c_str(), target.data(), target.size()) == 9) continue; // /dev/null
      if (!text || ++files > most_boot_files || cloud_init_writes(path)) {
        judged.certain = false;
        continue;
      }
      const bool own = path.starts_with("/etc/");
      if (own && judged.file.empty()) judged.file = path;
      if (parse::networkd_fit(*text, links) != parse::BootFit::no) judged.fits = true;
    }
  }
  return judged;
}

BootJudgement judge_ifupdown(const std::vector<parse::BootLink>& links, bool service) {
  BootJudgement judged;
  judged.file = interfaces;
  parse::Interfaces all;
  std::vector<std::string> wanted{interfaces};
  std::set<std::string> seen;
  for (std::size_t at = 0; at < wanted.size(); ++at) {
    if (!seen.insert(wanted[at]).second) continue;
    const auto text = read_file(wanted[at], boot_file_limit);
    if (!text || seen.size() > most_boot_files || cloud_init_writes(wanted[at])) {
      judged.certain = judged.certain && !text && !exists(wanted[at]);
      continue;
    }
    const std::size_t before = all.sources.size();
    parse::add_interfaces(*text, all);
    for (std::size_t i = before; i < all.sources.size(); ++i) {
      std::string pattern = all.sources[i];
      // Words that a shell would expand; relative ones are beside the file (interfaces(5)).
      if (pattern.find_first_of("$`~") != std::string::npos) judged.certain = false;
      if (!pattern.starts_with('/')) pattern.insert(0, directory_of(wanted[at]) + "/");
      for (std::string& path : glob_of(pattern))
        wanted.push_back(std::move(path));
    }
  }
  judged.fits = parse::interfaces_fit(all, links) != parse::BootFit::no;
  // udev brings up what is allow-hotplug, whatever becomes of the service.
  if (!service && !all.hotplug && !all.doubt) judged.fits = false;
  return judged;
}

BootJudgement judge_manager(const std::vector<parse::BootLink>& links) {
  BootJudgement judged;
  const auto files = glob_of("/etc/NetworkManager/system-connections/*");
  // Without any it connects by itself; what others and plugins add is not known.
  if (files.empty() || !glob_of("/run/NetworkManager/system-connections/*").empty() ||
      !glob_of("/usr/lib/NetworkManager/system-connections/*").empty() ||
      !glob_of("/etc/sysconfig/network-scripts/ifcfg-*").empty() ||
      !glob_of("/etc/netplan/*.yaml").empty())
    judged.certain = false;
  // Of a link without a profile it makes one, unless it is told not to.
  const auto settings = read_file("/etc/NetworkManager/NetworkManager.conf", boot_file_limit);
  if (!settings || settings->find("no-auto-default=*") == std::string::npos) judged.certain = false;
  for (const std::string& path : files) {
    const auto text = read_file(path, boot_file_limit);
    if (!text || cloud_init_writes(path)) {
      judged.certain = false;
      continue;
    }
    if (judged.file.empty()) judged.file = path;
    if (parse::keyfile_fit(*text, links) != parse::BootFit::no) judged.fits = true;
  }
  return judged;
}

bool another_manager(const std::string& manager) {
  if (manager != "systemd-networkd" && will_start("systemd-networkd")) return true;
  if (manager != "NetworkManager" && will_start("NetworkManager")) return true;
  if (manager != "ifupdown" && exists(interfaces) && exists("/sbin/ifup")) return true;
  return exists("/usr/sbin/wickedd") || exists("/usr/sbin/connmand") || exists("/etc/dhcpcd.conf");
}

bool others_beside_netplan() {
  return will_start("NetworkManager") || !glob_of("/etc/systemd/network/*.network").empty() ||
         (exists(interfaces) && exists("/sbin/ifup"));
}

} // namespace sshguardd::host
