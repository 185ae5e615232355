#include "parse/access_settings.hpp"

#include "parse/ascii.hpp"
#include "parse/sshd_settings.hpp"

#include <algorithm>
#include <cstddef>

namespace sshguardd::parse {

AccessSettings access_settings(std::string_view output) {
  AccessSettings settings;
  const auto set = [](std::string& member, std::string_view value) {
    if (!is_word(value, "none")) member = value;
  };
  each_setting(output, [&](std::string_view keyword, std::string_view value) {
    if (is_word(keyword, "fingerprinthash")) set(settings.fingerprint_hash, value);
    if (is_word(keyword, "authorizedprincipalsfile")) set(settings.principals_file, value);
    if (is_word(keyword, "authorizedprincipalscommand")) set(settings.principals_command, value);
    if (is_word(keyword, "authorizedprincipalscommanduser"))
      set(settings.principals_command_user, value);
    if (is_word(keyword, "port") && settings.port.empty()) settings.port = value;
    if (is_word(keyword, "listenaddress") && value.find(" rdomain ") != std::string_view::npos)
      settings.routing_domains = true;
    if (!is_word(keyword, "casignaturealgorithms")) return;
    while (!value.empty()) {
      const std::string_view word = value.substr(0, value.find(','));
      value.remove_prefix(std::min(value.size(), word.size() + 1));
      if (!word.empty()) settings.ca_algorithms.emplace_back(word);
    }
  });
  return settings;
}

} // namespace sshguardd::parse
