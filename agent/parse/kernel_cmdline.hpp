// The kernel command line (bootparam(7)); in a container the argument list of PID 1.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::parse {

struct KernelCmdline {
  std::vector<std::string> consoles; // of console=, options after ',' removed: "ttyS0", in order
  bool heal_off = false;             // sshguardd.heal=off|no|0|false
};

// Words are split at blanks or NULs (either source), quotes honoured as the kernel does.
[[nodiscard]] KernelCmdline kernel_cmdline(std::string_view text);

// The device for reports: the last serial console named (ttyS, ttyAMA, hvc, ttyUSB, sclp, xvc,
// ttysclp), else the last console named, else "/dev/console". console=null and console= name none.
[[nodiscard]] std::string console_device(const KernelCmdline& cmdline);

} // namespace sshguardd::parse
