// Opening with programs of our own in the place of systemd's, ufw's and firewalld's.
#include "host/opener.hpp"

#include "host/clock.hpp"
#include "opening.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace sshguardd::host {
namespace {

namespace fs = std::filesystem;

class OpenerTest : public testing::Test {
protected:
  void SetUp() override {
    block_signals();
    char name[] = "/tmp/open-test-XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    top_ = name;
    program("systemd-run", "while [ \"$1\" != -- ]; do shift; done; shift; exec \"$@\"");
    program("ufw", "echo ufw $@ >>" + top_ + "/ran");
    program("firewall-cmd", "echo firewall-cmd $@ >>" + top_ + "/ran");
  }
  void TearDown() override { fs::remove_all(top_); }

  void program(const std::string& name, const std::string& script) {
    std::ofstream{top_ + "/" + name} << "#!/bin/sh\n" << script << "\n";
    fs::permissions(top_ + "/" + name, fs::perms::owner_all);
  }
  [[nodiscard]] std::string ran() const {
    std::ifstream file{top_ + "/ran"};
    return {std::istreambuf_iterator<char>{file}, {}};
  }
  StepsEnd run() {
    Loop loop;
    StepsEnd ended;
    int times = 0;
    Opener opener{loop, remedy_,
                  [this](const std::string& program) {
                    const std::string path = top_ + "/" + program;
                    return fs::exists(path) ? path : std::string{};
                  },
                  [&](const StepsEnd& end) {
                    ended = end;
                    ++times;
                    loop.stop();
                  }};
    const Source begin = loop.soon([&opener] { opener.start(); });
    loop.run();
    EXPECT_EQ(times, 1);
    return ended;
  }

  std::string top_;
  OpenFirewall remedy_ = test::by_ufw();
};

TEST_F(OpenerTest, SaysWhatItRanAndHowToTakeItBack) {
  const auto end = run();
  EXPECT_FALSE(end.error) << *end.error;
  EXPECT_EQ(ran(), "ufw prepend allow 22/tcp\n");
  EXPECT_EQ(end.brought, "ran ufw prepend allow 22/tcp (taken back by: ufw delete allow 22/tcp)");
}

// Somebody's own rule, which was there before.
TEST_F(OpenerTest, OnlyWhatItChangedIsToBeTakenBack) {
  program("ufw", "echo 'Skipping inserting existing rule'");
  EXPECT_EQ(run().brought, "ran ufw prepend allow 22/tcp");
  remedy_.owner = "firewalld";
  remedy_.zone = "public";
  program("firewall-cmd",
          "case $1 in --permanent) echo \"Warning: ALREADY_ENABLED: ssh\" >&2;; esac");
  EXPECT_EQ(run().brought, "ran firewall-cmd --zone=public --add-service=ssh, firewall-cmd "
                           "--permanent --zone=public --add-service=ssh (taken back by: "
                           "firewall-cmd --zone=public --remove-service=ssh)");
}

TEST_F(OpenerTest, OneStepAfterTheOther) {
  remedy_.owner = "firewalld";
  remedy_.zone = "public";
  EXPECT_FALSE(run().error);
  EXPECT_EQ(ran(), "firewall-cmd --zone=public --add-service=ssh\n"
                   "firewall-cmd --permanent --zone=public --add-service=ssh\n");
}

TEST_F(OpenerTest, WhatFailsIsSaidWithWhatWasDoneBefore) {
  program("ufw", "case \"$*\" in *203.0.113.8*) echo 'ERROR: problem running' >&2; exit 1;; esac");
  remedy_.sources = {"203.0.113.7", "203.0.113.8"};
  auto end = run();
  ASSERT_TRUE(end.error);
  EXPECT_EQ(*end.error,
            "ufw: ERROR: problem running; ran ufw prepend allow from 203.0.113.7 to any port 22 "
            "proto tcp (taken back by: ufw delete allow from 203.0.113.7 to any port 22 proto tcp) "
            "before");
  fs::remove(top_ + "/ufw");
  end = run();
  ASSERT_TRUE(end.error);
  EXPECT_EQ(*end.error, "ufw is not installed");
  EXPECT_EQ(end.brought, "");
  fs::remove(top_ + "/systemd-run");
  EXPECT_EQ(run().error, "systemd-run is missing");
  remedy_.owner = "nftables";
  EXPECT_EQ(run().error, "the agent asks ufw and firewalld only");
}

} // namespace
} // namespace sshguardd::host
