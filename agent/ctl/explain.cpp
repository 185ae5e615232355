// sshguardctl explain ID: the row of the catalog, in full.
#include "config/nearest.hpp"
#include "ctl/commands.hpp"
#include "ctl/text.hpp"
#include "engine/encode.hpp"
#include "host/files.hpp"
#include "sshguardd/check.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>

namespace sshguardd::ctl {
namespace {

constexpr std::size_t label_width = 14;

std::string row(std::string label, std::string_view text, std::size_t width) {
  label.resize(label_width, ' ');
  return text.empty() ? std::string{} : wrap(label, text, label_width, width);
}

bool has_unit(const char* name) {
  return std::ranges::any_of(
      std::array{"/etc/systemd/system/", "/usr/lib/systemd/system/"},
      [name](const char* directory) { return host::exists(std::string{directory} + name); });
}

// The catalog has Debian's names; elsewhere the units are sshd.service and sshd.socket.
std::string here(std::string_view fix) {
  std::string text{fix};
  if (has_unit("ssh.service") || !has_unit("sshd.service")) return text;
  for (const std::string_view name : {"ssh.service", "ssh.socket"})
    for (std::size_t at = 0; (at = text.find(name, at)) != std::string::npos; at += name.size())
      text.replace(at, 3, "sshd");
  return text;
}

} // namespace

int explain(const std::string& id) {
  const FindingInfo* info = find_info(id);
  if (info == nullptr) return no_such_id(id);
  const std::size_t width = terminal().width;
  const std::string text =
      wrap("", std::string{info->id} + ": " + std::string{info->title}, 4, width) + "\n" +
      row("Clients see", info->sees, width) + row("It bites", info->when, width) +
      row("The agent", info->remedy == "-" ? "reports it" : info->remedy, width) + "\n" +
      wrap("", info->explain, 0, width) + "\n" + row("What to do", here(info->fix), width);
  return print(text) ? exit_ok : exit_unknown;
}

int no_such_id(const std::string& id) {
  std::vector<std::string_view> known;
  for (const Check* one : catalog()) {
    for (const FindingInfo& info : one->ids)
      known.push_back(info.id);
  }
  std::string text = "there is no finding \"" + engine::encode(id, 100) + "\"";
  if (const std::string_view near = config::nearest(id, known); !near.empty())
    text += "; did you mean " + std::string{near} + "?";
  std::fprintf(stderr, "sshguardctl: %s\nAll of them: sshguardctl list\n", text.c_str());
  return exit_usage;
}

} // namespace sshguardd::ctl
