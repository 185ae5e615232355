// "Did you mean": the known name that is nearest to what somebody typed.
#pragma once

#include <span>
#include <string_view>

namespace sshguardd::config {

// Empty where none is near enough to be a slip of the fingers.
[[nodiscard]] std::string_view nearest(std::string_view typed,
                                       std::span<const std::string_view> known);

} // namespace sshguardd::config
