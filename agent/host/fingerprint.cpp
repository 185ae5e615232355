#include "host/fingerprint.hpp"

#include <array>
#include <cstdint>

#include <nettle/base64.h>
#include <nettle/sha2.h>

namespace sshguardd::host {

std::string fingerprint(std::string_view data) {
  sha256_ctx context{};
  sha256_init(&context);
  // NOLINTNEXTLINE: bytes are bytes
  sha256_update(&context, data.size(), reinterpret_cast<const std::uint8_t*>(data.data()));
  std::array<std::uint8_t, SHA256_DIGEST_SIZE> digest{};
  sha256_digest(&context, digest.size(), digest.data());
  std::string text(BASE64_ENCODE_RAW_LENGTH(SHA256_DIGEST_SIZE), '\0');
  base64_encode_raw(text.data(), digest.size(), digest.data());
  return "SHA256:" + text.substr(0, text.find('='));
}

} // namespace sshguardd::host
