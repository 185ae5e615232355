// sshguardctl access: what sshd would find of an account, looked at afresh in a process of its own.
#pragma once

#include <string>
#include <vector>

namespace sshguardd::host {

struct AccessQuestion {
  std::vector<std::string> sshd; // its argv, with -T; empty: not known
  std::string user;              // empty: all that may log in by their shell
  std::string from;              // the client's address, as inet_ntop(3) writes it; or empty
  std::string key;               // the client's public key, as a line of a key file; or empty
  bool match_by_client = false;  // Match blocks ask for more than user and group
  // What is known of sshd itself.
  bool sshd_asked = false;
  bool sshd_alive = false;
  std::string sshd_said;
  std::string sshd_fix; // what mends that it does not answer; or empty
};

inline constexpr const char* access_word = "access";

// The argv of a ChildSpec, whose process takes seconds where homes hang. Its output is a line of
// JSON for each account (engine/access.hpp:access_json()).
[[nodiscard]] std::vector<std::string> access_argv(const AccessQuestion& question);
[[nodiscard]] int access_main(const std::vector<std::string>& arguments);

} // namespace sshguardd::host
