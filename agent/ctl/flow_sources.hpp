// Where a connection may come from, as people type it: an address, a network, or a cloud's own.
#pragma once

#include "sshguardd/fact.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::ctl {

// As text. Of a network its first and its last address that a machine may have. Unknown: it is none
// of these, with what is.
[[nodiscard]] Fact<std::vector<std::string>> flow_sources(std::string_view from);

// "azure-lb, gcp-iap, ...", and of when their addresses are.
[[nodiscard]] std::string flow_presets();

} // namespace sshguardd::ctl
