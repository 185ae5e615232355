// One program with two names: sshguardctl looks with the agent's own code, and is a link to it.
#include "ctl/command_line.hpp"
#include "daemon/command_line.hpp"
#include "host/own_child.hpp"

#include <string_view>

#include <fcntl.h>
#include <unistd.h>

namespace {

// Started with a closed 0, 1 or 2 the next file to be opened would get that number, and what is
// printed would end up in it. Writing to what is opened in its place fails, and so is told.
void fill_standard_descriptors() {
  int fd = 0;
  do
    fd = open("/dev/null", O_RDONLY); // the lowest number that is free
  while (fd >= 0 && fd <= STDERR_FILENO);
  if (fd > STDERR_FILENO) close(fd);
}

} // namespace

int main(int argc, char** argv) {
  fill_standard_descriptors();
  if (const auto status = sshguardd::host::own_child_main(argc, argv)) return *status;
  std::string_view name = argc > 0 ? argv[0] : "";
  name.remove_prefix(name.rfind('/') + 1); // npos + 1 is 0
  // By another name (a link of somebody's) it is the one that changes nothing unasked.
  return name == "sshguardd" ? sshguardd::daemon::main(argc, argv)
                             : sshguardd::ctl::main(argc, argv);
}
