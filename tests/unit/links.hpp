// Links as the kernel tells of them, for tables.
#pragma once

#include "parse/rtnetlink.hpp"

#include <linux/if.h>

namespace sshguardd::test {

inline parse::LinkMessage link(int index, const char* name, const char* kind, bool device = false) {
  parse::LinkMessage one;
  one.index = index;
  one.name = name;
  one.kind = kind;
  one.device = device;
  one.flags = IFF_UP | 0x10000U; // IFF_LOWER_UP
  return one;
}

} // namespace sshguardd::test
