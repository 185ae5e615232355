#include "host/firewall_rules.hpp"

#include "engine/iptables_tables.hpp"
#include "engine/nft_ruleset.hpp"
#include "host/files.hpp"
#include "host/helper.hpp"
#include "host/nft_tables.hpp"
#include "host/root_program.hpp"
#include "parse/iptables_built_ins.hpp"
#include "parse/iptables_save.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sshguardd::host {
namespace {

using firewall::Family;

constexpr auto deadline = std::chrono::seconds{10};
constexpr std::size_t most_output = 128 << 20; // it is taken in parts; of saves it is held
constexpr std::size_t most_saved = 32 << 20;

const char* save_program(Family family) {
  return family == Family::ip ? "iptables-nft-save" : "ip6tables-nft-save";
}

void unread(firewall::Ruleset& rules, const std::string& what) {
  rules.unread.push_back(what);
}

using TableNames = std::vector<std::pair<Family, std::string>>;

// Tables whose names are iptables' own hold what its save program will say; any other is not read.
void without_nft(firewall::Ruleset& rules, const TableNames& tables) {
  for (const auto& [family, name] : tables) {
    const bool iptables = (family == Family::ip || family == Family::ip6) &&
                          parse::is_known_table(name) &&
                          !system_program(save_program(family)).empty();
    if (iptables)
      rules.tables.push_back({.family = family, .name = name, .compat = true});
    else
      unread(rules, "nftables has a table " + name + ", and nft(8) is not installed");
  }
}

// What nft(8) says of all tables.
void read_nft(firewall::Ruleset& rules, const TableNames& tables) {
  const std::string nft = system_program("nft");
  if (nft.empty()) return without_nft(rules, tables);
  engine::NftReader reader;
  bool good = true;
  HelperSpec spec;
  spec.argv = {nft, "-j", "list", "ruleset"};
  spec.environment = plain_environment();
  spec.take = [&](std::string_view part) { good = good && reader.feed(part); };
  spec.deadline = deadline;
  spec.output_limit = most_output;
  const HelperResult result = run_helper(spec);
  auto read = good && result.exit_status == 0 ? reader.end() : std::nullopt;
  if (read)
    rules = std::move(*read);
  else
    unread(rules, result.timed_out ? "nft -j list ruleset gave no answer in time"
                                   : "nft -j list ruleset gave no list");
}

std::optional<std::string> saved(const std::string& path) {
  HelperSpec spec;
  spec.argv = {path};
  spec.environment = plain_environment();
  spec.deadline = deadline;
  spec.output_limit = most_saved;
  HelperResult result = run_helper(spec);
  if (result.exit_status != 0) return std::nullopt;
  return std::move(result.out);
}

// iptables-nft's own expressions, by the program that knows them. Where it is not there, they stay
// open.
void read_iptables_nft(firewall::Ruleset& rules, Family family) {
  const bool any = std::ranges::any_of(rules.tables, [family](const firewall::Table& table) {
    return table.family == family && (table.compat || engine::is_iptables_table(table));
  });
  if (!any) return;
  const std::string path = system_program(save_program(family));
  if (path.empty()) return;
  const auto text = saved(path);
  if (!text) return;
  const auto not_shown = parse::iptables_not_shown(*text);
  for (firewall::Table& table : parse::iptables_save(*text, family, false)) {
    if (std::ranges::find(not_shown, table.name) == not_shown.end())
      engine::take_saved(rules, std::move(table));
  }
}

// The kernel has tables of iptables-legacy. Never by -S or -L: those make the table.
bool read_legacy(firewall::Ruleset& rules, Family family) {
  const bool v4 = family == Family::ip;
  const std::string names = v4 ? "/proc/net/ip_tables_names" : "/proc/net/ip6_tables_names";
  if (!exists(names)) return false;
  const auto tables = read_proc(names);
  if (!tables) {
    unread(rules, tables.why());
    return true;
  }
  if (tables->empty()) return false;
  const std::string what = v4 ? "iptables-legacy-save" : "ip6tables-legacy-save";
  const std::string path = system_program(what);
  const auto text = path.empty() ? std::nullopt : saved(path);
  if (!text) {
    unread(rules, "iptables-legacy has rules, and " + what +
                      (path.empty() ? " is not installed" : " gave no list"));
    return true;
  }
  for (firewall::Table& table : parse::iptables_save(*text, family, true))
    rules.tables.push_back(std::move(table));
  return true;
}

} // namespace

LiveRules live_rules() {
  LiveRules live;
  const auto tables = nft_tables();
  if (!tables)
    unread(live.rules, tables.why());
  else if (!tables->empty())
    read_nft(live.rules, *tables);
  read_iptables_nft(live.rules, Family::ip);
  read_iptables_nft(live.rules, Family::ip6);
  // One that stood for what a save program did not show.
  for (const firewall::Table& table : live.rules.tables)
    if (table.compat && table.chains.empty())
      unread(live.rules,
             "what is in nftables' table " + table.name + " is not told without nft(8)");
  for (const Family family : {Family::ip, Family::ip6})
    live.legacy = read_legacy(live.rules, family) || live.legacy;
  return live;
}

} // namespace sshguardd::host
