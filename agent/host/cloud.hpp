// Whose cloud the machine is in, as far as it says so itself.
#pragma once

#include "sshguardd/flows.hpp"

namespace sshguardd::host {

[[nodiscard]] Cloud read_cloud();

} // namespace sshguardd::host
