#include "harness.hpp"
#include "parse/sshd_config.hpp"

#include <string>

using namespace sshguardd;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  for (const std::string& pattern : parse::include_patterns(text)) {
    fuzz::require(!pattern.empty() && pattern[0] == '/');
    fuzz::require(pattern.find('\0') == std::string::npos);
    // What is watched lies on the way to what is included.
    const std::string directory = parse::fixed_directory(pattern);
    fuzz::require(!directory.empty() && directory[0] == '/');
    fuzz::require(directory.find_first_of("*?[") == std::string::npos);
    fuzz::require(pattern.starts_with(directory));
  }
  (void)parse::fixed_directory(text);
  for (const std::string& file : parse::host_key_files(text)) {
    fuzz::require(!file.empty() && file[0] == '/');
    fuzz::require(file.find('\0') == std::string::npos);
  }
  return 0;
}
