#include "parse/journal_export.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sshguardd::parse {
namespace {

using namespace std::string_literals;

TEST(JournalExport, Entries) {
  const std::string text = "__CURSOR=s=1;i=2\n__REALTIME_TIMESTAMP=1795230727000000\n"
                           "_BOOT_ID=b\n_PID=42\n_UID=0\n_EXE=/usr/sbin/sshd\n"
                           "_SYSTEMD_CGROUP=/system.slice/ssh.service\nMESSAGE=a=b c\n\n"
                           "__CURSOR=s=1;i=3\n_UID=1000\n"
                           "MESSAGE\n\x09\0\0\0\0\0\0\0two\nlines\n\n"s;
  const auto entries = journal_entries(text);
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0], (JournalEntry{.cursor = "s=1;i=2",
                                      .realtime_us = 1'795'230'727'000'000,
                                      .pid = 42,
                                      .uid = 0,
                                      .exe = "/usr/sbin/sshd",
                                      .control_group = "/system.slice/ssh.service",
                                      .message = "a=b c"}));
  EXPECT_EQ(entries[1].message, "two\nlines");
  EXPECT_EQ(entries[1].uid, 1000);
}

TEST(JournalExport, WhatIsCutOffIsLeftOut) {
  const std::string one = "__CURSOR=a\n_UID=0\nMESSAGE=x\n\n";
  for (const std::string& rest :
       {""s, "__CURSOR=b"s, "__CURSOR=b\nMESSAGE=y\n"s, "__CURSOR=b\nMESSAGE\n"s,
        "MESSAGE\n\x04\0\0\0\0\0\0\0abc\n\n"s, "MESSAGE\n\xff\xff\xff\xff\xff\xff\xff\xffx\n\n"s,
        "MESSAGE\n\x02\0\0\0\0\0\0\0abc\n\n"s}) {
    const auto entries = journal_entries(one + rest);
    ASSERT_EQ(entries.size(), 1U) << rest;
    EXPECT_EQ(entries[0].cursor, "a");
  }
  EXPECT_TRUE(journal_entries("").empty());
  EXPECT_TRUE(journal_entries("\n\n\n").empty());
}

TEST(JournalExport, NumbersThatAreNone) {
  const auto entries = journal_entries("_UID=0x0\n_PID=-1\n__REALTIME_TIMESTAMP=1z\n\n");
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries[0].uid, -1);
  EXPECT_EQ(entries[0].pid, 0U);
  EXPECT_EQ(entries[0].realtime_us, 0);
}

TEST(JournalExport, WhoIsBelieved) {
  const std::string group = "/system.slice/ssh.service";
  const auto believed = [&](std::int64_t uid, const char* exe, const char* in) {
    JournalEntry entry;
    entry.uid = uid;
    entry.exe = exe;
    entry.control_group = in;
    return is_from_sshd(entry, group);
  };
  EXPECT_TRUE(believed(0, "/usr/sbin/sshd", group.c_str()));
  EXPECT_TRUE(believed(0, "/usr/sbin/sshd (deleted)", group.c_str()));
  EXPECT_TRUE(
      believed(0, "/usr/lib/openssh/sshd-session", "/user.slice/user-1000.slice/session-3.scope"));
  EXPECT_TRUE(believed(0, "/usr/sbin/sshd", "/system.slice/system-ssh.slice/ssh@0-1.service"));
  EXPECT_TRUE(believed(0, "", "")) << "gone before journald looked";
  // Anybody may write to /dev/log, under any name.
  EXPECT_FALSE(believed(1000, "/usr/bin/logger", group.c_str()));
  EXPECT_FALSE(believed(1000, "/usr/sbin/sshd", "/user.slice/user-1000.slice/session-3.scope"));
  EXPECT_FALSE(believed(1000, "", ""));
  EXPECT_FALSE(believed(-1, "/usr/sbin/sshd", group.c_str()));
  // A program with root's rights under another name (su by a link), and a container's own sshd.
  EXPECT_FALSE(believed(0, "/usr/bin/su", "/user.slice/user-1000.slice/session-3.scope"));
  EXPECT_FALSE(believed(0, "sshd", group.c_str()));
  EXPECT_FALSE(believed(0, "/usr/sbin/sshd", "/system.slice/docker-1.scope"));
  EXPECT_FALSE(believed(0, "/usr/sbin/sshd", "/system.slice/ssh.service.evil"));
  EXPECT_TRUE(believed(0, "/usr/sbin/sshd", "/system.slice/ssh.service/sub"));
}

} // namespace
} // namespace sshguardd::parse
