// FNV-1a, 64 bits: a name for "the same text", not a signature.
#pragma once

#include <cstdint>
#include <string_view>

namespace sshguardd::parse {

// hash: of the text before this one.
[[nodiscard]] constexpr std::uint64_t fnv1a(std::string_view text,
                                            std::uint64_t hash = 14695981039346656037ULL) {
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 1099511628211ULL;
  }
  return hash;
}

// ... of one of several texts: where it ends, and the next begins, counts, too.
[[nodiscard]] constexpr std::uint64_t fnv1a_part(std::string_view text, std::uint64_t hash) {
  return fnv1a("\xff", fnv1a(text, hash));
}

} // namespace sshguardd::parse
