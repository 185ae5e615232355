// sshd's privilege separation directory (sshd.c: chroot of the unauthenticated child): seen, and
// made as sshd wants it: a directory of root's that neither group nor others may write.
#pragma once

#include "sshguardd/fact.hpp"
#include "sshguardd/snapshot.hpp"

#include <optional>
#include <string>

namespace sshguardd::host {

// Of all places that one can be at, opaque: where it is another, `sshd -t` may say something else.
[[nodiscard]] std::string privsep_state();

// Never Unknown for a directory that is not there: that is its state.
[[nodiscard]] Fact<PrivsepDir> read_privsep_dir(const std::string& path);

// Makes it root:root 0755, or gives it to root and clears the bits 022 of what is there. Refuses
// paths that no OpenSSH was built with, links, and what is no directory. The reason of a failure.
[[nodiscard]] std::optional<std::string> make_privsep_dir(const std::string& path);

} // namespace sshguardd::host
