#include "parse/sshd_config.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <optional>
#include <utility>

namespace sshguardd::parse {

namespace {

constexpr std::string_view white_space = " \t\r\n"; // misc.c: WHITESPACE
constexpr std::string_view config_directory =
    "/etc/ssh/"; // SSHDIR, compiled in; -f does not move it

// `name` in lower case.
bool is_keyword(std::string_view keyword, std::string_view name) {
  return keyword.size() == name.size() &&
         std::equal(name.begin(), name.end(), keyword.begin(), [](char a, char b) {
           return a == (b >= 'A' && b <= 'Z' ? static_cast<char>(b - 'A' + 'a') : b);
         });
}

// servconf.c: load_server_config copies each line up to its first NUL, newline and all that lies
// between lost, so that what follows on the next line is joined to it.
std::string without_nuls(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t newline = text.find('\n');
    const std::string_view line =
        text.substr(0, newline == std::string_view::npos ? newline : newline + 1);
    out += line.substr(0, line.find('\0'));
    text.remove_prefix(line.size());
  }
  return out;
}

struct Split {
  std::string word;
  std::string_view rest;
};

std::string_view skip_white(std::string_view text) {
  const std::size_t start = text.find_first_not_of(white_space);
  return start == std::string_view::npos ? std::string_view{} : text.substr(start);
}

// misc.c: strdelim. The word ends at white space or at one '='; a double quote in it runs to the
// next one and ends it. nullopt: no matching quote.
std::optional<Split> strdelim(std::string_view text) {
  const std::size_t end = text.find_first_of(" \t\r\n\"=");
  if (end == std::string_view::npos) return Split{std::string{text}, {}};
  const std::string_view after = text.substr(end + 1);
  if (text[end] == '"') {
    const std::size_t quote = after.find('"');
    if (quote == std::string_view::npos) return std::nullopt;
    return Split{std::string{text.substr(0, end)}.append(after.substr(0, quote)),
                 skip_white(after.substr(quote + 1))};
  }
  std::string_view rest = skip_white(after);
  if (text[end] != '=' && !rest.empty() && rest[0] == '=') rest = skip_white(rest.substr(1));
  return Split{std::string{text.substr(0, end)}, rest};
}

// misc.c: argv_split with comments. nullopt: unbalanced quotes, which make sshd refuse the file.
std::optional<std::vector<std::string>> argv_split(std::string_view text) {
  std::vector<std::string> words;
  std::size_t i = 0;
  while (i < text.size()) {
    if (text[i] == ' ' || text[i] == '\t') {
      ++i;
      continue;
    }
    if (text[i] == '#') break;
    std::string word;
    char quote = '\0';
    for (; i < text.size(); ++i) {
      const char c = text[i];
      const char next = i + 1 < text.size() ? text[i + 1] : '\0';
      if (c == '\\' &&
          (next == '\'' || next == '"' || next == '\\' || (quote == '\0' && next == ' '))) {
        word += next;
        ++i;
      } else if (quote == '\0' && (c == ' ' || c == '\t')) {
        break;
      } else if (quote == '\0' && (c == '"' || c == '\'')) {
        quote = c;
      } else if (quote != '\0' && c == quote) {
        quote = '\0';
      } else {
        word += c;
      }
    }
    if (quote != '\0') return std::nullopt;
    words.push_back(std::move(word));
  }
  return words;
}

// servconf.c: process_server_config_line_depth, as far as one keyword: its words; none where the
// line is about something else.
std::vector<std::string> words_of(std::string_view line, std::string_view keyword) {
  const std::size_t start = line.find_first_not_of(" \t\r");
  if (start == std::string_view::npos) return {};
  const std::size_t last = line.find_last_not_of(" \t\r\n\f"); // \f at the end only
  if (last == std::string_view::npos || last < start) return {};
  line = line.substr(start, last - start + 1);

  auto split = strdelim(line);
  if (split && split->word.empty()) split = strdelim(split->rest);
  if (!split || !is_keyword(split->word, keyword)) return {};
  return argv_split(split->rest).value_or(std::vector<std::string>{});
}

template <class Visit> void each_line(std::string_view sshd_config, Visit visit) {
  const std::string text = without_nuls(sshd_config);
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t newline = rest.find('\n');
    visit(rest.substr(0, newline));
    if (newline == std::string_view::npos) break;
    rest.remove_prefix(newline + 1);
  }
}

} // namespace

std::vector<std::string> patterns_of(const std::vector<std::string>& words) {
  std::vector<std::string> patterns;
  for (const std::string& word : words) {
    if (word.empty()) break; // "empty argument": refused from here on
    // '~' is not prefixed and not expanded either: it is a name in the daemon's directory, "/".
    const bool home = word[0] == '~';
    patterns.push_back(word[0] == '/' ? word : std::string{home ? "/" : config_directory} + word);
  }
  return patterns;
}

std::vector<std::string> include_patterns(std::string_view sshd_config) {
  std::vector<std::string> patterns;
  each_line(sshd_config, [&](std::string_view line) {
    std::ranges::move(patterns_of(words_of(line, "include")), std::back_inserter(patterns));
  });
  return patterns;
}

std::vector<Directive> directives(std::string_view sshd_config,
                                  std::span<const std::string_view> keywords) {
  std::vector<Directive> found;
  int number = 0;
  each_line(sshd_config, [&](std::string_view line) {
    ++number;
    for (const std::string_view keyword : keywords) {
      auto words = words_of(line, keyword);
      if (words.empty()) continue;
      found.push_back({keyword, std::move(words), number});
      return;
    }
  });
  return found;
}

std::vector<std::string> host_key_files(std::string_view sshd_config) {
  std::vector<std::string> files;
  each_line(sshd_config, [&](std::string_view line) {
    const auto words = words_of(line, "hostkey");
    // derelativise_path(): from the working directory, which is "/" of a service.
    if (words.empty() || words[0].empty() || is_keyword(words[0], "none")) return;
    files.push_back(words[0].starts_with('/') ? words[0] : "/" + words[0]);
  });
  return files;
}

std::string fixed_directory(std::string_view pattern) {
  // A backslash escapes in glob(3); its component is left out rather than decoded.
  const std::size_t special = pattern.find_first_of("*?[\\");
  const std::size_t slash = pattern.substr(0, special).rfind('/');
  if (slash == std::string_view::npos || slash == 0) return "/";
  const std::string_view parent = pattern.substr(0, slash);
  const std::size_t end = parent.find_last_not_of('/');
  return end == std::string_view::npos ? "/" : std::string{parent.substr(0, end + 1)};
}

} // namespace sshguardd::parse
