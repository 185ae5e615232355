#include "harness.hpp"
#include "parse/sshd_messages.hpp"

#include <string>

using namespace sshguardd;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  const auto output = parse::sshd_test_output(text, 255);
  fuzz::require(output.errors.size() <= 64);
  fuzz::require(!output.privsep_dir_only || (!output.no_hostkeys && !output.errors.empty()));
  bool unplaced = false;
  for (const auto& error : output.errors) {
    fuzz::require(error.line >= 0 && (error.line == 0 || !error.file.empty()));
    fuzz::require(error.file.find('\n') == std::string::npos);
    fuzz::require(error.message.find('\n') == std::string::npos);
    // Both are sshd's own words.
    fuzz::require(text.find(error.file) != std::string_view::npos);
    fuzz::require(text.find(error.message) != std::string_view::npos);
    // Those with a place come first.
    fuzz::require(!(unplaced && !error.file.empty()));
    unplaced = unplaced || error.file.empty();
  }
  const auto passed = parse::sshd_test_output(text, 0);
  fuzz::require(passed.errors.empty() && !passed.no_hostkeys && !passed.privsep_dir_only);
  return 0;
}
