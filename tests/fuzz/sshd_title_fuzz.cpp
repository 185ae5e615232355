#include "harness.hpp"
#include "parse/sshd_title.hpp"

#include <string>

using namespace sshguardd;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  if (const auto startups = parse::sshd_title(text)) {
    fuzz::require(startups->current >= 0 && startups->begin >= 1);
    fuzz::require(startups->full >= startups->begin);
    // Room for the arithmetic of the checks.
    fuzz::require(startups->full <= 1'000'000 && startups->current <= 1'000'000);
    // The padding of the kernel's buffer says nothing.
    const auto again = parse::sshd_title(std::string{text} + std::string(64, '\0'));
    fuzz::require(again && again->current == startups->current && again->begin == startups->begin &&
                  again->full == startups->full);
  }
  // Paths and options may hold anything, also a title: the end of the line is sshd's own.
  const auto real =
      parse::sshd_title("sshd: " + std::string{text} + " [listener] 3 of 10-100 startups");
  fuzz::require(real && real->current == 3 && real->begin == 10 && real->full == 100);
  return 0;
}
