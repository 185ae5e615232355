#include "parse/access_settings.hpp"

#include "parse/ascii.hpp"

#include <algorithm>
#include <cstddef>

namespace sshguardd::parse {

AccessSettings access_settings(std::string_view output) {
  AccessSettings settings;
  const auto set = [](std::string& member, std::string_view value) {
    if (!is_word(value, "none")) member = value;
  };
  while (!output.empty()) {
    const std::string_view line = output.substr(0, output.find('\n'));
    output.remove_prefix(std::min(output.size(), line.size() + 1));
    const std::size_t blank = line.find(' ');
    if (blank == std::string_view::npos) continue;
    const std::string_view keyword = line.substr(0, blank);
    std::string_view value = line.substr(blank + 1);
    if (is_word(keyword, "fingerprinthash")) set(settings.fingerprint_hash, value);
    if (is_word(keyword, "authorizedprincipalsfile")) set(settings.principals_file, value);
    if (is_word(keyword, "authorizedprincipalscommand")) set(settings.principals_command, value);
    if (!is_word(keyword, "casignaturealgorithms")) continue;
    while (!value.empty()) {
      const std::string_view word = value.substr(0, value.find(','));
      value.remove_prefix(std::min(value.size(), word.size() + 1));
      if (!word.empty()) settings.ca_algorithms.emplace_back(word);
    }
  }
  return settings;
}

} // namespace sshguardd::parse
