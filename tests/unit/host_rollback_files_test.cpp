// What of sshd's configuration on a real disk a rollback replaces, and what it cannot or must not
// touch.
#include "host/config_file.hpp"
#include "host/known_good.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <sys/stat.h>
#include <unistd.h>

namespace sshguardd::host {
namespace {

namespace fs = std::filesystem;
using parse::ConfigFile;
using parse::ConfigSet;

class RollbackFilesTest : public testing::Test {
protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "sshguardd-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    root_ = fs::canonical(name);
    fs::create_directories(root_ / "ssh/d");
    write("ssh/main", "Include " + at("ssh/d/*") + "\n");
    write("ssh/d/a", "Port 22\n");
    scope_.main_file = at("ssh/main");
    for (const char* path : {"ssh/main", "ssh/d/a"})
      good_.files.push_back(*read_config_file(at(path)));
  }
  void TearDown() override { fs::remove_all(root_); }

  [[nodiscard]] std::string at(const std::string& name) const { return (root_ / name).string(); }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream{root_ / name} << text;
  }
  // What is to be done, where sshd reads these.
  [[nodiscard]] std::string changes(const std::vector<std::string>& names) const {
    SshdConfig config;
    config.main_file = scope_.main_file;
    for (const std::string& name : names) {
      struct stat st {};
      const bool directory = stat(at(name).c_str(), &st) == 0 && S_ISDIR(st.st_mode);
      config.paths.push_back({.path = at(name),
                              .exists = true,
                              .identity = directory ? "directory" : "x",
                              .configuration = true});
    }
    const auto files = files_to_change(good_, config, scope_);
    if (!files) return "refused: " + files.why();
    std::string text;
    for (const auto& change : files->changes)
      text += change.path().substr(root_.string().size() + 1) + " ";
    for (const std::string& path : files->left)
      text += "!" + path.substr(root_.string().size() + 1) + " ";
    return text;
  }

  fs::path root_;
  engine::RollbackScope scope_;
  ConfigSet good_;
};

TEST_F(RollbackFilesTest, WhatDiffers) {
  EXPECT_EQ(changes({"ssh/main", "ssh/d/a"}), "");
  write("ssh/main", "Prot 22\n");
  write("ssh/d/b", "x\n");
  fs::remove(root_ / "ssh/d/a");
  EXPECT_EQ(changes({"ssh/main", "ssh/d/b"}), "ssh/d/a ssh/d/b ssh/main ");
}

// What nothing includes any more is there all the same.
TEST_F(RollbackFilesTest, WhatIsThereButNotIncludedNow) {
  write("ssh/main", "Prot 22\n");
  EXPECT_EQ(changes({"ssh/main"}), "ssh/main ");
}

TEST_F(RollbackFilesTest, WhatCannotBeKeptIsRefusedOnlyWhereItWouldBeRead) {
  write("ssh/d/large", std::string(ConfigSet::max_text + 1, '#'));
  EXPECT_NE(changes({"ssh/main", "ssh/d/a", "ssh/d/large"}).find("larger than"), std::string::npos);
  fs::rename(root_ / "ssh/d/large", root_ / "ssh/large");
  EXPECT_EQ(changes({"ssh/main", "ssh/d/a", "ssh/large"}), "");
  ASSERT_EQ(mkfifo(at("ssh/d/fifo").c_str(), 0600), 0);
  EXPECT_NE(changes({"ssh/main", "ssh/d/a", "ssh/d/fifo"}).find("neither a file"),
            std::string::npos);
  fs::remove(root_ / "ssh/d/fifo");
  fs::create_directory(root_ / "ssh/d/below");
  EXPECT_EQ(changes({"ssh/main", "ssh/d/a", "ssh/d/below"}), "");
  EXPECT_EQ(changes({"ssh/main", "ssh/d/a", "ssh/d/../ssh_host_key"}), "");
}

// The directory of drop-ins is a link to a tree that somebody else keeps.
TEST_F(RollbackFilesTest, AnotherTreeIsLeftAlone) {
  fs::rename(root_ / "ssh/d", root_ / "tree");
  fs::create_directory_symlink(root_ / "tree", root_ / "ssh/d");
  write("tree/a", "Port 23\n");
  write("tree/b", "Port 24\n");
  write("ssh/main", "Prot 22\n");
  EXPECT_EQ(changes({"ssh/main", "ssh/d/a", "ssh/d/b"}), "ssh/main !ssh/d/a !ssh/d/b ");
  EXPECT_TRUE(leads_elsewhere(at("ssh/d/a")));
  EXPECT_FALSE(leads_elsewhere(at("ssh/main")));
  EXPECT_FALSE(leads_elsewhere(at("ssh/none/yet/x")));
}

TEST(ReadConfigFile, NeverWaitsNorFollows) {
  std::string name = (fs::temp_directory_path() / "sshguardd-XXXXXX").string();
  ASSERT_NE(mkdtemp(name.data()), nullptr);
  const fs::path root = name;
  ASSERT_EQ(mkfifo((root / "fifo").c_str(), 0600), 0);
  EXPECT_FALSE(read_config_file((root / "fifo").string()));
  EXPECT_FALSE(read_config_file("/dev/null"));
  EXPECT_FALSE(read_config_file(root.string()));
  fs::create_symlink(root / "fifo", root / "link");
  const auto link = read_config_file((root / "link").string());
  ASSERT_TRUE(link);
  EXPECT_EQ(link->kind, ConfigFile::Kind::link);
  EXPECT_EQ(link->text, (root / "fifo").string());
  std::ofstream{root / "large"} << std::string(ConfigSet::max_text + 1, 'x');
  EXPECT_FALSE(read_config_file((root / "large").string()));
  fs::resize_file(root / "large", ConfigSet::max_text);
  EXPECT_TRUE(read_config_file((root / "large").string()));
  EXPECT_EQ(read_config_file((root / "none/x").string())->kind, ConfigFile::Kind::absent);
  fs::remove_all(root);
}

} // namespace
} // namespace sshguardd::host
