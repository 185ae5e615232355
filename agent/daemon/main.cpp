// sshguardd: reads its configuration, then runs the loop until it is told to stop.
#include "daemon/agent.hpp"
#include "host/config_files.hpp"
#include "host/own_child.hpp"

#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>

#include <unistd.h>

namespace {

using namespace sshguardd;

constexpr int usage_error = 64;

int usage(std::FILE* out, int status) {
  std::fputs("usage: sshguardd [--version] [--help]\n"
             "The agent itself; systemd starts it (sshguardd.service). Ask it with sshguardctl.\n",
             out);
  return status;
}

int run() {
  host::block_signals({SIGTERM, SIGINT, SIGHUP});
  host::Loop loop;
  auto loaded = host::load_config();
  daemon::Agent agent{loop, loaded.config, std::move(loaded.errors.lines)};
  const auto on_term = loop.signal(SIGTERM, [&agent] { agent.stop(); });
  const auto on_int = loop.signal(SIGINT, [&agent] { agent.stop(); });
  const auto on_hup = loop.signal(SIGHUP, [&agent] { agent.reload(host::load_config()); });
  agent.start();
  loop.run();
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  if (const auto status = host::own_child_main(argc, argv)) return *status;
  if (argc > 1) {
    if (std::strcmp(argv[1], "--version") == 0) {
      std::puts("sshguardd " SSHGUARDD_VERSION);
      return 0;
    }
    return std::strcmp(argv[1], "--help") == 0 ? usage(stdout, 0) : usage(stderr, usage_error);
  }
  if (geteuid() != 0) {
    std::fputs("sshguardd: it must run as root; systemd starts it: systemctl start sshguardd\n",
               stderr);
    return 1;
  }
  try {
    return run();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "sshguardd: %s\n", error.what());
    return 1;
  }
}
