// Key files in a real directory tree, looked at as the account: what sshd (Debian's, 9.2 and 10.0)
// did with the same trees.
#include "host/as_account.hpp"
#include "host/key_walk.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sshguardd::host {
namespace {

namespace fs = std::filesystem;
using State = KeyFile::State;

constexpr const char* key =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ8Tm2kWn0G0vB5hV0k0Q2V5Zm9yVGVzdHNPbmx5MDAw alice\n";
constexpr uid_t alice_uid = 61001;
constexpr uid_t bob_uid = 61002;

class KeyWalkTest : public testing::Test {
protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "takes root: it becomes other accounts";
    std::string name = "/var/tmp/sshguardd-test-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    root_ = name;
    fs::permissions(root_, fs::perms{0755});
    home_ = root_ / "alice";
    for (const fs::path& path : {home_, home_ / ".ssh", root_ / "bob"})
      make(path, 0755, path == root_ / "bob" ? bob_uid : alice_uid);
    keys_ = home_ / ".ssh/authorized_keys";
    write(keys_, key);
    accounts_ = {{.name = "root", .uid = 0, .gid = 0, .home = "/root"},
                 {.name = "alice", .uid = alice_uid, .gid = alice_uid, .home = home_},
                 {.name = "bob", .uid = bob_uid, .gid = bob_uid, .home = root_ / "bob"}};
  }

  void TearDown() override {
    if (!root_.empty()) fs::remove_all(root_);
  }

  static void own(const fs::path& path, uid_t uid) { ASSERT_EQ(lchown(path.c_str(), uid, uid), 0); }
  static void make(const fs::path& path, mode_t mode, uid_t uid) {
    ASSERT_EQ(mkdir(path.c_str(), mode), 0);
    own(path, uid);
    ASSERT_EQ(chmod(path.c_str(), mode), 0);
  }
  static void write(const fs::path& path, const std::string& text, uid_t uid = alice_uid) {
    std::ofstream{path} << text;
    own(path, uid);
    ASSERT_EQ(chmod(path.c_str(), 0644), 0);
  }
  static void mode(const fs::path& path, mode_t bits) { ASSERT_EQ(chmod(path.c_str(), bits), 0); }

  KeyFile look(bool debian = true) {
    const parse::Groups groups{parse::group("alice:x:61001:\nbob:x:61002:\nusers:x:61100:\n")};
    const parse::SafePath strict{debian, accounts_, groups};
    const parse::PasswdEntry& alice = accounts_[1];
    EXPECT_EQ(become(alice, groups.of(alice)), std::nullopt);
    KeyWalk walk{alice, accounts_, mounts_, &strict};
    KeyFile file = walk.look(keys_);
    EXPECT_EQ(become_root(), std::nullopt);
    walk.confirm(file);
    spots_ = walk.take_spots().size();
    return file;
  }

  fs::path root_;
  fs::path home_;
  fs::path keys_;
  std::vector<parse::PasswdEntry> accounts_;
  // A build machine's /var/tmp may lie on what counts as remote.
  Mounts mounts_{"1 0 8:1 / / rw - ext4 /dev/sda1 rw\n"};
  std::size_t spots_ = 0;
};

TEST_F(KeyWalkTest, takes_what_sshd_takes) {
  KeyFile file = look();
  EXPECT_EQ(file.state, State::used);
  EXPECT_EQ(file.keys, 1U);
  EXPECT_TRUE(file.odd.empty());
  EXPECT_EQ(spots_, 2U) << ".ssh and the home";
  mode(home_, 0775); // a private group: Debian's sshd takes it, others do not
  EXPECT_EQ(look().state, State::used);
  EXPECT_EQ(look(false).state, State::refused);
  mode(home_, 0755);
  own(keys_, 0);
  EXPECT_EQ(look().state, State::used) << "root's, readable";
  mode(root_, 0777);
  EXPECT_EQ(look().state, State::used) << "what lies above the home is no matter";
}

TEST_F(KeyWalkTest, a_home_that_is_a_link_is_walked_where_it_lies) {
  fs::rename(home_, root_ / "real");
  fs::create_symlink("real", home_);
  mode(root_, 0777);
  EXPECT_EQ(look().state, State::used);
  mode(root_ / "real", 0777);
  const KeyFile file = look();
  EXPECT_EQ(file.state, State::refused);
  EXPECT_EQ(file.mendable, std::vector<std::string>{root_ / "real"});
}

TEST_F(KeyWalkTest, refuses_modes_and_says_what_may_be_mended) {
  mode(keys_, 0666);
  mode(home_ / ".ssh", 0770);
  ASSERT_EQ(chown((home_ / ".ssh").c_str(), alice_uid, 61100), 0);
  mode(home_, 0777);
  const KeyFile file = look();
  EXPECT_EQ(file.state, State::refused);
  EXPECT_FALSE(file.wrong_owner);
  EXPECT_EQ(file.object, keys_);
  EXPECT_EQ(file.why, "mode 0666");
  EXPECT_EQ(file.too_open, (std::vector<std::string>{keys_, home_ / ".ssh", home_}));
  EXPECT_EQ(file.mendable, file.too_open);
  EXPECT_TRUE(file.unmendable.empty());
  EXPECT_EQ(file.keys, 1U) << "somebody is locked out by it";
}

TEST_F(KeyWalkTest, leaves_to_a_person_what_is_not_plainly_alices) {
  struct Case {
    const char* what;
    std::function<void()> make;
    const char* why;
  } const cases[] = {
      {"root's", [this] { own(home_ / ".ssh", 0); }, "own"},
      {"set-group-ID", [this] { mode(home_ / ".ssh", 02777); }, "set-group-ID"},
      {"two names",
       [this] {
         mode(keys_, 0666);
         fs::create_hard_link(keys_, home_ / "other");
       },
       "hard links"},
  };
  for (const Case& one : cases) {
    mode(home_ / ".ssh", 0777);
    one.make();
    if (one.what == std::string{"root's"}) mode(home_ / ".ssh", 0777);
    const KeyFile file = look();
    EXPECT_EQ(file.state, State::refused) << one.what;
    EXPECT_NE(file.unmendable.find(one.why), std::string::npos) << file.unmendable;
    EXPECT_LT(file.mendable.size(), file.too_open.size()) << one.what;
    own(home_ / ".ssh", alice_uid);
  }
}

TEST_F(KeyWalkTest, the_owner_is_worse_than_the_mode) {
  mode(keys_, 0666);
  own(home_, bob_uid);
  const KeyFile file = look();
  EXPECT_EQ(file.state, State::refused);
  EXPECT_TRUE(file.wrong_owner);
  EXPECT_EQ(file.object, home_);
  EXPECT_EQ(file.why, "owner bob");
}

TEST_F(KeyWalkTest, a_link_into_another_home_is_judged_there) {
  write(root_ / "bob/keys", key, bob_uid);
  fs::remove(keys_);
  fs::create_symlink(root_ / "bob/keys", keys_);
  const KeyFile file = look();
  EXPECT_EQ(file.state, State::refused);
  EXPECT_TRUE(file.wrong_owner);
  EXPECT_EQ(file.object, root_ / "bob/keys");
  EXPECT_TRUE(file.mendable.empty());
}

TEST_F(KeyWalkTest, what_alice_may_not_reach_is_unreadable) {
  own(home_ / ".ssh", 0);
  mode(home_ / ".ssh", 0700);
  KeyFile file = look();
  EXPECT_EQ(file.state, State::unreadable);
  EXPECT_EQ(file.object, home_ / ".ssh");
  EXPECT_EQ(file.why, "mode 0700, owner root: alice may not search it");
  EXPECT_EQ(file.keys, 1U);
  fs::remove(keys_);
  EXPECT_EQ(look().state, State::absent) << "nobody misses it";
  mode(home_ / ".ssh", 0755);
  write(keys_, key, 0);
  mode(keys_, 0600);
  file = look();
  EXPECT_EQ(file.state, State::unreadable);
  EXPECT_EQ(file.object, keys_);
  EXPECT_EQ(file.why, "mode 0600, owner root: alice may not read it");
  EXPECT_EQ(file.keys, 1U);
}

TEST_F(KeyWalkTest, opens_nothing_that_is_no_file) {
  struct Case {
    std::function<void()> make;
    const char* why;
  } const cases[] = {
      {[this] { ASSERT_EQ(mkfifo(keys_.c_str(), 0644), 0); }, "is a FIFO"},
      {[this] { make(keys_, 0755, alice_uid); }, "is a directory"},
      {[this] { fs::create_symlink("/dev/null", keys_); }, "is a device"},
      {[this] { fs::create_symlink("nothing", keys_); }, "is a link to nothing"},
      {[this] { fs::create_symlink("authorized_keys", keys_); }, "in a circle"},
  };
  for (const Case& one : cases) {
    fs::remove(keys_);
    one.make();
    const KeyFile file = look();
    EXPECT_EQ(file.state, State::irregular) << one.why;
    EXPECT_NE(file.why.find(one.why), std::string::npos) << file.why;
  }
  fs::remove(keys_);
  EXPECT_EQ(look().state, State::absent);
  fs::remove_all(home_);
  EXPECT_EQ(look().state, State::absent);
}

TEST_F(KeyWalkTest, reads_no_more_than_a_megabyte) {
  const std::string comment(1000, '#');
  std::ofstream out{keys_, std::ios::app};
  for (int line = 0; line < 1100; ++line)
    out << comment << "\n";
  out << key << std::flush;
  fs::resize_file(keys_, 10ULL << 30U);
  const KeyFile file = look();
  EXPECT_EQ(file.state, State::used);
  EXPECT_EQ(file.keys, 1U);
  EXPECT_EQ(file.bad_lines, 0U);
  EXPECT_NE(file.odd.find("10240 MiB"), std::string::npos) << file.odd;
}

TEST_F(KeyWalkTest, touches_nothing_that_may_not_answer) {
  mounts_ = Mounts{"1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 0:40 / " + home_.string() +
                   " rw - nfs4 server:/ rw\n"};
  const KeyFile file = look();
  EXPECT_EQ(file.state, State::unknown);
  EXPECT_EQ(file.why, "on nfs4: not looked at");
  EXPECT_EQ(spots_, 0U);
}

} // namespace
} // namespace sshguardd::host
