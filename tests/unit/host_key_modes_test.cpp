// What the remedy in a home does, what it refuses, and that nobody who exchanges names meanwhile
// makes it touch anything else.
#include "host/key_modes.hpp"

#include "host/fd.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

namespace sshguardd::host {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

// No account of this machine.
constexpr std::uint32_t alice = 61'001;
constexpr std::uint32_t bob = 61'002;

unsigned mode_of(const fs::path& path) {
  struct stat st {};
  return lstat(path.c_str(), &st) == 0 ? st.st_mode & 07777U : 0;
}

void give(const fs::path& path, std::uint32_t uid, unsigned mode) {
  ASSERT_EQ(lchown(path.c_str(), uid, uid), 0) << path;
  ASSERT_EQ(chmod(path.c_str(), mode), 0) << path;
}

std::string slurp(const fs::path& path) {
  std::ifstream file{path};
  return {std::istreambuf_iterator<char>{file}, {}};
}

class KeyModesTest : public testing::Test {
protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "takes root";
    std::string name = "/var/tmp/sshguardd-test-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    root_ = name;
    ASSERT_EQ(chmod(root_.c_str(), 0755), 0);
    home_ = root_ / "alice";
    fs::create_directories(home_ / ".ssh");
    keys_ = home_ / ".ssh/authorized_keys";
    std::ofstream{keys_} << "key";
    outside_ = root_ / "outside";
    fs::create_directory(outside_);
    std::ofstream{outside_ / "authorized_keys"} << "key";
    for (const auto& [path, mode] : {std::pair{home_, 0777U},
                                     {home_ / ".ssh", 0770U},
                                     {keys_, 0666U},
                                     {outside_, 0777U},
                                     {outside_ / "authorized_keys", 0666U}})
      give(path, alice, mode);
    account("alice", alice, home_);
  }
  void TearDown() override {
    if (!root_.empty()) fs::remove_all(root_);
  }

  // passwd(5) has this one.
  void account(const std::string& name, std::uint32_t uid, const std::string& home) const {
    std::ofstream{root_ / "passwd"} << "root:x:0:0::/root:/bin/sh\n"
                                    << name << ":x:" << uid << ":" << uid << "::" << home
                                    << ":/bin/sh\n";
  }

  [[nodiscard]] ClearKeyMode remedy(std::vector<std::string> paths) const {
    return {.account = "alice", .uid = alice, .home = home_, .paths = std::move(paths)};
  }
  [[nodiscard]] ClearKeyMode all() const { return remedy({home_, home_ / ".ssh", keys_}); }

  // In a process of its own, as the agent does it. Empty: done.
  [[nodiscard]] std::string heal(const ClearKeyMode& what) const {
    const fs::path said = root_ / "said";
    fs::remove(said);
    const pid_t child = fork();
    if (child == 0) {
      const int answer = open(said.c_str(), O_CREAT | O_WRONLY, 0600); // while it is root
      const auto problem = clear_key_mode(what, root_ / "passwd");
      if (problem && write(answer, problem->data(), problem->size()) < 0) _exit(2);
      _exit(problem ? 1 : 0);
    }
    int status = 0;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) < 2) << status;
    const std::string problem = slurp(said);
    EXPECT_EQ(problem.empty(), WEXITSTATUS(status) == 0);
    return problem;
  }

  // Refused for this, and nothing has changed, of all that there is.
  void expect_refused(const ClearKeyMode& what, const std::string& why) const {
    const auto before = modes();
    const std::string problem = heal(what);
    EXPECT_NE(problem.find(why), std::string::npos) << "said: \"" << problem << '"';
    EXPECT_EQ(modes(), before) << why;
  }

  [[nodiscard]] std::map<std::string, unsigned> modes() const {
    std::map<std::string, unsigned> all;
    for (const auto& entry : fs::recursive_directory_iterator{root_})
      if (entry.path().filename() != "said") all[entry.path()] = mode_of(entry.path());
    return all;
  }

  fs::path root_, home_, keys_, outside_;
};

TEST_F(KeyModesTest, TakesOthersWritePermissionAndNothingElse) {
  EXPECT_EQ(heal(all()), "");
  EXPECT_EQ(mode_of(home_), 0755U);
  EXPECT_EQ(mode_of(home_ / ".ssh"), 0750U);
  EXPECT_EQ(mode_of(keys_), 0644U);
  EXPECT_EQ(slurp(keys_), "key");
  // Again: nothing is wrong any more.
  EXPECT_EQ(heal(all()), "");
  // Sticky stays, and what was not asked for, too.
  give(home_, alice, 01777);
  give(keys_, alice, 0666);
  EXPECT_EQ(heal(remedy({home_})), "");
  EXPECT_EQ(mode_of(home_), 01755U);
  EXPECT_EQ(mode_of(keys_), 0666U);
}

TEST_F(KeyModesTest, InAHomeThatNobodyElseMaySearch) {
  give(home_, alice, 0720);
  give(home_ / ".ssh", alice, 0700);
  give(keys_, alice, 0620);
  EXPECT_EQ(heal(all()), "");
  EXPECT_EQ(mode_of(home_), 0700U);
  EXPECT_EQ(mode_of(keys_), 0600U);
}

TEST_F(KeyModesTest, AHomeBehindALinkIsItsRealPlace) {
  fs::create_symlink(home_, root_ / "link");
  account("alice", alice, root_ / "link");
  ClearKeyMode linked = all();
  linked.home = root_ / "link";
  EXPECT_EQ(heal(linked), "");
  EXPECT_EQ(mode_of(home_), 0755U);
}

TEST_F(KeyModesTest, RootsOwnHome) {
  account("admin", 0, home_);
  for (const auto& path : {home_, home_ / ".ssh", keys_})
    give(path, 0, mode_of(path));
  ClearKeyMode roots = all();
  roots.account = "admin";
  roots.uid = 0;
  EXPECT_EQ(heal(roots), "");
  EXPECT_EQ(mode_of(keys_), 0644U);
  // ... and what is not root's own in it root could change, but does not.
  give(keys_, alice, 0666);
  expect_refused(roots, "not the account's own");
}

TEST_F(KeyModesTest, NothingForAnAccountThatIsAnother) {
  for (const auto& [name, uid, home] : {std::tuple{"alice", bob, home_.string()},
                                        {"alice", alice, root_.string()},
                                        {"alice", alice, home_.string() + "/"},
                                        {"bob", alice, home_.string()},
                                        {"alice", 0U, home_.string()}}) {
    account(name, uid, home);
    expect_refused(all(), "another one");
  }
  fs::remove(root_ / "passwd");
  expect_refused(all(), "passwd");
}

TEST_F(KeyModesTest, NothingForAHomeThatIsNone) {
  for (const std::string home : {"/", "//", "/..", "relative", ""}) {
    account("alice", alice, home);
    ClearKeyMode odd = all();
    odd.home = home;
    const auto before = modes();
    EXPECT_NE(heal(odd), "") << home;
    EXPECT_EQ(modes(), before) << home;
  }
}

TEST_F(KeyModesTest, OnlyWhatIsPlainlyInTheHome) {
  const std::string home = home_;
  for (const std::string& path :
       {root_.string(), outside_.string(), (outside_ / "authorized_keys").string(),
        home + "/../outside/authorized_keys", home + "/..", home + "/.ssh/..", home + "/./.ssh",
        home + "//.ssh", home + "/", home + "2", home + "/.", home + "/.ssh/",
        std::string{"authorized_keys"}, std::string{".ssh/authorized_keys"}, std::string{"/"},
        std::string{}})
    expect_refused(remedy({path, home}), path + ": ");
  expect_refused(remedy({}), "no paths");
  expect_refused(remedy(std::vector<std::string>(65, home)), "too many");
  expect_refused(remedy({home + "/none", home}), "No such file");
}

TEST_F(KeyModesTest, ALinkIsNotFollowed) {
  fs::rename(home_ / ".ssh", home_ / "real");
  for (const fs::path& target : {outside_, home_ / "real"}) {
    fs::create_symlink(target, home_ / ".ssh");
    expect_refused(all(), "Too many levels of symbolic links");
    expect_refused(remedy({home_, keys_}), "Not a directory");
    expect_refused(remedy({home_, home_ / ".ssh"}), "symbolic link");
    fs::remove(home_ / ".ssh");
  }
  fs::rename(home_ / "real", home_ / ".ssh");
  fs::remove(keys_);
  fs::create_symlink(outside_ / "authorized_keys", keys_);
  expect_refused(all(), "symbolic link");
  fs::remove(keys_);
  fs::create_symlink("/proc/self/root" + (outside_ / "authorized_keys").string(), keys_);
  expect_refused(all(), "symbolic link");
  // The home itself, exchanged between the look and the remedy: the path is its real one no more.
  fs::rename(home_, root_ / "moved");
  fs::create_symlink("moved", home_);
  expect_refused(all(), "not in");
}

TEST_F(KeyModesTest, WhatIsNoPlainFileOfItsOwn) {
  // Each beside a home that could be mended.
  fs::create_hard_link(keys_, outside_ / "second");
  expect_refused(all(), "2 names");
  fs::remove(outside_ / "second");
  give(keys_, bob, 0666);
  expect_refused(all(), "not the account's own");
  give(keys_, 0, 0666);
  expect_refused(all(), "not the account's own");
  give(keys_, alice, 0666);
  give(home_ / ".ssh", bob, 0777);
  expect_refused(all(), "not the account's own");
  give(home_ / ".ssh", alice, 0770);
  fs::remove(keys_);
  ASSERT_EQ(mkfifo(keys_.c_str(), 0666), 0);
  give(keys_, alice, 0666);
  expect_refused(all(), "neither a regular file nor a directory"); // and does not wait for it
  fs::remove(keys_);
  ASSERT_EQ(mknod(keys_.c_str(), S_IFCHR | 0666, makedev(1, 3)), 0);
  give(keys_, alice, 0666);
  expect_refused(all(), "neither a regular file nor a directory");
}

TEST_F(KeyModesTest, SetIdBitsAreLeftToAPerson) {
  give(home_, alice, 02775);
  expect_refused(all(), "mode 2775 has a set-id bit");
  give(home_, alice, 0755);
  give(keys_, alice, 04666);
  expect_refused(all(), "mode 4666 has a set-id bit");
  // One that is fine as it is is nobody's business.
  give(keys_, alice, 0666);
  give(home_, alice, 02755);
  EXPECT_EQ(heal(all()), "");
  EXPECT_EQ(mode_of(home_), 02755U);
}

// acl(5): version 2, then (tag, permission, id) as the kernel has them: user::rw, user:bob:rw,
// group::r, mask::rw, other::r.
constexpr unsigned char list_for_bob[] = {
    2, 0,    0,    0,    1,    0,    6,    0, 0xff, 0xff, 0xff, 0xff, 2,    0,    6,
    0, 0x4a, 0xee, 0,    0,    4,    0,    4, 0,    0xff, 0xff, 0xff, 0xff, 0x10, 0,
    6, 0,    0xff, 0xff, 0xff, 0xff, 0x20, 0, 4,    0,    0xff, 0xff, 0xff, 0xff};

TEST_F(KeyModesTest, AccessControlListsAreLeftToAPerson) {
  if (setxattr(keys_.c_str(), "system.posix_acl_access", list_for_bob, sizeof list_for_bob, 0) != 0)
    GTEST_SKIP() << "no lists here: " << std::strerror(errno);
  ASSERT_NE(mode_of(keys_) & 022U, 0U);
  expect_refused(all(), "access control list");
}

TEST_F(KeyModesTest, NotThroughAnotherFileSystem) {
  // /proc is one on every machine: a home there is none.
  account("alice", alice, "/proc/1");
  ClearKeyMode odd = remedy({"/proc/1"});
  odd.home = "/proc/1";
  EXPECT_NE(heal(odd).find("local file system"), std::string::npos);
}

TEST_F(KeyModesTest, NotOverAMountInTheHome) {
  // In a mount name space of its own: bound from the same file system, so that only the mount
  // tells.
  const pid_t child = fork();
  if (child == 0) {
    if (unshare(CLONE_NEWNS) != 0 ||
        mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        mount(outside_.c_str(), (home_ / ".ssh").c_str(), nullptr, MS_BIND, nullptr) != 0)
      _exit(2);
    const auto problem = clear_key_mode(all(), root_ / "passwd");
    _exit(problem && problem->find("another file system") != std::string::npos ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == 2) GTEST_SKIP() << "no mounts here";
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_EQ(mode_of(outside_), 0777U);
  EXPECT_EQ(mode_of(home_), 0777U);
}

TEST_F(KeyModesTest, TheChildTellsItsReason) {
  const ClearKeyMode what = all();
  EXPECT_EQ(clear_key_mode_arguments(what),
            (std::vector<std::string>{"alice", std::to_string(alice), home_, home_, home_ / ".ssh",
                                      keys_}));
  for (const std::vector<std::string>& wrong : {std::vector<std::string>{},
                                                {"alice", "61001", "/home/alice"},
                                                {"alice", "x", "/home/alice", "/home/alice"},
                                                {"alice", "61001 ", "/h", "/h"},
                                                {"alice", "-1", "/h", "/h"},
                                                {"alice", "4294967296", "/h", "/h"}})
    EXPECT_NE(clear_key_mode_main(wrong), 0);
}

// ---- the race ----------------------------------------------------------------------------------

// What both sides share.
struct Shared {
  std::atomic<bool> stop{false};
  std::atomic<std::uint64_t> exchanges{0}, done{0}, refused{0};
};

class KeyModesRace : public KeyModesTest {
protected:
  void SetUp() override {
    KeyModesTest::SetUp();
    if (IsSkipped()) return;
    void* memory =
        mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(memory, MAP_FAILED);
    shared_ = new (memory) Shared;
    fs::create_symlink(outside_, home_ / "bait");
    for (const auto& path : {home_, home_ / ".ssh", keys_, outside_, outside_ / "authorized_keys"})
      inodes_.push_back({path, Fd{open(path.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC)}});
  }
  void TearDown() override {
    inodes_.clear();
    if (shared_ != nullptr) munmap(shared_, sizeof(Shared));
    KeyModesTest::TearDown();
  }

  struct Inode {
    fs::path path; // where it lay at first
    Fd fd;
    [[nodiscard]] std::string name() const { return "/proc/self/fd/" + std::to_string(fd.get()); }
    [[nodiscard]] unsigned mode() const {
      struct stat st {};
      return fstat(fd.get(), &st) == 0 ? st.st_mode & 07777U : 0;
    }
  };

  // .ssh is a directory, a link to the one outside, a directory ... as fast as the user can.
  [[nodiscard]] pid_t attack() const {
    const pid_t pid = fork();
    if (pid != 0) return pid;
    if (setgid(alice) != 0 || setuid(alice) != 0) _exit(1);
    const Fd home{open(home_.c_str(), O_PATH | O_DIRECTORY)};
    while (!shared_->stop) {
      if (renameat2(home.get(), ".ssh", home.get(), "bait", RENAME_EXCHANGE) != 0) _exit(1);
      shared_->exchanges += 1;
    }
    _exit(0);
  }
  // Runs something again and again as root until it is enough.
  [[nodiscard]] pid_t defend(const std::function<bool()>& once) const {
    const pid_t pid = fork();
    if (pid != 0) return pid;
    while (!shared_->stop) {
      open_again(3);
      if (once())
        shared_->done += 1;
      else
        shared_->refused += 1;
    }
    _exit(0);
  }
  // What lies inside is wrong again; by inode, wherever its name is now.
  void open_again(std::size_t many) const {
    constexpr unsigned wrong[] = {0777, 0770, 0666};
    for (std::size_t at = 0; at < many; ++at)
      (void)chmod(inodes_[at].name().c_str(), wrong[at]);
  }
  [[nodiscard]] bool lost() const { return inodes_[3].mode() != 0777 || inodes_[4].mode() != 0666; }

  // Until it is lost, or the time is over.
  void race(const std::function<bool()>& once, std::chrono::seconds most) {
    const pid_t attacker = attack();
    const pid_t defender = defend(once);
    const auto end = Clock::now() + most;
    while (Clock::now() < end && !lost())
      usleep(1000);
    shared_->stop = true;
    for (const pid_t pid : {attacker, defender}) {
      int status = 0;
      EXPECT_EQ(waitpid(pid, &status, 0), pid);
      EXPECT_EQ(status, 0);
    }
  }

  Shared* shared_ = nullptr;
  std::vector<Inode> inodes_;
};

TEST_F(KeyModesRace, WhoLooksAndThenChangesByNameLoses) {
  race(
      [this] {
        struct stat st {};
        for (const fs::path& path : {keys_, home_ / ".ssh"}) {
          const fs::path way = path == keys_ ? home_ / ".ssh" : path;
          if (lstat(way.c_str(), &st) != 0 || !S_ISDIR(st.st_mode)) return false;
          if (lstat(path.c_str(), &st) != 0 || st.st_uid != alice) return false;
          (void)chmod(path.c_str(), st.st_mode & 07777U & ~022U);
        }
        return true;
      },
      std::chrono::seconds{20});
  EXPECT_TRUE(lost()) << "the race is none: what follows would prove nothing; "
                      << shared_->exchanges << " exchanges";
}

TEST_F(KeyModesRace, NothingOutsideOfTheHomeChanges) {
  const std::string passwd = root_ / "passwd";
  race([this, &passwd] { return !clear_key_mode(all(), passwd); }, std::chrono::seconds{2});
  EXPECT_FALSE(lost());
  EXPECT_EQ(slurp(outside_ / "authorized_keys"), "key");
  // It was met in both shapes.
  EXPECT_GT(shared_->exchanges, 100U);
  EXPECT_GT(shared_->done, 10U);
  EXPECT_GT(shared_->refused, 10U);
}

} // namespace
} // namespace sshguardd::host
