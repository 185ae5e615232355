// For test_saved_rules.py: rule sets in words that can be compared. `show boot`: what the next boot
// loads. `show ip FILE`, `show ip6 FILE`: what iptables-save printed. `show nft FILE`: of nft -j.
#include "engine/nft_ruleset.hpp"
#include "firewall_text.hpp"
#include "host/files.hpp"
#include "host/own_child.hpp"
#include "host/saved_rules.hpp"
#include "parse/iptables_save.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>

using namespace sshguardd;
using namespace sshguardd::firewall;

// Looking for leaks takes ptrace(2), which the agent's unit forbids. Of builds with the sanitizer.
extern "C" const char* __asan_default_options();  // NOLINT
extern "C" const char* __asan_default_options() { // NOLINT
  return "detect_leaks=0";
}

namespace {

void show(std::vector<Table> tables) {
  std::vector<std::string> lines;
  for (const Table& table : tables) {
    static constexpr const char* families[] = {"ip", "ip6", "inet", "netdev", "bridge", "arp"};
    const std::string start =
        std::string{families[static_cast<int>(table.family)]} + " " + table.name + " ";
    for (const Chain& chain : table.chains) {
      std::string text = start + chain.name;
      if (chain.base)
        text += " " + std::to_string(static_cast<int>(chain.base->hook)) + " " +
                std::to_string(chain.base->priority) + " " + in_short(chain.base->policy);
      for (const Rule& rule : chain.rules)
        text += "\n    " + in_short(rule.statements);
      lines.push_back(text);
    }
  }
  std::ranges::sort(lines);
  for (const std::string& line : lines)
    std::puts(line.c_str());
}

} // namespace

int main(int argc, char** argv) {
  if (const auto status = host::own_child_main(argc, argv)) return *status;
  if (argc == 2 && std::strcmp(argv[1], "boot") == 0) {
    const auto saved = host::saved_rules();
    if (!saved) return std::printf("unknown: %s\n", saved.why().c_str()), 1;
    std::printf("by %s\n", saved->by.c_str());
    for (const std::string& one : saved->rules.unread)
      std::printf("unread %s\n", one.c_str());
    show(saved->rules.tables);
    return 0;
  }
  if (argc == 2 && std::strcmp(argv[1], "identity") == 0)
    return std::puts(host::saved_rules_identity().c_str()), 0;
  if (argc != 3) return 2;
  const auto text = host::read_file(argv[2], 16 << 20);
  if (!text) return 2;
  if (std::strcmp(argv[1], "nft") == 0) {
    auto rules = engine::nft_ruleset(*text);
    if (!rules) return 2;
    show(std::move(rules->tables));
  } else {
    show(parse::iptables_save(*text, std::strcmp(argv[1], "ip6") == 0 ? Family::ip6 : Family::ip,
                              false));
  }
  return 0;
}
