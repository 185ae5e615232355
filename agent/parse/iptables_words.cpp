#include "parse/iptables_words.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace sshguardd::parse {
namespace {

constexpr std::size_t longest_quoted = 4096; // over several lines
constexpr std::size_t longest_text = 160;

bool blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

// Behind the quote that closes the one before `at`; npos: none does.
std::size_t behind_quote(std::string_view text, std::size_t at, std::size_t limit) {
  for (; at < text.size() && at < limit; ++at) {
    if (text[at] == '\\')
      ++at;
    else if (text[at] == '"')
      return at + 1;
  }
  return std::string_view::npos;
}

// Their value may look like an option: "--comment -j" is how a comment "-j" is written.
bool takes_any_word(std::string_view option) {
  static constexpr std::array<std::string_view, 20> names = {"-s",
                                                             "-d",
                                                             "-i",
                                                             "-o",
                                                             "-p",
                                                             "--comment",
                                                             "--log-prefix",
                                                             "--nflog-prefix",
                                                             "--ulog-prefix",
                                                             "--name",
                                                             "--string",
                                                             "--hex-string",
                                                             "--helper",
                                                             "--hashlimit-name",
                                                             "--nfacct-name",
                                                             "--match-set",
                                                             "--add-set",
                                                             "--bytecode",
                                                             "--led-trigger-id",
                                                             "--label"};
  return std::ranges::find(names, option) != names.end();
}

bool is_text(std::string_view option) {
  return option.starts_with("--") && takes_any_word(option);
}

bool starts_another(std::string_view word) {
  return word == "!" || (word.size() > 1 && word.starts_with('-'));
}

// The words from `at` that belong to the option there; `at` is behind them then.
IptablesOption option_at(std::span<std::string> words, std::size_t& at, bool negated) {
  IptablesOption option{.negated = negated, .name = std::move(words[at++]), .values = {}};
  if (at < words.size() && words[at] == "!" && !is_text(option.name)) {
    const bool behind = at + 1 < words.size() && !starts_another(words[at + 1]);
    if (behind && !negated) {
      option.negated = true;
      ++at;
    }
  }
  if (at < words.size() && takes_any_word(option.name))
    option.values.push_back(std::move(words[at++]));
  while (at < words.size() && !starts_another(words[at]))
    option.values.push_back(std::move(words[at++]));
  return option;
}

// "-m NAME", "-j NAME", "-g NAME"; false where the name lacks, or there is a second target.
bool module_at(std::span<std::string> words, std::size_t& at, IptablesLine& line) {
  const std::string kind = std::move(words[at]);
  if (at + 1 >= words.size()) return false;
  IptablesModule module{.name = std::move(words[at + 1]), .options = {}};
  at += 2;
  if (kind == "-m") {
    line.matches.push_back(std::move(module));
    return true;
  }
  if (line.target) return false;
  line.go_to = kind == "-g";
  line.target = std::move(module);
  return true;
}

// What follows "-A CHAIN".
bool read_options(std::span<std::string> words, IptablesLine& line) {
  bool in_target = false;
  for (std::size_t at = 0; at < words.size();) {
    const bool negated = words[at] == "!";
    if (negated && ++at == words.size()) return false;
    if (!starts_another(words[at]) || words[at] == "!") return false;
    if (words[at] == "-m" || words[at] == "-j" || words[at] == "-g") {
      in_target = words[at] != "-m";
      if (negated || !module_at(words, at, line)) return false;
      continue;
    }
    // One letter: iptables' own, wherever it stands.
    const bool own = words[at].size() == 2 || (!in_target && line.matches.empty());
    IptablesOption option = option_at(words, at, negated);
    if (own)
      line.own.push_back(std::move(option));
    else
      (in_target ? line.target->options : line.matches.back().options).push_back(std::move(option));
  }
  return true;
}

} // namespace

std::size_t iptables_line_end(std::string_view text) {
  const std::size_t plain = std::min(text.find('\n'), text.size());
  // Only rules have quotes.
  if (!text.starts_with('-') && !text.starts_with('[')) return plain;
  std::size_t end = plain;
  for (std::size_t at = 1; at < end;) {
    if (text[at] != '"' || !blank(text[at - 1])) {
      ++at;
      continue;
    }
    at = behind_quote(text, at + 1, std::max(plain, longest_quoted));
    if (at == std::string_view::npos) return plain;
    if (at > end) end = std::min(text.find('\n', at), text.size());
  }
  return end;
}

std::optional<std::vector<std::string>> iptables_words(std::string_view line) {
  std::vector<std::string> words;
  for (std::size_t at = 0; at < line.size();) {
    if (blank(line[at])) {
      ++at;
      continue;
    }
    std::string& word = words.emplace_back();
    if (line[at] != '"') {
      while (at < line.size() && !blank(line[at]))
        word += line[at++];
      continue;
    }
    const std::size_t end = behind_quote(line, at + 1, line.size());
    if (end == std::string_view::npos || (end < line.size() && !blank(line[end])))
      return std::nullopt;
    for (++at; at < end - 1; ++at) {
      if (line[at] == '\\') ++at;
      word += line[at];
    }
    at = end;
  }
  return words;
}

std::string IptablesModule::text() const {
  std::string text = name;
  for (const IptablesOption& option : options) {
    text += option.negated ? " ! " : " ";
    text += option.name;
    for (const std::string& value : option.values)
      text.append(" ").append(value, 0, longest_text);
    if (text.size() > longest_text) break;
  }
  if (text.size() > longest_text) text.replace(longest_text, std::string::npos, "...");
  return text;
}

bool IptablesModule::has(std::string_view option) const {
  return std::ranges::any_of(options, [&](const auto& one) { return one.name == option; });
}

std::optional<IptablesLine> iptables_line(std::string_view line, std::string& chain) {
  // iptables-save -c: "[12:3456] -A INPUT".
  if (line.starts_with('[')) line.remove_prefix(std::min(line.find("] ") + 1, line.size()));
  auto words = iptables_words(line);
  if (!words) {
    // The chain stands before any quote.
    const auto start = iptables_words(line.substr(0, line.find('"')));
    if (start && start->size() > 2 && start->front() == "-A") chain = (*start)[1];
    return std::nullopt;
  }
  if (words->size() < 2 || words->front() != "-A") return std::nullopt;
  IptablesLine read;
  chain = read.chain = (*words)[1];
  if (!read_options(std::span{*words}.subspan(2), read)) return std::nullopt;
  return read;
}

} // namespace sshguardd::parse
