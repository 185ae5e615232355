// sshd's programs on disk, beside those of the running sshd.
#pragma once

#include "sshguardd/snapshot.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace sshguardd::host {

class BinaryReader {
public:
  // pid: the running daemon; 0 = none. The helpers of a file that is gone are remembered.
  [[nodiscard]] Fact<SshdBinary> read(const std::string& path, std::uint32_t pid);

  // What to watch besides the binary.
  [[nodiscard]] const std::vector<std::string>& helpers() const { return helpers_; }

private:
  std::string read_; // which file `helpers_` were read from
  std::vector<std::string> helpers_;
};

} // namespace sshguardd::host
