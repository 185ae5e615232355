#include "harness.hpp"
#include "parse/sshd_config.hpp"
#include "parse/sshd_policy.hpp"

#include <optional>
#include <string>
#include <vector>

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
  // A tree whose every file is this text.
  std::vector<PolicySetting> policy{{"PasswordAuthentication", "no", "", 0}};
  int reads = 0;
  const auto read = [&](const std::string&) {
    ++reads;
    return std::optional{std::string{text}};
  };
  const auto glob = [](const std::string& pattern) { return std::vector<std::string>{pattern}; };
  parse::locate(policy, "/etc/ssh/sshd_config", {}, {.read = read, .glob = glob});
  fuzz::require(reads <= 512);
  fuzz::require(policy[0].file.empty() == (policy[0].line == 0));
  parse::locate(policy, "/", {"sshd", "-t", "-o", std::string{text}}, {.read = read, .glob = glob});
  return 0;
}
