// What makes a file system larger, as programs with arguments, and when that must not be. Pure.
#pragma once

#include "sshguardd/mounts.hpp"
#include "sshguardd/remedy.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace sshguardd::engine {

struct GrowStep {
  enum class Kind { try_partition, partition, file_system } kind = Kind::file_system;
  std::vector<std::string> argv; // argv[0] is an absolute path
  std::chrono::seconds deadline{};
};

// Why it is nothing to begin with, whatever the disk says: names that programs or systemd could
// take for something else, another type. Empty: nothing speaks against it.
[[nodiscard]] std::string why_not_growable(const GrowFileSystem& remedy);

// Which package is missing: "install ..."; or empty.
[[nodiscard]] std::string missing_program(const GrowFileSystem& remedy);

// One after the other, each only where the one before ended well. None where one of the two above
// says something.
[[nodiscard]] std::vector<GrowStep> grow_steps(const GrowFileSystem& remedy);

// The unit that does them: there is never a second one of that name.
inline constexpr const char* grow_unit = "sshguardd-grow.service";

// The step as systemd's own child, for who may open no disk: it may open these two, and is ended
// by systemd at the deadline, whatever has become of who asked. program: systemd-run(1).
[[nodiscard]] std::vector<std::string> by_systemd(const std::string& program, const GrowStep& step,
                                                  const GrowFileSystem& remedy);

// What is not as it was seen; empty: nothing. partition_done: the partition has grown meanwhile.
[[nodiscard]] std::string changed_since(const GrowFileSystem& seen, const RoomBelow& now,
                                        bool partition_done);

} // namespace sshguardd::engine
