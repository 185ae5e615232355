#include "engine/harmless.hpp"

#include "parse/ascii.hpp"

#include <algorithm>
#include <string_view>

namespace sshguardd::engine {
namespace {

// What boot diagnostics, serial-port alerts and expect scripts look for. Lower case. The same list
// stands in sshguardd(8).
constexpr std::string_view phrases[] = {
    "kernel panic",
    "kernel bug",
    "unable to handle",
    "emergency mode",
    "rescue mode",
    "for maintenance",
    "failed to start",
    "failed to mount",
    "dependency failed",
    "timed out waiting for",
    "unable to mount",
    "cannot open root device",
    "out of memory",
    "call trace",
    "soft lockup",
    "i/o error",
    "ext4-fs error",
    "blocked for more than",
    "login:",
    "password:",
    "press enter",
    "oops:",
    "bug:",
    "[failed",
};

} // namespace

std::span<const std::string_view> scanned_phrases() {
  return phrases;
}

std::string harmless(std::string encoded) {
  for (const std::string_view phrase : phrases) {
    const auto same = [](char a, char b) { return parse::lower(a) == b; };
    auto found = encoded.begin();
    while ((found = std::search(found, encoded.end(), phrase.begin(), phrase.end(), same)) !=
           encoded.end()) {
      const std::size_t space = phrase.find(' ');
      const std::size_t at = space != std::string_view::npos ? space
                             : phrase.ends_with(':')         ? phrase.size() - 1
                                                             : 0;
      *(found + static_cast<std::ptrdiff_t>(at)) = '_';
    }
  }
  return encoded;
}

} // namespace sshguardd::engine
