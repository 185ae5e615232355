#include "host/firewalld_rules.hpp"

#include "engine/iptables_tables.hpp"
#include "engine/nft_ruleset.hpp"
#include "host/apart.hpp"
#include "host/files.hpp"
#include "host/firewall_rules.hpp"
#include "host/glob.hpp"
#include "host/root_program.hpp"
#include "parse/iptables_save.hpp"
#include "parse/lines.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sshguardd::host {
namespace {

constexpr auto deadline = std::chrono::seconds{12};
constexpr std::string_view saved_mark = "saved ";

// core/fw.py:Firewall.start(): what the daemon does when it starts. Of a configuration that it
// cannot load it takes the stock one instead, raises, and the daemon goes on with that. The listing
// comes before the program's end, with which tables go that it owns; direct rules are iptables'.
constexpr const char* program = R"(import subprocess, sys
from firewall.core.fw import Firewall
firewall = Firewall()
try:
    firewall.start()
except Exception:
    if not hasattr(firewall, "_start_failsafe") or firewall.get_state() != "FAILED":
        raise
print("loaded", flush=True)
status = subprocess.call([sys.argv[1], "-j", "list", "ruleset"])
for save in sys.argv[2:]:
    print("\nsaved " + save, flush=True)
    status = subprocess.call([save]) or status
sys.exit(status)
)";

// Of "#!/usr/bin/python3 -sP".
Fact<std::string> interpreter() {
  for (const char* daemon : {"/usr/sbin/firewalld", "/usr/bin/firewalld"}) {
    if (!exists(daemon)) continue;
    const auto text = read_file(daemon);
    if (!text) return Unknown{text.why()};
    std::string_view rest = *text;
    const std::string_view line = parse::take_line(rest);
    const std::size_t start = line.find_first_not_of(" \t", 2);
    if (!line.starts_with("#!") || start == std::string_view::npos ||
        !line.substr(start).starts_with("/usr/"))
      return Unknown{std::string{daemon} + " is no script"};
    return std::string{line.substr(start, line.find_first_of(" \t\r", start) - start)};
  }
  return Unknown{"firewalld is not installed"};
}

// Its matches and targets are told by iptables-save alone.
void take_saved(firewall::Ruleset& rules, std::string_view by, std::string_view text) {
  const auto family =
      by.find("ip6tables") == std::string_view::npos ? firewall::Family::ip : firewall::Family::ip6;
  const bool legacy = by.find("legacy") != std::string_view::npos;
  for (firewall::Table& table : parse::iptables_save(text, family, legacy)) {
    if (legacy)
      rules.tables.push_back(std::move(table));
    else
      engine::take_saved(rules, std::move(table));
  }
}

// A connection's zone is told to the daemon when it comes up.
void look_at_network_manager(firewall::Ruleset& rules) {
  for (const char* pattern : {"/etc/NetworkManager/system-connections/*.nmconnection",
                              "/etc/sysconfig/network-scripts/ifcfg-*"}) {
    const auto files = glob_paths(pattern);
    if (!files) {
      rules.unread.push_back(files.why());
      continue;
    }
    for (const std::string& file : *files) {
      const auto text = read_file(file);
      std::string_view rest = text ? std::string_view{*text} : std::string_view{};
      if (!text) rules.unread.push_back(text.why());
      while (!rest.empty()) {
        const std::string_view line = parse::take_line(rest);
        const bool zone = line.starts_with("zone=") || line.starts_with("ZONE=");
        if (zone && line.size() > 5)
          rules.unread.push_back(file + " puts its interface into a zone of firewalld");
      }
    }
  }
}

} // namespace

Fact<firewall::Ruleset> firewalld_rules() {
  const auto python = interpreter();
  if (!python) return Unknown{python.why()};
  const std::string nft = system_program("nft");
  if (nft.empty()) return Unknown{"nft is not installed"};
  std::vector<std::string> argv{*python, "-I", "-c", program, nft};
  for (const char* save :
       {"iptables-nft-save", "ip6tables-nft-save", "iptables-legacy-save", "ip6tables-legacy-save"})
    if (std::string path = system_program(save); !path.empty()) argv.push_back(std::move(path));
  const auto listing = run_apart(argv, deadline);
  if (!listing) return Unknown{listing.why()};
  auto read = engine::nft_ruleset(nft_listing(*listing));
  if (!read) return Unknown{"the listing of nft was not understood"};
  firewall::Ruleset rules = std::move(*read);
  std::string_view rest = *listing;
  std::string by;
  std::string text;
  while (!rest.empty()) {
    const std::string_view line = parse::take_line(rest);
    if (!line.starts_with(saved_mark)) {
      if (!by.empty()) text.append(line).append("\n");
      continue;
    }
    if (!by.empty()) take_saved(rules, by, text);
    by = line.substr(saved_mark.size());
    text.clear();
  }
  if (!by.empty()) take_saved(rules, by, text);
  look_at_network_manager(rules);
  return rules;
}

} // namespace sshguardd::host
