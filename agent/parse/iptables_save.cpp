#include "parse/iptables_save.hpp"

#include "parse/iptables_built_ins.hpp"
#include "parse/iptables_rule.hpp"
#include "parse/iptables_words.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

namespace sshguardd::parse {
namespace {

using firewall::Chain;
using firewall::Rule;
using firewall::Table;
using firewall::Verdict;

constexpr std::size_t longest_line = 16'384;
constexpr std::size_t longest_name = 64;
constexpr std::size_t longest_comment = 256;
constexpr std::size_t most_tables = 16; // there are five

Rule open_rule(std::string handle, std::string why, std::string_view text) {
  Rule rule;
  rule.handle = std::move(handle);
  rule.text = text.substr(0, longest_rule_text);
  rule.statements.emplace_back(
      firewall::Open{.why = std::move(why), .usually = true, .anything = true});
  return rule;
}

std::string comment_of(const IptablesLine& line) {
  for (const IptablesModule& module : line.matches) {
    if (module.name != "comment") continue;
    for (const IptablesOption& option : module.options) {
      if (option.name == "--comment" && !option.values.empty())
        return option.values.front().substr(0, longest_comment);
    }
  }
  return {};
}

// One "*table" ... "COMMIT".
class TableReader {
public:
  TableReader(std::string_view name, firewall::Family family, bool legacy) {
    table_.family = family;
    table_.name = name.substr(0, longest_name);
    table_.legacy = legacy;
  }

  void line(std::string_view text) {
    if (text.starts_with(':') && declare(text)) return;
    if (text.starts_with("-A ") || text.starts_with('['))
      add_rule(text);
    else
      stray(text);
  }

  // A line whose chain nobody knows: at its place, or in front of all of them.
  void stray(std::string_view text) {
    constexpr const char* why = "a line of the listing that is not known";
    if (current_)
      table_.chains[*current_].rules.push_back(open_rule("?", why, text));
    else
      in_front_.push_back(open_rule("?", why, text));
  }

  void nothing_is_sure(std::string_view why, std::string_view text) {
    in_front_.push_back(open_rule("?", std::string{why}, text));
  }

  Table finish(bool committed) {
    if (!is_known_table(table_.name))
      nothing_is_sure("a table of iptables that is not known", "*" + table_.name);
    if (!committed || !in_front_.empty()) {
      for (const BuiltIn& one : built_ins_of(table_.name))
        (void)chain(one.chain);
    }
    for (std::size_t i = 0; i < table_.chains.size(); ++i) {
      Chain& chain = table_.chains[i];
      if (chain.base) chain.rules.insert(chain.rules.begin(), in_front_.begin(), in_front_.end());
      if (!committed)
        chain.rules.push_back(open_rule("?", "the listing has no end: rules may lack", {}));
      else if (!counts_[i].policy_known)
        chain.rules.push_back(open_rule({}, "the policy is not known", {}));
    }
    return std::move(table_);
  }

private:
  struct Count {
    std::size_t rules = 0;
    bool policy_known = false;
  };

  std::size_t chain(std::string_view name) {
    const auto [at, is_new] = places_.try_emplace(std::string{name}, table_.chains.size());
    if (!is_new) return at->second;
    Chain made;
    made.name = name;
    const auto known = built_ins_of(table_.name);
    const auto one = std::ranges::find(known, name, &BuiltIn::chain);
    if (one != known.end()) {
      Chain::Base base;
      base.hook = one->hook;
      base.priority = one->priority;
      base.type = one->type;
      made.base = std::move(base);
    }
    table_.chains.push_back(std::move(made));
    // One of its own has no policy.
    counts_.push_back({.rules = 0, .policy_known = one == known.end()});
    return at->second;
  }

  // ":INPUT DROP [12:3456]", ":ufw-user-input - [0:0]".
  bool declare(std::string_view text) {
    const auto words = iptables_words(text.substr(1));
    if (!words || words->size() < 2 || words->size() > 3) return false;
    const std::size_t at = chain((*words)[0]);
    auto& base = table_.chains[at].base;
    const std::string& policy = (*words)[1];
    if (!base) return policy == "-";
    counts_[at].policy_known = policy == "ACCEPT" || policy == "DROP";
    if (policy == "DROP") base->policy.kind = Verdict::Kind::drop;
    return true;
  }

  void add_rule(std::string_view text) {
    std::string name;
    auto line = iptables_line(text.substr(0, longest_line), name);
    if (text.size() > longest_line) line.reset();
    if (name.empty()) return stray(text);
    const std::size_t at = chain(name);
    current_ = at;
    std::string handle = std::to_string(++counts_[at].rules);
    if (!line) {
      table_.chains[at].rules.push_back(
          open_rule(std::move(handle), "a rule that cannot be read", text));
      return;
    }
    Rule rule;
    rule.handle = std::move(handle);
    rule.text = text.substr(0, longest_rule_text);
    rule.comment = comment_of(*line);
    rule.statements =
        iptables_statements(*line, table_.family == firewall::Family::ip6,
                            [this](std::string_view target) { return is_own_chain(target); });
    table_.chains[at].rules.push_back(std::move(rule));
  }

  bool is_own_chain(std::string_view name) const {
    const auto found = places_.find(name);
    return found != places_.end() && !table_.chains[found->second].base;
  }

  Table table_;
  std::vector<Count> counts_; // of each chain
  std::map<std::string, std::size_t, std::less<>> places_;
  std::optional<std::size_t> current_;
  std::vector<Rule> in_front_;
};

// "# Table `filter' is incompatible, use 'nft' tool." and "# Table `nat' contains incompatible
// base-chains, ..." (nft.c:nft_is_table_compatible(), xtables-save.c). Empty: no such line.
std::string_view not_shown(std::string_view line) {
  constexpr std::string_view start = "# Table `";
  if (!line.starts_with(start)) return {};
  line.remove_prefix(start.size());
  const std::size_t quote = line.find('\'');
  if (quote == std::string_view::npos) return {};
  return line.substr(quote).find("incompatible") == std::string_view::npos ? std::string_view{}
                                                                           : line.substr(0, quote);
}

std::string_view next_line(std::string_view& text) {
  std::string_view line = text.substr(0, iptables_line_end(text));
  text.remove_prefix(std::min(text.size(), line.size() + 1));
  while (line.ends_with('\r') || line.ends_with(' '))
    line.remove_suffix(1);
  return line;
}

Table unseen_table(std::string_view name, std::string_view why, firewall::Family family,
                   bool legacy) {
  TableReader reader{name, family, legacy};
  reader.nothing_is_sure(why, {});
  return reader.finish(true);
}

class SaveReader {
public:
  SaveReader(firewall::Family family, bool legacy) : family_{family}, legacy_{legacy} {}

  // False: more than anybody has, so that the rest is not read.
  bool line(std::string_view line) {
    if (line.empty() || line.starts_with('#')) return true;
    if (line == "COMMIT" && table_) {
      end(true);
    } else if (line.starts_with('*')) {
      end(false);
      if (tables_.size() >= most_tables) return false;
      table_.emplace(line.substr(1), family_, legacy_);
    } else {
      // Outside of any table: nobody knows of which.
      if (!table_ && tables_.size() >= most_tables) return false;
      if (!table_) table_.emplace("", family_, legacy_);
      table_->line(line);
    }
    return true;
  }

  std::vector<Table> finish() {
    end(false);
    return std::move(tables_);
  }

private:
  void end(bool committed) {
    if (table_) tables_.push_back(table_->finish(committed));
    table_.reset();
  }

  firewall::Family family_;
  bool legacy_;
  std::optional<TableReader> table_;
  std::vector<Table> tables_;
};

} // namespace

std::vector<Table> iptables_save(std::string_view text, firewall::Family family, bool legacy) {
  const auto unseen = iptables_not_shown(text);
  SaveReader reader{family, legacy};
  bool all = true;
  while (!text.empty() && all)
    all = reader.line(next_line(text));
  std::vector<Table> tables = reader.finish();
  if (!all) tables.push_back(unseen_table("", "more tables than are read", family, legacy));
  // They stand for the table beside what is shown of it.
  for (const std::string& name : unseen)
    tables.push_back(
        unseen_table(name, "iptables cannot show this table, only nft can", family, legacy));
  return tables;
}

std::vector<std::string> iptables_not_shown(std::string_view text) {
  std::vector<std::string> names;
  while (!text.empty()) {
    const std::string_view name = not_shown(next_line(text)).substr(0, longest_name);
    if (name.empty() || names.size() >= most_tables) continue;
    if (std::ranges::find(names, name) == names.end()) names.emplace_back(name);
  }
  return names;
}

} // namespace sshguardd::parse
