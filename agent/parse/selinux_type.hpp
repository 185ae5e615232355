// The type of a security context, "user:role:type[:range]"; empty where it is none.
#pragma once

#include <string>
#include <string_view>

namespace sshguardd::parse {

[[nodiscard]] inline std::string selinux_type(std::string_view context) {
  for (int skipped = 0; skipped < 2; ++skipped) {
    const std::size_t colon = context.find(':');
    if (colon == std::string_view::npos) return {};
    context.remove_prefix(colon + 1);
  }
  const std::string_view type = context.substr(0, context.find_first_of(": \n\t"));
  constexpr std::string_view letters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.";
  return type.find_first_not_of(letters) == std::string_view::npos ? std::string{type}
                                                                   : std::string{};
}

} // namespace sshguardd::parse
