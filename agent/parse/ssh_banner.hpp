// The first bytes of an SSH connection (RFC 4253 4.2, 6; sshd.c, kex.c) read as a sign of life.
#pragma once

#include <string>
#include <string_view>

namespace sshguardd::parse {

enum class BannerState {
  incomplete, // not enough bytes yet
  banner,     // the identification line is whole; KEXINIT not (yet) seen
  kexinit,    // identification and a packet of type 20: listener, child and host keys work
  shedding,   // sshd answers, but turns us away: "Not allowed at this time", "Exceeded MaxStartups"
  not_ssh     // something else answers
};

struct Banner {
  BannerState state = BannerState::incomplete;
  std::string identification; // "SSH-2.0-OpenSSH_9.2p1 Debian-2", at most 255 bytes, untrusted
};

// `bytes` is all that was received so far. Lines before the identification are allowed (RFC
// 4253 4.2).
[[nodiscard]] Banner ssh_banner(std::string_view bytes);

} // namespace sshguardd::parse
