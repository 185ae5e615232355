// Where a rule of sshd's configuration stands.
#pragma once

#include "sshguardd/snapshot.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace sshguardd::checks {

// "/etc/ssh/sshd_config:12", where it stands outside of Match blocks; or empty.
[[nodiscard]] inline std::string rule_place(const Snapshot& snapshot, std::string_view keyword) {
  if (!snapshot.effective || snapshot.effective->login.conditional) return {};
  const auto& policy = snapshot.effective->policy;
  const auto found = std::ranges::find(policy, keyword, &PolicySetting::keyword);
  if (found == policy.end() || found->file.empty()) return {};
  return found->line == 0 ? found->file : found->file + ":" + std::to_string(found->line);
}

// The console has little room, and everybody knows where sshd's files are.
[[nodiscard]] inline std::string short_place(const std::string& where) {
  constexpr std::string_view usual = "/etc/ssh/";
  return where.starts_with(usual) ? where.substr(usual.size()) : where;
}

} // namespace sshguardd::checks
