#include "parse/access_conf.hpp"

#include <gtest/gtest.h>

namespace sshguardd::parse {
namespace {

using Says = AccessVerdict::Says;

const AccessPerson alice{
    .account = "alice", .uid = 1000, .groups = {"alice", "wheel"}, .gids = {1000, 10}};

AccessVerdict verdict(const std::string& text, std::string_view address,
                      const std::vector<std::string>& arguments = {}) {
  const AccessOptions options = access_options(arguments);
  AccessRules rules{options, alice, {.address = address}};
  rules.read(text, "f");
  return rules.verdict();
}

TEST(AccessConf, decides_from_anywhere_where_that_is_certain) {
  struct Row {
    const char* text;
    Says says;
    const char* place;
  };
  const Row rows[] = {
      {"", Says::allowed, ""},
      {"# - : ALL : ALL\n", Says::allowed, ""},
      {"-:ALL:ALL\n", Says::denied, "f:1"},
      {"-:ALL:ALL", Says::allowed, ""}, // a line without an end is none
      {" -:ALL:ALL\n", Says::allowed, ""},
      {"- : ALL : ALL \t\r\n", Says::denied, "f:1"},
      {"\n-:aLL:All\n", Says::denied, "f:2"},
      {"-:ALICE:ALL\n", Says::denied, "f:1"},
      {"-:bob:ALL\n", Says::allowed, ""},
      {"-:alice bob , carol:ALL\n", Says::denied, "f:1"},
      // The first line that fits decides.
      {"+:alice:ALL\n-:ALL:ALL\n", Says::allowed, "f:1"},
      {"-:ALL:ALL\n+:alice:ALL\n", Says::denied, "f:1"},
      {"+:root:ALL\n-:ALL:ALL\n", Says::denied, "f:2"},
      // From somewhere is not from nowhere.
      {"+:alice:10.0.0.0/8\n-:ALL:ALL\n", Says::unknown, "f:1"},
      {"-:alice:10.0.0.0/8\n", Says::unknown, "f:1"},
      {"-:alice:10.0.0.0/8\n-:ALL:ALL\n", Says::denied, "f:1"},
      {"-:alice:ALL EXCEPT LOCAL\n", Says::denied, "f:1"},
      {"+:root:LOCAL\n-:ALL:ALL\n", Says::denied, "f:2"},
      {"+:alice:LOCAL tty1 :0 cron\n-:ALL:ALL\n", Says::denied, "f:2"},
      // EXCEPT, of EXCEPT, too.
      {"-:ALL EXCEPT root:ALL\n", Says::denied, "f:1"},
      {"-:ALL EXCEPT root alice:ALL\n", Says::allowed, ""},
      {"-:ALL except alice EXCEPT alice:ALL\n", Says::denied, "f:1"},
      {"-:ALL EXCEPT (wheel):ALL\n", Says::allowed, ""},
      {"-:ALL EXCEPT (users):ALL\n", Says::denied, "f:1"},
      {"-:EXCEPT alice:ALL\n", Says::allowed, ""},
      // Groups, numbers, which later versions take, netgroups.
      {"-:(wheel):ALL\n", Says::denied, "f:1"},
      {"-:(Wheel) ():ALL\n", Says::allowed, ""},
      {"-:wheel:ALL\n", Says::denied, "f:1"},
      {"-:1000:ALL\n", Says::unknown, "f:1"},
      {"-:(10):ALL\n", Says::unknown, "f:1"},
      {"-:1001 (11):ALL\n", Says::allowed, ""},
      {"-:@people:ALL\n", Says::unknown, "f:1"},
      {"-:alice@here:ALL\n", Says::unknown, "f:1"},
      {"-:alice@ALL:ALL\n", Says::denied, "f:1"},
      {"-:bob@here:ALL\n", Says::allowed, ""},
      {"+:@people:ALL\n-:ALL:ALL\n", Says::unknown, "f:1"},
      {"-:ALL EXCEPT @people:ALL\n", Says::unknown, "f:1"},
      // Lines that are none.
      {"-:ALL\n", Says::allowed, ""},
      {"ALL:ALL:ALL\n", Says::allowed, ""},
      {"::\n-::ALL\n", Says::allowed, ""},
      {"-:alice:\n", Says::allowed, ""},
      {"-:alice: \n", Says::allowed, ""},
      {":+:alice:ALL\n", Says::denied, "f:1"}, // as pam_access has it
  };
  for (const Row& row : rows) {
    const AccessVerdict found = verdict(row.text, "");
    EXPECT_EQ(found.says, row.says) << row.text;
    EXPECT_EQ(found.place, row.place) << row.text;
  }
}

TEST(AccessConf, knows_where_a_client_comes_from) {
  struct Row {
    const char* origin;
    const char* address;
    Fits fits;
  };
  const Row rows[] = {
      {"ALL", "10.77.0.1", Fits::yes},
      {"10.77.0.1", "10.77.0.1", Fits::yes},
      {"10.77.0.2", "10.77.0.1", Fits::no},
      {"10.77.0.", "10.77.0.1", Fits::yes},
      {"10.7.", "10.77.0.1", Fits::no},
      {"10.77.0.1.", "10.77.0.1", Fits::yes},
      {"2001:db8.", "2001:db8::1", Fits::no},
      {".0.1", "10.77.0.1", Fits::yes}, // of a name the domain
      {".example.org", "10.77.0.1", Fits::no},
      {"10.0.0.0/8", "10.77.0.1", Fits::yes},
      {"10.77.0.9/24", "10.77.0.1", Fits::yes},
      {"10.77.0.0/255.255.255.0", "10.77.0.1", Fits::yes},
      {"10.77.0.0/255.255.255.0", "10.77.1.1", Fits::no},
      {"10.77.0.0/0x18", "10.77.0.1", Fits::yes},
      {"10.77.0.0/33", "10.77.0.1", Fits::no},
      {"10.77.0.0/-1", "10.77.0.1", Fits::no},
      {"10.77.0.0/", "10.77.0.1", Fits::no},
      {"10.77.0.0/24x", "10.77.0.1", Fits::no},
      {"0.0.0.0/0", "10.77.0.1", Fits::no}, // as if there were no mask
      {"10.77.0.1/0", "10.77.0.1", Fits::yes},
      {"10.77.0.0/ffff::", "10.77.0.1", Fits::no},
      {"host/24", "10.77.0.1", Fits::no},
      {"2001:db8::/32", "2001:db8:1::5", Fits::yes},
      {"2001:DB8::1", "2001:db8::1", Fits::yes},
      {"2001:db8::/33", "2001:db8:8000::5", Fits::no},
      {"2001:db8::/ffff:ffff::", "2001:db8:1::5", Fits::yes},
      {"::/0", "2001:db8::1", Fits::no},
      {"10.0.0.0/8", "2001:db8::1", Fits::no},
      {"127.0.0.1", "::1", Fits::maybe}, // the same from 1.7 on
      {"LOCAL", "127.0.0.1", Fits::no},
      {"tty1", "10.77.0.1", Fits::no},
      {"host.example.org", "10.77.0.1", Fits::maybe},
      {"@hosts", "10.77.0.1", Fits::maybe},
      {"10.77.1", "10.77.0.1", Fits::maybe}, // getaddrinfo(3) takes it for one
      {"fe80::/10", "fe80::1%eth0", Fits::maybe},
      {"fe80::1%eth0", "fe80::1%eth0", Fits::yes},
  };
  for (const Row& row : rows)
    EXPECT_EQ(origin_fits(row.origin, {.address = row.address}), row.fits)
        << row.origin << " " << row.address;
  EXPECT_EQ(origin_fits("10.77.0.1", {.address = "10.77.0.1", .by_name = true}), Fits::maybe);
  EXPECT_EQ(origin_fits("host", {.address = "10.77.0.1", .no_dns = true}), Fits::no);
}

TEST(AccessConf, reads_the_fields_as_pam_access_does) {
  EXPECT_EQ(verdict("+:alice:2001:db8::/32\n-:ALL:ALL\n", "2001:db8::1").place, "f:1");
  EXPECT_EQ(verdict("+:alice:10.77.0.0/24\n-:ALL:ALL\n", "10.77.0.1").says, Says::allowed);
  EXPECT_EQ(verdict("+:alice:10.77.0.0/24\n-:ALL:ALL\n", "192.0.2.1").says, Says::denied);
  EXPECT_EQ(verdict("-:ALL:ALL EXCEPT 10.77.0.0/24\n", "10.77.0.1").says, Says::allowed);
  EXPECT_EQ(verdict("+:alice:host.example\n-:ALL:ALL\n", "10.77.0.1").says, Says::unknown);
  EXPECT_EQ(verdict("+:alice:host.example\n-:ALL:ALL\n", "10.77.0.1", {"nodns"}).says,
            Says::denied);
  EXPECT_EQ(verdict("-:wheel:ALL\n", "", {"nodefgroup"}).says, Says::allowed);
  EXPECT_EQ(verdict("-:(wheel):ALL\n", "", {"nodefgroup"}).says, Says::denied);
  EXPECT_EQ(verdict("-|alice|ALL\n", "", {"fieldsep=|"}).says, Says::denied);
  EXPECT_EQ(verdict("-|alice|ALL\n", "").says, Says::allowed);
  EXPECT_EQ(verdict("-:the people,alice:ALL\n", "", {"[listsep=,]"}).says, Says::denied);
  EXPECT_EQ(verdict("-:not alice,bob:ALL\n", "", {"listsep=,"}).says, Says::allowed);
  EXPECT_EQ(access_options({"debug", "accessfile=/etc/a"}).file, "/etc/a");
  // One file after the other.
  const AccessOptions options;
  AccessRules rules{options, alice, {}};
  EXPECT_FALSE(rules.read("-:bob:ALL\n", "a"));
  EXPECT_TRUE(rules.read("-:alice:ALL\n", "b"));
  EXPECT_EQ(rules.verdict().place, "b:1");
  AccessRules refused{options, alice, {}};
  refused.deny("c");
  EXPECT_EQ(refused.verdict().says, Says::denied);
}

TEST(AccessConf, ends_on_any_text) {
  std::string deep = "-:ALL";
  for (int i = 0; i < 1000; ++i)
    deep += " EXCEPT ALL";
  EXPECT_EQ(verdict(deep + ":ALL\n", "").says, Says::unknown);
  EXPECT_EQ(verdict(std::string(100'000, ':') + "\n", "").says, Says::unknown) << "too long";
  EXPECT_EQ(verdict(std::string{"-:ALL:ALL\0\n", 11}, "").says, Says::allowed);
}

} // namespace
} // namespace sshguardd::parse
