#include "ctl/text.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <sys/ioctl.h>
#include <unistd.h>

namespace sshguardd::ctl {
namespace {

constexpr std::size_t narrowest = 40; // below it wrapped text is no help
constexpr std::size_t widest = 100;   // beyond it lines are hard to read

bool has_text(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

} // namespace

Terminal terminal() {
  Terminal terminal;
  if (isatty(STDOUT_FILENO) == 0) return terminal;
  winsize size{};
  // A serial line tells no size: it stays at 80.
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    terminal.width = std::clamp<std::size_t>(size.ws_col, narrowest, widest);
  const char* term = std::getenv("TERM");
  terminal.colour =
      !has_text("NO_COLOR") && term != nullptr && *term != '\0' && std::string_view{term} != "dumb";
  return terminal;
}

std::string wrap(std::string_view first, std::string_view text, std::size_t indent,
                 std::size_t width) {
  std::string out{first};
  std::size_t column = first.size();
  bool begun = false; // the line has a word of the text
  const auto new_line = [&] {
    out.append(1, '\n').append(indent, ' ');
    column = indent;
    begun = false;
  };
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (word.empty()) continue;
    if (begun && column + 1 + word.size() > width) new_line();
    if (begun) out += ' ';
    if (begun) ++column;
    while (column + word.size() > width && width > indent) {
      const std::size_t room = width > column ? width - column : 0;
      out += word.substr(0, room);
      word.remove_prefix(room);
      new_line();
    }
    out += word;
    column += word.size();
    begun = true;
  }
  return out + "\n";
}

std::string printable(std::string text) {
  for (char& c : text) {
    if (c < 0x20 || c > 0x7e) c = '?';
  }
  return text;
}

bool print(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0)
    return true;
  std::fprintf(stderr, "sshguardctl: standard output: %s\n", std::strerror(errno));
  return false;
}

} // namespace sshguardd::ctl
