#include "host/mounts.hpp"

#include <gtest/gtest.h>

namespace sshguardd::host {
namespace {

const char* const mountinfo =
    "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
    "23 22 0:21 / /proc rw - proc proc rw\n"
    "24 22 0:40 / /home rw,relatime shared:2 master:3 - nfs4 server:/home rw\n"
    "25 24 8:2 / /home/local rw - xfs /dev/sdb1 rw\n"
    "26 22 0:41 / /srv/with\\040blank rw - fuse.sshfs user@host: rw\n"
    "27 22 0:42 / /mnt/over rw - nfs server:/x rw\n"
    "28 22 8:3 / /mnt/over rw - ext4 /dev/sdc1 rw\n"
    "29 22 0:43 / /net rw - autofs systemd-1 rw\n"
    "not a line of mountinfo\n"
    "30 22 0:44 / /share rw - virtiofs tag rw";

TEST(Mounts, tell_what_may_not_answer) {
  const Mounts mounts{mountinfo};
  EXPECT_EQ(mounts.remote("/etc/ssh/keys"), "");
  EXPECT_EQ(mounts.remote("/home"), "nfs4");
  EXPECT_EQ(mounts.remote("/home/alice/.ssh"), "nfs4");
  EXPECT_EQ(mounts.remote("/homes/alice"), "") << "another directory";
  EXPECT_EQ(mounts.remote("/home/local/bob"), "") << "a disk below a server's";
  EXPECT_EQ(mounts.remote("/srv/with blank/x"), "fuse.sshfs");
  EXPECT_EQ(mounts.remote("/mnt/over/x"), "") << "the later mount covers the earlier";
  EXPECT_EQ(mounts.remote("/net/x"), "autofs");
  EXPECT_EQ(mounts.remote("/share/x"), "virtiofs");
}

// New clients of servers come with every product: what is not known to be local may not answer.
TEST(Mounts, know_what_is_local) {
  for (const char* type : {"ext4", "xfs", "btrfs", "zfs", "overlay", "tmpfs", "vfat", "proc"})
    EXPECT_FALSE(parse::may_not_answer(type)) << type;
  for (const char* type :
       {"nfs", "cifs", "wekafs", "panfs", "cvfs", "pvfs2", "ecryptfs", "fuse", "fuseblk", ""})
    EXPECT_TRUE(parse::may_not_answer(type)) << type;
}

TEST(Mounts, without_a_table_nothing_is_known_to_answer) {
  EXPECT_NE(Mounts{""}.remote("/home"), "");
  EXPECT_EQ(Mounts::read().remote("/proc"), "");
}

} // namespace
} // namespace sshguardd::host
