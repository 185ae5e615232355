#include "config/key_line.hpp"
#include "parse/lines.hpp"

#include <algorithm>
#include <cstddef>

namespace sshguardd::config {
namespace {

constexpr std::string_view blanks = " \t\r\v\f";

// The part before a comment.
std::string_view said(std::string_view text) {
  for (std::size_t at = 1; at < text.size(); ++at) {
    if (text[at] == ';' && blanks.find(text[at - 1]) != std::string_view::npos)
      return text.substr(0, at);
  }
  return text;
}

} // namespace

KeyLine split_key(std::string_view line) {
  line = said(line);
  const std::size_t at = line.find_first_of("=:");
  if (at == std::string_view::npos) return {};
  return {parse::trimmed(line.substr(0, at), blanks), line[at],
          parse::trimmed(line.substr(at + 1), blanks)};
}

} // namespace sshguardd::config
