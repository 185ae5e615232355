#include "parse/command_words.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace sshguardd::parse {
namespace {

bool blank(char c) {
  return c == ' ' || c == '\t';
}

} // namespace

std::optional<std::vector<std::string>> command_words(std::string_view command) {
  std::vector<std::string> words;
  std::size_t at = 0;
  for (;;) {
    while (at < command.size() && blank(command[at]))
      ++at;
    if (at == command.size()) return words;
    std::string word;
    char quote = 0;
    for (; at < command.size() && (quote != 0 || !blank(command[at])); ++at) {
      const char c = command[at];
      const char next = at + 1 < command.size() ? command[at + 1] : '\0';
      if (c == '\\' && (next == '\'' || next == '"' || next == '\\' || (quote == 0 && next == ' ')))
        word += command[++at];
      else if (quote == 0 && (c == '"' || c == '\''))
        quote = c;
      else if (quote != 0 && c == quote)
        quote = 0;
      else
        word += c;
    }
    if (quote != 0) return std::nullopt;
    words.push_back(std::move(word));
  }
}

std::optional<std::string> expand_tokens(std::string_view word, const std::vector<Token>& tokens,
                                         char& unknown) {
  std::string expanded;
  for (std::size_t at = 0; at < word.size(); ++at) {
    if (word[at] != '%') {
      expanded += word[at];
      continue;
    }
    unknown = ++at < word.size() ? word[at] : '%';
    if (at == word.size()) return std::nullopt;
    if (word[at] == '%') {
      expanded += '%';
      continue;
    }
    const auto found = std::ranges::find(tokens, word[at], &Token::letter);
    if (found == tokens.end()) return std::nullopt;
    expanded += found->value;
  }
  return expanded;
}

bool has_token(std::string_view word, char letter) {
  for (std::size_t at = 0; at + 1 < word.size(); ++at) {
    if (word[at] != '%') continue;
    if (word[++at] == letter) return true;
  }
  return false;
}

} // namespace sshguardd::parse
