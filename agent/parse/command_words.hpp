// Commands in sshd's configuration: their words, and what the tokens in them stand for.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::parse {

// As sshd splits AuthorizedKeysCommand (misc.c:argv_split()). Nothing where a quote is not closed.
[[nodiscard]] std::optional<std::vector<std::string>> command_words(std::string_view command);

struct Token {
  char letter = '%';
  std::string value;
};

// misc.c:percent_expand(), "%%" included. Nothing where another token is in it; `unknown` is its
// letter then, or '%' for one at the end.
[[nodiscard]] std::optional<std::string>
expand_tokens(std::string_view word, const std::vector<Token>& tokens, char& unknown);

// Whether %LETTER is in it.
[[nodiscard]] bool has_token(std::string_view word, char letter);

} // namespace sshguardd::parse
