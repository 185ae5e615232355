#include "parse/base64.hpp"
#include "parse/certificate.hpp"
#include "parse/certificate_acceptance.hpp"

#include <gtest/gtest.h>

#include <functional>

namespace sshguardd::parse {
namespace {

using Names = std::vector<std::string>;

constexpr const char* ed25519 = "ssh-ed25519-cert-v01@openssh.com";
// ssh-keygen -s ca -I 'id x' -n alice,bob -O source-address=10.0.0.0/8 -O force-command='echo in'
const std::string user =
    "AAAAIHNzaC1lZDI1NTE5LWNlcnQtdjAxQG9wZW5zc2guY29tAAAAIFstygPZDG/AAxlsYOaOO7Ac9r0J0d58sVtX"
    "LuYWdOiLAAAAIG0gwVf2GTI8x5OcXurtiauERfbEav1vvFTvkJukKzByAAAAAAAAAAAAAAABAAAABGlkIHgAAAAQ"
    "AAAABWFsaWNlAAAAA2JvYgAAAABrAt6dAAAAAGsC+r0AAABEAAAADWZvcmNlLWNvbW1hbmQAAAALAAAAB2VjaG8g"
    "aW4AAAAOc291cmNlLWFkZHJlc3MAAAAOAAAACjEwLjAuMC4wLzgAAACCAAAAFXBlcm1pdC1YMTEtZm9yd2FyZGlu"
    "ZwAAAAAAAAAXcGVybWl0LWFnZW50LWZvcndhcmRpbmcAAAAAAAAAFnBlcm1pdC1wb3J0LWZvcndhcmRpbmcAAAAA"
    "AAAACnBlcm1pdC1wdHkAAAAAAAAADnBlcm1pdC11c2VyLXJjAAAAAAAAAAAAAAAzAAAAC3NzaC1lZDI1NTE5AAAA"
    "IIaSo8VuzOxecuF9qDSrL91SBqnRlQt41TRhQKPjT2NnAAAAUwAAAAtzc2gtZWQyNTUxOQAAAECEUSkBF4Jpo3c5"
    "U9vD/LeQ5RdWDXo6Rtkr0JDy3vzbn4uzhwfH4wsBpllgF4GyOTEYyY8OFfehG+FlBBeEMqIN";
// ssh-keygen -s ca -I host -h -V always:forever -z 7
const std::string host =
    "AAAAKGVjZHNhLXNoYTItbmlzdHAyNTYtY2VydC12MDFAb3BlbnNzaC5jb20AAAAgAZXtYogu3YHBveix4AjpemdN"
    "eUOrqH7aZtbKbd01AJ8AAAAIbmlzdHAyNTYAAABBBHcT9+wRhoqsJCQ5TkLs4WW8UjWC2vRWxzx9JnJT7dAiCo5e"
    "pkyKwZ977vF4YK2RqpY1wUmjGG3hcdKWp4jge0cAAAAAAAAABwAAAAIAAAAEaG9zdAAAAAAAAAAAAAAAAP//////"
    "////AAAAAAAAAAAAAAAAAAAAMwAAAAtzc2gtZWQyNTUxOQAAACCGkqPFbszsXnLhfag0qy/dUgap0ZULeNU0YUCj"
    "409jZwAAAFMAAAALc3NoLWVkMjU1MTkAAABAs+LVAxE0SIeM/9I+xL8wgwpYx3XOZRz5riV56cF8R/AhJy3OCQSg"
    "GYI0iKpPQ4sCZBgxThXag7tfJBqBsW1nCA==";
// ... -O critical:x@y=z -V 20200101:20200102
const std::string option =
    "AAAAIHNzaC1lZDI1NTE5LWNlcnQtdjAxQG9wZW5zc2guY29tAAAAIL9y2MoF+PhOp1lpFXsC7TeDi25lCtKGLt5k"
    "IxLu050hAAAAIBy7WQRbBwDVgAfM+3TB0esCxbBfMvABettrGuhM/q+6AAAAAAAAAAAAAAABAAAAAW8AAAAFAAAA"
    "AWEAAAAAXgvhAAAAAABeDTKAAAAAEAAAAAN4QHkAAAAFAAAAAXoAAACCAAAAFXBlcm1pdC1YMTEtZm9yd2FyZGlu"
    "ZwAAAAAAAAAXcGVybWl0LWFnZW50LWZvcndhcmRpbmcAAAAAAAAAFnBlcm1pdC1wb3J0LWZvcndhcmRpbmcAAAAA"
    "AAAACnBlcm1pdC1wdHkAAAAAAAAADnBlcm1pdC11c2VyLXJjAAAAAAAAAAAAAAAzAAAAC3NzaC1lZDI1NTE5AAAA"
    "IIaSo8VuzOxecuF9qDSrL91SBqnRlQt41TRhQKPjT2NnAAAAUwAAAAtzc2gtZWQyNTUxOQAAAEDCgo8eANVNxElV"
    "kkUE0E+xszZBXwxU5MQhmbbKpwLKCk5GvJyogTKgQqcnW4C7mxVOdTRKU8vB+BFD5U7zrYcI";
const std::string rsa =
    "AAAAHHNzaC1yc2EtY2VydC12MDFAb3BlbnNzaC5jb20AAAAgHF4zbOFfTo/dfnEgg9NYbjjjfGjcdu+LjjR81+lc"
    "2bMAAAADAQABAAAAgQDHvmCi1JJE/yOZFGQ/rbg3PcCnXkufe1Zalo1Y2P+tZH1sqo2a3sFOiHmFtxqx1aohGw8p"
    "7Dymds+eTuX6W4TYF+aIR5prJENSR0jdieGJffInDH4Lliy6MmUID9BDPc2Tc2bOpqkuYZs4Mht5mOVPciSNL+X1"
    "9TbNM/PmX80+FQAAAAAAAAAAAAAAAQAAAAFyAAAACQAAAAVhbGljZQAAAAAAAAAA//////////8AAAAAAAAAggAA"
    "ABVwZXJtaXQtWDExLWZvcndhcmRpbmcAAAAAAAAAF3Blcm1pdC1hZ2VudC1mb3J3YXJkaW5nAAAAAAAAABZwZXJt"
    "aXQtcG9ydC1mb3J3YXJkaW5nAAAAAAAAAApwZXJtaXQtcHR5AAAAAAAAAA5wZXJtaXQtdXNlci1yYwAAAAAAAAAA"
    "AAABFwAAAAdzc2gtcnNhAAAAAwEAAQAAAQEAjTwAGm4tsd1vk5S8Nj8cfKqeFK6D6ymglErlpfXUVI27rnRz5Art"
    "78+E7c5vaO6lFNk+gfwzXaMkSNCwKCoWGdSSnuFCGYP/eyZAP8cMqWKMmoKSHelXsXlhfx32Obo3s07CDltDZfjm"
    "7GwhrYGmGQ0o7PY8mPpQAm2W15ETTmz+Q00ddgWHvG7ADSwfspgfnTeUtIyj4xGfl4dV4tqc73srEAco7BfLLDGA"
    "88enIxFvZn/ANVU8h8/YYtpUeLAR1RTU1dhTteo7O20ZQwiKVTrmlrefvf/j7LBJl+UwS/K3z17+X+pUdU3CODl+"
    "Ln3DQkNfdEtzxemIl+WR3dLoJQAAARQAAAAMcnNhLXNoYTItMjU2AAABADwvTbRQxcm2GvJuuidy1CzZM0xMzMRA"
    "G4jTW6h+WmCxRv0NaDij8URmPgsdbGMSnNSYNZVAt6qnP2LD/PsKMjGaiF2T78/OOjMY9+l7xAFVPltSqrT6WLZK"
    "S8zdU/lLehZa8E+mLCTd0p7ZU2dV6LcLIe54yo8Bq1ZIKPPYNJGQ7e/nGSJuFuQGaMgNXVCbYeqLxPCQ8Fxfu3gB"
    "ketYwZzllp9Ojx0CPl1ShXDq8vC2g4zfAJJ9h+ZIumtxWFtMFXyKpqMK4VqDkDZhIT74LRYxpJbGN8MpwOmEma8W"
    "0LYrqkcjyEifixhHRd3xUKqPjZ2w5E0dHKL1V9UV8rKQNAU=";

TEST(Base64, is_taken_back) {
  for (const char* text : {"", "a", "ab", "abc", "abcd"})
    EXPECT_EQ(base64_decode(base64_encode(text)), text);
  EXPECT_EQ(base64_encode("ab"), "YWI=");
  for (const char* text :
       {"YWI", "YWI==", "YWJ=", "Y===", "=", "YW I=", "YW=I", "====", "YWI=YWI="})
    EXPECT_EQ(base64_decode(text), std::nullopt) << text;
}

TEST(Certificate, of_a_user_is_read) {
  const auto read = certificate(ed25519, user);
  ASSERT_TRUE(read) << read.why();
  EXPECT_EQ(read->type, ed25519);
  EXPECT_EQ(read->key,
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG0gwVf2GTI8x5OcXurtiauERfbEav1vvFTvkJukKzBy");
  EXPECT_EQ(read->ca,
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIaSo8VuzOxecuF9qDSrL91SBqnRlQt41TRhQKPjT2Nn");
  EXPECT_EQ(read->signature_type, "ssh-ed25519");
  EXPECT_TRUE(read->user);
  EXPECT_EQ(read->key_id, "id x");
  EXPECT_EQ(read->principals, (Names{"alice", "bob"}));
  EXPECT_EQ(read->valid_before - read->valid_after, 7200U);
  EXPECT_TRUE(read->force_command && read->has_source_address);
  EXPECT_EQ(read->source_address, "10.0.0.0/8");
  EXPECT_EQ(read->unknown_option, "");
}

TEST(Certificate, of_a_host_is_read) {
  const auto read = certificate("ecdsa-sha2-nistp256-cert-v01@openssh.com", host);
  ASSERT_TRUE(read) << read.why();
  EXPECT_EQ(read->key,
            "ecdsa-sha2-nistp256 "
            "AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBHcT9+"
            "wRhoqsJCQ5TkLs4WW8UjWC2vRWxzx9JnJT7dAiCo5epkyKwZ977vF4YK2RqpY1wUmjGG3hcdKWp4jge0c=");
  EXPECT_FALSE(read->user);
  EXPECT_EQ(read->serial, 7U);
  EXPECT_EQ(read->principals, Names{});
  EXPECT_EQ(read->valid_after, 0U);
  EXPECT_EQ(read->valid_before, UINT64_MAX);
}

TEST(Certificate, by_an_RSA_key_tells_how_it_was_signed) {
  const auto read = certificate("ssh-rsa-cert-v01@openssh.com", rsa);
  ASSERT_TRUE(read) << read.why();
  EXPECT_EQ(read->signature_type, "rsa-sha2-256");
  EXPECT_TRUE(read->ca.starts_with("ssh-rsa AAAA"));
  EXPECT_TRUE(certificate("rsa-sha2-512-cert-v01@openssh.com", rsa));
}

TEST(Certificate, with_an_option_of_others_names_it) {
  const auto read = certificate(ed25519, option);
  ASSERT_TRUE(read) << read.why();
  EXPECT_EQ(read->unknown_option, "x@y");
}

TEST(Certificate, that_is_cut_or_changed_is_none) {
  EXPECT_FALSE(certificate("ssh-ed25519", user));
  EXPECT_FALSE(certificate("ssh-rsa-cert-v01@openssh.com", user));
  EXPECT_FALSE(certificate("", ""));
  const std::string bytes = *base64_decode(user);
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(certificate(ed25519, base64_encode(bytes.substr(0, size)))) << size;
  EXPECT_FALSE(certificate(ed25519, base64_encode(bytes + '\0')));
  const auto changed = [&](const std::string& from, const std::string& to) {
    std::string other = bytes;
    other.replace(other.find(from), from.size(), to);
    return certificate(ed25519, base64_encode(other)).known();
  };
  EXPECT_TRUE(changed("alice", "carol"));
  EXPECT_FALSE(changed("alice", std::string("al\0ce", 5)));
  EXPECT_FALSE(changed("id x", std::string("i\0 x", 4)));
  EXPECT_FALSE(changed(std::string("\0\0\0\x01\0\0\0\x04id", 10),
                       std::string("\0\0\0\x03\0\0\0\x04id", 10)));
}

// Alice's, as it should be.
Certificate good() {
  Certificate found = *certificate(ed25519, user);
  found.force_command = found.has_source_address = false;
  found.valid_after = 1000;
  found.valid_before = 2000;
  return found;
}

TEST(CertificateAcceptance, each_trouble_has_its_words) {
  const struct {
    const char* why;
    std::function<void(Certificate&, LoginRules&, AccessSettings&)> change;
    std::int64_t now = 1500;
  } cases[] = {
      {"", [](Certificate&, LoginRules&, AccessSettings&) {}},
      {"", [](Certificate&, LoginRules&, AccessSettings&) {}, 1000},
      {"it is not valid before 1970-01-01T00:16:40Z",
       [](Certificate&, LoginRules&, AccessSettings&) {}, 999},
      {"it has expired: valid until 1970-01-01T00:33:20Z",
       [](Certificate&, LoginRules&, AccessSettings&) {}, 2000},
      {"", [](Certificate& c, LoginRules&, AccessSettings&) { c.valid_before = UINT64_MAX; },
       999999999999},
      {"it is a host's, not a user's",
       [](Certificate& c, LoginRules&, AccessSettings&) { c.user = false; }},
      {"sshd does not know its critical option x",
       [](Certificate& c, LoginRules&, AccessSettings&) { c.unknown_option = "x"; }},
      {"PubkeyAcceptedAlgorithms does not take ssh-ed25519-cert-v01@openssh.com",
       [](Certificate&, LoginRules& r, AccessSettings&) { r.algorithms = {"ssh-ed25519"}; }},
      {"", [](Certificate&, LoginRules& r, AccessSettings&) { r.algorithms = {ed25519}; }},
      {"CASignatureAlgorithms does not take ssh-ed25519",
       [](Certificate&, LoginRules&, AccessSettings& s) { s.ca_algorithms = {"rsa-sha2-512"}; }},
      {"", [](Certificate&, LoginRules&, AccessSettings& s) { s.ca_algorithms = {"ssh-ed25519"}; }},
      {"",
       [](Certificate& c, LoginRules&, AccessSettings&) {
         c.has_source_address = true;
         c.source_address = "10.0.0.0/8,192.0.2.1";
       }},
      {"its source-address does not name 192.0.2.1",
       [](Certificate& c, LoginRules&, AccessSettings&) {
         c.has_source_address = true;
         c.source_address = "10.0.0.0/8";
       }},
      {"its source-address is faulty",
       [](Certificate& c, LoginRules&, AccessSettings&) {
         c.has_source_address = true;
         c.source_address = "192.*";
       }},
      {"its source-address is faulty",
       [](Certificate& c, LoginRules&, AccessSettings&) {
         c.has_source_address = true;
         c.source_address.clear();
       }},
  };
  for (const auto& one : cases) {
    Certificate c = good();
    LoginRules rules;
    AccessSettings settings;
    one.change(c, rules, settings);
    EXPECT_EQ(why_rejected(c, rules, settings, one.now, "192.0.2.1"), one.why);
  }
}

TEST(CertificateAcceptance, a_short_RSA_key_stays_short) {
  const Certificate c = *certificate("ssh-rsa-cert-v01@openssh.com", rsa);
  LoginRules rules{.required_rsa_size = 3072};
  EXPECT_EQ(why_rejected(c, rules, {}, static_cast<std::int64_t>(c.valid_after), ""),
            "RSA key of 1024 bits: RequiredRSASize is 3072");
  rules = {.algorithms = {"ssh-rsa-cert-v01@openssh.com"}};
  EXPECT_EQ(why_rejected(c, rules, {}, static_cast<std::int64_t>(c.valid_after), ""),
            "PubkeyAcceptedAlgorithms takes RSA with SHA-1 alone, which clients do not offer");
}

TEST(CertificatePrincipals, are_compared_whole) {
  const Certificate c = good();
  EXPECT_TRUE(names(c, "alice"));
  EXPECT_FALSE(names(c, "ali"));
  EXPECT_FALSE(names(c, "*"));
  EXPECT_TRUE(names_one_of(c, "carol,bob"));
  EXPECT_FALSE(names_one_of(c, "carol, bob"));
  EXPECT_FALSE(names_one_of(c, "*"));
  EXPECT_FALSE(names_one_of(c, ""));
}

TEST(CertificatePrincipals, of_a_file_stand_last_on_their_lines) {
  const struct {
    const char* text;
    std::uint32_t number;
    const char* why;
  } cases[] = {
      {"alice\n", 1, ""},
      {"# alice\n\n  bob \t\n", 3, ""},
      {"alice # of ours", 1, ""},
      {"Alice\nalice2\nal*\n", 0, ""},
      {"", 0, ""},
      {"from=\"192.0.2.0/24\" alice", 1, ""},
      {"from=\"10.0.0.0/8\" alice\nalice", 1, "from= does not name 192.0.2.1"},
      {"command=\"a b\",no-pty alice", 1, ""},
      {"no-such alice\nbob", 2, ""},
      {"cert-authority alice", 1, "cert-authority has no place here"},
      {"alice bob carol", 0, ""},
      {"alice\r\n", 0, ""},
  };
  for (const auto& one : cases) {
    const PrincipalsLine line = principals_line(one.text, good(), 1500, "192.0.2.1");
    EXPECT_EQ(line.number, one.number) << one.text;
    EXPECT_EQ(line.why, one.why) << one.text;
  }
}

} // namespace
} // namespace sshguardd::parse
