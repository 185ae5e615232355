// Which instance of a machine this is, and what is kept for it across boots.
#pragma once

#include "sshguardd/fact.hpp"
#include "sshguardd/snapshot.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace sshguardd::host {

// Unknown where the machine has no identity of its own: an image that is sealed or baked has an
// empty machine-id, or "uninitialized" (machine-id(5)); a chroot has not booted.
[[nodiscard]] Fact<Instance> read_instance();

// The directory of this instance's state, "/var/lib/sshguardd/<key>", root's alone. The key is made
// of machine-id and instance id, so that a clone of the disk starts clean.
[[nodiscard]] std::string instance_directory(const Instance& instance);

// Who got in (parse/login_record.hpp), a file in it.
inline constexpr std::string_view logins_file = "logins";
[[nodiscard]] inline std::string logins_path(const Instance& instance) {
  return instance_directory(instance) + "/" + std::string{logins_file};
}

// A file in it. Unknown: there is none, or it could not be read.
[[nodiscard]] Fact<std::string> read_state(const Instance& instance, std::string_view name);

// Replaces it atomically (write_atomic), making the directory. The reason of a failure.
[[nodiscard]] std::optional<std::string> write_state(const Instance& instance,
                                                     std::string_view name, std::string_view text);

} // namespace sshguardd::host
