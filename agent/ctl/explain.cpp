// sshguardctl explain ID: the row of the catalog, in full.
#include "config/nearest.hpp"
#include "ctl/commands.hpp"
#include "ctl/text.hpp"
#include "engine/encode.hpp"
#include "sshguardd/check.hpp"

#include <cstdio>

namespace sshguardd::ctl {
namespace {

constexpr std::size_t label_width = 14;

std::string row(std::string label, std::string_view text, std::size_t width) {
  label.resize(label_width, ' ');
  return text.empty() ? std::string{} : wrap(label, text, label_width, width);
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
      wrap("", info->explain, 0, width) + "\n" + row("What to do", info->fix, width);
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
