// sshguardd: reads its configuration, then runs the loop until it is told to stop.
#include "daemon/command_line.hpp"

#include "daemon/agent.hpp"
#include "host/config_files.hpp"
#include "host/instance_lock.hpp"

#include <csignal>
#include <cstdio>
#include <cstdlib>
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
  return std::fflush(out) == 0 ? status : 1;
}

// By a person: systemd's own waits for whoever holds the lock, which may be about to end.
bool runs_already() {
  if (std::getenv("NOTIFY_SOCKET") != nullptr) return false;
  host::InstanceLock lock;
  if (lock.take() != host::InstanceLock::Answer::held || !lock.held_by_agent()) return false;
  std::fprintf(stderr,
               "sshguardd: it runs already: %s\nsee: systemctl status sshguardd, sshguardctl\n",
               lock.problem().c_str());
  return true;
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

int sshguardd::daemon::main(int argc, char** argv) {
  if (argc > 1) {
    if (std::strcmp(argv[1], "--version") == 0) {
      std::puts("sshguardd " SSHGUARDD_VERSION);
      return std::fflush(stdout) == 0 ? 0 : 1;
    }
    return std::strcmp(argv[1], "--help") == 0 ? usage(stdout, 0) : usage(stderr, usage_error);
  }
  if (geteuid() != 0) {
    std::fputs("sshguardd: it must run as root; systemd starts it: systemctl start sshguardd\n",
               stderr);
    return 1;
  }
  try {
    if (runs_already()) return 1;
    return run();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "sshguardd: %s\n", error.what());
    return 1;
  }
}
