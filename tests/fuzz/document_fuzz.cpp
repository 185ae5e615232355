// What sshguardctl reads from the agent, and shows on a terminal.
#include "ctl/document.hpp"
#include "ctl/render.hpp"
#include "harness.hpp"

#include <string>

using namespace sshguardd;

namespace {

bool safe_on_a_terminal(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c == '\n' || (c >= 0x20 && c < 0x7f); });
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  if (const auto time = ctl::parse_rfc3339(text)) fuzz::require(size == 20 && text.ends_with('Z'));
  const auto document = ctl::parse_document(text);
  if (!document) {
    fuzz::require(!document.why().empty() && fuzz::printable(document.why()));
    return 0;
  }
  fuzz::require(safe_on_a_terminal(document->json) && document->json.ends_with('\n'));
  const auto again = ctl::parse_document(document->json);
  fuzz::require(again && again->json == document->json);
  (void)ctl::why_stale(*document, size % 2 == 0, WallTime{});
  for (const std::size_t width : {std::size_t{20}, std::size_t{80}}) {
    const std::string shown = ctl::render(
        *document, {.terminal = {.width = width, .colour = false}, .note = {}, .ids = {}});
    fuzz::require(safe_on_a_terminal(shown) && shown.ends_with('\n'));
  }
  return 0;
}
