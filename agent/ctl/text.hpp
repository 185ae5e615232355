// Plain text for a terminal: wrapping, and what the terminal can show.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sshguardd::ctl {

struct Terminal {
  std::size_t width = 80;
  bool colour = false;
};

// Of standard output. Colour only on a terminal that has it, and where NO_COLOR does not forbid it.
[[nodiscard]] Terminal terminal();

// `first` and the text, broken between words; further lines are indented by `indent` spaces. A word
// that is wider than a line is broken. Ends in a line end.
[[nodiscard]] std::string wrap(std::string_view first, std::string_view text, std::size_t indent,
                               std::size_t width);

// The agent has encoded every foreign text. This is for what comes from something else in its
// place: no byte of it may move the cursor of the terminal it is shown on.
[[nodiscard]] std::string printable(std::string text);

// To standard output; false, said on standard error, where it could not be written.
[[nodiscard]] bool print(std::string_view text);

} // namespace sshguardd::ctl
