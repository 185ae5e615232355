#include "host/account_standing.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include <arpa/inet.h>
#include <unistd.h>
#include <utmp.h>

namespace sshguardd::host {
namespace {

utmp record(short type, const char* user, const char* from, std::int32_t time) {
  utmp one{};
  one.ut_type = type;
  std::strncpy(one.ut_user, user, sizeof one.ut_user);
  std::strncpy(one.ut_host, from, sizeof one.ut_host);
  one.ut_tv.tv_sec = time;
  return one;
}

class Wtmp : public testing::Test {
protected:
  void SetUp() override { std::filesystem::create_directories(directory_); }
  void TearDown() override { std::filesystem::remove_all(directory_); }
  void write(const std::vector<utmp>& records, std::string_view after = "") const {
    std::ofstream file{path_, std::ios::binary};
    for (const utmp& one : records)
      file.write(reinterpret_cast<const char*>(&one), sizeof one);
    file << after;
  }

  std::filesystem::path directory_ =
      std::filesystem::temp_directory_path() / ("wtmp-" + std::to_string(getpid()));
  std::string path_ = directory_ / "wtmp";
};

TEST_F(Wtmp, tells_who_came_from_elsewhere) {
  utmp last = record(USER_PROCESS, "alice", "bastion", 120);
  inet_pton(AF_INET, "192.0.2.7", &last.ut_addr_v6[0]);
  write({record(BOOT_TIME, "reboot", "6.1.0", 90), record(USER_PROCESS, "old", "10.0.0.1", 99),
         record(USER_PROCESS, "alice", "10.0.0.1", 100), record(USER_PROCESS, "bob", "", 110),
         record(USER_PROCESS, "desk", ":0", 110), record(DEAD_PROCESS, "carol", "10.0.0.1", 110),
         last, // its name is whatever the resolver said
         record(USER_PROCESS, "a-name-of-32-letters-without-end", "h", 130)},
        "half a record");
  const auto logins = remote_logins(path_, 100);
  EXPECT_EQ(logins.size(), 2U);
  EXPECT_EQ(logins.at("alice"), (Login{0, 120, "192.0.2.7"}));
  EXPECT_EQ(logins.at("a-name-of-32-letters-without-end"), (Login{0, 130, ""}));
}

TEST_F(Wtmp, reads_the_end_of_a_large_file) {
  std::vector<utmp> many(10'000, record(USER_PROCESS, "alice", "h", 100));
  many.front() = record(USER_PROCESS, "first", "h", 100);
  many.back() = record(USER_PROCESS, "last", "h", 100);
  write(many);
  const auto logins = remote_logins(path_, 0);
  EXPECT_FALSE(logins.contains("first"));
  EXPECT_TRUE(logins.contains("last"));
}

TEST_F(Wtmp, is_not_there_or_something_else) {
  EXPECT_TRUE(remote_logins(path_, 0).empty());
  EXPECT_TRUE(remote_logins(directory_, 0).empty());
  write({}, "x");
  EXPECT_TRUE(remote_logins(path_, 0).empty());
  std::filesystem::create_symlink(path_, directory_ / "link");
  write({record(USER_PROCESS, "alice", "h", 100)});
  EXPECT_TRUE(remote_logins(directory_ / "link", 0).empty());
}

} // namespace
} // namespace sshguardd::host
