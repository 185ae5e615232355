// sshguardctl list: every finding that there can be.
#include "ctl/commands.hpp"
#include "ctl/text.hpp"
#include "sshguardd/check.hpp"

#include <algorithm>

namespace sshguardd::ctl {

int list(bool ids_only) {
  std::vector<const FindingInfo*> rows;
  for (const Check* check : catalog()) {
    for (const FindingInfo& info : check->ids)
      rows.push_back(&info);
  }
  std::ranges::sort(rows, {}, &FindingInfo::id);

  std::size_t column = 0;
  for (const FindingInfo* row : rows)
    column = std::max(column, row->id.size() + 2);
  const std::size_t width = terminal().width;
  std::string text;
  for (const FindingInfo* row : rows) {
    std::string id{row->id};
    if (ids_only) {
      text += id + "\n";
      continue;
    }
    id.resize(column, ' ');
    text += wrap(id, row->title, column, width);
    const std::string facts = "sees " + std::string{row->sees} + "; when " +
                              std::string{row->when} + "; remedy " + std::string{row->remedy};
    text += wrap(std::string(column, ' '), facts, column, width);
  }
  return print(text) ? exit_ok : exit_unknown;
}

} // namespace sshguardd::ctl
