#include "host/room_look.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

namespace sshguardd::host {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

class RoomLook : public testing::Test {
protected:
  void SetUp() override {
    // Not a tmpfs of the test's own: any directory of a local file system does.
    std::string name = (fs::temp_directory_path() / "room-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    root = name;
  }
  void TearDown() override { fs::remove_all(root); }

  void file(const std::string& path, std::size_t kib) const {
    fs::create_directories((root / path).parent_path());
    std::ofstream{root / path} << std::string(kib * 1024, 'x');
  }
  [[nodiscard]] Consumers look(RoomShares least) const {
    return look_at_tree(root.string(), least, Clock::now() + 5s);
  }
  [[nodiscard]] std::string at(const char* path) const { return (root / path).string(); }

  fs::path root;
};

TEST_F(RoomLook, names_the_largest_where_they_are) {
  file("var/big.bin", 900);
  for (int i = 0; i < 30; ++i)
    file("var/log/journal/" + std::to_string(i), 10);
  file("var/log/small", 8);
  for (int i = 0; i < 20; ++i)
    file("home/u" + std::to_string(i) + "/x", 4);
  const Consumers found = look({.bytes = 200 * 1024, .files = 1000});
  EXPECT_TRUE(found.complete);
  ASSERT_EQ(found.largest.size(), 2U);
  EXPECT_EQ(found.largest[0].path, at("var/big.bin"));
  EXPECT_FALSE(found.largest[0].directory);
  EXPECT_GE(found.largest[0].bytes, 900U * 1024);
  EXPECT_EQ(found.largest[1].path, at("var/log/journal")) << "not /var, which holds it";
  EXPECT_TRUE(found.largest[1].directory);
  EXPECT_TRUE(found.most.empty());
}

TEST_F(RoomLook, names_where_the_files_are) {
  for (int i = 0; i < 300; ++i)
    file("spool/q/" + std::to_string(i), 0);
  for (int i = 0; i < 30; ++i)
    file("cache/" + std::to_string(i) + "/x", 0);
  const Consumers found = look({.bytes = 1 << 30, .files = 50});
  ASSERT_EQ(found.most.size(), 2U);
  EXPECT_EQ(found.most[0].path, at("spool/q"));
  EXPECT_EQ(found.most[0].files, 300U);
  EXPECT_EQ(found.most[1].path, at("cache")) << "spread over many directories";
}

TEST_F(RoomLook, follows_no_links_and_counts_names_of_one_file_once) {
  file("a/big", 500);
  fs::create_directory_symlink("/usr", root / "link");
  fs::create_directory_symlink("..", root / "a/loop");
  fs::create_hard_link(root / "a/big", root / "b");
  const Consumers found = look({.bytes = 100 * 1024, .files = 1000});
  ASSERT_EQ(found.largest.size(), 1U);
  EXPECT_TRUE(found.complete);
}

TEST_F(RoomLook, is_bounded_in_depth_number_and_time) {
  std::string deep;
  for (int i = 0; i < 150; ++i)
    deep += "d/";
  file(deep + "x", 1);
  for (int i = 0; i < 200; ++i)
    file("many/" + std::to_string(i), 8);
  const Consumers found = look({.bytes = 4096, .files = 1});
  EXPECT_EQ(found.largest.size(), most_consumers);
  EXPECT_FALSE(found.complete) << "whoever hides a file so deep is not believed";
  fs::remove_all(root / "d");
  EXPECT_TRUE(look({.bytes = 4096, .files = 1}).complete);
  EXPECT_FALSE(look_at_tree(root.string(), {1, 1}, Clock::now()).complete);
  EXPECT_FALSE(look_at_tree(at("not there"), {1, 1}, Clock::now() + 1s).complete);
}

// Names wait to be walked on each level, and all of them are memory.
TEST_F(RoomLook, holds_no_more_names_than_it_may) {
  const pid_t child = fork(); // in memory: so many names take minutes on a busy disk
  if (child == 0) {
    if (unshare(CLONE_NEWNS) != 0 ||
        mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        mount("none", root.c_str(), "tmpfs", 0, "size=200M,nr_inodes=0") != 0)
      _exit(77);
    const std::string pad(240, 'x');
    const auto fill = [&](const std::string& at) {
      for (int i = 0; i < 14'000; ++i)
        fs::create_directory(root / at / (std::to_string(i) + pad));
    };
    const auto complete = [&] {
      return look_at_tree(root.string(), {1 << 30, 1 << 30}, Clock::now() + 60s).complete;
    };
    fs::create_directory(root / "z");
    fill("");
    if (!complete()) _exit(1);
    fill("z");
    _exit(complete() ? 2 : 0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 77) GTEST_SKIP() << "mounts are not allowed here";
  EXPECT_EQ(status, 0) << WEXITSTATUS(status);
}

// Subvolumes, and ostree's /var: one file system at several places, none of which shows it all.
TEST_F(RoomLook, sees_what_another_mount_of_it_shows) {
  for (const char* directory : {"store", "top"})
    fs::create_directory(root / directory);
  const pid_t child = fork(); // a name space of its own
  if (child == 0) {
    const auto bind = [this](const char* from, const char* to) {
      return mount(at(from).c_str(), at(to).c_str(), nullptr, MS_BIND, nullptr) == 0;
    };
    if (unshare(CLONE_NEWNS) != 0 ||
        mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        mount("none", at("store").c_str(), "tmpfs", 0, "size=50M") != 0)
      _exit(77);
    file("store/@/usr/small", 4);
    file("store/@/etc/own", 4);
    file("store/@var/lib/culprit", 900);
    for (int i = 0; i < 100; ++i)
      file("store/@log/" + std::to_string(i), 8);
    fs::create_directory(root / "store/@/var");
    fs::create_directory(root / "store/@var/log");
    if (!bind("store/@", "top") || !bind("store/@var", "top/var") ||
        !bind("store/@log", "top/var/log") || !bind("top/etc", "top/etc"))
      _exit(77);
    file("top/var/held", 700);
    const int held = open(at("top/var/held").c_str(), O_RDONLY);
    fs::remove(root / "top/var/held");
    const RoomShares least{.bytes = 200 * 1024, .files = 1000};
    // With a mount that shows all of it each is told once.
    if (look_at_tree(at("top"), least, Clock::now() + 5s).largest.size() != 2) _exit(1);
    if (umount2(at("store").c_str(), 0) != 0) _exit(2);
    const Consumers found = look_at_tree(at("top"), least, Clock::now() + 5s);
    if (!found.complete || found.largest.size() != 2) _exit(3);
    if (found.largest[0].path != at("top/var/lib/culprit")) _exit(4);
    if (found.largest[1].path != at("top/var/log")) _exit(5);
    const DeletedFiles deleted = deleted_files(at("top"), 600 * 1024, Clock::now() + 5s);
    const bool told = std::any_of(deleted.files.begin(), deleted.files.end(),
                                  [&](const auto& one) { return one.path == at("top/var/held"); });
    close(held);
    _exit(told && deleted.complete ? 0 : 6);
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 77) GTEST_SKIP() << "mounts are not allowed here";
  EXPECT_EQ(status, 0) << WEXITSTATUS(status);
}

// A container's: by a path that means something else here.
TEST_F(RoomLook, finds_deleted_files_of_other_name_spaces) {
  fs::create_directory(root / "volume");
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  if (child == 0) {
    char byte = '0';
    if (unshare(CLONE_NEWNS) == 0 &&
        mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
        mount(at("volume").c_str(), "/proc/sys", nullptr, MS_BIND, nullptr) == 0) {
      file("volume/held", 2048);
      if (open("/proc/sys/held", O_RDONLY) >= 0 && unlink("/proc/sys/held") == 0) byte = '1';
    }
    (void)!write(ready[1], &byte, 1);
    pause();
    _exit(0);
  }
  char byte = '0';
  EXPECT_EQ(read(ready[0], &byte, 1), 1);
  const DeletedFiles found = deleted_files(root.string(), 1 << 20, Clock::now() + 5s);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  if (byte != '1') GTEST_SKIP() << "mounts are not allowed here";
  EXPECT_TRUE(std::any_of(found.files.begin(), found.files.end(), [child](const Consumer& one) {
    return one.path == "/proc/sys/held" && one.pid == static_cast<std::uint32_t>(child);
  }));
}

TEST_F(RoomLook, says_where_not_all_processes_were_asked) {
  EXPECT_TRUE(deleted_files(root.string(), 1, Clock::now() + 60s).complete);
  EXPECT_FALSE(deleted_files(root.string(), 1, Clock::now()).complete);
  EXPECT_FALSE(deleted_files(at("not there"), 1, Clock::now() + 5s).complete);
}

TEST_F(RoomLook, finds_deleted_files_that_are_open) {
  file("held", 2048);
  file("linked", 2048);
  const int held = open(at("held").c_str(), O_RDONLY);
  const int linked = open(at("linked").c_str(), O_RDONLY);
  fs::remove(root / "held");
  const auto found = deleted_files(root.string(), 1 << 20, Clock::now() + 5s).files;
  close(held);
  close(linked);
  const auto ours = std::find_if(found.begin(), found.end(),
                                 [&](const Consumer& one) { return one.path == at("held"); });
  ASSERT_NE(ours, found.end());
  EXPECT_EQ(ours->pid, static_cast<std::uint32_t>(getpid()));
  EXPECT_EQ(ours->process, "unit_tests");
  EXPECT_GE(ours->bytes, 2048U * 1024);
}

TEST(RoomReport, has_the_offers_first) {
  const std::vector<RoomOffer> offers{
      {.kind = RoomKind::packages, .path = "/var/cache/apt/archives", .bytes = 7, .files = 2},
      {.kind = RoomKind::journal, .path = "/var/log/journal/x", .bytes = 1ULL << 40, .files = 1}};
  Consumers consumers;
  consumers.largest = {{.path = "/a", .bytes = 3, .files = 1}};
  const Consumers read = decode_consumers(encode_offers(offers, true) + encode(consumers));
  EXPECT_TRUE(read.complete);
  EXPECT_TRUE(read.offers_known);
  EXPECT_EQ(read.offers, offers);
  EXPECT_EQ(read.largest, consumers.largest);
  EXPECT_TRUE(decode_consumers(encode_offers({}, true) + "e").offers_known);
  EXPECT_FALSE(decode_consumers("e").offers_known);
  const Consumers some = decode_consumers(encode_offers(offers, false) + encode(consumers));
  EXPECT_EQ(some.offers, offers);
  EXPECT_FALSE(some.offers_known) << "there may be more";
  EXPECT_TRUE(some.complete);
  const std::string text = encode_offers(offers, true);
  for (std::size_t cut = 0; cut < text.size(); ++cut)
    EXPECT_FALSE(decode_consumers(std::string_view{text}.substr(0, cut)).offers_known) << cut;
}

TEST(RoomReport, survives_the_pipe) {
  Consumers consumers;
  consumers.largest = {{.path = "/a\nb", .directory = true, .bytes = 1ULL << 40, .files = 3}};
  consumers.most = {{.path = "/n", .directory = true, .files = 100'000}};
  consumers.deleted = {{.path = "/x", .bytes = 5, .files = 1, .process = "ja va", .pid = 91}};
  const std::string text = encode(consumers);
  const Consumers read = decode_consumers(text);
  EXPECT_TRUE(read.complete);
  EXPECT_EQ(read.largest, consumers.largest);
  EXPECT_EQ(read.most, consumers.most);
  EXPECT_EQ(read.deleted, consumers.deleted);
  for (std::size_t cut = 0; cut < text.size(); ++cut) {
    const Consumers part = decode_consumers(std::string_view{text}.substr(0, cut));
    EXPECT_FALSE(part.complete) << cut;
    EXPECT_LE(part.largest.size(), 1U);
  }
  EXPECT_TRUE(decode_consumers("e").complete);
}

} // namespace
} // namespace sshguardd::host
