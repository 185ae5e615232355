// An fstab and what findmnt --verify says of it, with a line "==" between: what the boot makes of
// it.
#include "engine/boot_mounts.hpp"
#include "harness.hpp"

#include <string>

using namespace sshguardd;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  const std::size_t mark = text.find("\n==\n");
  const std::string_view said_text =
      mark == std::string_view::npos ? std::string_view{} : text.substr(mark + 4);
  const auto said = parse::findmnt_verify(said_text);
  fuzz::require(said.size() <= parse::most_verify_messages);
  for (const parse::VerifyMessage& message : said) {
    fuzz::require(said_text.find(message.target) != std::string_view::npos);
    fuzz::require(message.text.find('\n') == std::string::npos);
  }
  for (const unsigned line : parse::findmnt_parse_errors(said_text))
    fuzz::require(line > 0);
  (void)engine::crypttab_names(text);
  const auto entries = parse::fstab(text.substr(0, mark));
  fuzz::require(entries.empty() || !parse::fstab_is_empty(text.substr(0, mark)));
  for (const bool container : {false, true}) {
    for (const FstabMount& one : engine::boot_mounts(entries, container)) {
      fuzz::require(one.expected || !one.required);
      fuzz::require(!(one.required && one.network));
      fuzz::require(!(container && one.expected && !one.device.empty()));
      fuzz::require(one.device.empty() || one.device.starts_with("/dev/"));
      const engine::SourceLook gone{.asked = true, .modules = true};
      const std::string wrong = engine::why_not_mountable(one, gone, said);
      // Nothing is wrong with what the boot does not mount; where nobody looked the line alone
      // tells.
      fuzz::require(wrong.empty() || (one.expected && !one.network));
      const engine::SourceLook unseen{.there = true};
      const std::string by_itself = engine::why_not_mountable(one, unseen, std::nullopt);
      fuzz::require(by_itself.empty() || by_itself == one.source + " is no device");
    }
  }
  return 0;
}
