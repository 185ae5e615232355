// sd_notify(3) that never blocks: systemd's own waits for ever once PID 1 is stopped and its
// socket's queue is full.
#pragma once

#include <string_view>

namespace sshguardd::host {

// "READY=1", "STATUS=...". False where it was not taken; also where there is nobody to tell.
bool notify(std::string_view state);

// "RELOADING=1" with the time that tells which reload it is; READY=1 ends it.
bool notify_reloading();

} // namespace sshguardd::host
