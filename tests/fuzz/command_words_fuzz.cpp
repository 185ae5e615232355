#include "harness.hpp"
#include "parse/access_settings.hpp"
#include "parse/command_words.hpp"
#include "parse/openssh_version.hpp"

#include <string>

using namespace sshguardd;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  const std::vector<parse::Token> tokens{{'u', "%h"}, {'h', ""}};
  if (const auto words = parse::command_words(text)) {
    std::size_t letters = 0;
    for (const std::string& word : *words)
      letters += word.size();
    // Nothing is added, and there is a mark around each word.
    fuzz::require(letters + words->size() <= text.size() + 1);
    for (const std::string& word : *words) {
      char unknown = 0;
      const auto expanded = parse::expand_tokens(word, tokens, unknown);
      fuzz::require(!expanded || expanded->size() <= word.size());
      fuzz::require(expanded || parse::has_token(word, unknown) || unknown == '%');
    }
  }
  const auto settings = parse::access_settings(text);
  for (const std::string& one : settings.ca_algorithms)
    fuzz::require(!one.empty() && one.find(',') == std::string::npos);
  (void)parse::openssh_version(text);
  (void)parse::openssh_version("OpenSSH_" + std::string{text});
  return 0;
}
