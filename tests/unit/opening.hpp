// Opening sshd's port by each owner, for tables.
#pragma once

#include "sshguardd/remedy.hpp"

namespace sshguardd::test {

inline OpenFirewall by_ufw() {
  return {.owner = "ufw",
          .zone = "",
          .behind = false,
          .port = 22,
          .sources = {},
          .permanent = true,
          .timeout_s = 86400};
}

inline OpenFirewall by_firewalld() {
  OpenFirewall one = by_ufw();
  one.owner = "firewalld";
  one.zone = "public";
  one.permanent = false;
  return one;
}

} // namespace sshguardd::test
