#include "engine/iptables_tables.hpp"
#include "engine/nft_ruleset.hpp"
#include "engine/nft_text.hpp"
#include "harness.hpp"

#include <variant>

// Whatever comes in, cut in two anywhere, is the same listing, or none; all that is kept is
// bounded.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sshguardd;
  using fuzz::require;
  const auto text = fuzz::text_of(data, size);
  const std::size_t cut = size == 0 ? 0 : data[size / 2] % size;
  const auto whole = engine::nft_ruleset(text);
  engine::NftReader reader;
  const bool fed = reader.feed(text.substr(0, cut)) && reader.feed(text.substr(cut));
  const auto parts = reader.end();
  require(whole.has_value() == (fed && parts.has_value()));
  if (!whole) return 0;
  require(whole->tables.size() == parts->tables.size() && whole->unread == parts->unread);
  require(whole->unread.size() <= engine::NftReader::most_unread);
  for (const auto& table : whole->tables) {
    (void)engine::is_iptables_table(table);
    for (const auto& chain : table.chains) {
      for (const auto& rule : chain.rules) {
        require(!rule.text.empty() && rule.text.size() <= engine::nft_longest_text);
        for (const auto& statement : rule.statements) {
          const auto* match = std::get_if<firewall::Match>(&statement);
          if (match == nullptr) continue;
          require(!match->terms.empty());
          for (const auto& value : match->values)
            require(value.parts.size() == match->terms.size());
        }
      }
    }
  }
  return 0;
}
