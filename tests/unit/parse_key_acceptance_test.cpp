#include "parse/key_acceptance.hpp"

#include <gtest/gtest.h>

namespace sshguardd::parse {
namespace {

const std::string ed25519 =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g a@b";
constexpr std::int64_t now = 1'800'000'000; // 2027-01-15

const LoginRules usual{.algorithms = {"ssh-ed25519", "rsa-sha2-512", "rsa-sha2-256"}};

std::string why(const std::string& options, const char* address = "",
                const LoginRules& rules = usual) {
  const std::string line = options.empty() ? ed25519 : options + " " + ed25519;
  const KeyLine key = authorized_key(line);
  EXPECT_EQ(key.kind, KeyLine::Kind::key) << line << ": " << key.why;
  return why_rejected(key, rules, now, address);
}

TEST(KeyAcceptance, time_and_address_decide) {
  EXPECT_EQ(why(""), "");
  EXPECT_EQ(why(R"(expiry-time="20270116Z")"), "");
  EXPECT_EQ(why(R"(expiry-time="20270114Z")"), "expiry-time= is over since 2027-01-14T00:00:00Z");
  // The earliest of several.
  EXPECT_NE(why(R"(expiry-time="20300101Z",expiry-time="20260101Z")"), "");
  EXPECT_EQ(why(R"(expiry-time="202701150800Z")"), ""); // that very second
  EXPECT_EQ(why(R"(from="10.0.0.0/8")", "10.1.2.3"), "");
  EXPECT_EQ(why(R"(from="10.0.0.0/8")", "11.1.2.3"), "from= does not name 11.1.2.3");
  EXPECT_EQ(why(R"(from="10.0.0.0/8")"), ""); // nobody knows from where
  EXPECT_EQ(why(R"(from="10.0.0.1/8")", "10.1.2.3").find("from= is faulty"), 0U);
  EXPECT_EQ(why(R"(no-pty,FROM="*,!11.1.2.3",command="x")", "11.1.2.3"),
            "from= does not name 11.1.2.3");
}

TEST(KeyAcceptance, algorithms_and_sizes_decide) {
  KeyLine rsa{.kind = KeyLine::Kind::key, .type = "ssh-rsa", .bits = 2048};
  EXPECT_EQ(why_type_rejected(rsa, usual), "");
  EXPECT_EQ(why_type_rejected(rsa, {.required_rsa_size = 3072, .algorithms = usual.algorithms}),
            "RSA key of 2048 bits: RequiredRSASize is 3072");
  EXPECT_NE(why_type_rejected(rsa, {.algorithms = {"ssh-rsa"}}).find("SHA-1"), std::string::npos);
  EXPECT_EQ(why_type_rejected(rsa, {.algorithms = {"ssh-ed25519"}}),
            "PubkeyAcceptedAlgorithms does not take ssh-rsa");
  // RequiredRSASize is RSA's alone.
  EXPECT_EQ(why("", "", {.required_rsa_size = 9000}), "");
  EXPECT_EQ(why("", "", {.algorithms = {"rsa-sha2-512"}}),
            "PubkeyAcceptedAlgorithms does not take ssh-ed25519");
  const KeyLine dsa{.kind = KeyLine::Kind::key, .type = "ssh-dss"};
  EXPECT_NE(why_type_rejected(dsa, usual), "");
  EXPECT_NE(why_type_rejected(dsa, {}), "");
  EXPECT_EQ(why_type_rejected(dsa, {.algorithms = {"ssh-dss"}}), "");
  const KeyLine odd{.kind = KeyLine::Kind::key, .type = "ssh-new"};
  EXPECT_NE(why_type_rejected(odd, usual), "");
}

TEST(KeyAcceptance, a_set_knows_a_key_by_its_data) {
  const KeySet set{"# old ones\nno-pty " + ed25519 + " elsewhere\n\nnot a key\n"};
  EXPECT_TRUE(set.contains(authorized_key(ed25519)));
  EXPECT_TRUE(set.contains(authorized_key("restrict " + ed25519)));
  std::string other = ed25519;
  other.replace(other.find("IAECAw"), 6, "IAECBA");
  EXPECT_FALSE(set.contains(authorized_key(other)));
  EXPECT_FALSE(KeySet{}.contains(authorized_key(ed25519)));
  EXPECT_TRUE(is_krl(std::string_view{"SSHKRL\n\0\0\0", 10}));
  EXPECT_FALSE(is_krl("SSHKRL"));
  EXPECT_FALSE(is_krl(ed25519));
}

} // namespace
} // namespace sshguardd::parse
