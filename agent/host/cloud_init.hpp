// What cloud-init(1) will do at the next boot, as far as files tell.
#pragma once

#include <string>

namespace sshguardd::host {

// It wrote this network configuration, and may write it anew: it is there, and neither it nor its
// part in the network is switched off (/etc/cloud/cloud-init.disabled, `network: {config:
// disabled}` in /etc/cloud/cloud.cfg.d).
[[nodiscard]] bool cloud_init_writes(const std::string& path);

} // namespace sshguardd::host
