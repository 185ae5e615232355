// sshguardd, as a command. sshguardd(8).
#pragma once

namespace sshguardd::daemon {

[[nodiscard]] int main(int argc, char** argv);

} // namespace sshguardd::daemon
