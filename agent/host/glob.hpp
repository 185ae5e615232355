// glob(3) within bounds, for directories that belong to anybody.
#pragma once

#include "sshguardd/fact.hpp"

#include <string>
#include <vector>

namespace sshguardd::host {

// The paths that match, sorted; none where nothing does. What may not be searched has nothing in
// it. Unknown where directories are too large or matches too many. Not for two threads at once.
[[nodiscard]] Fact<std::vector<std::string>> glob_paths(const std::string& pattern);

} // namespace sshguardd::host
