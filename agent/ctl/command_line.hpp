// sshguardctl, as a command. sshguardctl(1).
#pragma once

namespace sshguardd::ctl {

// Its exit status: see commands.hpp.
[[nodiscard]] int main(int argc, char** argv);

} // namespace sshguardd::ctl
