// Events of inotify(7), as they are read from an instance that does not block.
#pragma once

#include "host/fd.hpp"

#include <array>
#include <cstddef>
#include <cstring>

#include <sys/inotify.h>
#include <unistd.h>

namespace sshguardd::host {

// Calls use(const inotify_event&, const char* name) for each one that waits; the name is empty
// where the event is about the directory itself.
template <class Use> void read_inotify(const Fd& fd, const Use& use) {
  alignas(inotify_event) std::array<char, 4096> buffer{};
  for (;;) {
    const ssize_t got = read(fd.get(), buffer.data(), buffer.size());
    if (got <= 0) return; // EAGAIN: all read
    for (std::size_t at = 0; at < static_cast<std::size_t>(got);) {
      inotify_event event{};
      std::memcpy(&event, buffer.data() + at, sizeof event);
      use(event, event.len > 0 ? buffer.data() + at + sizeof event : "");
      at += sizeof event + event.len;
    }
  }
}

} // namespace sshguardd::host
