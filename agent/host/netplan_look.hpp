// What netplan will make of its files at the next boot: its own generator is run on a copy of them,
// in a child.
#pragma once

#include "parse/boot_network.hpp"
#include "sshguardd/fact.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::host {

struct NetplanAnswer {
  enum class Kind {
    fits,    // something is brought up, or may be
    unfit,   // nothing of what it makes fits a link that is there
    refused, // it makes nothing: a file is wrong
  } kind = Kind::fits;
  std::string file; // the wrong one; unfit: the first of them
  std::string text; // what netplan says of it; untrusted
};

// The argv of the child, and what its output says.
[[nodiscard]] std::vector<std::string> netplan_child(const std::vector<parse::BootLink>& links);
[[nodiscard]] Fact<NetplanAnswer> netplan_answer(const std::string& out);

inline constexpr std::string_view look_at_netplan_word = "look-at-netplan";
[[nodiscard]] int look_at_netplan_main(const std::vector<std::string>& arguments);

} // namespace sshguardd::host
