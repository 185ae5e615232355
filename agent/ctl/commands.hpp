// The commands, one file each. Each returns the exit status.
#pragma once

#include "engine/evaluate.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::ctl {

// The convention of monitoring plugins, and sysexits(3) for a wrong command line.
inline constexpr int exit_ok = 0;
inline constexpr int exit_warning = 1;
inline constexpr int exit_critical = 2;
inline constexpr int exit_unknown = 3;
inline constexpr int exit_usage = 64;

[[nodiscard]] constexpr int exit_status(engine::State state) {
  switch (state) {
  case engine::State::ok:
    return exit_ok;
  case engine::State::warning:
    return exit_warning;
  case engine::State::critical:
    return exit_critical;
  case engine::State::unknown:
    return exit_unknown;
  }
  return exit_unknown;
}

enum class StatusForm { text, brief, json };
[[nodiscard]] int status(StatusForm form);
[[nodiscard]] int watch(bool json); // status --watch
[[nodiscard]] int check(const std::vector<std::string>& ids, bool json);
[[nodiscard]] int explain(const std::string& id);
[[nodiscard]] int list(bool ids_only);
// Without paths: what the agent would read. 0 without errors, else 1.
[[nodiscard]] int check_config(const std::vector<std::string>& paths);
[[nodiscard]] int show_config();
// words: ids, each with a subject behind it where one of several is meant.
[[nodiscard]] int heal(const std::vector<std::string>& words, bool once, bool dry_run);
[[nodiscard]] int pause(const std::string& duration);
[[nodiscard]] int resume();
struct RollbackOptions {
  bool list = false;
  bool dry_run = false;
  bool to_distro = false;
  bool undo = false;
  bool force = false;  // packages are being installed
  unsigned number = 0; // of a known good configuration; 0: the newest
};
[[nodiscard]] int rollback(const RollbackOptions& options);
struct AccessOptions {
  std::string user; // empty with `all`
  std::string from; // the client's address; or empty
  std::string key;  // the client's key file; or empty
  bool all = false;
  bool json = false;
};
// 0: gets in (with all: somebody does), 2: does not, 3: not known.
[[nodiscard]] int access(const AccessOptions& options);
struct FlowOptions {
  std::string from; // an address, a network, or a cloud's name for one
  std::string to;   // of this machine; or empty
  std::uint16_t port = 22;
  std::string interface; // or empty
  bool boot = false;     // by what the next boot loads
  bool trace = false;
  bool json = false;
};
// 0: accepted, also as a rule; 2: not; 3: not known. Of several the worst.
[[nodiscard]] int verify_flow(const FlowOptions& options);
[[nodiscard]] int history(std::size_t newest, bool json);

// Says on standard error that there is no such id, and which is near. Returns exit_usage.
[[nodiscard]] int no_such_id(const std::string& id);
// Said on standard error; each returns exit_unknown.
[[nodiscard]] int needs_root(std::string_view why = "this");
[[nodiscard]] int no_answer(const std::string& why);

} // namespace sshguardd::ctl
