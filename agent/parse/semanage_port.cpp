#include "parse/semanage_port.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>

namespace sshguardd::parse {
namespace {

constexpr std::size_t most_ranges = 256;

std::string_view next_word(std::string_view& text, std::string_view separators) {
  text.remove_prefix(std::min(text.size(), text.find_first_not_of(separators)));
  const std::string_view word = text.substr(0, text.find_first_of(separators));
  text.remove_prefix(word.size());
  return word;
}

bool port(std::string_view text, std::uint16_t& into) {
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, into);
  return error == std::errc{} && rest == end;
}

} // namespace

SelinuxPorts semanage_port(std::string_view output) {
  SelinuxPorts ports;
  while (!output.empty()) {
    std::string_view line = output.substr(0, output.find('\n'));
    output.remove_prefix(std::min(output.size(), line.size() + 1));
    if (next_word(line, " \t") != "ssh_port_t" || next_word(line, " \t") != "tcp") continue;
    for (std::string_view word = next_word(line, " ,\t"); !word.empty();
         word = next_word(line, " ,\t")) {
      const std::size_t dash = word.find('-');
      std::uint16_t first = 0;
      std::uint16_t last = 0;
      if (port(word.substr(0, dash), first) &&
          port(dash == std::string_view::npos ? word : word.substr(dash + 1), last) &&
          first <= last && ports.ranges.size() < most_ranges)
        ports.ranges.emplace_back(first, last);
    }
  }
  return ports;
}

} // namespace sshguardd::parse
