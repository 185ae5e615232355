// The files that decide beside sshd's own whether an account gets in.
#include "harness.hpp"
#include "parse/access_conf.hpp"
#include "parse/accounts_db.hpp"
#include "parse/login_record.hpp"
#include "parse/pam_stack.hpp"
#include "parse/shadow.hpp"

#include <optional>
#include <string>

using namespace sshguardd;

namespace {

constexpr std::int64_t today = 20'000;

void shadow_holds(const parse::ShadowEntry& entry) {
  for (const bool use_pam : {true, false}) {
    const parse::Standing now = parse::standing(entry, {.use_pam = use_pam}, today);
    fuzz::require(now.has_password || now.password == parse::Bar::no_password);
    fuzz::require((now.soon == parse::Bar::none) == (now.in_days == 0));
    if (now.soon == parse::Bar::none) continue;
    // It is what comes true, and not a day before.
    fuzz::require(now.key_lets_in() && !parse::to_come(now.soon).empty());
    fuzz::require(!parse::standing(entry, {.use_pam = use_pam}, today + now.in_days).key_lets_in());
    fuzz::require(
        parse::standing(entry, {.use_pam = use_pam}, today + now.in_days - 1).key_lets_in());
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text{fuzz::text_of(data, size)};
  for (const auto& [name, entry] : parse::shadow(text))
    shadow_holds(entry);

  const auto record = parse::login_record(text);
  fuzz::require(record.size() <= parse::most_logins);
  fuzz::require(parse::login_record(parse::text_of(record)) == record);

  // Every file is this text.
  int reads = 0;
  const auto read = [&](const std::string&) {
    ++reads;
    return std::optional{text};
  };
  if (const auto lines = parse::pam_stack("sshd", read)) {
    for (const parse::PamLine& line : *lines)
      fuzz::require(line.module.find('/') == std::string::npos);
  }
  fuzz::require(reads <= 64);

  // The first line that fits decides, and only what may fit is not known.
  const parse::AccessPerson alice{
      .account = "alice", .uid = 1000, .groups = {"wheel"}, .gids = {1000}};
  const parse::AccessOptions options;
  const auto says = [&](const std::string& rules, std::string_view address) {
    parse::AccessRules reader{options, alice, {.address = address}};
    reader.read(rules, "f");
    return reader.verdict().says;
  };
  using Says = parse::AccessVerdict::Says;
  (void)says(text, "192.0.2.1");
  (void)parse::origin_fits(text, {.address = "2001:db8::1"});
  fuzz::require(says("+:alice:ALL\n" + text, "") == Says::allowed);
  fuzz::require(says("-:alice:ALL\n" + text, "") == Says::denied);

  const std::string foreign = parse::foreign_accounts(text);
  fuzz::require(foreign != "files" && foreign.find_first_of(" \t\n") == std::string::npos);
  return 0;
}
