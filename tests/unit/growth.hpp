// The growing of a root on a disk that has become larger, for tables.
#pragma once

#include "sshguardd/remedy.hpp"

namespace sshguardd::test {

inline GrowFileSystem growth() {
  return {.mount = "/",
          .type = "ext4",
          .number = "8:1",
          .device = "/dev/sda1",
          .total = 20ULL << 30,
          .size = 21ULL << 30,
          .disk = "/dev/sda",
          .partition = 1,
          .behind = 10ULL << 30,
          .grow_device = true,
          .growpart = "/usr/bin/growpart",
          .grow_program = "/usr/sbin/resize2fs"};
}

} // namespace sshguardd::test
