// The one way out for foreign text: user names, log lines, paths, banners.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sshguardd::engine {

// Printable ASCII on one line: other bytes become \xHH (\n, \r, \t by name), a backslash is
// doubled. At most `limit` bytes; a cut text ends in "..." and never inside an escape.
[[nodiscard]] std::string encode(std::string_view text, std::size_t limit = 4096);

// Likewise as one word, for formats whose fields are parted by spaces: a space becomes \x20,
// nothing at all becomes "-".
[[nodiscard]] std::string encode_word(std::string_view text, std::size_t limit);

// Cuts what is encoded already, by the same rule.
[[nodiscard]] std::string cut_encoded(std::string_view encoded, std::size_t limit);

} // namespace sshguardd::engine
