// What netplan's generator says of files that it cannot read. netplan(5).
#pragma once

#include <string>
#include <string_view>

namespace sshguardd::parse {

struct NetplanError {
  std::string file; // below `root`, with a slash before it; empty: it named none
  std::string text; // "/etc/netplan/50.yaml:5:14: Invalid YAML: inconsistent indentation"
};

// Of its stderr, where its files lay below `root`. Warnings about modes are no errors.
[[nodiscard]] NetplanError netplan_error(std::string_view said, std::string_view root);

} // namespace sshguardd::parse
