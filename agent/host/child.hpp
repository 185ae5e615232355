// A short-lived external program: argument vector, absolute path, clean environment, deadline, the
// whole process group killed at the end, output capped. Never a shell.
#pragma once

#include "host/loop.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace sshguardd::host {

struct ChildSpec {
  std::vector<std::string> argv;        // argv[0] is an absolute path
  std::vector<std::string> environment; // "NAME=value"; PATH and LC_ALL are given where missing
  std::chrono::milliseconds deadline{2000};
  std::size_t output_limit = 64 * 1024; // of stdout and of stderr, each
  int inherited = -1;                   // the child's descriptor 3; stays the caller's
};

struct ChildResult {
  std::string error;    // it could not be started: why
  int exit_status = -1; // -1: ended by a signal, by the deadline, or never started
  int signal = 0;
  bool timed_out = false;
  std::string out;
  std::string err;
};

// Destroying it kills its process group; the callback is not called then.
class Child {
public:
  using Callback = std::function<void(ChildResult)>;
  virtual ~Child() = default;
};

// The callback is called exactly once, from the loop, at the latest at the deadline. Where one with
// the same argv was given up and does not die, none is started: that is an error.
[[nodiscard]] std::unique_ptr<Child> run_child(Loop& loop, ChildSpec spec,
                                               Child::Callback callback);

} // namespace sshguardd::host
