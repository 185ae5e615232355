#include "parse/ufw_boot.hpp"

#include "engine/packet_walk.hpp"
#include "ufw_files.hpp"

#include <gtest/gtest.h>

namespace sshguardd::parse {
namespace {

using firewall::Answer;

UfwFiles recorded() {
  UfwFiles files;
  files.defaults = recordings::ufw_default;
  files.conf = "ENABLED=yes\nLOGLEVEL=low\n";
  files.ip = {.before = std::string{recordings::ufw_before},
              .after = std::string{recordings::ufw_after},
              .user = std::string{recordings::ufw_user}};
  files.ip6 = {.before = std::string{recordings::ufw_before6},
               .after = std::string{recordings::ufw_after6},
               .user = std::string{recordings::ufw_user6}};
  return files;
}

Answer ask(const UfwFiles& files, std::uint16_t port, bool ipv6 = false) {
  const UfwBoot boot = ufw_boot(files);
  firewall::Connection connection;
  connection.ipv6 = ipv6;
  const std::size_t size = ipv6 ? 16 : 4;
  connection.source = std::string(size, '\x0a');
  connection.destination = std::string(size, '\x0b');
  connection.local = {connection.destination};
  connection.port = port;
  connection.interface = "eth0";
  return firewall::walk({.tables = boot.tables, .unread = boot.unread}, connection);
}

std::string with(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

TEST(UfwBoot, LetsInWhatIsAllowed) {
  for (const bool ipv6 : {false, true}) {
    const Answer open = ask(recorded(), 22, ipv6);
    EXPECT_EQ(open.kind, Answer::Kind::accepted);
    ASSERT_TRUE(open.by);
    EXPECT_EQ(open.by->chain, ipv6 ? "ufw6-user-input" : "ufw-user-input");
    const Answer closed = ask(recorded(), 2222, ipv6);
    EXPECT_EQ(closed.kind, Answer::Kind::dropped);
    ASSERT_TRUE(closed.by);
    EXPECT_EQ(closed.by->chain, "INPUT");
  }
  EXPECT_TRUE(ufw_boot(recorded()).unread.empty());
}

TEST(UfwBoot, TakesThePolicyFromItsDefaults) {
  UfwFiles files = recorded();
  files.defaults = with(files.defaults, "INPUT_POLICY=\"DROP\"", "INPUT_POLICY=\"REJECT\"");
  EXPECT_EQ(ask(files, 2222).kind, Answer::Kind::rejected);
  EXPECT_EQ(ask(files, 22).kind, Answer::Kind::accepted);
  files.defaults = with(files.defaults, "INPUT_POLICY=\"REJECT\"", "INPUT_POLICY='ACCEPT'");
  EXPECT_EQ(ask(files, 2222).kind, Answer::Kind::accepted);
  files.defaults = with(files.defaults, "OUTPUT_POLICY=\"ACCEPT\"", "OUTPUT_POLICY=DROP # closed");
  EXPECT_EQ(ask(files, 22).kind, Answer::Kind::accepted) << "answers are established";
}

TEST(UfwBoot, WithoutIpv6LetsNobodyInOverIt) {
  UfwFiles files = recorded();
  files.defaults = with(files.defaults, "IPV6=yes", "IPV6=no");
  EXPECT_EQ(ask(files, 22, true).kind, Answer::Kind::dropped);
  EXPECT_EQ(ask(files, 22).kind, Answer::Kind::accepted);
}

TEST(UfwBoot, IsNothingWhereItIsOff) {
  UfwFiles files = recorded();
  files.conf = "ENABLED=no\n";
  const UfwBoot boot = ufw_boot(files);
  EXPECT_FALSE(boot.enabled);
  EXPECT_TRUE(boot.tables.empty() && boot.unread.empty());
}

TEST(UfwBoot, TellsWhatIsNotKnown) {
  const auto undecided = [](const UfwFiles& files) {
    EXPECT_FALSE(ufw_boot(files).unread.empty());
    return ask(files, 22).kind == Answer::Kind::undecided;
  };
  UfwFiles files = recorded();
  files.conf = "ENABLED=$(yes)\n";
  EXPECT_TRUE(undecided(files));
  files = recorded();
  files.conf += "if true; then ENABLED=no; fi\n";
  EXPECT_TRUE(undecided(files));
  files = recorded();
  files.ip.user = Unknown{"/etc/ufw/user.rules: Permission denied"};
  EXPECT_TRUE(undecided(files));
  files = recorded();
  files.ip.before = std::string{};
  EXPECT_TRUE(undecided(files));
  files = recorded();
  files.ip.before = with(*files.ip.before, "COMMIT", "");
  EXPECT_TRUE(undecided(files));
  files = recorded();
  files.defaults = with(files.defaults, "INPUT_POLICY=\"DROP\"", "INPUT_POLICY=\"\"");
  EXPECT_TRUE(undecided(files));
  files = recorded();
  files.defaults = with(files.defaults, "MANAGE_BUILTINS=no", "MANAGE_BUILTINS=yes");
  EXPECT_TRUE(undecided(files));
}

TEST(ShellValue, IsAWordOrOneInQuotes) {
  const auto value = [](std::string_view text) -> std::string {
    const auto read = shell_value(text, "A");
    if (!read) return "unknown";
    return *read ? "=" + **read : "none";
  };
  EXPECT_EQ(value("A=yes\n"), "=yes");
  EXPECT_EQ(value("A=yes\r\n"), "=yes");
  EXPECT_EQ(value("  export A=\"yes no\" # x"), "=yes no");
  EXPECT_EQ(value("A='$x'"), "=$x");
  EXPECT_EQ(value("A=1\nB=2\nA=3\n#A=4\n"), "=3");
  EXPECT_EQ(value("A="), "=");
  EXPECT_EQ(value("AB=1\n"), "none");
  EXPECT_EQ(value(""), "none");
  for (const char* text : {"A=$B", "A=\"$B\"", "A=`b`", "A=\"x", "A=x;B=y", "A='x'y", "A=x command",
                           "source /x", "A =x", "A=x\\"})
    EXPECT_EQ(value(text), "unknown") << text;
}

} // namespace
} // namespace sshguardd::parse
