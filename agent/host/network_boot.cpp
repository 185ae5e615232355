#include "host/network_boot.hpp"

#include "engine/network_links.hpp"
#include "host/boot_managers.hpp"
#include "host/files.hpp"
#include "host/glob.hpp"
#include "host/netplan_look.hpp"
#include "parse/boot_network.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>
#include <vector>

namespace sshguardd::host {
namespace {

// What changes there may change the answer.
constexpr std::array<const char*, 16> watched_places{
    "/etc/systemd/network",
    "/run/systemd/network",
    "/usr/lib/systemd/network",
    "/etc/network",
    "/etc/network/interfaces",
    "/etc/network/interfaces.d",
    "/run/network/ifstate",
    "/etc/netplan",
    "/etc/NetworkManager",
    "/etc/NetworkManager/system-connections",
    "/etc/udev/rules.d",
    "/etc/systemd/system",
    "/etc/systemd/system/multi-user.target.wants",
    "/etc/systemd/system/network-online.target.wants",
    "/etc/systemd/system/sockets.target.wants",
    "/run/systemd/system"};

std::string hardware_text(const std::string& bytes) {
  std::string text;
  for (const char c : bytes) {
    std::array<char, 4> two{};
    (void)std::snprintf(two.data(), two.size(), "%02x", static_cast<unsigned char>(c));
    text += text.empty() ? "" : ":";
    text += two.data();
  }
  return text;
}

// With whom the network came up in this boot; empty: with somebody else.
std::string manager_now(const NetworkState& state, const std::vector<int>& links) {
  for (const int index : links) {
    // What networkd and NetworkManager keep of each link for themselves.
    const auto networkd =
        read_file("/run/systemd/netif/links/" + std::to_string(index), boot_file_limit);
    if (networkd && networkd->find("\nNETWORK_FILE=/") != std::string::npos)
      return networkd->find("\nNETWORK_FILE=/run/") != std::string::npos ? "netplan"
                                                                         : "systemd-networkd";
    const auto manager =
        read_file("/run/NetworkManager/devices/" + std::to_string(index), boot_file_limit);
    if (manager && manager->find("connection-uuid=") != std::string::npos) return "NetworkManager";
  }
  const auto up = read_file("/run/network/ifstate", boot_file_limit);
  for (const int index : links) {
    const parse::LinkMessage* link = engine::link_of(state.links, index);
    if (up && link != nullptr && ("\n" + *up).find("\n" + link->name + "=") != std::string::npos)
      return "ifupdown";
  }
  return {};
}

std::string service_of(const std::string& manager) {
  return manager == "ifupdown" ? "networking" : manager;
}

// The links that lead out, as files know them.
struct Links {
  std::vector<parse::BootLink> known;
  std::vector<int> up; // those that have an address
  std::string names;   // for people
};

Links links_of(const NetworkState& state) {
  Links links;
  for (const int index : state.outward) {
    const parse::LinkMessage* link = engine::link_of(state.links, index);
    if (link == nullptr) continue;
    parse::BootLink one{.names = link->other_names, .macs = {}};
    one.names.push_back(link->name);
    for (const std::string& bytes : {link->hardware_address, link->permanent_address}) {
      if (!bytes.empty()) one.macs.push_back(hardware_text(bytes));
    }
    links.known.push_back(std::move(one));
    links.names += (links.names.empty() ? "" : ", ") + link->name;
    if (std::ranges::any_of(state.addresses, [index](const parse::AddressMessage& address) {
          return address.index == index && engine::global(address);
        }))
      links.up.push_back(index);
  }
  return links;
}

// manager: who brought up the present network, and reads its own files.
Fact<NetworkBoot> judge(const Links& links, const std::string& manager) {
  if (links.up.empty()) return Unknown{"no link has an address now"};
  if (manager.empty()) return Unknown{"who has brought the network up is not known"};
  NetworkBoot boot;
  boot.manager = manager;
  if (another_manager(boot.manager)) return Unknown{"several may bring a network up"};

  const std::string unit = service_of(boot.manager) + ".service";
  const bool starts = will_start(service_of(boot.manager));
  BootJudgement judged;
  if (boot.manager == "systemd-networkd") judged = judge_networkd(links.known);
  if (boot.manager == "ifupdown") judged = judge_ifupdown(links.known, starts);
  if (boot.manager == "NetworkManager") judged = judge_manager(links.known);
  boot.file = judged.file;
  // The service is certain where its unit is there at all; udev's part is judged above.
  const bool by_service = boot.manager != "ifupdown" || !judged.fits;
  if (!starts && by_service && exists("/lib/systemd/system/" + unit)) {
    boot.problems.push_back(unit +
                            (masked(service_of(boot.manager)) ? " is masked" : " is not enabled"));
    boot.file = unit;
  } else if (!judged.fits) {
    if (!judged.certain || names_may_change())
      return Unknown{boot.manager + ": not all of its files are understood"};
    boot.problems.push_back("nothing saved fits " + links.names);
  }
  return boot;
}

// "/etc/netplan/50.yaml:5", of "/etc/netplan/50.yaml:5:14: Invalid YAML: ...".
std::string place_of(const NetplanAnswer& answer) {
  return answer.text.substr(0, answer.text.find(':', answer.file.size() + 1));
}

Fact<NetworkBoot> by_netplan(const NetplanAnswer& answer, const std::string& links) {
  NetworkBoot boot;
  boot.manager = "netplan";
  boot.file = answer.file;
  if (answer.kind == NetplanAnswer::Kind::refused) {
    boot.problems = {"netplan refuses its files", answer.text};
    boot.file = place_of(answer);
  } else if (answer.kind == NetplanAnswer::Kind::unfit) {
    // Others may bring up what netplan does not.
    if (others_beside_netplan() || names_may_change())
      return Unknown{"several may bring a network up"};
    boot.problems.push_back("nothing saved fits " + links);
  }
  return boot;
}

} // namespace

NetworkBootReader::NetworkBootReader(Loop& loop, std::function<void()> on_news)
    : loop_{loop}, on_news_{std::move(on_news)} {}

Fact<NetworkBoot> NetworkBootReader::read(const NetworkState& state) {
  std::string seen;
  for (const int index : state.outward) {
    const parse::LinkMessage* link = engine::link_of(state.links, index);
    if (link == nullptr) continue;
    seen += std::to_string(index) + link->name + hardware_text(link->hardware_address) + " ";
    for (const parse::AddressMessage& address : state.addresses)
      seen += address.index == index && engine::global(address) ? "a" : "";
    seen += identity_of("/run/systemd/netif/links/" + std::to_string(index)) +
            identity_of("/run/NetworkManager/devices/" + std::to_string(index));
  }
  for (const char* place : watched_places)
    seen += std::string{place} + " " + identity_of(place) + "\n";
  // A file that is changed in place leaves its directory as it is.
  for (const char* pattern : {"/etc/systemd/network/*", "/etc/network/interfaces.d/*",
                              "/etc/NetworkManager/system-connections/*", "/etc/netplan/*"}) {
    const auto paths = glob_paths(pattern);
    for (std::size_t i = 0; paths && i < std::min(paths->size(), most_boot_files); ++i)
      seen += identity_of((*paths)[i]);
  }
  if (seen != seen_) {
    seen_ = std::move(seen);
    child_.reset();
    const Links links = links_of(state);
    // What is known stays while netplan is asked again.
    if (const std::string manager = manager_now(state, links.up); manager == "netplan")
      ask_netplan(links.known, links.names);
    else
      boot_ = judge(links, manager);
  }
  return boot_;
}

void NetworkBootReader::ask_netplan(const std::vector<parse::BootLink>& links,
                                    const std::string& names) {
  ChildSpec spec;
  spec.argv = netplan_child(links);
  spec.deadline = std::chrono::seconds{5};
  child_ = run_child(loop_, std::move(spec),
                     [this, names](const ChildResult& result) { on_netplan(result, names); });
}

void NetworkBootReader::on_netplan(const ChildResult& result, const std::string& links) {
  child_.reset();
  answered_ = true;
  const auto answer = netplan_answer(result.exit_status == 0 ? result.out : "");
  if (answer)
    boot_ = by_netplan(*answer, links);
  else
    boot_ = Unknown{answer.why()};
  on_news_();
}

} // namespace sshguardd::host
