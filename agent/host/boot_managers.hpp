// Whether the files of one network manager bring a link up at the next boot, and whether it starts
// then: systemd.network(5), interfaces(5), nm-settings-keyfile(5).
#pragma once

#include "parse/boot_network.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace sshguardd::host {

// Bounds of what is read.
inline constexpr std::size_t most_boot_files = 256;
inline constexpr std::size_t boot_file_limit = std::size_t{256} << 10U;

struct BootJudgement {
  bool certain = true; // everything was read and understood
  bool fits = false;
  std::string file; // the first that may have been meant
};

[[nodiscard]] BootJudgement judge_networkd(const std::vector<parse::BootLink>& links);
// service: networking.service will start.
[[nodiscard]] BootJudgement judge_ifupdown(const std::vector<parse::BootLink>& links, bool service);
[[nodiscard]] BootJudgement judge_manager(const std::vector<parse::BootLink>& links);

// Of units, without ".service". What is there only if somebody waits for it, or by its socket,
// starts as well.
[[nodiscard]] bool masked(const std::string& name);
[[nodiscard]] bool will_start(const std::string& name);

// Another one than `manager` may bring something up.
[[nodiscard]] bool another_manager(const std::string& manager);
[[nodiscard]] bool others_beside_netplan();

// Who renames links at the next boot, so that nothing is certain of names.
[[nodiscard]] bool names_may_change();

} // namespace sshguardd::host
