#include "parse/sshd_helpers.hpp"

#include <algorithm>
#include <cstddef>

namespace sshguardd::parse {
namespace {

constexpr std::size_t longest_path = 256;

bool is_path(std::string_view text) {
  return text.size() <= longest_path && text.starts_with('/') &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

} // namespace

std::vector<std::string> sshd_helpers(std::string_view binary) {
  std::vector<std::string> helpers;
  // C strings: a zero byte before and after.
  for (const std::string_view name :
       {std::string_view{"/sshd-session\0", 14}, std::string_view{"/sshd-auth\0", 11}}) {
    for (std::size_t at = binary.find(name); at != std::string_view::npos;
         at = binary.find(name, at + 1)) {
      const std::size_t zero = binary.rfind('\0', at);
      if (zero == std::string_view::npos) continue;
      const std::string_view path = binary.substr(zero + 1, at + name.size() - 1 - (zero + 1));
      if (!is_path(path) || path.size() < name.size()) continue;
      helpers.emplace_back(path);
      break;
    }
  }
  return helpers;
}

} // namespace sshguardd::parse
