// One line of iptables-save as its words and options (iptables-restore(8), xshared.c:
// add_param_to_argv(); libxtables: xtables_save_string()).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::parse {

// Where the first line ends: a comment may have newlines within its quotes, which
// iptables-save writes as they are.
[[nodiscard]] std::size_t iptables_line_end(std::string_view text);

// Nothing where a quote is not closed. A quote within a word is a letter: chains may have it.
[[nodiscard]] std::optional<std::vector<std::string>> iptables_words(std::string_view line);

struct IptablesOption {
  bool negated = false; // "!" before it, or, as old ones wrote it, behind it
  std::string name;     // "--dport"
  std::vector<std::string> values;
};

// "-m NAME" or "-j NAME", with what belongs to it.
struct IptablesModule {
  std::string name;
  std::vector<IptablesOption> options;

  // As it was written, bounded, for people.
  [[nodiscard]] std::string text() const;
  [[nodiscard]] bool has(std::string_view option) const;
};

struct IptablesLine {
  std::string chain;
  std::vector<IptablesOption> own; // -s, -d, -i, -o, -p, -f
  std::vector<IptablesModule> matches;
  std::optional<IptablesModule> target;
  bool go_to = false; // -g
};

// "-A CHAIN ...", counters before it left out. Nothing where it is no rule of that form; `chain` is
// told as soon as it is known.
[[nodiscard]] std::optional<IptablesLine> iptables_line(std::string_view line, std::string& chain);

} // namespace sshguardd::parse
