#include "ctl/config_text.hpp"

#include "config/keys.hpp"
#include "config/mount_lines.hpp"
#include "engine/encode.hpp"
#include "engine/report.hpp"

#include <algorithm>

namespace sshguardd::ctl {
namespace {

constexpr std::size_t column = 32;        // of the comments, where the line is not longer
constexpr std::size_t longest_line = 199; // that the parser takes

std::string with_origin(std::string line, const std::string& place) {
  if (place.empty()) return line + "\n";
  const std::string comment = "; " + engine::encode(place);
  if (std::max(line.size() + 1, column) + comment.size() > longest_line)
    return comment + "\n" + line + "\n";
  line.resize(std::max(line.size() + 1, column), ' ');
  return line + comment + "\n";
}

std::string accept_line(const Accept& accept) {
  std::string text = accept.id + " =";
  const bool plain = accept.subject.find_first_of(" \t\r\v\f") == std::string::npos;
  const std::string quote = plain ? "" : "\"";
  if (!accept.subject.empty()) text += " subject=" + quote + engine::encode(accept.subject) + quote;
  if (accept.until) text += " until=" + engine::rfc3339(*accept.until);
  return text + " reason=" + engine::encode(accept.reason);
}

} // namespace

std::string config_text(const config::Loaded& loaded) {
  std::string text = "; The configuration that sshguardd has after a start or reload now. Behind "
                     "\";\": where a value\n; comes from; without it: the default.\n";
  for (const std::string_view section : config::sections()) {
    text += "\n[" + std::string{section} + "]\n";
    for (const config::Key& key : config::keys()) {
      if (key.section != section) continue;
      const std::string name{key.name};
      const auto place = loaded.set_at.find("[" + std::string{section} + "] " + name);
      text += with_origin(name + " = " + engine::encode(key.show(loaded.config)),
                          place == loaded.set_at.end() ? "" : place->second);
    }
    if (section != config::disk_section) continue;
    for (const MountLines& mount : loaded.config.disk_mounts) {
      const auto place = loaded.set_at.find("[disk] " + mount.path);
      text += with_origin(engine::encode(mount.path) + " = " + config::show_mount_lines(mount),
                          place == loaded.set_at.end() ? "" : place->second);
    }
  }
  for (std::size_t at = 0; at < loaded.config.accept.size(); ++at)
    text += with_origin(accept_line(loaded.config.accept[at]), loaded.accepted_at[at]);
  return text;
}

} // namespace sshguardd::ctl
