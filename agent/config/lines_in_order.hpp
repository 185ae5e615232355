// [disk]: a line for critical that is reached before the one for the warning is nobody's wish.
#pragma once

#include "config/load.hpp"

namespace sshguardd::config {

// After the last file. Of a pair in the wrong order each value that was set goes back to its
// default, and for a mount point to what holds for all; told as an error.
void check_order(Loaded& loaded);

} // namespace sshguardd::config
