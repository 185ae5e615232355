// Which OpenSSH a text speaks of: a banner, or what `sshd -V` prints.
#pragma once

#include <optional>
#include <string_view>

namespace sshguardd::parse {

struct OpensshVersion {
  unsigned major = 0;
  unsigned minor = 0;

  bool operator==(const OpensshVersion&) const = default;
  [[nodiscard]] bool before(const OpensshVersion& other) const {
    return major != other.major ? major < other.major : minor < other.minor;
  }
};

// Of "OpenSSH_9.2p1 Debian-2+deb12u10, ..." the 9 and the 2, wherever it stands.
[[nodiscard]] std::optional<OpensshVersion> openssh_version(std::string_view text);

} // namespace sshguardd::parse
