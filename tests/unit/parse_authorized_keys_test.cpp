// The verdicts of lines are those of OpenSSH 9.2 and 10.0, asked by logging in.
#include "parse/authorized_keys.hpp"
#include "public_keys.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace sshguardd::parse {
namespace {

using namespace std::string_literals;
using test::ed25519_data;
using test::ed25519_key;
using test::rsa_data;
using test::rsa_key;
using Kind = KeyLine::Kind;

// "key", "none", or why it is bad.
std::string verdict(const std::string& line) {
  const KeyLine key = authorized_key(line);
  EXPECT_EQ(key.kind == Kind::bad, !key.why.empty()) << line;
  if (key.kind == Kind::bad) return key.why;
  return key.kind == Kind::key ? "key" : "none";
}

// "2 keys" and "line: why" of each bad one.
std::vector<std::string> verdicts(const std::string& text) {
  const KeyLines lines = authorized_keys(text);
  EXPECT_GE(lines.bad_lines, lines.bad.size());
  std::vector<std::string> said{std::to_string(lines.keys) + " keys"};
  for (const BadKeyLine& bad : lines.bad)
    said.push_back(std::to_string(bad.line) + ": " + bad.why);
  return said;
}

std::string utf16(const std::string& text, bool big_endian) {
  std::string out;
  for (const char c : text) {
    if (big_endian) out += '\0';
    out += c;
    if (!big_endian) out += '\0';
  }
  return out;
}

// Lines of so many letters.
std::string wrapped(const std::string& text, std::size_t width) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); at += width)
    out += text.substr(at, width) + "\n";
  return out;
}

TEST(AuthorizedKeys, WhatWorks) {
  const std::string bare = "ssh-ed25519 " + ed25519_data;
  const std::pair<const char*, std::string> rows[] = {
      {"plain", ed25519_key},
      {"no comment", bare},
      {"CR line end", ed25519_key + "\r"},
      {"CR line end, no comment", bare + "\r"},
      {"with its line end", ed25519_key + "\r\n"},
      {"leading blanks", " \t " + ed25519_key},
      {"tabs", "ssh-ed25519\t\t" + ed25519_data + "\tx"},
      {"a long comment", ed25519_key + std::string(1'000'000, 'x')},
      {"NUL in the comment", ed25519_key + "\0 more"s},
      {"NUL behind the data", bare + "\0more"s},
      {"a quote in the comment", ed25519_key + " \"x"},
      {"CR within the data",
       "ssh-ed25519 " + ed25519_data.substr(0, 20) + "\r" + ed25519_data.substr(20)},
      {"RSA", rsa_key},
      {"RSA by its algorithm", "rsa-sha2-512 " + rsa_data},
      {"ECDSA 256", "ecdsa-sha2-nistp256 " + test::nistp256_data},
      {"ECDSA 384", "ecdsa-sha2-nistp384 " + test::nistp384_data + "\r"},
      {"ECDSA 521", "ecdsa-sha2-nistp521 " + test::nistp521_data},
      {"DSA", "ssh-dss " + test::dsa_data},
      {"FIDO Ed25519", "sk-ssh-ed25519@openssh.com " + test::sk_ed25519_data},
      {"FIDO ECDSA", "sk-ecdsa-sha2-nistp256@openssh.com " + test::sk_ecdsa_data},
      {"FIDO ECDSA by its algorithm",
       "webauthn-sk-ecdsa-sha2-nistp256@openssh.com " + test::sk_ecdsa_data},
      {"blanks behind the options", "no-pty  \t " + ed25519_key},
      {"cloud-init's line of root",
       "no-port-forwarding,no-agent-forwarding,no-X11-forwarding,command=\"echo 'Please login as "
       "the user \\\"debian\\\" rather than the user \\\"root\\\".';echo;sleep 10;exit 142\" " +
           ed25519_key},
  };
  for (const auto& [what, line] : rows)
    EXPECT_EQ(verdict(line), "key") << what;
}

TEST(AuthorizedKeys, WhatIsNoKeyAndNoFault) {
  const std::string rows[] = {"",
                              " ",
                              "\t \r",
                              "\r\n",
                              "\v",
                              "#" + ed25519_key,
                              "  # x",
                              "#\0"s,
                              "\xef\xbb\xbf# x",
                              "\xef\xbb\xbf",
                              "\xef\xbb\xbf\r\n"};
  for (const std::string& line : rows)
    EXPECT_EQ(verdict(line), "none") << line;
}

TEST(AuthorizedKeys, WhatSshdPassesOver) {
  const std::string& key = ed25519_key;
  const std::string& data = ed25519_data;
  const std::string type = "ssh-ed25519 ";
  const char* quotes = "the whole line is in quotes";
  const char* damaged = "key data is damaged";
  const char* no_type = "key data without a key type before it";
  const char* letters = "key data with characters that are not base64";
  const char* blank = "a blank among the options before the key";
  const char* open = "a quote in the options is not closed";
  const std::pair<std::string, const char*> rows[] = {
      {"\xef\xbb\xbf" + key, "a byte order mark (BOM) before the key"},
      {"\"" + key + "\"", quotes},
      {"\"" + key, quotes},
      {"'" + key + "'", quotes},
      {"SSH-ED25519 " + data, "key type in upper case"},
      {"no-pty Ssh-Ed25519 " + data, "key type in upper case"},
      {"ssh-ed2551 " + data, "unknown key type: its data is ssh-ed25519"},
      {"ssh-mldsa65@openssh.com AAAAF3NzaC1tbGRzYTY1QG9wZW5zc2guY29tAAAAIA==", "unknown key type"},
      {data + " alice@host", no_type},
      {"no-pty " + data, no_type},
      {"ssh-rsa " + data, "key type is ssh-rsa, its data is ssh-ed25519"},
      {"ecdsa-sha2-nistp384 " + test::nistp256_data,
       "key type is ecdsa-sha2-nistp384, its data is ecdsa-sha2-nistp256"},
      {"ssh-ed25519-cert-v01@openssh.com " + test::certificate_data,
       "a certificate: sshd wants the key itself here, or its CA's with cert-authority"},
      {"ssh-ed25519", "key type without its data"},
      {"no-pty ssh-ed25519 \r", "key type without its data"},
      {type + data + key, "two keys joined on one line"},
      {type + data.substr(0, 30) + "!" + data.substr(31), letters},
      {type + data.substr(0, 31) + "=" + data.substr(32), letters},
      {type + data + "=", letters},
      {"ecdsa-sha2-nistp256 " + test::nistp256_data.substr(0, 138) + "B=", letters}, // spare bits
      {type + data.substr(0, data.size() - 4), "key data is cut off"},
      {type + data.substr(0, data.size() - 1), "key data is cut off"},
      {type + data.substr(0, 12) + " alice", "key data is cut off"},
      {"ecdsa-sha2-nistp256 " + test::nistp256_data.substr(0, 139),
       "key data without the = at its end"},
      {type + data + "AAAA", "key data goes on behind its end"},
      {type + data + "A", "key data goes on behind its end"},
      {type + "AAAABGFiY2Q=", "key data is that of no key"},
      {type + "AAAAC3NzaC1lZDI1NTE5AAAAAUE=", damaged},
      {type + "AAAAC3NzaC1lZDI1NTE5/////w==", damaged},
      {"ssh-rsa AAAAB3NzaC1yc2H/////", damaged},
      {"ssh-rsa AAAAB3NzaC1yc2EAAAADgQABAAAAAQE=", damaged}, // a negative number
      {"ssh-rsa " + test::short_rsa_data, "RSA key of 1016 bits: sshd takes none under 1024"},
      {"no-pty, no-user-rc " + key, blank},
      {"no-pty no-user-rc " + key, blank},
      {"no-pty ,no-user-rc " + key, blank},
      {"key of alice: " + key, "other text before the key"},
      {"command=\"x " + key, open},
      {"command=\"x\\\" " + key, open},
      {"no-pty\" " + key, open},
      {"ssh-ed25519\xc2\xa0" + data, "a no-break space instead of a blank"},
      {"1024 35 1234567890 alice@host", "a key of SSH protocol 1, which no sshd takes any more"},
      {"hello world", "neither a key nor a comment"},
      {"- " + key, "option 1 before the key is unknown"}, // a list item of YAML
      {"a\0b"s, "a NUL byte in the line"},
      {"\0\0"s, "NUL bytes alone: the text was lost"},
      {"\0\0"s + key, "a NUL byte at its beginning"},
      {type + data.substr(0, 20) + '\0' + data.substr(20), "a NUL byte in the line"},
  };
  for (const auto& [line, why] : rows)
    EXPECT_EQ(verdict(line), why) << line;
}

TEST(AuthorizedKeys, OptionsThatWork) {
  for (const char* options : {"no-pty",
                              "NO-PTY",
                              "Restrict,pty",
                              "command=\"echo \\\"x\\\" y\"",
                              "command=\"\"",
                              "command=\"a b\",no-pty",
                              "from=\"*.example.net,!evil\"",
                              "environment=\"A_1=b c\"",
                              "environment=\"A=1\",environment=\"A=2\"",
                              "permitopen=\"h:22\"",
                              "permitopen=\"[::1]:*\"",
                              "permitopen=\":22\"",
                              "permitopen=\"h:ssh\"",
                              "permitlisten=\"8080\"",
                              "permitlisten=\"*\"",
                              "permitlisten=\"[::1]:80\"",
                              "tunnel=\"0\"",
                              "tunnel=\"ANY\"",
                              "tunnel=\"2147483645\"",
                              "expiry-time=\"20990101\"",
                              "expiry-time=\"20200101\"",
                              "expiry-time=\"209901010101Z\"",
                              "expiry-time=\"20990101010101utc\"",
                              "touch-required",
                              "no-touch-required",
                              "verify-required",
                              "no-user-rc",
                              "X11-forwarding",
                              "no-agent-forwarding,no-port-forwarding",
                              "no-pty,",
                              ",",
                              "no-pty,,pty",
                              ",no-pty",
                              "cert-authority",
                              "principals=\"x\",Cert-Authority"}) {
    const std::string line = options + (" " + ed25519_key); // the answer points into it
    const KeyLine key = authorized_key(line);
    EXPECT_EQ(key.kind, Kind::key) << options << ": " << key.why;
    EXPECT_EQ(key.options, options);
    EXPECT_EQ(key.cert_authority, std::string_view{options}.find("ert-") != std::string::npos);
  }
}

TEST(AuthorizedKeys, OptionsThatSshdRefuses) {
  const std::pair<const char*, const char*> rows[] = {
      {"foo", "option 1 before the key is unknown"},
      {"no-pty,foo", "option 2 before the key is unknown"},
      {"ptyx", "option 1 before the key is unknown"},
      {"no-pty=1", "option 1 before the key is unknown"},
      {"no-restrict", "option 1 before the key is unknown"},
      {"no-cert-authority", "option 1 before the key is unknown"},
      {"no-no-pty", "option 1 before the key is unknown"},
      {"restrict;pty", "option 1 before the key is unknown"},
      {"command", "option 1 before the key is unknown"},
      {"\"no-pty\"", "option 1 before the key is unknown"},
      {"pty,command=echo", "option 2 before the key wants its value in double quotes"},
      {"command=", "option 1 before the key wants its value in double quotes"},
      {"command=\"x\"y", "a comma is missing behind option 1 before the key"},
      {"command=\"a\",command=\"b\"", "command= twice before the key"},
      {"from=\"*\",pty,FROM=\"*\"", "from= twice before the key"},
      {"principals=\"x\"", "principals= without cert-authority"},
      {"expiry-time=\"2099\"", "expiry-time= before the key has no valid value"},
      {"expiry-time=\"20991301\"", "expiry-time= before the key has no valid value"},
      {"expiry-time=\"20990132\"", "expiry-time= before the key has no valid value"},
      {"expiry-time=\"209901012460\"", "expiry-time= before the key has no valid value"},
      {"environment=\"A\"", "environment= before the key has no valid value"},
      {"environment=\"A-B=1\"", "environment= before the key has no valid value"},
      {"environment=\"=1\"", "environment= before the key has no valid value"},
      {"permitopen=\"h\"", "permitopen= before the key has no valid value"},
      {"permitopen=\"h:0\"", "permitopen= before the key has no valid value"},
      {"permitopen=\"h:70000\"", "permitopen= before the key has no valid value"},
      {"permitopen=\"[::1\"", "permitopen= before the key has no valid value"},
      {"permitopen=\"[::1]x:22\"", "permitopen= before the key has no valid value"},
      {"permitlisten=\"\"", "permitlisten= before the key has no valid value"},
      {"permitlisten=\"localhost/80\"", "permitlisten= before the key has no valid value"},
      {"tunnel=\"x\"", "tunnel= before the key has no valid value"},
      {"tunnel=\"2147483646\"", "tunnel= before the key has no valid value"},
  };
  for (const auto& [options, why] : rows)
    EXPECT_EQ(verdict(options + (" " + ed25519_key)), why) << options;
}

TEST(AuthorizedKeys, PartsOfALine) {
  const std::string line = "no-pty,command=\"a b\"  " + rsa_key + "\r\n";
  const KeyLine key = authorized_key(line);
  EXPECT_EQ(key.options, "no-pty,command=\"a b\"");
  EXPECT_EQ(key.type, "ssh-rsa");
  EXPECT_EQ(key.base64, rsa_data);
  EXPECT_EQ(key.bits, 1024U);
  EXPECT_FALSE(key.another || key.cut || key.cert_authority);
  const std::string short_line = "ssh-ed25519 " + ed25519_data + "\r";
  const KeyLine other = authorized_key(short_line);
  EXPECT_EQ(other.base64, ed25519_data);
  EXPECT_EQ(other.bits, 0U);
  EXPECT_TRUE(other.options.empty());
}

TEST(AuthorizedKeys, TwoKeysOnALine) {
  const char* why = ": two keys joined on one line: sshd sees the first";
  const std::vector<std::string> lost{"1 keys", "1"s + why};
  EXPECT_EQ(verdicts(ed25519_key + rsa_key + "\n"), lost);
  EXPECT_EQ(verdicts(ed25519_key + " " + rsa_key + "\n"), lost);
  EXPECT_EQ(verdicts(ed25519_key + "no-pty " + rsa_key), lost);
  // A remark, an address, much of what begins a key.
  const std::vector<std::string> fine{"1 keys"};
  EXPECT_EQ(verdicts(ed25519_key + " # before: " + rsa_key), fine);
  EXPECT_EQ(verdicts(ed25519_key + " AAAA AAAA"), fine);
  EXPECT_EQ(verdicts(ed25519_key + " ssh-rsa"), fine);
  std::string many = ed25519_key;
  for (int i = 0; i < 100'000; ++i)
    many += " 9 AAAA";
  EXPECT_EQ(verdicts(many), fine);
}

TEST(AuthorizedKeys, AKeyOverSeveralLines) {
  const std::string data = ed25519_data;
  const std::string first = "ssh-ed25519 ";
  EXPECT_EQ(verdicts("# x\n" + first + wrapped(data, 40) + rsa_key),
            (std::vector<std::string>{"1 keys", "2: a key split over 2 lines"}));
  EXPECT_EQ(verdicts("no-pty ssh-rsa " + wrapped(rsa_data, 64) + ed25519_key),
            (std::vector<std::string>{"1 keys", "1: a key split over 4 lines"}));
  EXPECT_EQ(verdicts(first + data.substr(0, 60) + "\r\n  " + data.substr(60) + " alice\r\n"),
            (std::vector<std::string>{"0 keys", "1: a key split over 2 lines"}));
  // Only a few letters are on the last one.
  EXPECT_EQ(verdicts(first + data.substr(0, 66) + "\n" + data.substr(66) + "\nhello\n"),
            (std::vector<std::string>{"0 keys", "1: a key split over 2 lines",
                                      "3: neither a key nor a comment"}));
  EXPECT_EQ(verdicts("ssh-ed25519\n" + data + " alice\n" + rsa_key),
            (std::vector<std::string>{"1 keys", "1: a key split over 2 lines"}));
  // Cut off, and no more of it.
  const std::string cut = first + data.substr(0, 40);
  for (const std::string& next : {"\nhello\n"s, "\nhello world\n"s})
    EXPECT_EQ(verdicts(cut + next), (std::vector<std::string>{"0 keys", "1: key data is cut off",
                                                              "2: neither a key nor a comment"}));
  EXPECT_EQ(verdicts(cut + "\n" + rsa_key),
            (std::vector<std::string>{"1 keys", "1: key data is cut off"}));
  EXPECT_EQ(verdicts(cut + "\n\n" + data.substr(40)),
            (std::vector<std::string>{"0 keys", "1: key data is cut off",
                                      "3: neither a key nor a comment"}));
  EXPECT_EQ(verdicts(cut + "\n" + data),
            (std::vector<std::string>{"0 keys", "1: key data is cut off",
                                      "2: key data without a key type before it"}));
}

TEST(AuthorizedKeys, FilesOfOtherFormats) {
  const std::string rfc4716 = "---- BEGIN SSH2 PUBLIC KEY ----\nComment: \"x\"\n" +
                              wrapped(ed25519_data, 60) + "---- END SSH2 PUBLIC KEY ----\n";
  const std::string rfc_why = "1: an RFC 4716 file (SSH2 PUBLIC KEY): ssh-keygen -i -f converts";
  EXPECT_EQ(verdicts(rfc4716), (std::vector<std::string>{"0 keys", rfc_why}));
  EXPECT_EQ(verdicts(rfc4716 + "hello\n" + ed25519_key),
            (std::vector<std::string>{"1 keys", rfc_why, "6: neither a key nor a comment"}));
  const std::string ppk = "PuTTY-User-Key-File-3: ssh-ed25519\r\nEncryption: none\r\n"
                          "Public-Lines: 2\r\n" +
                          wrapped(ed25519_data, 64) +
                          "Private-Lines: 1\r\nAAAAIHh4\r\nPrivate-MAC: ab\r\n";
  EXPECT_EQ(verdicts(ppk + ed25519_key),
            (std::vector<std::string>{"1 keys",
                                      "1: a PuTTY file (.ppk), not a line of authorized_keys"}));
  const std::string private_why =
      "1: a private key: only its public half belongs here, and it is no secret any more";
  const std::string pem = "-----BEGIN OPENSSH PRIVATE KEY-----\n" + wrapped(rsa_data, 70) + "\n";
  EXPECT_EQ(verdicts(pem + "-----END OPENSSH PRIVATE KEY-----\n"),
            (std::vector<std::string>{"0 keys", private_why}));
  EXPECT_EQ(verdicts(pem + ed25519_key), (std::vector<std::string>{"1 keys", private_why}));
  EXPECT_EQ(verdicts("-----BEGIN RSA PRIVATE KEY----- AAAA -----END RSA PRIVATE KEY-----\nx\n"),
            (std::vector<std::string>{"0 keys", private_why, "2: neither a key nor a comment"}));
  EXPECT_EQ(verdicts("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"),
            (std::vector<std::string>{"0 keys", "1: a PEM file, not a line of authorized_keys"}));
}

TEST(AuthorizedKeys, Utf16) {
  const std::string why = "UTF-16 text: sshd reads ASCII and UTF-8";
  const std::string text = ed25519_key + "\r\n\r\n" + rsa_key + "\r\n";
  for (const std::string& file : {"\xff\xfe" + utf16(text, false), "\xfe\xff" + utf16(text, true),
                                  utf16(text, false), utf16(text, true)})
    EXPECT_EQ(verdicts(file), (std::vector<std::string>{"0 keys", "1: " + why}));
  // As PowerShell's >> adds it.
  EXPECT_EQ(verdicts(ed25519_key + "\n" + utf16(rsa_key + "\r\n", false)),
            (std::vector<std::string>{"1 keys", "2: " + why}));
  EXPECT_EQ(verdicts(utf16(rsa_key + "\r\n", false) + "\n" + ed25519_key + "\n"),
            (std::vector<std::string>{"1 keys", "1: " + why}));
}

TEST(AuthorizedKeys, Counts) {
  EXPECT_EQ(verdicts(""), std::vector<std::string>{"0 keys"});
  EXPECT_EQ(verdicts("\n \n# x\n\xef\xbb\xbf# y\n" + ed25519_key + "\r\n" + rsa_key),
            std::vector<std::string>{"2 keys"});
  EXPECT_EQ(verdicts("\xef\xbb\xbf# x\n" + ed25519_key), std::vector<std::string>{"1 keys"});
  EXPECT_EQ(verdicts(ed25519_key + "\n" + std::string(4096, '\0')),
            (std::vector<std::string>{"1 keys", "2: NUL bytes alone: the text was lost"}));
  std::string many;
  for (int i = 0; i < 100; ++i)
    many += "hello\n";
  const KeyLines lines = authorized_keys(many + ed25519_key);
  EXPECT_EQ(lines.keys, 1U);
  EXPECT_EQ(lines.bad_lines, 100U);
  ASSERT_EQ(lines.bad.size(), KeyLines::most_bad);
  EXPECT_EQ(lines.bad.back().line, 8U);
}

} // namespace
} // namespace sshguardd::parse
