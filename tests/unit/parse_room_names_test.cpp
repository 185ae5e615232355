#include "parse/room_names.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sshguardd::parse {
namespace {

using namespace std::string_literals;

TEST(RoomNames, debs_are_named_by_apt) {
  for (const char* name : {"bash_5.2.15-2+b7_amd64.deb", "libc6_2.36-9+deb12u10_i386.deb",
                           "vim_2%3a9.0.1378-2_amd64.deb", "g++-12_12.2.0-14_amd64.deb",
                           "0ad_0.0.26-3_all.deb", "linux-image-6.1.0-1~bpo_6.1_amd64.deb"})
    EXPECT_TRUE(is_cached_deb(name)) << name;
  for (const std::string& name : {""s,
                                  ".deb"s,
                                  "x.deb"s,
                                  "mydriver.deb"s,
                                  "a_b.deb"s,
                                  "a_b_c_d.deb"s,
                                  "__.deb"s,
                                  "a__b.deb"s,
                                  "a_b_.deb"s,
                                  "_a_b.deb"s,
                                  "bash_5.2_amd64.deb.part"s,
                                  "bash_5.2_amd64.udeb"s,
                                  "bash_5.2_amd64.rpm"s,
                                  "bash_5.2_amd64.deb "s,
                                  "ba sh_5.2_amd64.deb"s,
                                  "bash_5.2_amd64\n.deb"s,
                                  "b\x1b[2Jash_5_amd64.deb"s,
                                  "bäsh_5_amd64.deb"s,
                                  "../bash_5_amd64.deb"s,
                                  ".bash_5_amd64.deb"s,
                                  "-rf_5_amd64.deb"s,
                                  "lock"s,
                                  "partial"s,
                                  "bash_5_amd64.deb\0"s})
    EXPECT_FALSE(is_cached_deb(name)) << name;
}

TEST(RoomNames, rpms_have_a_version_and_a_release) {
  for (const char* name : {"bash-5.1.8-6.el9.x86_64.rpm",
                           "kernel-core-5.14.0-362.8.1.el9_3.x86_64.rpm", "a-1^git1-1.noarch.rpm"})
    EXPECT_TRUE(is_cached_rpm(name)) << name;
  for (const std::string& name :
       {""s, ".rpm"s, "x.rpm"s, "a-b.rpm"s, "a-1-1"s, "a-1-1.x86_64.rpm.x"s, "a-1-1.x86\n.rpm"s,
        "-1-1.x.rpm"s, "a/-1-1.x.rpm"s, "repomd.xml"s})
    EXPECT_FALSE(is_cached_rpm(name)) << name;
}

TEST(RoomNames, rotated_logs_tell_what_they_were) {
  const std::pair<const char*, const char*> rows[] = {
      {"auth.log.1", "auth.log"},
      {"auth.log.2.gz", "auth.log"},
      {"messages-20261122", "messages"},
      {"messages-20261122.xz", "messages"},
      {"access.log-20261122.zst", "access.log"},
      {"wtmp.1", "wtmp"},
      {"cron.12.bz2", "cron"},
      // Nobody's.
      {"auth.log", ""},
      {"auth.log.gz", ""},
      {"initial-status.gz", ""},
      {"dump.1234", ""},
      {".1", ""},
      {".1.gz", ""},
      {"x-2026112", ""},
      {"x-30001122", ""},
      {"x-", ""},
      {"x.", ""},
      {"", ""},
      {".gz", ""},
      {"x.1.gz.gz", ""},
      {"x.1\n", ""},
      {"x\n.1", ""},
      {"x y.1", ""},
      {"x.1.tmp", ""},
      {"x.-1", ""},
  };
  for (const auto& [name, from] : rows)
    EXPECT_EQ(rotated_from(name), from) << name;
}

TEST(RoomNames, core_dumps_have_five_parts) {
  const std::string boot(32, 'b');
  for (const std::string& name : {"core.java.0."s + boot + ".812.1795230727000000",
                                  "core.java.0."s + boot + ".812.1795230727000000.zst",
                                  "core.a.b.c.1000."s + boot + ".1.1795230727.lz4",
                                  "core.x\\x20y.0."s + boot + ".1.1795230727000000.xz"})
    EXPECT_TRUE(is_core_dump(name)) << name;
  for (const std::string& name :
       {"core"s, "core."s, "core.812"s, ".#core.java.0."s + boot + ".812.1795230727000000",
        "core.java.0.x.812.1795230727000000"s, "core.0."s + boot + ".812.1795230727000000",
        "core.ja va.0."s + boot + ".812.1795230727000000",
        "core.j\n.0."s + boot + ".812.1795230727000000",
        "core.j\xff.0."s + boot + ".812.1795230727000000",
        "core.java.x."s + boot + ".812.1795230727000000", "score.java.0."s + boot + ".8.1795230727",
        "core.java.0."s + boot + ".812.1795230727000000.txt", "core.java.0."s + boot + ".812.5"})
    EXPECT_FALSE(is_core_dump(name)) << name;
}

} // namespace
} // namespace sshguardd::parse
