// A configuration as a file that would give it: every key, and where each that is set stands. Pure.
#pragma once

#include "config/load.hpp"

#include <string>

namespace sshguardd::ctl {

[[nodiscard]] std::string config_text(const config::Loaded& loaded);

} // namespace sshguardd::ctl
