#include "host/room_look.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <fcntl.h>
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
  EXPECT_EQ(look({.bytes = 4096, .files = 1}).largest.size(), most_consumers);
  EXPECT_FALSE(look_at_tree(root.string(), {1, 1}, Clock::now()).complete);
  EXPECT_FALSE(look_at_tree(at("not there"), {1, 1}, Clock::now() + 1s).complete);
}

TEST_F(RoomLook, finds_deleted_files_that_are_open) {
  file("held", 2048);
  file("linked", 2048);
  const int held = open(at("held").c_str(), O_RDONLY);
  const int linked = open(at("linked").c_str(), O_RDONLY);
  fs::remove(root / "held");
  const auto found = deleted_files(root.string(), 1 << 20, Clock::now() + 5s);
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
  const Consumers read = decode_consumers(encode_offers(offers) + encode(consumers));
  EXPECT_TRUE(read.complete);
  EXPECT_TRUE(read.offers_known);
  EXPECT_EQ(read.offers, offers);
  EXPECT_EQ(read.largest, consumers.largest);
  EXPECT_TRUE(decode_consumers(encode_offers({}) + "e").offers_known);
  EXPECT_FALSE(decode_consumers("e").offers_known);
  const std::string text = encode_offers(offers);
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
