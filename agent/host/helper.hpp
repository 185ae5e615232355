// A program that is run and waited for: only in a process of its own (host/own_child.hpp), which
// has no loop. What it writes is untrusted.
#pragma once

#include "parse/accounts_db.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::host {

struct HelperSpec {
  std::vector<std::string> argv;               // argv[0] is an absolute path
  std::vector<std::string> environment;        // all of it
  const parse::PasswdEntry* account = nullptr; // whom it runs as, with these groups; or as we do
  std::vector<std::uint32_t> groups;
  std::string input;   // its stdin; empty: /dev/null
  bool errors = false; // with what it writes to stderr
  // It gets the output in parts as it comes, and `out` stays empty.
  std::function<void(std::string_view)> take;
  std::chrono::milliseconds deadline{5000};
  std::size_t output_limit = 256 << 10;
};

struct HelperResult {
  std::string error;    // it could not be started: why
  int exit_status = -1; // -1: by a signal, or it was ended
  bool timed_out = false;
  bool too_much = false; // it wrote more than the limit
  std::string out;
};

// Ends its whole process group, at the latest at the deadline. In "/".
[[nodiscard]] HelperResult run_helper(const HelperSpec& spec);

// For programs of the system: PATH, and no language.
[[nodiscard]] std::vector<std::string> plain_environment();

} // namespace sshguardd::host
