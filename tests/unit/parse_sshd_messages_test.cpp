// The texts are what sshd 9.2p1 (Debian 12) and 10.0p1 (Debian 13) print, CR LF and all.
#include "parse/sshd_messages.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sshguardd::parse {
namespace {

using namespace std::string_literals;

struct Error {
  std::string file;
  int line;
  std::string message;
  bool operator==(const Error&) const = default;
};
void PrintTo(const Error& error, std::ostream* out) {
  *out << error.file << "|" << error.line << "|" << error.message;
}

struct Flags {
  bool privsep_dir_only = false;
  bool no_hostkeys = false;
  bool permission_denied = false;
  bool operator==(const Flags&) const = default;
};
void PrintTo(const Flags& flags, std::ostream* out) {
  *out << flags.privsep_dir_only << flags.no_hostkeys << flags.permission_denied;
}

struct MessageCase {
  std::string text;
  std::vector<Error> errors;
  Flags flags = {};
  int exit_status = 255;
};

void expect(const MessageCase& c) {
  const auto output = sshd_test_output(c.text, c.exit_status);
  std::vector<Error> errors;
  for (const auto& error : output.errors)
    errors.push_back({error.file, error.line, error.message});
  EXPECT_EQ(errors, c.errors) << c.text;
  EXPECT_EQ((Flags{output.privsep_dir_only, output.no_hostkeys, output.permission_denied}), c.flags)
      << c.text;
}

const std::string banner =
    "@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@\r\n"
    "@         WARNING: UNPROTECTED PRIVATE KEY FILE!          @\r\n"
    "@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@\r\n"
    "Permissions 0640 for '/tmp/open' are too open.\r\n"
    "It is required that your private key files are NOT accessible by others.\r\n"
    "This private key will be ignored.\r\n"
    "Unable to load host key \"/tmp/open\": bad permissions\r\n"
    "Unable to load host key: /tmp/open\r\n";
const std::string no_hostkeys = "sshd: no hostkeys available -- exiting.\r\n";
const Error no_keys{"", 0, "sshd: no hostkeys available -- exiting"};
const std::string F = "/etc/ssh/sshd_config";

TEST(SshdMessages, Configuration) {
  const MessageCase cases[] = {
      {F + ": line 123: Bad configuration option: FooBar\r\n" + F +
           ": terminating, 1 bad configuration options\r\n",
       {{F, 123, "Bad configuration option: FooBar"}}},
      {F + ": line 1: Bad configuration option: A\r\n" + F +
           ": line 2: Bad configuration option: B.\r\n" + F +
           ": terminating, 2 bad configuration options\r\n",
       {{F, 1, "Bad configuration option: A"}, {F, 2, "Bad configuration option: B."}}},
      {F + ": line 1: Bad configuration option: \\357\\273\\277Port\r\n",
       {{F, 1, "Bad configuration option: \\357\\273\\277Port"}}},
      {F + " line 2: unsupported option \"maybe\".\r\n", {{F, 2, "unsupported option \"maybe\""}}},
      {F + " line 3: Badly formatted port number.\r\n", {{F, 3, "Badly formatted port number"}}},
      {F + " line 4: no argument after keyword \"Port\"\r\n" + F +
           ": terminating, 1 bad configuration options\r\n",
       {{F, 4, "no argument after keyword \"Port\""}}},
      {F + " line 5: invalid quotes\r\n", {{F, 5, "invalid quotes"}}},
      {F + " line 6: Bad SSH2 cipher spec 'foo'.\r\n", {{F, 6, "Bad SSH2 cipher spec 'foo'"}}},
      {"Bad SSH2 cipher spec 'foo'.\r\n", {{"", 0, "Bad SSH2 cipher spec 'foo'"}}},
      {F + " line 7: Directive 'Port' is not allowed within a Match block\r\n",
       {{F, 7, "Directive 'Port' is not allowed within a Match block"}}},
      // the place first, what explains it behind
      {"Unsupported Match attribute Foo\r\n" + F + " line 8: Bad Match condition\r\n",
       {{F, 8, "Bad Match condition"}, {"", 0, "Unsupported Match attribute Foo"}}},
      {"Unsupported KEX algorithm \"foo\"\r\n" + F + " line 9: Bad SSH2 KexAlgorithms 'foo'.\r\n",
       {{F, 9, "Bad SSH2 KexAlgorithms 'foo'"}, {"", 0, "Unsupported KEX algorithm \"foo\""}}},
      {F + " line 2: Subsystem 'sftp' already defined.\r\n",
       {{F, 2, "Subsystem 'sftp' already defined"}}},
      {F + " line 1: Deprecated option UsePrivilegeSeparation\r\n" + F +
           " line 2: Unsupported option AFSTokenPassing\r\n" + F +
           ": line 3: Bad configuration option: X\r\n",
       {{F, 3, "Bad configuration option: X"}}},
      {F + " line 9: Bad RekeyLimit number 'foo': Invalid argument\r\n",
       {{F, 9, "Bad RekeyLimit number 'foo': Invalid argument"}}},
      {"command-line: line 0: Bad configuration option: Foo\r\n",
       {{"command-line", 0, "Bad configuration option: Foo"}},
       {},
       1},
      {"command-line line 0: Badly formatted port number.\r\n",
       {{"command-line", 0, "Badly formatted port number"}}},
      {"/etc/ssh/sshd_config.d/my line file.conf line 3: invalid quotes\r\n",
       {{"/etc/ssh/sshd_config.d/my line file.conf", 3, "invalid quotes"}}},
      {"AuthorizedKeysCommand set without AuthorizedKeysCommandUser\r\n",
       {{"", 0, "AuthorizedKeysCommand set without AuthorizedKeysCommandUser"}}},
      {"Disabled method \"publickey\" in AuthenticationMethods list \"publickey\"\r\n"
       "AuthenticationMethods cannot be satisfied by enabled authentication methods\r\n",
       {{"", 0, "Disabled method \"publickey\" in AuthenticationMethods list \"publickey\""},
        {"", 0, "AuthenticationMethods cannot be satisfied by enabled authentication methods"}}},
      {"bad addr or host: nope.invalid (Name or service not known)\r\n",
       {{"", 0, "bad addr or host: nope.invalid (Name or service not known)"}}},
      {"Too many recursive configuration includes\r\n",
       {{"", 0, "Too many recursive configuration includes"}}},
      {"Extra argument foo.\n", {{"", 0, "Extra argument foo"}}, {}, 1},
      {"Privilege separation user sshd does not exist\r\n",
       {{"", 0, "Privilege separation user sshd does not exist"}}},
      {F + ": No such file or directory\n", {{F, 0, "No such file or directory"}}, {}, 1},
      {"unknown option -- Z\r\nOpenSSH_9.2p1 Debian-2+deb12u10, OpenSSL 3.0.20 7 Apr 2026\n"
       "usage: sshd [-46DdeiqTtV] [-C connection_spec] [-c host_cert_file]\n"
       "            [-E log_file] [-f config_file] [-g login_grace_time]\n",
       {{"", 0, "unknown option -- Z"}},
       {},
       1},
  };
  for (const auto& c : cases)
    expect(c);
}

TEST(SshdMessages, HostKeys) {
  const MessageCase cases[] = {
      {no_hostkeys, {no_keys}, {false, true, false}, 1},
      {"Unable to load host key: /nope\r\n" + no_hostkeys,
       {{"/nope", 0, "Unable to load host key: /nope"}, no_keys},
       {false, true, false},
       1},
      {banner + no_hostkeys,
       {{"/tmp/open", 0, "Permissions 0640 for '/tmp/open' are too open"}, no_keys},
       {false, true, false},
       1},
      {"main: Host key /p/rsa: Invalid key length\r\n" + no_hostkeys,
       {{"/p/rsa", 0, "main: Host key /p/rsa: Invalid key length"}, no_keys},
       {false, true, false},
       1},
      // One key does not load, another does: only what comes after it is the error.
      {"Unable to load host key: /nope\r\nPrivilege separation user sshd does not exist\r\n",
       {{"", 0, "Privilege separation user sshd does not exist"}}},
      // Nothing else explains it.
      {"Unable to load host key: /nope\r\n", {{"/nope", 0, "Unable to load host key: /nope"}}},
  };
  for (const auto& c : cases)
    expect(c);
}

TEST(SshdMessages, PrivsepDirectory) {
  const std::string gone = "Missing privilege separation directory: /run/sshd\r\n";
  const std::string open = "/run/sshd must be owned by root and not group or world-writable.\r\n";
  const Error gone_error{"/run/sshd", 0, "Missing privilege separation directory: /run/sshd"};
  const Error open_error{"/run/sshd", 0,
                         "/run/sshd must be owned by root and not group or world-writable"};
  const MessageCase cases[] = {
      {gone, {gone_error}, {true, false, false}},
      {open, {open_error}, {true, false, false}},
      {"Missing privilege separation directory: /var/lib/sshd",
       {{"/var/lib/sshd", 0, "Missing privilege separation directory: /var/lib/sshd"}},
       {true, false, false}},
      {F + " line 3: Unsupported option AFSTokenPassing\r\nUnable to load host key: /nope\r\n" +
           gone,
       {gone_error},
       {true, false, false}},
      {banner + open, {open_error}, {true, false, false}},
      {F + " line 3: invalid quotes\r\n" + gone, {{F, 3, "invalid quotes"}, gone_error}},
      {gone + "something else\r\n", {gone_error, {"", 0, "something else"}}},
      {no_hostkeys + gone, {gone_error, no_keys}, {false, true, false}},
      // words of the configuration do not count
      {F + " line 3: Missing privilege separation directory: /run/sshd\r\n",
       {{F, 3, "Missing privilege separation directory: /run/sshd"}}},
  };
  for (const auto& c : cases)
    expect(c);
}

TEST(SshdMessages, PermissionDenied) {
  const MessageCase cases[] = {
      {F + ": Permission denied\n", {{F, 0, "Permission denied"}}, {false, false, true}, 1},
      {F + ": Operation not permitted\n",
       {{F, 0, "Operation not permitted"}},
       {false, false, true},
       1},
      {"Unable to load host key \"/k\": Permission denied\r\n" + no_hostkeys,
       {{"/k", 0, "Unable to load host key \"/k\": Permission denied"}, no_keys},
       {false, true, true},
       1},
      {F + ": line 3: Bad configuration option: Permission denied\r\n",
       {{F, 3, "Bad configuration option: Permission denied"}}},
      {F + " line 3: unsupported option \"x: Permission denied\".\r\n",
       {{F, 3, "unsupported option \"x: Permission denied\""}}},
      {"Bind to port 22 on 0.0.0.0 failed: Permission denied.\r\n",
       {{"", 0, "Bind to port 22 on 0.0.0.0 failed: Permission denied"}}},
  };
  for (const auto& c : cases)
    expect(c);
}

TEST(SshdMessages, Passed) {
  for (const std::string& text :
       {""s, F + " line 1: Deprecated option KeyRegenerationInterval\r\n", banner,
        "Could not load host certificate \"/c\": Permission denied\r\n"s})
    expect({text, {}, {}, 0});
}

TEST(SshdMessages, Hostile) {
  const MessageCase cases[] = {
      {"", {}},
      {"\r\n\n \n", {}},
      {"\0"s, {{"", 0, "\0"s}}},
      {"a\0b\n"s, {{"", 0, "a\0b"s}}},
      {"\xff\xfe\n", {{"", 0, "\xff\xfe"}}},
      {" line 3: x\n", {{"", 0, " line 3: x"}}}, // no file
      {": line 3: x\n", {{"", 0, ": line 3: x"}}},
      {"f line : x\n", {{"", 0, "f line : x"}}},
      {"f line 3\n", {{"", 0, "f line 3"}}},
      {"f line 3:\n", {{"f", 3, ""}}},
      {"f line 99999999999999999999: x\n", {{"", 0, "f line 99999999999999999999: x"}}},
      {"f line 999999999: x\n", {{"f", 999999999, "x"}}},
      {"f line -3: x\n", {{"", 0, "f line -3: x"}}},
      {"a line x line 3: m\n", {{"a line x", 3, "m"}}},
      {"...\n", {{"", 0, "..."}}},
      {".\n", {{"", 0, ""}}},
      {"/\n", {{"", 0, "/"}}},
      {"/: \n", {{"", 0, "/:"}}},
      {"debug1: x\n@\ndebug3: y line 3: z\n", {}},
      // cut by the cap on output
      {F + " line 5: invalid quotes\r\n" + F + ": terminat", {{F, 5, "invalid quotes"}}},
      {F + " line 5: inval", {{F, 5, "inval"}}},
  };
  for (const auto& c : cases)
    expect(c);
}

TEST(SshdMessages, KeysThatAreDroppedWhileAnotherOneLoads) {
  const std::string wrong = "Unable to load host key \"/k\": invalid format\r\n"
                            "Unable to load host key: /k\r\n";
  for (const int status : {0, 1}) {
    const auto output = sshd_test_output(banner + wrong + (status == 0 ? "" : no_hostkeys), status);
    ASSERT_EQ(output.keys.size(), 2U) << status;
    EXPECT_EQ(output.keys[0].file, "/tmp/open");
    EXPECT_EQ(output.keys[0].message, "Permissions 0640 for '/tmp/open' are too open");
    EXPECT_EQ(output.keys[1].file, "/k");
    EXPECT_EQ(output.no_hostkeys, status != 0);
    EXPECT_EQ(output.errors.empty(), status == 0);
  }
  const auto noted = sshd_test_output(F + " line 3: Deprecated option UseLogin\r\n", 0);
  EXPECT_TRUE(noted.keys.empty() && noted.errors.empty());
}

// The private key loads all the same.
TEST(SshdMessages, AnotherKeysPublicHalf) {
  const std::string said = "Public key for /p/a key does not match private key\r\n";
  EXPECT_TRUE(sshd_test_output(said, 0).keys.empty());
  const auto failed = sshd_test_output(said + no_hostkeys, 1);
  EXPECT_TRUE(failed.keys.empty());
  EXPECT_EQ(failed.errors.size(), 1U);
  expect({said, {{"/p/a key", 0, "Public key for /p/a key does not match private key"}}});
  expect({"Public key for does not match private key\r\n",
          {{"", 0, "Public key for does not match private key"}}});
}

TEST(SshdMessages, Huge) {
  std::string text;
  for (int i = 0; i < 20000; ++i)
    text += F + ": line " + std::to_string(i) + ": Bad configuration option: x\r\n";
  EXPECT_EQ(sshd_test_output(text, 255).errors.size(), 64U);
  std::string lines;
  for (int i = 0; i < 100000; ++i)
    lines += " line ";
  EXPECT_EQ(sshd_test_output(lines, 255).errors.size(), 1U);
  EXPECT_EQ(sshd_test_output(std::string(1000000, 'x'), 255).errors.size(), 1U);
  std::string keys;
  for (int i = 0; i < 20000; ++i)
    keys += "Unable to load host key: /k" + std::to_string(i) + "\r\n";
  const auto output = sshd_test_output(keys + no_hostkeys, 1);
  EXPECT_EQ(output.errors.size(), 64U);
  EXPECT_TRUE(output.no_hostkeys);
}

} // namespace
} // namespace sshguardd::parse
