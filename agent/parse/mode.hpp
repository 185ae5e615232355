// Permission bits as people write them.
#pragma once

#include <cstdint>
#include <string>

namespace sshguardd::parse {

// "0644"; of what is above 07777 nothing.
[[nodiscard]] inline std::string mode_text(std::uint32_t mode) {
  std::string text;
  for (const unsigned shift : {9U, 6U, 3U, 0U})
    text += static_cast<char>('0' + ((mode >> shift) & 7U));
  return text;
}

} // namespace sshguardd::parse
