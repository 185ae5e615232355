#include "harness.hpp"
#include "parse/authorized_keys.hpp"

#include <string>

using namespace sshguardd;
using Kind = parse::KeyLine::Kind;

namespace {

// The key that the text may be behind or before.
constexpr std::string_view good =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPmy/CUHHG/Ov5TbN7ANe7t2r+FXuFhnrACgQZzVUyCm";

bool within(std::string_view part, std::string_view whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

void line_holds(std::string_view line) {
  const parse::KeyLine key = parse::authorized_key(line);
  fuzz::require((key.kind == Kind::bad) == !key.why.empty());
  // Reasons are words of the parser, nobody else's.
  fuzz::require(key.why.size() < 100 && fuzz::printable(key.why));
  fuzz::require(within(key.options, line) && within(key.type, line) && within(key.base64, line));
  if (key.kind == Kind::key) fuzz::require(!key.type.empty() && !key.base64.empty() && !key.cut);
  fuzz::require(!key.cut || key.kind == Kind::bad);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  const auto lines = fuzz::split(text, '\n');
  for (const std::string_view line : lines)
    line_holds(line);

  const parse::KeyLines all = parse::authorized_keys(text);
  fuzz::require(all.keys + all.bad_lines <= 2 * lines.size());
  fuzz::require(all.bad.size() == std::min<std::size_t>(all.bad_lines, all.most_bad));
  std::uint32_t before = 0;
  for (const BadKeyLine& bad : all.bad) {
    fuzz::require(bad.line >= before && bad.line > 0 && bad.line <= lines.size());
    fuzz::require(!bad.why.empty() && fuzz::printable(bad.why));
    before = bad.line;
  }

  // Whatever stands before it, a key on a line of its own lets its owner in, and one more.
  const parse::KeyLines more =
      parse::authorized_keys(std::string{text} + "\n" + std::string{good} + "\n");
  fuzz::require(more.keys == all.keys + 1);
  // Behind a key there is nothing but its comment.
  if (!lines.front().starts_with('=')) {
    const std::string line = std::string{good} + " " + std::string{lines.front()};
    fuzz::require(parse::authorized_key(line).kind == Kind::key);
  }
  return 0;
}
