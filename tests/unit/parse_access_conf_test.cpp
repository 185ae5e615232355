#include "parse/access_conf.hpp"

#include <gtest/gtest.h>

namespace sshguardd::parse {
namespace {

TEST(AccessConf, denies_for_certain_or_not_at_all) {
  struct Row {
    const char* text;
    bool denied; // alice, who is in the groups alice and wheel
  };
  const Row rows[] = {
      {"", false},
      {"# - : ALL : ALL\n", false},
      {"-:ALL:ALL", true},
      {" - : ALL : ALL \n", true},
      {"-:alice:ALL\n", true},
      {"-:bob:ALL\n", false},
      {"-:alice bob , carol:ALL\n", true},
      // The first line that fits decides.
      {"+:alice:ALL\n-:ALL:ALL\n", false},
      {"-:ALL:ALL\n+:alice:ALL\n", true},
      {"+:root:ALL\n-:ALL:ALL\n", true},
      // From somewhere is not from nowhere.
      {"+:alice:10.0.0.0/8\n-:ALL:ALL\n", false},
      {"-:alice:10.0.0.0/8\n", false},
      {"-:alice:ALL EXCEPT LOCAL\n", false},
      {"+:root:LOCAL\n-:ALL:ALL\n", true},
      // EXCEPT, of EXCEPT, too.
      {"-:ALL EXCEPT root:ALL\n", true},
      {"-:ALL EXCEPT root alice:ALL\n", false},
      {"-:ALL EXCEPT alice EXCEPT alice:ALL\n", true},
      {"-:ALL EXCEPT (wheel):ALL\n", false},
      {"-:ALL EXCEPT (users):ALL\n", true},
      {"-:EXCEPT alice:ALL\n", false},
      // A bare name may be a group's; a netgroup may have her.
      {"-:(wheel):ALL\n", true},
      {"-:wheel:ALL\n", false},
      {"+:wheel:ALL\n-:ALL:ALL\n", false},
      {"-:@people:ALL\n", false},
      {"+:@people:ALL\n-:ALL:ALL\n", false},
      {"-:ALL EXCEPT @people:ALL\n", false},
      {"-:ALL EXCEPT wheel:ALL\n", false},
      // Lines that are none.
      {"-:ALL\n", false},
      {"ALL:ALL:ALL\n", false},
      {"::\n-::ALL\n", false},
      {"-:alice:\n", false},
      // An address of IPv6 has colons, which pam_access takes as they come.
      {"+:alice:2001:db8::/32\n-:ALL:ALL\n", false},
  };
  for (const Row& row : rows)
    EXPECT_EQ(access_denied(row.text, "alice", {"alice", "wheel"}), row.denied) << row.text;
}

TEST(AccessConf, ends_on_any_text) {
  std::string deep = "-:ALL";
  for (int i = 0; i < 100'000; ++i)
    deep += " EXCEPT ALL";
  EXPECT_FALSE(access_denied(deep + ":ALL\n", "alice", {}));
  EXPECT_FALSE(access_denied(std::string(100'000, ':'), "alice", {}));
}

} // namespace
} // namespace sshguardd::parse
