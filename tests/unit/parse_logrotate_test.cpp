#include "parse/logrotate.hpp"
#include "parse/systemctl_show.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sshguardd::parse {
namespace {

TEST(Logrotate, StateOfBothVersions) {
  const auto logs = logrotate_state("logrotate state -- version 2\n"
                                    "\"/var/log/syslog\" 2026-11-2-6:25:1\n"
                                    "\"/var/log/a \\\"b\\\\.log\" 2026-1-31\n");
  ASSERT_EQ(logs.size(), 2U);
  EXPECT_EQ(logs[0], (RotatedLog{"/var/log/syslog", "2026-11-02"}));
  EXPECT_EQ(logs[1], (RotatedLog{"/var/log/a \"b\\.log", "2026-01-31"}));
}

TEST(Logrotate, HostileStates) {
  for (const std::string& text :
       {std::string{}, std::string{"\""}, std::string{"\"\" 2026-1-1"}, std::string{"\"a"},
        std::string{"\"a\\"}, std::string{"\"a\"2026-1-1"}, std::string{"\"a\" 2026-13-1"},
        std::string{"\"a\" 2026-1-32"}, std::string{"\"a\" 99999999999-1-1"},
        std::string{"\"a\" 2026-1"}, std::string{"\"a\" -1-1-1"}, std::string{"/a 2026-1-1"},
        std::string{"\"a\" 2026-1-1x"}, std::string(100'000, '"'), std::string(100'000, '\n')})
    EXPECT_TRUE(logrotate_state(text).empty()) << text.substr(0, 40);
  std::string many;
  for (std::size_t i = 0; i < most_rotated_logs + 10; ++i)
    many += "\"/l\" 2026-1-1\n";
  EXPECT_EQ(logrotate_state(many).size(), most_rotated_logs);
}

TEST(Logrotate, NamesOfWhatWasPutAside) {
  for (const char* name :
       {"syslog.1", "syslog.2.gz", "messages-20261121", "messages-20261121.xz", "app-20261121.log",
        "x.log.12", "a.log-20261121-1795230727", "b.old", "c.zst"})
    EXPECT_TRUE(is_rotated_name(name)) << name;
  for (const char* name : {"syslog", "auth.log", "app-1.2", "postgresql-15-main.log", "error_log",
                           "host-10.0.0.1", "web-99999999999.log", "", ".", "-", "lastlog", ".1"})
    EXPECT_FALSE(is_rotated_name(name)) << name;
}

TEST(Logrotate, PropertiesOfSeveralUnits) {
  const auto units = shown_properties_of("Id=a.timer\nActiveState=active\n\n\nId=b.service\nnoise\n"
                                         "Result=exit=code\n");
  ASSERT_EQ(units.size(), 2U);
  EXPECT_EQ(units[0].at("ActiveState"), "active");
  EXPECT_EQ(units[1].at("Result"), "exit=code");
  EXPECT_TRUE(shown_properties_of("").empty());
  EXPECT_TRUE(shown_properties_of("\n\n\n").empty());
}

} // namespace
} // namespace sshguardd::parse
