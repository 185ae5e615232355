#include "parse/netplan.hpp"

#include "parse/lines.hpp"

namespace sshguardd::parse {

NetplanError netplan_error(std::string_view said, std::string_view root) {
  NetplanError error;
  while (!said.empty()) {
    std::string_view line = take_line(said);
    // GLib's own form: "** (generate:1853): WARNING **: 01:16:52.895: ...".
    if (line.empty() || line.starts_with("**") || line.starts_with("(")) continue;
    if (!line.starts_with(root) || line.substr(root.size()).substr(0, 1) != "/") continue;
    line.remove_prefix(root.size());
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    error.file = line.substr(0, colon);
    while (line.ends_with(':') || line.ends_with('\r'))
      line.remove_suffix(1); // what follows are the lines themselves
    error.text = line;
    return error;
  }
  return error;
}

} // namespace sshguardd::parse
