#include "parse/host_pattern.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sshguardd::parse {
namespace {

TEST(HostPattern, matches_patterns_as_sshd_does) {
  struct {
    const char* text;
    const char* pattern;
    bool matches;
  } const cases[] = {
      {"alice", "alice", true}, {"alice", "al*", true},    {"alice", "a?ice", true},
      {"alice", "*", true},     {"alice", "alic", false},  {"alice", "alicee", false},
      {"alice", "?", false},    {"", "*", true},           {"", "?", false},
      {"", "", true},           {"alice", "*l*c*", true},  {"alice", "*x*", false},
      {"aab", "a*b", true},     {"aXbXb", "a*Xb", true},   {"Alice", "alice", false},
      {"a*b", "a*b", true},     {"alice", "al**ce", true}, {"alice", "!alice", false},
  };
  for (const auto& one : cases)
    EXPECT_EQ(match_pattern(one.text, one.pattern), one.matches) << one.text << " " << one.pattern;
  // Without backtracking over all stars this would never end.
  EXPECT_FALSE(match_pattern(std::string(2000, 'a'), "*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b"));
}

TEST(HostPattern, lists_are_decided_by_the_first_negation) {
  EXPECT_EQ(match_list("rsa-sha2-512", "ssh-ed25519,rsa-sha2-*"), ListMatch::yes);
  EXPECT_EQ(match_list("rsa-sha2-512", "!rsa*,*"), ListMatch::negated);
  EXPECT_EQ(match_list("rsa-sha2-512", "*,!rsa*"), ListMatch::negated);
  EXPECT_EQ(match_list("rsa-sha2-512", "!dsa"), ListMatch::none);
  EXPECT_EQ(match_list("rsa-sha2-512", ""), ListMatch::none);
}

TEST(HostPattern, hosts_are_matched_by_address_and_by_letters) {
  using enum HostMatch;
  struct {
    const char* address;
    const char* patterns;
    HostMatch expected;
  } const cases[] = {
      {"10.1.2.3", "10.1.2.3", yes},
      {"10.1.2.3", "10.0.0.0/8", yes},
      {"11.1.2.3", "10.0.0.0/8", no},
      {"10.1.2.3", "10.1.*", yes},
      {"10.1.2.3", "10.1.2.?", yes},
      {"10.1.2.3", "*", yes},
      {"10.1.2.3", "0.0.0.0/0", yes},
      {"10.1.2.3", "192.168.0.0/16,10.0.0.0/8", yes},
      {"10.1.2.3", "*,!10.1.2.3", no},
      {"10.1.2.3", "!10.1.2.3,*", no},
      {"10.1.2.3", "!10.0.0.0/8,10.1.2.3", no},
      // A negation alone lets nobody in.
      {"10.1.2.3", "!192.168.0.0/16", no},
      // Bits behind the mask: sshd refuses the whole list.
      {"10.1.2.3", "10.1.2.3/8", wrong},
      {"10.1.2.3", "10.1.2.3,10.0.0.1/8", wrong},
      {"10.1.2.3", "10.0.0.0/33", wrong},
      {"10.1.2.3", "10.0.0.0/8,", wrong},
      {"10.1.2.3", "", wrong},
      // No number behind the slash: letters, which never match an address.
      {"10.1.2.3", "10.0.0.0/x", no},
      {"10.1.2.3", "10.0.0.0/", no},
      {"2001:db8::7", "2001:db8::/32", yes},
      {"2001:db8::7", "2001:0DB8::7", yes},
      {"2001:db9::7", "2001:db8::/32", no},
      {"2001:db8::7", "10.0.0.0/8", no},
      {"2001:db8::7", "2001:DB8::*", yes},
      {"10.1.2.3", "::/0", no},
      {"10.1.2.3", "bastion.example.org", no},
      {"::ffff:10.1.2.3", "10.1.2.3", no},
  };
  for (const auto& one : cases)
    EXPECT_EQ(match_host(one.address, one.patterns), one.expected)
        << one.address << " " << one.patterns;
}

TEST(HostPattern, addresses_and_what_is_none) {
  for (const char* text : {"192.0.2.1", "2001:db8::1", "::", "::ffff:10.1.2.3"})
    EXPECT_TRUE(is_address(text)) << text;
  for (const char* text : {"", "bastion", "10.1", "10.0.0.0/8", "fe80::1%eth0", "1.2.3.4 ", ":0"})
    EXPECT_FALSE(is_address(text)) << text;
}

} // namespace
} // namespace sshguardd::parse
