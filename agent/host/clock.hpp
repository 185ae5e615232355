// The only place where clocks are read.
#pragma once

#include "sshguardd/time.hpp"

namespace sshguardd::host {

[[nodiscard]] Now now();

} // namespace sshguardd::host
