#include "parse/kernel_messages.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sshguardd::parse {
namespace {

TEST(KernelMessages, VictimsOfMemory) {
  const auto victim = oom_victim("Out of memory: Killed process 812 (sshd) total-vm:15436kB, "
                                 "anon-rss:1024kB, file-rss:0kB, shmem-rss:0kB, UID:0 "
                                 "pgtables:68kB oom_score_adj:0");
  ASSERT_TRUE(victim);
  EXPECT_EQ(victim->pid, 812U);
  EXPECT_EQ(victim->name, "sshd");
  EXPECT_FALSE(victim->in_group);
  const auto group =
      oom_victim("Memory cgroup out of memory: Killed process 9 (a) b) total-vm:1kB");
  ASSERT_TRUE(group);
  EXPECT_TRUE(group->in_group);
  EXPECT_EQ(group->name, "a) b");
  const auto old = oom_victim("Out of memory: Kill process 12 (java) score 900 or sacrifice child");
  ASSERT_TRUE(old);
  EXPECT_EQ(old->name, "java");
}

TEST(KernelMessages, WhatIsNoVictim) {
  for (const std::string& text :
       {std::string{}, std::string{"Out of memory: "},
        std::string{"Out of memory: Killed process "},
        std::string{"Out of memory: Killed process 9"},
        std::string{"Out of memory: Killed process -9 (x) total-vm:1"},
        std::string{"Out of memory: Killed process 99999999999 (x) total-vm:1"},
        std::string{"Out of memory: Killed process 9 (x"},
        std::string{"x Out of memory: Killed process 9 (x) total-vm:1"},
        std::string{"oom_reaper: reaped process 9 (x)"},
        "Out of memory: Killed process 9 (" + std::string(10'000, ')')})
    EXPECT_FALSE(oom_victim(text)) << text.substr(0, 60);
}

TEST(KernelMessages, WhyAFileSystemWasGivenUp) {
  struct Row {
    const char* message;
    const char* device;
    bool told;
  } const rows[] = {
      {"EXT4-fs error (device vda1): ext4_find_entry:1455: inode #2: comm ls: reading directory",
       "vda1", true},
      {"EXT4-fs (vda1): Remounting filesystem read-only", "vda1", true},
      {"EXT4-fs (vda1): mounted filesystem with ordered data mode", "vda1", false},
      {"EXT4-fs (vda12): Remounting filesystem read-only", "vda1", false},
      {"EXT4-fs (vda1): Remounting filesystem read-only", "vda12", false},
      {"Aborting journal on device vda1-8.", "vda1", false},
      {"EXT4-fs error (device dm-0): ext4_journal_check_start:83: Detected aborted journal", "dm-0",
       true},
      {"XFS (sda2): Metadata I/O Error (0x4) detected.  Shutting down filesystem.", "sda2", true},
      {"XFS (sda2): Mounting V5 Filesystem", "sda2", false},
      {"BTRFS error (device vdb): bdev /dev/vdb errs: wr 1", "vdb", true},
      {"BTRFS info (device vdb: state E): forced readonly", "vdb", true},
      {"I/O error, dev vda, sector 2048 op 0x1:(WRITE) flags 0x800", "vda1", true},
      {"I/O error, dev nvme0n1, sector 2048", "nvme0n1p2", true},
      {"I/O error, dev vdb, sector 2048", "vda1", false},
      {"Buffer I/O error on dev vda1, logical block 1", "vda1", true},
      {"somebody says EXT4-fs error (device vda1)", "vda1", false},
      {"EXT4-fs error (device vda1)", "", false},
      {"", "vda1", false},
  };
  for (const Row& row : rows)
    EXPECT_EQ(gives_up(row.message, row.device), row.told) << row.message << " / " << row.device;
}

TEST(KernelMessages, CountsOfControlGroups) {
  EXPECT_EQ(oom_kills("low 0\nhigh 0\nmax 0\noom 3\noom_kill 2\noom_group_kill 1\n"), 2U);
  EXPECT_EQ(oom_kills("oom_kill 7"), 7U);
  for (const char* text : {"", "oom 3\n", "oom_kill\n", "oom_kill x\n", "oom_kill 7x\n",
                           "oom_kill -1\n", "oom_kill 99999999999999999999999\n", "xoom_kill 1\n"})
    EXPECT_FALSE(oom_kills(text)) << text;
}

} // namespace
} // namespace sshguardd::parse
