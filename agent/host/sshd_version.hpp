// The version of the sshd that serves logins: what `sshd -V` says. From 9.8 on that is the program
// on the disk, whenever its listener was started.
#pragma once

#include "parse/openssh_version.hpp"

#include <optional>
#include <string>
#include <vector>

namespace sshguardd::host {

// Runs it at the first question: only for a process of its own (host/own_child.hpp).
class SshdVersion {
public:
  // sshd: its argv; empty: not known.
  explicit SshdVersion(const std::vector<std::string>& sshd)
      : program_{sshd.empty() ? std::string{} : sshd.front()} {}

  [[nodiscard]] std::optional<parse::OpensshVersion> get();

private:
  std::string program_;
  bool asked_ = false;
  std::optional<parse::OpensshVersion> version_;
};

} // namespace sshguardd::host
