// What iptables-restore makes of the files that are loaded at boot, one after the other, without
// loading them (iptables-restore(8), xtables-restore.c): the text that iptables-save would print
// afterwards, for parse::iptables_save().
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::parse {

class IptablesRestore {
public:
  static constexpr std::size_t most_unread = 16;
  static constexpr std::size_t most_rules = 100'000;

  // One call of the program with `text`. keep: -n, what was there stays, but a chain of its own
  // that the text declares again is emptied. `from` names the text, for people. False: not all of
  // it was understood, or a table of it never gets loaded.
  bool load(std::string_view text, bool keep, std::string_view from);

  [[nodiscard]] std::string saved() const;
  // What was not understood, for people: it may do anything.
  [[nodiscard]] const std::vector<std::string>& unread() const { return unread_; }

private:
  struct Chain {
    std::string name;
    std::string policy; // "-": of its own
    std::vector<std::string> rules;
  };
  struct Table {
    std::string name;
    std::vector<Chain> chains;
    Chain* chain(std::string_view of);
  };

  static Table empty_table(std::string_view name);
  static bool declare(Table& table, std::string_view line, bool keep);
  static bool leads_somewhere(Table& table, const std::vector<std::string>& rule);
  bool rule(Table& table, std::string_view line);
  void commit(Table table);
  void unknown(std::string_view from, std::string_view what);

  std::vector<Table> tables_;
  std::vector<std::string> unread_;
  std::size_t rules_ = 0;
};

} // namespace sshguardd::parse
