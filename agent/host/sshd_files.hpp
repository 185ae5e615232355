// The files that make up sshd's configuration, and the command that tests it as its unit would run
// it.
#pragma once

#include "sshguardd/snapshot.hpp"

#include <string>
#include <vector>

namespace sshguardd::host {

struct SshdFiles {
  SshdConfig config;
  std::vector<std::string> test_argv;        // sshd -t, with the unit's own options
  std::vector<std::string> test_environment; // the unit's own, "NAME=value"

  // test_argv with another mode than -t: "-G", "-T".
  [[nodiscard]] std::vector<std::string> argv(const char* mode) const;
};

// Stats and reads local files of root's only; a FIFO or device is noted, never opened. Unknown
// where the unit does not run a plain sshd.
[[nodiscard]] Fact<SshdFiles> read_sshd_files(const Unit& service);

// The paths that a glob(7) pattern of an Include finds, in sshd's order; at most 513.
[[nodiscard]] std::vector<std::string> expand_glob(const std::string& pattern);

// What systemd passes to the first ExecStart= of a service: environment and expanded argv.
struct ServiceCall {
  std::string path;
  std::vector<std::string> argv;
  std::vector<std::string> environment;
  std::vector<std::string> files; // environment files, existing or not
};
[[nodiscard]] Fact<ServiceCall> service_call(const Unit& service);

} // namespace sshguardd::host
