#include "engine/memory_kills.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace sshguardd::engine {
namespace {

using namespace std::chrono_literals;

constexpr const char* ssh = "/system.slice/ssh.service";
constexpr const char* alice = "/user.slice/user-1000.slice";
constexpr BootTime start{1h};

TEST(MemoryKills, WhatWasSoBeforeIsNoNews) {
  MemoryKillCounter counter;
  counter.count(ssh, true, 3, start);
  counter.count(alice, false, 7, start);
  counter.looked(start);
  EXPECT_TRUE(counter.kills().empty());
  counter.count(ssh, true, 3, start + 1min);
  counter.count(alice, false, 9, start + 1min);
  counter.looked(start + 1min);
  ASSERT_EQ(counter.kills().size(), 1U);
  EXPECT_EQ(counter.kills()[0],
            (MemoryKills{.group = alice, .sshd = false, .killed = 2, .last = start + 1min}));
}

TEST(MemoryKills, AGroupThatCameLaterBeganAtNothing) {
  MemoryKillCounter counter;
  counter.looked(start);
  counter.count(alice, false, 1, start + 1min);
  ASSERT_EQ(counter.kills().size(), 1U);
  EXPECT_EQ(counter.kills()[0].killed, 1U);
  // Its user logs out and in again: another group of that name.
  counter.count(alice, false, 0, start + 2min);
  counter.count(alice, false, 2, start + 3min);
  EXPECT_EQ(counter.kills()[0].killed, 3U);
}

TEST(MemoryKills, EndAfterAnHour) {
  MemoryKillCounter counter;
  counter.looked(start);
  counter.count(alice, false, 1, start);
  counter.count(alice, false, 2, start + 30min);
  counter.looked(start + 89min);
  EXPECT_EQ(counter.kills().size(), 1U);
  counter.looked(start + 90min);
  EXPECT_TRUE(counter.kills().empty());
}

TEST(MemoryKills, AnotherRunOfSshdBeginsAnew) {
  MemoryKillCounter counter;
  counter.count(ssh, true, 0, start);
  counter.looked(start);
  counter.count(ssh, true, 1, start + 1min);
  counter.count(alice, false, 1, start + 1min);
  EXPECT_EQ(counter.kills().size(), 2U);
  counter.forget_sshd(ssh, 1);
  ASSERT_EQ(counter.kills().size(), 1U);
  EXPECT_EQ(counter.kills()[0].group, alice);
  counter.count(ssh, true, 1, start + 2min);
  EXPECT_EQ(counter.kills().size(), 1U);
}

TEST(MemoryKills, TenThousandGroupsAreBounded) {
  MemoryKillCounter counter;
  counter.looked(start);
  for (int i = 0; i < 10'000; ++i)
    counter.count("/user.slice/user-" + std::to_string(i) + ".slice", false, 1, start);
  EXPECT_LE(counter.kills().size(), 16U);
}

} // namespace
} // namespace sshguardd::engine
