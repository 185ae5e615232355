#include "host/room_maker.hpp"

#include "host/files.hpp"
#include "host/remote_space.hpp"
#include "parse/journal_files.hpp"
#include "parse/mountinfo.hpp"
#include "sshguardd/room_goal.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace sshguardd::host {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::int64_t hour_us = 3'600'000'000;
constexpr std::int64_t day_us = 24 * hour_us;
constexpr std::size_t MiB = 1 << 20;
const std::string machine(32, '5');

class Room : public testing::Test {
protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "make-room-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    root = fs::canonical(name);
    // Where that is allowed, a file system of its own: on others' somebody else writes and deletes.
    mounted = unshare(CLONE_NEWNS) == 0 &&
              mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
              mount("none", root.c_str(), "tmpfs", 0, "size=300M") == 0;
    const auto table = read_proc("/proc/self/mountinfo", 4 << 20);
    mounts = parse::mountinfo(table ? *table : "");
    const parse::Mount* on = parse::covering(mounts, root.string());
    ASSERT_NE(on, nullptr);
    if (parse::may_not_answer(on->type)) GTEST_SKIP() << on->type << " is never touched";
    scope = room_scope(on->device);
    scope.root = root.string();
    scope.machine_id = machine;
    for (const char* directory : {"var/cache/apt/archives/partial", "var/log", "home/alice"})
      make(directory);
    file(archives("lock"), 0);
  }
  void TearDown() override {
    std::error_code ignored;
    if (mounted) umount2(root.c_str(), MNT_DETACH);
    if (!root.empty()) fs::remove_all(root, ignored);
  }

  void make(const std::string& path) const {
    fs::create_directories(root / path);
    for (fs::path at = root / path; at != root; at = at.parent_path())
      fs::permissions(at, fs::perms{0755});
  }
  static std::string archives(const std::string& name) { return "var/cache/apt/archives/" + name; }
  [[nodiscard]] std::string at(const std::string& path) const { return (root / path).string(); }

  // So long ago, by the clock of the scope.
  void file(const std::string& path, std::size_t mib, std::int64_t age_us = 0) const {
    make(fs::path{path}.parent_path().string());
    {
      std::ofstream out{root / path, std::ios::binary};
      const std::string block(MiB, 'x');
      for (std::size_t i = 0; i < mib; ++i)
        out << block;
      if (mib == 0) out << "x";
    }
    sync_file(path);
    aged(path, age_us);
  }
  void sync_file(const std::string& path) const {
    const Fd fd{open(at(path).c_str(), O_RDONLY | O_CLOEXEC)};
    fsync(fd.get());
  }
  void aged(const std::string& path, std::int64_t age_us) const {
    const std::int64_t us = scope.now_us - age_us;
    const timespec time{.tv_sec = us / 1'000'000, .tv_nsec = us % 1'000'000 * 1000};
    const timespec times[2] = {time, time};
    utimensat(AT_FDCWD, at(path).c_str(), times, AT_SYMLINK_NOFOLLOW);
  }

  // Archived by journald, last written so long ago.
  std::string journal(const char* owner, std::size_t mib, std::int64_t age_us, char state = 2,
                      std::int64_t tail_age_us = -1) const {
    static unsigned number = 0;
    char rest[64];
    std::snprintf(rest, sizeof rest, "-%016x-%016llx.journal", ++number,
                  static_cast<unsigned long long>(scope.now_us - age_us - hour_us));
    const std::string path =
        "var/log/journal/" + machine + "/" + owner + "@" + std::string(32, 'a') + rest;
    file(path, mib);
    std::string header(parse::journal_header_size, '\0');
    header.replace(0, 8, "LPKSHHRH");
    header[16] = state;
    auto tail = static_cast<std::uint64_t>(scope.now_us - (tail_age_us < 0 ? age_us : tail_age_us));
    for (std::size_t i = 0; i < 8; ++i, tail >>= 8U)
      header[192 + i] = static_cast<char>(tail & 0xffU);
    {
      std::fstream out{root / path, std::ios::binary | std::ios::in | std::ios::out};
      out << header;
    }
    sync_file(path);
    aged(path, age_us);
    return path;
  }

  [[nodiscard]] std::vector<RoomOffer> offers() const {
    return room_offers(scope, Clock::now() + 5s).offers;
  }
  [[nodiscard]] MakeRoom remedy(std::uint64_t bytes) const {
    return {.mount = root.string(),
            .device = scope.device,
            .steps = offers(),
            .goal = {.percent = 0, .available = 0, .freed = bytes}};
  }
  // All that it would.
  MadeRoom make_all() const { return make_room(remedy(1ULL << 50U), scope, Clock::now() + 20s); }

  void left_while_locked(const std::string& held) const {
    SCOPED_TRACE(held);
    file(archives("p_1_all.deb"), 1);
    file(held, 0);
    int ready[2];
    int go[2];
    EXPECT_EQ(pipe(ready), 0);
    EXPECT_EQ(pipe(go), 0);
    const pid_t other = fork(); // such a lock is one of another process
    if (other == 0) {
      const int fd = open(at(held).c_str(), O_RDWR);
      struct flock lock {};
      lock.l_type = F_WRLCK;
      const char byte = fcntl(fd, F_SETLK, &lock) == 0 ? '1' : '0';
      (void)!write(ready[1], &byte, 1);
      char end = 0;
      close(go[1]);
      (void)!read(go[0], &end, 1);
      _exit(0);
    }
    char byte = 0;
    EXPECT_EQ(read(ready[0], &byte, 1), 1);
    EXPECT_EQ(byte, '1');
    const MadeRoom made = make_all();
    EXPECT_TRUE(made.freed.empty());
    EXPECT_NE(made.why.find("a package manager is at work"), std::string::npos) << made.why;
    EXPECT_TRUE(fs::exists(root / archives("p_1_all.deb")));
    for (const int fd : {ready[0], ready[1], go[0], go[1]})
      close(fd);
    waitpid(other, nullptr, 0);
    EXPECT_EQ(make_all().freed.size(), 1U);
  }

  [[nodiscard]] std::set<std::string> tree() const {
    std::set<std::string> names;
    for (const auto& entry :
         fs::recursive_directory_iterator{root, fs::directory_options::skip_permission_denied})
      names.insert(entry.path().lexically_relative(root).string());
    return names;
  }
  void expect_untouched(const std::set<std::string>& before) const { EXPECT_EQ(tree(), before); }

  fs::path root;
  bool mounted = false;
  std::vector<parse::Mount> mounts;
  RoomScope scope;
};

TEST_F(Room, frees_what_apt_has_downloaded_and_nothing_beside_it) {
  file(archives("bash_5.2-1_amd64.deb"), 3);
  file(archives("vim_2%3a9-1_all.deb"), 2);
  const auto kept = [&] {
    file(archives("partial/linux_6.1_amd64.deb"), 1); // being written
    file(archives("mydriver.deb"), 1);
    file(archives("notes.txt"), 1);
    file("var/cache/apt/pkgcache_1_2.deb", 1);
    file("home/alice/bash_5.2-1_amd64.deb", 1);
    make(archives("dir_1_all.deb"));
    EXPECT_EQ(mkfifo(at(archives("fifo_1_all.deb")).c_str(), 0600), 0);
    fs::create_symlink("/etc/passwd", root / archives("link_1_all.deb"));
    file("home/alice/precious", 1);
    fs::create_hard_link(root / "home/alice/precious", root / archives("hard_1_all.deb"));
    file(archives("con\x1b[2Jtrol_1_all.deb"), 1);
    file(archives("new\nline_1_all.deb"), 1);
    file(archives("by te\xff_1_all.deb"), 1);
  };
  kept();
  std::set<std::string> left = tree();
  left.erase(archives("bash_5.2-1_amd64.deb"));
  left.erase(archives("vim_2%3a9-1_all.deb"));

  const auto offered = offers();
  ASSERT_EQ(offered.size(), 1U);
  EXPECT_EQ(offered[0].path, at("var/cache/apt/archives"));
  EXPECT_EQ(offered[0].files, 2U);
  EXPECT_GE(offered[0].bytes, 5 * MiB);
  EXPECT_LT(offered[0].bytes, 6 * MiB);

  const MadeRoom made = make_all();
  EXPECT_EQ(tree(), left);
  ASSERT_EQ(made.freed.size(), 1U) << made.why;
  EXPECT_EQ(made.freed[0].files, 2U);
  EXPECT_EQ(made.bytes(), offered[0].bytes) << made.why;
  EXPECT_FALSE(made.enough);
  EXPECT_EQ(brought_text(made), "freed 5 MiB in " + at("var/cache/apt/archives"));
}

TEST_F(Room, deletes_no_more_than_is_needed_the_oldest_first) {
  for (int i = 0; i < 4; ++i) {
    file(archives("p" + std::to_string(i) + "_1_all.deb"), 1);
    usleep(20'000); // by the time they came
  }
  const MadeRoom made = make_room(remedy(MiB + 1), scope, Clock::now() + 20s);
  EXPECT_TRUE(made.enough) << made.why;
  EXPECT_FALSE(fs::exists(root / archives("p0_1_all.deb")));
  EXPECT_FALSE(fs::exists(root / archives("p1_1_all.deb")));
  EXPECT_TRUE(fs::exists(root / archives("p2_1_all.deb")));
  EXPECT_TRUE(fs::exists(root / archives("p3_1_all.deb")));
}

TEST_F(Room, takes_the_next_place_only_where_the_first_is_not_enough) {
  file(archives("p_1_all.deb"), 2);
  const std::string old = journal("system", 8, 9 * day_us);
  file("var/log/journal/" + machine + "/system.journal", 65);
  auto both = offers();
  ASSERT_EQ(both.size(), 2U);
  EXPECT_EQ(both[1].kind, RoomKind::journal);
  MadeRoom made = make_room(remedy(MiB), scope, Clock::now() + 20s);
  EXPECT_TRUE(made.enough);
  EXPECT_TRUE(fs::exists(root / old));
  file(archives("p_1_all.deb"), 2);
  made = make_room(remedy(3 * MiB), scope, Clock::now() + 20s);
  EXPECT_TRUE(made.enough);
  EXPECT_FALSE(fs::exists(root / old));
  EXPECT_EQ(made.freed.size(), 2U);
  EXPECT_EQ(brought_text(made), "freed 2 MiB in " + at("var/cache/apt/archives") + ", 8 MiB in " +
                                    at("var/log/journal"));
}

// As where the room for root alone is refilled first: what is freed is not seen for many rounds.
TEST_F(Room, takes_all_of_a_place_before_the_next_one) {
  if (!mounted) GTEST_SKIP() << "the numbers of this file system are everybody's";
  for (int i = 0; i < 14; ++i)
    file(archives("p" + std::to_string(i) + "_1_all.deb"), 1);
  const std::string old = journal("system", 8, 9 * day_us);
  file("var/log/journal/" + machine + "/system.journal", 65);
  MakeRoom room = remedy(0);
  room.goal = {.percent = 0, .available = space_of(root.string())->available + MiB, .freed = 0};
  int rounds = 0;
  const MadeRoom made =
      make_room(room, scope, Clock::now() + 20s, [this, &rounds](const MadeRoom&) {
        if (++rounds < 12) file("home/alice/refilled" + std::to_string(rounds), 1);
      });
  EXPECT_TRUE(made.enough) << made.why;
  EXPECT_EQ(rounds, 12);
  EXPECT_EQ(made.bytes(), 12 * MiB);
  EXPECT_TRUE(fs::exists(root / old)) << "the journal's turn is after all packages";
}

TEST_F(Room, knows_where_not_all_was_looked_at) {
  EXPECT_TRUE(room_offers(scope, Clock::now() + 5s).complete) << "nothing is all";
  file(archives("p_1_all.deb"), 1);
  journal("system", 8, 9 * day_us);
  file("var/log/journal/" + machine + "/system.journal", 65);
  const RoomOffers all = room_offers(scope, Clock::now() + 5s);
  EXPECT_TRUE(all.complete);
  EXPECT_EQ(all.offers.size(), 2U);
  const RoomOffers cut = room_offers(scope, Clock::now() - 1s);
  EXPECT_FALSE(cut.complete);
  EXPECT_TRUE(cut.offers.empty());
}

TEST_F(Room, is_done_at_once_where_there_is_room) {
  file(archives("p_1_all.deb"), 2);
  MakeRoom room = remedy(0);
  room.goal = {.percent = 100, .available = 0, .freed = 0};
  const MadeRoom made = make_room(room, scope, Clock::now() + 20s);
  EXPECT_TRUE(made.enough);
  EXPECT_TRUE(made.freed.empty());
  EXPECT_TRUE(fs::exists(root / archives("p_1_all.deb")));
}

// Whoever downloads, or installs what was downloaded.
TEST_F(Room, leaves_the_cache_while_somebody_has_a_lock) {
  for (const char* held : {"var/cache/apt/archives/lock", "var/lib/dpkg/lock-frontend",
                           "var/lib/dpkg/lock", "var/lib/rpm/.rpm.lock"})
    left_while_locked(held);
}

TEST_F(Room, of_dnf_and_zypp_only_packages_that_have_rested) {
  const std::string dnf = "var/cache/dnf/base-0123456789abcdef/";
  file(dnf + "packages/bash-5.1-6.el9.x86_64.rpm", 2);
  file(dnf + "repodata/repomd.xml", 1);
  file(dnf + "bash-5.1-6.el9.x86_64.rpm", 1);
  file("var/cache/dnf/x/y/packages/bash-5.1-6.el9.x86_64.rpm", 1);
  file("var/cache/zypp/packages/repo/oss/x86_64/vim-9-1.x86_64.rpm", 2);
  file("var/cache/zypp/raw/repo/vim-9-1.x86_64.rpm", 1);
  EXPECT_TRUE(offers().empty()) << "downloaded just now";
  scope.now_us += hour_us;
  std::set<std::string> left = tree();
  left.erase(dnf + "packages/bash-5.1-6.el9.x86_64.rpm");
  left.erase("var/cache/zypp/packages/repo/oss/x86_64/vim-9-1.x86_64.rpm");
  EXPECT_EQ(offers().size(), 2U);
  // Whoever lives.
  std::ofstream{root / "var/cache/dnf/download_lock.pid"} << getpid();
  make("run");
  std::ofstream{root / "run/zypp.pid"} << getpid();
  EXPECT_TRUE(make_all().freed.empty());
  std::ofstream{root / "var/cache/dnf/download_lock.pid"} << "0";
  std::ofstream{root / "run/zypp.pid"} << "garbage";
  left.insert({"var/cache/dnf/download_lock.pid", "run", "run/zypp.pid"});
  EXPECT_EQ(make_all().freed.size(), 2U);
  EXPECT_EQ(tree(), left);
}

TEST_F(Room, a_cache_that_is_a_link_is_nobodys) {
  file("home/alice/debs/bash_5.2-1_amd64.deb", 1);
  fs::remove_all(root / "var/cache/apt/archives");
  fs::create_directory_symlink(root / "home/alice/debs", root / "var/cache/apt/archives");
  auto before = tree();
  EXPECT_TRUE(offers().empty());
  fs::remove(root / "var/cache/apt/archives");
  fs::rename(root / "var/cache", root / "var/moved");
  file("var/moved/apt/archives/bash_5.2-1_amd64.deb", 1);
  fs::create_directory_symlink("moved", root / "var/cache");
  before = tree();
  EXPECT_TRUE(offers().empty()) << "nor one behind a link";
  // Whatever the remedy says.
  const MadeRoom made =
      make_room({.mount = root.string(),
                 .device = scope.device,
                 .steps = {{.path = at("var/cache/apt/archives")},
                           {.path = at("home/alice/debs")},
                           {.path = at("var/cache/apt/archives/../../../../home/alice/debs")},
                           {.path = "/"},
                           {.path = ""}},
                 .goal = {.freed = 1ULL << 40U}},
                scope, Clock::now() + 5s);
  EXPECT_TRUE(made.freed.empty());
  expect_untouched(before);
}

TEST_F(Room, directories_that_others_write_to_are_left) {
  file(archives("bash_5.2-1_amd64.deb"), 1);
  for (const auto mode : {0775, 0757, 0777, 01777}) {
    fs::permissions(root / "var/cache/apt/archives", static_cast<fs::perms>(mode));
    EXPECT_TRUE(offers().empty()) << std::oct << mode;
  }
  fs::permissions(root / "var/cache/apt/archives", fs::perms{0755});
  EXPECT_EQ(offers().size(), 1U);
  if (geteuid() != 0) return;
  ASSERT_EQ(chown(at(archives("bash_5.2-1_amd64.deb")).c_str(), 1000, 1000), 0);
  EXPECT_TRUE(offers().empty()) << "nor another's file";
}

TEST_F(Room, another_file_system_is_not_touched) {
  file(archives("bash_5.2-1_amd64.deb"), 1);
  scope.device = "999:9";
  EXPECT_TRUE(offers().empty());
  scope.device = "";
  EXPECT_TRUE(offers().empty());
}

TEST_F(Room, nor_what_is_mounted_in_the_cache) {
  file(archives("bash_5.2-1_amd64.deb"), 1);
  file(archives("bound_1_all.deb"), 1);
  file("home/alice/own", 1);
  file("home/alice/rpms/own-1-1.x86_64.rpm", 1);
  make("var/cache/zypp/packages/repo");
  const pid_t child = fork(); // a name space of its own
  if (child == 0) {
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
      _exit(77);
    const auto bind = [&](const char* from, const std::string& to) {
      return mount(at(from).c_str(), at(to).c_str(), nullptr, MS_BIND, nullptr) == 0;
    };
    if (!bind("home/alice/own", archives("bound_1_all.deb")) ||
        !bind("home/alice/rpms", "var/cache/zypp/packages/repo"))
      _exit(77);
    scope.now_us += hour_us;
    const auto found = offers();
    if (found.size() != 1 || found[0].files != 1) _exit(1);
    (void)make_all();
    if (!fs::exists(root / archives("bound_1_all.deb")) ||
        !fs::exists(root / "home/alice/rpms/own-1-1.x86_64.rpm") ||
        fs::exists(root / archives("bash_5.2-1_amd64.deb")))
      _exit(2);
    // The whole cache, from the same file system.
    file("home/alice/debs/bash_5.2-1_amd64.deb", 1);
    if (!bind("home/alice/debs", "var/cache/apt/archives")) _exit(77);
    if (!offers().empty()) _exit(3);
    if (mount("none", at("var/cache/apt/archives").c_str(), "tmpfs", 0, "size=4M") != 0) _exit(77);
    file(archives("bash_5.2-1_amd64.deb"), 1);
    _exit(offers().empty() ? 0 : 4);
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 77) GTEST_SKIP() << "mounts are not allowed here";
  EXPECT_EQ(status, 0) << WEXITSTATUS(status);
}

TEST_F(Room, of_the_journal_a_day_and_64_MiB_stay) {
  const std::string oldest = journal("system", 8, 9 * day_us);
  const std::string old = journal("system", 8, 2 * day_us);
  const std::string user = journal("user-1000", 8, 8 * day_us);
  const std::string young = journal("system", 8, 23 * hour_us);
  const std::string lively = journal("system", 8, 9 * day_us, 2, hour_us); // by its last entry
  const std::string in_use = journal("system", 8, 9 * day_us, 1);
  const std::string touched = journal("system", 8, 9 * day_us);
  aged(touched, 0);
  const std::string ours = "var/log/journal/" + machine + "/";
  file(ours + "system@00000000000000ff-0123456789abcdef.journal~", 8, 9 * day_us);
  file(ours + "system.journal", 60);
  file(ours + "mine@archive.journal", 8, 9 * day_us);
  file("var/log/journal/remote/" + fs::path{oldest}.filename().string(), 8, 9 * day_us);
  std::set<std::string> left = tree();
  for (const std::string& gone :
       {oldest, old, user, ours + "system@00000000000000ff-0123456789abcdef.journal~"})
    left.erase(gone);
  const MadeRoom made = make_all();
  EXPECT_EQ(tree(), left);
  ASSERT_EQ(made.freed.size(), 1U) << made.why;
  EXPECT_EQ(made.freed[0].files, 4U);
  EXPECT_GE(made.bytes(), 32 * MiB);
}

// A machine without a battery begins years ago: what it writes then looks old by all other clocks.
TEST_F(Room, of_this_boots_journal_the_age_is_what_no_clock_has_shown) {
  const auto of_boot = [this](const std::string& path, std::int64_t age_us) {
    {
      std::fstream out{root / path, std::ios::binary | std::ios::in | std::ios::out};
      out.seekp(56);
      out << std::string(16, '\x5a');
      auto tail = static_cast<std::uint64_t>(scope.up_us - age_us);
      std::string bytes;
      for (int i = 0; i < 8; ++i, tail >>= 8U)
        bytes += static_cast<char>(tail & 0xffU);
      out.seekp(200);
      out << bytes;
    }
    sync_file(path);
    aged(path, 9 * day_us);
  };
  scope.up_us = 30 * day_us;
  const std::string young = journal("system", 8, 9 * day_us);
  of_boot(young, hour_us);
  const std::string old = journal("system", 8, 9 * day_us);
  of_boot(old, 2 * day_us);
  file("var/log/journal/" + machine + "/system.journal", 65);
  scope.boot_id = std::string(32, 'b');
  ASSERT_EQ(offers().size(), 1U);
  EXPECT_EQ(offers()[0].files, 2U) << "of an earlier boot";
  for (int i = 0; i < 16; ++i)
    scope.boot_id.replace(static_cast<std::size_t>(i) * 2, 2, "5a");
  ASSERT_EQ(offers().size(), 1U);
  EXPECT_EQ(offers()[0].files, 1U);
  (void)make_all();
  EXPECT_TRUE(fs::exists(root / young));
  EXPECT_FALSE(fs::exists(root / old));
}

TEST_F(Room, of_dnf5_nothing_while_something_in_its_cache_is_young) {
  const std::string cache = "var/cache/libdnf5/updates-0123456789abcdef/packages/";
  file(cache + "bash-5.2-1.fc41.x86_64.rpm", 2);
  file(cache + "vim-9-1.fc41.x86_64.rpm", 2);
  EXPECT_TRUE(offers().empty());
  scope.now_us += hour_us;
  ASSERT_EQ(offers().size(), 1U);
  EXPECT_EQ(offers()[0].files, 2U);
  // What is coming, by whatever name.
  file(cache + "emacs-30-1.fc41.x86_64.rpm.part", 1, 0);
  EXPECT_TRUE(offers().empty());
  fs::remove(root / (cache + "emacs-30-1.fc41.x86_64.rpm.part"));
  EXPECT_EQ(make_all().freed.size(), 1U);
  EXPECT_FALSE(fs::exists(root / (cache + "bash-5.2-1.fc41.x86_64.rpm")));
}

TEST_F(Room, the_audit_trail_is_nobodys_rotated_log) {
  file("var/log/audit/audit.log", 1);
  file("var/log/audit/audit.log.1", 1, 9 * day_us);
  file("var/log/app/audit/x.log.1", 1, 9 * day_us);
  const auto offered = offers();
  ASSERT_EQ(offered.size(), 1U);
  EXPECT_EQ(offered[0].files, 1U);
  (void)make_all();
  EXPECT_TRUE(fs::exists(root / "var/log/audit/audit.log.1"));
  EXPECT_FALSE(fs::exists(root / "var/log/app/audit/x.log.1"));
}

TEST_F(Room, knows_where_there_are_too_many_directories) {
  for (int i = 0; i < 510; ++i)
    make("var/log/app/" + std::to_string(i));
  EXPECT_FALSE(room_offers(scope, Clock::now() + 30s).complete);
  fs::remove_all(root / "var/log/app");
  EXPECT_TRUE(room_offers(scope, Clock::now() + 30s).complete);
}

TEST_F(Room, what_cannot_be_deleted_does_not_keep_the_others) {
  if (!mounted) GTEST_SKIP() << "the numbers of this file system are everybody's";
  file(archives("p0_1_all.deb"), 8);
  const Fd fixed{open(at(archives("p0_1_all.deb")).c_str(), O_RDONLY | O_CLOEXEC)};
  int flags = FS_IMMUTABLE_FL;
  if (ioctl(fixed.get(), FS_IOC_SETFLAGS, &flags) != 0) GTEST_SKIP() << "takes chattr +i";
  usleep(20'000);
  file(archives("p1_1_all.deb"), 4);
  usleep(20'000);
  file(archives("p2_1_all.deb"), 4);
  const MadeRoom some = make_room(remedy(2 * MiB), scope, Clock::now() + 20s);
  EXPECT_TRUE(some.enough) << some.why;
  EXPECT_EQ(some.why, "");
  EXPECT_FALSE(fs::exists(root / archives("p1_1_all.deb")));
  EXPECT_TRUE(fs::exists(root / archives("p2_1_all.deb")));
  const MadeRoom rest = make_all();
  EXPECT_FALSE(fs::exists(root / archives("p2_1_all.deb")));
  EXPECT_EQ(rest.bytes(), 4 * MiB);
  EXPECT_NE(rest.why.find("cannot be deleted"), std::string::npos) << rest.why;
  EXPECT_TRUE(make_all().freed.empty());
  flags = 0;
  EXPECT_EQ(ioctl(fixed.get(), FS_IOC_SETFLAGS, &flags), 0);
}

TEST_F(Room, the_journals_floor_holds_on_the_disk_too) {
  const std::string one = journal("system", 30, 9 * day_us);
  const std::string two = journal("system", 30, 8 * day_us);
  const std::string three = journal("system", 30, 7 * day_us);
  (void)make_all();
  EXPECT_TRUE(fs::exists(root / one)) << "60 MiB would stay";
  file("var/log/journal/" + machine + "/system.journal", 10);
  (void)make_all();
  EXPECT_FALSE(fs::exists(root / one)) << "70 MiB stay";
  EXPECT_TRUE(fs::exists(root / two));
  EXPECT_TRUE(fs::exists(root / three));
}

TEST_F(Room, rotated_logs_and_core_dumps_by_their_names_and_rest) {
  const std::string core =
      "var/lib/systemd/coredump/core.java.0." + std::string(32, 'b') + ".812.1795230727000000.zst";
  file("var/log/auth.log", 1);
  file("var/log/auth.log.1", 1, 2 * day_us);
  file("var/log/auth.log.2.gz", 1, 2 * day_us);
  file("var/log/auth.log.3.gz", 1, hour_us);
  file("var/log/app/x.log-20261101.gz", 1, 2 * day_us);
  file("var/log/app/lib.so.1", 1, 2 * day_us);
  file("var/log/initial-status.gz", 1, 2 * day_us);
  file("var/log/journal/auth.log.1", 1, 2 * day_us);
  file(core, 1, hour_us);
  file("var/lib/systemd/coredump/core.mine", 1, hour_us);
  file("home/alice/auth.log.1", 1, 2 * day_us);
  std::set<std::string> left = tree();
  for (const std::string& gone :
       {std::string{"var/log/auth.log.1"}, std::string{"var/log/auth.log.2.gz"},
        std::string{"var/log/app/x.log-20261101.gz"}, core})
    left.erase(gone);
  const auto offered = offers();
  ASSERT_EQ(offered.size(), 2U);
  EXPECT_EQ(offered[0].kind, RoomKind::rotated_logs);
  EXPECT_EQ(offered[0].files, 3U);
  EXPECT_EQ(offered[1].kind, RoomKind::core_dumps);
  (void)make_all();
  EXPECT_EQ(tree(), left);
}

TEST_F(Room, only_steps_that_were_asked_for) {
  file("var/log/auth.log.1", 1, 2 * day_us);
  file(archives("p_1_all.deb"), 1);
  MakeRoom room = remedy(1ULL << 40U);
  std::erase_if(room.steps,
                [](const RoomOffer& one) { return one.kind == RoomKind::rotated_logs; });
  (void)make_room(room, scope, Clock::now() + 20s);
  EXPECT_TRUE(fs::exists(root / "var/log/auth.log.1"));
  // Nor does one kind's step reach another's place.
  room.steps = {{.kind = RoomKind::packages, .path = at("var/log")}};
  EXPECT_TRUE(make_room(room, scope, Clock::now() + 20s).freed.empty());
  EXPECT_TRUE(fs::exists(root / "var/log/auth.log.1"));
}

TEST_F(Room, stops_where_deleting_makes_no_room) {
  if (!mounted) GTEST_SKIP() << "the numbers of this file system are everybody's";
  file(archives("p_1_all.deb"), 8);
  const std::string old = journal("system", 8, 9 * day_us);
  file("var/log/journal/" + machine + "/system.journal", 65);
  // Held open: it has no name any more, and all its room.
  const Fd held{open(at(archives("p_1_all.deb")).c_str(), O_RDONLY | O_CLOEXEC)};
  const MadeRoom made = make_all();
  EXPECT_TRUE(fs::exists(root / old)) << "the audit trail is not spent in vain";
  EXPECT_NE(made.why.find("made room of"), std::string::npos) << made.why;
  EXPECT_LT(made.bytes(), 4 * MiB);
}

TEST_F(Room, tells_the_room_that_was_made_and_not_what_was_deleted) {
  if (!mounted) GTEST_SKIP() << "the numbers of this file system are everybody's";
  struct Row {
    std::size_t held, all; // MiB
    std::size_t told;
  } const rows[] = {{0, 32, 32}, {3, 32, 32}, {12, 32, 20}, {16, 32, 16}};
  for (const Row& row : rows) {
    file(archives("shared_1_all.deb"), row.held);
    file(archives("own_1_all.deb"), row.all - row.held);
    const Fd held{open(at(archives("shared_1_all.deb")).c_str(), O_RDONLY | O_CLOEXEC)};
    const MadeRoom made = make_all();
    EXPECT_EQ((made.bytes() + MiB / 2) / MiB, row.told) << row.held;
    EXPECT_EQ(made.why, "") << row.held;
    EXPECT_FALSE(fs::exists(root / archives("own_1_all.deb")));
  }
}

// What it was told to delete of a journal, and no more for what a snapshot has of it.
TEST_F(Room, deletes_no_more_for_what_is_shared) {
  if (!mounted) GTEST_SKIP() << "the numbers of this file system are everybody's";
  const std::string shared = archives("p0_1_all.deb");
  file(shared, 8);
  usleep(20'000);
  file(archives("p1_1_all.deb"), 12);
  usleep(20'000);
  file(archives("p2_1_all.deb"), 8);
  const Fd held{open(at(shared).c_str(), O_RDONLY | O_CLOEXEC)};
  const MadeRoom made = make_room(remedy(20 * MiB), scope, Clock::now() + 20s);
  EXPECT_TRUE(made.enough) << made.why;
  EXPECT_EQ(made.bytes(), 12 * MiB);
  EXPECT_TRUE(fs::exists(root / archives("p2_1_all.deb")));
}

TEST_F(Room, of_the_journal_one_file_is_tried_first) {
  if (!mounted) GTEST_SKIP() << "the numbers of this file system are everybody's";
  const std::string first = journal("system", 8, 9 * day_us);
  const std::string second = journal("system", 8, 8 * day_us);
  file("var/log/journal/" + machine + "/system.journal", 65);
  {
    const Fd held{open(at(first).c_str(), O_RDONLY | O_CLOEXEC)};
    const MadeRoom made = make_all();
    EXPECT_FALSE(fs::exists(root / first));
    EXPECT_TRUE(fs::exists(root / second));
    EXPECT_EQ(made.bytes(), 0U);
    EXPECT_EQ(brought_text(made), "");
  }
  EXPECT_EQ(make_all().bytes(), 8 * MiB);
  EXPECT_FALSE(fs::exists(root / second));
}

TEST(RoomReport, of_a_remedy_survives_the_pipe) {
  MadeRoom made{
      .freed = {{.path = "/var/cache/apt/archives", .bytes = 5, .files = 2},
                {.kind = RoomKind::journal, .path = "/var/log/journal/5", .bytes = 7, .files = 1}},
      .enough = true,
      .why = "a b"};
  const std::string text = encode(made);
  const MadeRoom read = decode_made_room(encode({}) + text);
  EXPECT_EQ(read.freed, made.freed);
  EXPECT_TRUE(read.enough);
  EXPECT_EQ(read.why, made.why);
  for (std::size_t cut = 0; cut < text.size(); ++cut)
    EXPECT_FALSE(decode_made_room(std::string_view{text}.substr(0, cut)).enough) << cut;
  EXPECT_TRUE(decode_made_room(std::string(300, 'f') + "\nf x y z\nq\n\n").freed.empty());
  EXPECT_EQ(make_room_arguments({.mount = "/",
                                 .device = "8:1",
                                 .steps = {{.kind = RoomKind::journal, .path = "/j"}},
                                 .goal = {.percent = 91, .available = 5, .freed = 0}}),
            (std::vector<std::string>{"/", "8:1", "91", "5", "0", "journal", "/j"}));
  for (const std::vector<std::string>& wrong : {std::vector<std::string>{},
                                                {"/"},
                                                {"/", "8:1", "1", "1", "0", "journal"},
                                                {"/", "8:1", "1", "1", "0", "everything", "/"}})
    EXPECT_EQ(make_room_main(wrong), 64);
}

TEST(RoomGoal, is_beyond_where_disk_full_ends) {
  const RoomGoal goal = room_goal({});
  EXPECT_EQ(goal.percent, 91U);
  EXPECT_EQ(goal.available, 150ULL << 20U);
  const Space space{.total = 20ULL << 30U, .free = 1ULL << 30U, .available = 10ULL << 20U};
  EXPECT_EQ(still_missing(space, goal, 0), 140ULL << 20U) << "the nearer of the two";
  EXPECT_EQ(still_missing({.total = 1000, .free = 10, .available = 10}, goal, 0), 80U);
  EXPECT_EQ(still_missing({.total = 1000, .free = 90, .available = 90}, goal, 0), 0U);
  EXPECT_EQ(still_missing(space, {.percent = 91, .available = 0, .freed = 7}, 5), 2U);
  EXPECT_EQ(still_missing({}, goal, 0), 0U);
  constexpr auto most = std::numeric_limits<std::uint64_t>::max();
  EXPECT_GE(still_missing({.total = most, .free = 0, .available = 0}, goal, 0), 1U);
  EXPECT_EQ(still_missing({.total = 1, .free = 5, .available = 0}, goal, 0), 0U);
}

} // namespace
} // namespace sshguardd::host
