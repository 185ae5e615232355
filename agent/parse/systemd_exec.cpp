#include "parse/systemd_exec.hpp"

#include <cstddef>
#include <utility>

namespace sshguardd::parse {

namespace {

constexpr std::string_view white_space = " \t\n\r";

// strv_split_full(WHITESPACE, EXTRACT_UNQUOTE | EXTRACT_RELAX): both kinds of quotes anywhere, a
// backslash (in quotes too) keeps the next character, an open quote or a last backslash is
// forgiven.
void split_unquoted(std::string_view text, std::vector<std::string>& out) {
  std::string word;
  bool open = false; // a word has begun, be it empty: ""
  char quote = '\0';
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote == '\0' && white_space.find(c) != std::string_view::npos) {
      if (open) out.push_back(std::move(word));
      word.clear();
      open = false;
      continue;
    }
    open = true;
    if (c == '\\') {
      if (++i < text.size()) word += text[i];
    } else if (quote != '\0' ? c == quote : c == '"' || c == '\'') {
      quote = quote != '\0' ? '\0' : c;
    } else {
      word += c;
    }
  }
  if (open) out.push_back(std::move(word));
}

// A name with '=' in it is never set. (systemd 252 looked it up in "NAME=value" as a prefix, so
// that `$A=` gave something where A began with '='; 257 does not.)
std::string_view lookup(const Environment& environment, std::string_view name) {
  const auto found = environment.find(name);
  return found == environment.end() ? std::string_view{} : std::string_view{found->second};
}

// env-util.c: replace_env without flags: `${NAME}` and `$$`; what else begins with '$' stands as it
// is.
std::string replace_in_word(std::string_view word, const Environment& environment) {
  std::string out;
  for (std::size_t i = 0; i < word.size(); ++i) {
    const std::string_view rest = word.substr(i);
    if (rest.substr(0, 2) == "$$") {
      out += '$';
      ++i;
    } else if (rest.substr(0, 2) == "${") {
      // ':' would be the shell's default value, which ExecStart= does not have
      const std::size_t end = rest.find_first_of("}:", 2);
      if (end == std::string_view::npos || rest[end] == ':') {
        const std::size_t literal = end == std::string_view::npos ? rest.size() : end + 1;
        out += rest.substr(0, literal);
        i += literal - 1;
      } else {
        out += lookup(environment, rest.substr(2, end - 2));
        i += end;
      }
    } else if (rest[0] == '$' && rest.size() > 1) {
      out += rest.substr(0, 2); // the character after a lone '$' is not looked at again
      ++i;
    } else {
      out += rest[0];
    }
  }
  return out;
}

} // namespace

std::vector<std::string> expand(const ExecCommand& command, const Environment& environment) {
  if (command.no_env_expand) return command.argv;
  std::vector<std::string> out;
  out.reserve(command.argv.size());
  for (const std::string_view word : command.argv) {
    // env-util.c: replace_env_argv
    const bool whole_word =
        !word.empty() && word[0] == '$' && word.substr(0, 2) != "${" && word.substr(0, 2) != "$$";
    if (whole_word) {
      split_unquoted(lookup(environment, word.substr(1)), out);
    } else {
      out.push_back(replace_in_word(word, environment));
    }
  }
  return out;
}

} // namespace sshguardd::parse
