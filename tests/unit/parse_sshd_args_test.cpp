#include "parse/sshd_args.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace sshguardd::parse {
namespace {

using namespace std::string_literals;
using Words = std::vector<std::string>;

constexpr const char* standard = "/etc/ssh/sshd_config";

struct ArgsCase {
  Words options;
  Words kept; // behind {path, "-t"}
  std::string config_file = standard;
};

TEST(SshdArgs, Plain) {
  const ArgsCase cases[] = {
      {{}, {}},
      {{"-D"}, {}},
      {{"-Ddp22"}, {"-p", "22"}},
      {{"-Ddp", "22", "-4"}, {"-p", "22", "-4"}},
      {{"-p22", "-p", "23"}, {"-p", "22", "-p", "23"}},
      {{"-46D"}, {"-4", "-6"}},
      {{"-oPort=22"}, {"-o", "Port=22"}},
      {{"-o", "Port=22"}, {"-o", "Port=22"}},
      {{"-o", "Port 22"}, {"-o", "Port 22"}},
      {{"-o", "-t"}, {"-o", "-t"}}, // an argument, whatever it looks like
      {{"-o", "--"}, {"-o", "--"}},
      {{"-o", ""}, {"-o", ""}},
      {{"-f/etc/a"}, {"-f", "/etc/a"}, "/etc/a"},
      {{"-f", "/etc/a", "-f", "/etc/b"}, {"-f", "/etc/a", "-f", "/etc/b"}, "/etc/b"},
      {{"-f", "a"}, {"-f", "a"}, "/a"},
      {{"-f", "none"}, {"-f", "none"}, ""},
      {{"-fNONE"}, {"-f", "NONE"}, ""},
      {{"-f", "/none"}, {"-f", "/none"}, "/none"},
      {{"-De", "-E", "/var/log/x", "-q", "-i", "-r", "-R", "-t", "-T", "-G", "-V", "-Q", "-d"}, {}},
      {{"-E/var/log/x", "-Cuser=a", "-C", "user=b", "-4"}, {"-4"}},
      {{"-DE", "-p"}, {}}, // the log file's name is "-p"
      {{"-b", "1", "-c", "/c", "-g", "60", "-h", "/h", "-k", "1", "-u", "0"},
       {"-b", "1", "-c", "/c", "-g", "60", "-h", "/h", "-k", "1", "-u", "0"}},
      {{"-D", "--"}, {}},
      {{"-h", "/k\xc3\xbc"}, {"-h", "/k\xc3\xbc"}},
      {{"-u0"}, {"-u", "0"}},
      // What would silence the answer is outvoted: the first value wins.
      {{"-o", "LogLevel=QUIET"}, {"-o", "LogLevel=INFO", "-o", "LogLevel=QUIET"}},
      {{"-o \t\"loglevel\" quiet"}, {"-o", "LogLevel=INFO", "-o", " \t\"loglevel\" quiet"}},
      {{"-4", "-oLOGLEVEL QUIET"}, {"-o", "LogLevel=INFO", "-4", "-o", "LOGLEVEL QUIET"}},
      {{"-oLogLeve=x"}, {"-o", "LogLeve=x"}},
  };
  for (const auto& c : cases) {
    Words argv{"sshd"};
    argv.insert(argv.end(), c.options.begin(), c.options.end());
    const auto command = sshd_test_command("/usr/sbin/sshd", argv);
    const std::string what = testing::PrintToString(c.options);
    ASSERT_TRUE(command.has_value()) << what;
    Words expected{"/usr/sbin/sshd", "-t"};
    expected.insert(expected.end(), c.kept.begin(), c.kept.end());
    EXPECT_EQ(command->argv, expected) << what;
    EXPECT_EQ(command->config_file, c.config_file) << what;
  }
}

// Above all a last option without its argument: it would swallow ours.
TEST(SshdArgs, NotPlain) {
  const Words cases[] = {
      {"-p"},          {"-h"},     {"-D", "-o"},  {"-Df"},          {"-E"},
      {"-C"},          {"-Z"},     {"-DZ"},       {"--help"},       {"--"s, "-4"},
      {"foo"},         {"-D", ""}, {"-"},         {"-D", "foo"},    {"-4", "\xc3\xbc"},
      {"-D", "-o\0"s}, {"-\0"s},   {"-D;reboot"}, {"-D", "-4\n-6"}, {"-D", "$SSHD_OPTS"},
  };
  for (const auto& options : cases) {
    Words argv{"sshd"};
    argv.insert(argv.end(), options.begin(), options.end());
    EXPECT_FALSE(sshd_test_command("/usr/sbin/sshd", argv).has_value())
        << testing::PrintToString(options);
  }
}

TEST(SshdArgs, Program) {
  for (const char* path : {"/usr/sbin/sshd", "/sshd", "/opt/openssh/sbin/sshd", "/bin/../sshd"})
    EXPECT_TRUE(sshd_test_command(path, {"anything", "-D"}).has_value()) << path;
  for (const char* path : {"", "sshd", "./sshd", "/bin/sh", "/usr/sbin/sshd-wrapper",
                           "/usr/bin/env", "/usr/sbin/", "/usr/sbin/sshd/", "/usr/sbin/dropbear"})
    EXPECT_FALSE(sshd_test_command(path, {"/usr/sbin/sshd", "-D"}).has_value()) << path;
  EXPECT_FALSE(sshd_test_command("/a\0/sshd"s, {"sshd"}).has_value());
  EXPECT_FALSE(sshd_test_command("/usr/sbin/sshd", {}).has_value());
}

TEST(SshdArgs, Huge) {
  const std::string many(100000, 'D');
  EXPECT_TRUE(sshd_test_command("/usr/sbin/sshd", {"sshd", "-" + many}).has_value());
  EXPECT_EQ(sshd_test_command("/usr/sbin/sshd", {"sshd", "-o" + many})->argv.size(), 4U);
  EXPECT_TRUE(sshd_test_command("/usr/sbin/sshd", Words(10000, "-D")).has_value());
}

} // namespace
} // namespace sshguardd::parse
