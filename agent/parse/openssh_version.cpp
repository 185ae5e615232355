#include "parse/openssh_version.hpp"

#include <charconv>
#include <cstddef>
#include <system_error>

namespace sshguardd::parse {

std::optional<OpensshVersion> openssh_version(std::string_view text) {
  constexpr std::string_view name = "OpenSSH_";
  const std::size_t at = text.find(name);
  if (at == std::string_view::npos) return std::nullopt;
  OpensshVersion version;
  const char* end = text.data() + text.size();
  const auto major = std::from_chars(text.data() + at + name.size(), end, version.major);
  if (major.ec != std::errc{} || major.ptr == end || *major.ptr != '.') return std::nullopt;
  if (std::from_chars(major.ptr + 1, end, version.minor).ec != std::errc{}) return std::nullopt;
  return version;
}

} // namespace sshguardd::parse
