// sshd's private host keys: what lies on disk, and what clients know of them.
#pragma once

#include "sshguardd/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sshguardd {

// As `ssh-keygen -l` names a public key: "ED25519", "SHA256:...".
struct KeyFingerprint {
  std::string type;
  std::string hash;

  bool operator==(const KeyFingerprint&) const = default;
};

// What sshd tries where no HostKey line names any (servconf.c), in ssh-keygen's order.
struct DefaultHostKey {
  std::string_view type; // ssh-keygen -t
  std::string_view path;
};
inline constexpr DefaultHostKey default_host_keys[] = {{"ed25519", "/etc/ssh/ssh_host_ed25519_key"},
                                                       {"ecdsa", "/etc/ssh/ssh_host_ecdsa_key"},
                                                       {"rsa", "/etc/ssh/ssh_host_rsa_key"}};

// One private key file that this sshd is to use.
struct HostKey {
  std::string path;
  bool configured = false; // named by the configuration; else one of the defaults
  bool exists = false;     // something has that name
  bool regular = false;    // ... and it, or what it links to, is a regular file
  std::uint64_t size = 0;
  std::uint32_t owner = 0;
  std::uint32_t group = 0;
  std::uint32_t mode = 0;      // permission bits
  std::int64_t changed_us = 0; // CLOCK_REALTIME: st_ctim; where it is gone its directory's st_mtim
  std::string unmendable;      // open to others: why its mode is not the agent's to mend
  // Of its public half; nothing where nobody could tell.
  std::optional<KeyFingerprint> fingerprint;
  // The private key did not tell it (a passphrase in an old format): PATH.pub's, which may be
  // another key's.
  bool unproven = false;
};

// Of root's, and others may touch it: what sshd refuses where it says so.
[[nodiscard]] inline bool open_to_others(const HostKey& key) {
  return key.regular && key.owner == 0 && (key.mode & 077U) != 0;
}

// Clients that knew the old ones refuse the new ones.
struct HostKeyChange {
  WallTime since{};                // when it was noticed
  std::vector<KeyFingerprint> old; // those that were replaced

  bool operator==(const HostKeyChange&) const = default;
};

struct HostKeys {
  std::vector<HostKey> keys;
  bool reread = false; // sshd loads them for each connection (before 9.8), not at its start only
  bool asking = false; // fingerprints are still being asked for
  bool agent = false;  // HostKeyAgent: private keys may be elsewhere than in files
  std::optional<HostKeyChange> change; // against what this instance has used before
  bool compared = false;               // ... with which it could be compared
  // Of a type that this instance has used and uses no longer: a client may know it alone.
  std::vector<KeyFingerprint> dropped;
};

} // namespace sshguardd
