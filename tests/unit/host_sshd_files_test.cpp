// Which files make up sshd's configuration, and what is said where they are too many.
#include "host/sshd_files.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <sys/stat.h>

namespace sshguardd::host {
namespace {

namespace fs = std::filesystem;

class SshdFilesTest : public testing::Test {
protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "sshguardd-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    root_ = name;
    fs::create_directory(root_ / "d");
  }
  void TearDown() override { fs::remove_all(root_); }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream{root_ / name} << text;
  }
  void many(int count) const {
    for (int number = 0; number < count; ++number)
      write("d/" + std::to_string(number) + ".conf", "# nothing\n");
  }
  [[nodiscard]] std::string main_file() const { return (root_ / "main").string(); }
  [[nodiscard]] SshdConfig read() const {
    Unit unit;
    unit.id = "ssh.service";
    unit.exec_start = {
        {.path = "/usr/sbin/sshd", .argv = {"/usr/sbin/sshd", "-D", "-f", main_file()}}};
    const auto files = read_sshd_files(unit);
    EXPECT_TRUE(files) << (files ? "" : files.why());
    return files ? files->config : SshdConfig{};
  }
  [[nodiscard]] bool follows(const std::string& name) const {
    const SshdConfig config = read();
    return std::ranges::any_of(config.paths, [path = (root_ / name).string()](const auto& entry) {
      return entry.path == path;
    });
  }

  fs::path root_;
};

TEST_F(SshdFilesTest, EachLinkOfAChainIsFollowed) {
  write("real", "Port 22\n");
  fs::create_symlink("real", root_ / "third");
  fs::create_symlink(root_ / "third", root_ / "second");
  fs::create_symlink("d/../second", root_ / "main");
  for (const char* name : {"main", "second", "third", "real"})
    EXPECT_TRUE(follows(name)) << name;
  fs::remove(root_ / "real");
  fs::create_symlink("main", root_ / "real"); // a circle ends
  EXPECT_TRUE(follows("main"));
}

TEST_F(SshdFilesTest, AllThatIsIncludedIsFollowed) {
  write("main", "Include " + (root_ / "d/*.conf").string() + "\nInclude " +
                    (root_ / "missing").string() + "\n");
  many(100);
  EXPECT_EQ(read().incomplete, "");
  for (const char* name : {"main", "d", "d/0.conf", "d/99.conf", "missing"})
    EXPECT_TRUE(follows(name)) << name;
  const std::string before = read().fingerprint;
  EXPECT_EQ(read().fingerprint, before);
  write("d/99.conf", "# something\n");
  EXPECT_NE(read().fingerprint, before);
}

TEST_F(SshdFilesTest, TooManyFilesAreSaidToBe) {
  write("main", "Include " + (root_ / "d/*.conf").string() + "\n");
  many(600);
  const SshdConfig config = read();
  EXPECT_EQ(config.incomplete, "it has more than 512 files");
  EXPECT_EQ(config.paths.size(), 512U);
  EXPECT_EQ(read().fingerprint, config.fingerprint); // the same 512 each time
}

TEST_F(SshdFilesTest, TooManyDirectoriesAreSaidToBe) {
  write("main", "Include " + (root_ / "d/*/x.conf").string() + "\n");
  for (int number = 0; number < 600; ++number)
    fs::create_directory(root_ / "d" / std::to_string(number));
  EXPECT_EQ(read().incomplete, "it has more than 512 files");
}

TEST_F(SshdFilesTest, AFileTooLargeToBeReadMayIncludeMore) {
  write("main", "Include " + (root_ / "d/*.conf").string() + "\n");
  write("d/large.conf", std::string(2'000'000, '#'));
  EXPECT_NE(read().incomplete.find("larger than"), std::string::npos) << read().incomplete;
  EXPECT_TRUE(follows("d/large.conf"));
}

TEST_F(SshdFilesTest, WhatIsNoFileHasNothingToFollow) {
  write("main", "Include " + (root_ / "d/*.conf").string() + "\n");
  ASSERT_EQ(mkfifo((root_ / "d/pipe.conf").c_str(), 0600), 0);
  fs::create_directory(root_ / "d/directory.conf");
  fs::create_symlink("nowhere", root_ / "d/dangling.conf");
  fs::create_symlink("/dev/null", root_ / "d/null.conf");
  fs::create_symlink("loop.conf", root_ / "d/loop.conf");
  EXPECT_EQ(read().incomplete, "");
  fs::remove(main_file());
  EXPECT_EQ(read().incomplete, "");
}

} // namespace
} // namespace sshguardd::host
