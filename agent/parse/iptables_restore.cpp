#include "parse/iptables_restore.hpp"

#include "parse/iptables_built_ins.hpp"
#include "parse/iptables_hand.hpp"
#include "parse/iptables_values.hpp"
#include "parse/iptables_words.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace sshguardd::parse {
namespace {

constexpr std::size_t longest_line = 16'384;
constexpr std::size_t longest_shown = 80;
constexpr std::size_t longest_name = 64;

std::string_view next_line(std::string_view& text) {
  std::string_view line = text.substr(0, iptables_line_end(text));
  text.remove_prefix(std::min(text.size(), line.size() + 1));
  while (!line.empty() && (line.back() == '\r' || line.back() == ' ' || line.back() == '\t'))
    line.remove_suffix(1);
  while (!line.empty() && (line.front() == ' ' || line.front() == '\t'))
    line.remove_prefix(1);
  return line;
}

} // namespace

IptablesRestore::Chain* IptablesRestore::Table::chain(std::string_view of) {
  const auto found = std::ranges::find(chains, of, &Chain::name);
  return found == chains.end() ? nullptr : &*found;
}

IptablesRestore::Table IptablesRestore::empty_table(std::string_view name) {
  Table table;
  table.name = name;
  for (const BuiltIn& one : built_ins_of(name))
    table.chains.push_back({.name = std::string{one.chain}, .policy = "ACCEPT", .rules = {}});
  return table;
}

bool IptablesRestore::load(std::string_view text, bool keep, std::string_view from) {
  const std::size_t known = unread_.size();
  std::optional<Table> table;
  while (!text.empty()) {
    const std::string_view line = next_line(text);
    if (line.empty() || line.starts_with('#')) continue;
    if (!table) {
      const std::string_view name = line.substr(1);
      if (!line.starts_with('*') || !is_known_table(name)) {
        unknown(from, line);
        continue;
      }
      const auto there = std::ranges::find(tables_, name, &Table::name);
      table = keep && there != tables_.end() ? *there : empty_table(name);
    } else if (line == "COMMIT") {
      commit(*std::exchange(table, std::nullopt));
    } else if (!(line.starts_with(':') ? declare(*table, line, keep) : rule(*table, line))) {
      // iptables-restore would load nothing of this table; or it knows what we do not.
      unknown(from, line);
    }
  }
  if (table) unknown(from, "there is no COMMIT at its end");
  return unread_.size() == known;
}

// ":INPUT DROP [0:0]", ":mine - [0:0]".
bool IptablesRestore::declare(Table& table, std::string_view line, bool keep) {
  const auto words = iptables_words(line.substr(1));
  if (!words || words->size() < 2 || words->size() > 3) return false;
  const std::string& name = (*words)[0];
  const std::string& policy = (*words)[1];
  if (name.empty() || name.size() > longest_name) return false;
  Chain* chain = table.chain(name);
  if (chain != nullptr && chain->policy != "-") {
    if (policy == "ACCEPT" || policy == "DROP") chain->policy = policy;
    return policy == "ACCEPT" || policy == "DROP" || policy == "-";
  }
  if (policy != "-") return false;
  if (chain == nullptr)
    table.chains.push_back({.name = name, .policy = "-", .rules = {}});
  else if (keep)
    chain->rules.clear();
  return true;
}

// Of a chain that is not declared yet, iptables-restore loads nothing. Targets of modules are
// written in capitals.
bool IptablesRestore::leads_somewhere(Table& table, const std::vector<std::string>& rule) {
  for (std::size_t at = 0; at + 1 < rule.size(); ++at) {
    if (rule[at] != "-j" && rule[at] != "-g") continue;
    const std::string& target = rule[at + 1];
    const bool capitals =
        std::ranges::none_of(target, [](char c) { return (c >= 'a' && c <= 'z') || c == '-'; });
    if (!capitals && table.chain(target) == nullptr) return false;
  }
  return true;
}

// "-A CHAIN ...", "-I CHAIN [NUMBER] ..."; others than these are rare in such files.
bool IptablesRestore::rule(Table& table, std::string_view line) {
  if (line.size() > longest_line || ++rules_ > most_rules) return false;
  if (line.starts_with('[')) line.remove_prefix(std::min(line.find("] ") + 1, line.size()));
  auto words = iptables_words(line);
  if (!words || words->size() < 2) return false;
  const std::string verb = (*words)[0];
  Chain* chain = table.chain((*words)[1]);
  if (chain == nullptr) return false;
  std::size_t options = 2;
  std::size_t place = chain->rules.size();
  if (verb == "-F" && words->size() == 2) {
    chain->rules.clear();
    return true;
  }
  if (verb == "-I" || verb == "--insert") {
    place = 0;
    const auto number =
        words->size() > 2 ? iptables_number((*words)[2]) : std::optional<std::uint32_t>{};
    if (number) {
      if (*number < 1 || *number > chain->rules.size() + 1) return false;
      place = *number - 1;
      ++options;
    }
  } else if (verb != "-A" && verb != "--append") {
    return false;
  }
  words->erase(words->begin(), words->begin() + static_cast<std::ptrdiff_t>(options));
  for (const auto& plain : plain_iptables_rules(*words)) {
    if (!leads_somewhere(table, plain)) return false;
    std::string text = "-A " + iptables_word(chain->name);
    for (const std::string& word : plain)
      text.append(" ").append(iptables_word(word));
    // Of a list all go to the same place, so that the last one is the first.
    chain->rules.insert(chain->rules.begin() + static_cast<std::ptrdiff_t>(place), std::move(text));
    if (verb == "-A" || verb == "--append") ++place;
  }
  return true;
}

void IptablesRestore::commit(Table table) {
  const auto there = std::ranges::find(tables_, table.name, &Table::name);
  if (there != tables_.end())
    *there = std::move(table);
  else
    tables_.push_back(std::move(table));
}

void IptablesRestore::unknown(std::string_view from, std::string_view what) {
  if (unread_.size() < most_unread)
    unread_.push_back(std::string{from} + ": " + std::string{what.substr(0, longest_shown)});
}

std::string IptablesRestore::saved() const {
  std::string text;
  for (const Table& table : tables_) {
    text += "*" + table.name + "\n";
    for (const Chain& chain : table.chains)
      text += ":" + chain.name + " " + chain.policy + " [0:0]\n";
    for (const Chain& chain : table.chains) {
      for (const std::string& rule : chain.rules)
        text += rule + "\n";
    }
    text += "COMMIT\n";
  }
  return text;
}

} // namespace sshguardd::parse
