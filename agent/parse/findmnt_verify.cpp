#include "parse/findmnt_verify.hpp"

#include "parse/lines.hpp"

#include <algorithm>
#include <charconv>

namespace sshguardd::parse {
// verify_mesg(): the target once, then "   [E] text" for each message; a message may go on in
// further lines, which are indented deeper.
std::vector<VerifyMessage> findmnt_verify(std::string_view out) {
  constexpr std::string_view error = "   [E] ";
  constexpr std::string_view warning = "   [W] ";
  std::vector<VerifyMessage> messages;
  std::string_view target;
  while (!out.empty() && messages.size() < most_verify_messages) {
    const std::string_view line = take_line(out);
    if (line.starts_with(error) || line.starts_with(warning))
      messages.push_back({.target = std::string{target},
                          .error = line.starts_with(error),
                          .text = std::string{line.substr(error.size())}});
    else if (!line.starts_with("   "))
      target = line;
  }
  return messages;
}

// "findmnt: /etc/fstab: parse error at line 9 -- ignored"
std::vector<unsigned> findmnt_parse_errors(std::string_view err) {
  constexpr std::string_view mark = ": parse error at line ";
  std::vector<unsigned> lines;
  while (!err.empty() && lines.size() < most_verify_messages) {
    const std::string_view line = take_line(err);
    const std::size_t at = line.find(mark);
    if (at == std::string_view::npos) continue;
    const std::string_view rest = line.substr(at + mark.size());
    unsigned number = 0;
    const auto [end, failure] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    if (failure == std::errc{} && number > 0) lines.push_back(number);
  }
  return lines;
}

} // namespace sshguardd::parse
