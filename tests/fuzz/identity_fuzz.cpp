#include "harness.hpp"
#include "parse/identity.hpp"

#include <string>

using namespace sshguardd;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  if (const auto key = parse::key_fingerprint(text)) {
    // Both stand on the console: nothing of the comment may get into them.
    fuzz::require(!key->type.empty() && fuzz::printable(key->type));
    fuzz::require(key->type.find_first_of(" ()") == std::string::npos);
    fuzz::require(key->hash.size() == 50 && key->hash.starts_with("SHA256:"));
    fuzz::require(fuzz::printable(key->hash) && key->hash.find(' ') == std::string::npos);
  }
  // A comment of any words between hash and type leaves both as they are.
  constexpr std::string_view hash = "SHA256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
  if (text.find('\n') == std::string_view::npos) {
    const auto key = parse::key_fingerprint("256 " + std::string{hash} + " " + std::string{text} +
                                            " (ED25519)\n");
    fuzz::require(key && key->hash == hash && key->type == "ED25519");
  }

  const std::string id = parse::instance_id(text);
  fuzz::require(id.find_first_of("\"\\\n") == std::string::npos);
  fuzz::require(text.find(id) != std::string_view::npos);
  (void)parse::instance_id("{\"v1\": {\"instance_id\"" + std::string{text});
  return 0;
}
