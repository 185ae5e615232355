// base64 (RFC 4648) with its padding, as keys are written.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sshguardd::parse {

// Nothing where it is anything else, also with bits left over.
[[nodiscard]] std::optional<std::string> base64_decode(std::string_view text);
[[nodiscard]] std::string base64_encode(std::string_view bytes);

} // namespace sshguardd::parse
