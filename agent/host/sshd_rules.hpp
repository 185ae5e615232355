// What sshd's configuration says for one account and client, in Match blocks, too.
#pragma once

#include "sshguardd/accounts.hpp"
#include "sshguardd/fact.hpp"

#include <optional>
#include <string>
#include <vector>

namespace sshguardd::host {

// Runs `sshd -T -C user=...` and waits for it: only for a process of its own (host/own_child.hpp).
// `sshd`: its argv, with -T. from: the client's address, or empty; Match blocks that ask for one do
// not apply then. Unknown: what sshd complains about. That its /run/sshd is missing, as it is while
// its unit is stopped, is no obstacle.
[[nodiscard]] Fact<std::string> sshd_settings(const std::vector<std::string>& sshd,
                                              const std::string& name,
                                              const std::string& from = {});
[[nodiscard]] std::optional<LoginRules> sshd_rules(const std::vector<std::string>& sshd,
                                                   const std::string& name,
                                                   const std::string& from = {});

} // namespace sshguardd::host
