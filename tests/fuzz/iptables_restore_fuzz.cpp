#include "harness.hpp"
#include "parse/iptables_restore.hpp"
#include "parse/iptables_save.hpp"
#include "parse/ufw_boot.hpp"

#include <string>

using namespace sshguardd;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  parse::IptablesRestore restore;
  const bool plain = restore.load(text, false, "file");
  fuzz::require(plain == restore.unread().empty());
  fuzz::require(restore.unread().size() <= parse::IptablesRestore::most_unread);
  const std::string saved = restore.saved();
  // The reader of listings has no line of it that it does not know at all.
  for (const firewall::Table& table : parse::iptables_save(saved, firewall::Family::ip, false))
    for (const firewall::Chain& chain : table.chains)
      for (const firewall::Rule& rule : chain.rules)
        fuzz::require(rule.handle != "?");

  parse::UfwFiles files;
  files.defaults = "DEFAULT_INPUT_POLICY=\"DROP\"\nDEFAULT_OUTPUT_POLICY=ACCEPT\n"
                   "DEFAULT_FORWARD_POLICY=DROP\nIPV6=yes\n";
  files.conf = "ENABLED=yes\n";
  files.ip.before = files.ip.user = files.ip6.after = std::string{text};
  const parse::UfwBoot boot = parse::ufw_boot(files);
  fuzz::require(boot.enabled && boot.tables.size() >= 2);
  files.conf = text;
  (void)parse::ufw_boot(files);
  (void)parse::shell_value(text, "A");
  return 0;
}
