// Which files are read, in which order, and what becomes of those that cannot be.
#include "host/config_files.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <sys/stat.h>

namespace sshguardd::host {
namespace {

namespace fs = std::filesystem;
using Errors = std::vector<std::string>;

class ConfigFilesTest : public testing::Test {
protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "sshguardd-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    root_ = name;
    fs::create_directory(directory());
  }
  void TearDown() override { fs::remove_all(root_); }

  [[nodiscard]] std::string main_file() const { return (root_ / "main.conf").string(); }
  [[nodiscard]] fs::path directory() const { return root_ / "main.conf.d"; }
  void write(const fs::path& path, const std::string& text) const { std::ofstream{path} << text; }
  void drop_in(const std::string& name, const std::string& text) const {
    write(directory() / name, text);
  }
  [[nodiscard]] ConfigFiles read() const { return read_config_files(main_file(), directory()); }
  [[nodiscard]] config::Loaded load() const { return load_config(read()); }

  fs::path root_;
};

TEST_F(ConfigFilesTest, NoFileIsNoError) {
  EXPECT_EQ(load().errors.lines, Errors{});
  fs::remove_all(directory());
  EXPECT_EQ(load().errors.lines, Errors{});
}

TEST_F(ConfigFilesTest, DropInsCountInByteOrderAfterTheMainFile) {
  write(main_file(), "[heal]\nback_off = 1\n[probe]\nretry = 2\n");
  for (const char* name : {"b.conf", "a.conf", "Z.conf", "10.conf", "9.conf", "\xc3\xa4.conf"})
    drop_in(name, "");
  const ConfigFiles files = read();
  Errors names;
  for (const config::File& file : files.files)
    names.push_back(fs::path{file.path}.filename().string());
  EXPECT_EQ(names, (Errors{"main.conf", "10.conf", "9.conf", "Z.conf", "a.conf", "b.conf",
                           "\xc3\xa4.conf"}));
  drop_in("10.conf", "[heal]\nback_off = 10\n");
  drop_in("9.conf", "[heal]\nback_off = 9\n");
  EXPECT_EQ(load().config.back_off, std::chrono::seconds{9});
  EXPECT_EQ(load().config.probe_retry, std::chrono::seconds{2});
  EXPECT_EQ(load().errors.lines, Errors{});
}

TEST_F(ConfigFilesTest, OnlyNamesThatEndInConfAreRead) {
  for (const char* name : {".hidden.conf", ".conf", "conf", "a.conf.dpkg-old", "a.conf~", "a.CONF"})
    drop_in(name, "[heal]\nenabled = no\n");
  EXPECT_TRUE(load().config.heal);
  EXPECT_EQ(load().errors.lines, Errors{});
}

TEST_F(ConfigFilesTest, WhatIsNoRegularFileIsAnErrorAndTheRestIsRead) {
  fs::create_directory(directory() / "a.conf");
  ASSERT_EQ(mkfifo((directory() / "b.conf").c_str(), 0600), 0); // nobody writes: opening would wait
  fs::create_symlink("/dev/zero", directory() / "c.conf");
  fs::create_symlink("nowhere", directory() / "d.conf");
  write(root_ / "elsewhere", "[heal]\nback_off = 7\n");
  fs::create_symlink(root_ / "elsewhere", directory() / "e.conf");
  const config::Loaded loaded = load();
  EXPECT_EQ(loaded.config.back_off, std::chrono::seconds{7});
  const std::string start = directory().string() + "/";
  EXPECT_EQ(loaded.errors.lines,
            (Errors{start + "a.conf: not a regular file; nothing of it is used",
                    start + "b.conf: not a regular file; nothing of it is used",
                    start + "c.conf: not a regular file; nothing of it is used",
                    start + "d.conf: No such file or directory; nothing of it is used"}));
}

TEST_F(ConfigFilesTest, SizeAndNumberAreBounded) {
  write(main_file(), std::string(65'537, '\n'));
  drop_in("000.conf", std::string(65'536, '\n'));
  for (int i = 0; i < 120; ++i)
    drop_in(std::to_string(1000 + i) + ".conf", "");
  const ConfigFiles files = read();
  EXPECT_EQ(files.files.size(), 100U);
  EXPECT_EQ(files.errors,
            (Errors{main_file() + ": larger than 65536 bytes; nothing of it is used",
                    directory().string() + ": 121 files, allowed: 100; those from 1099.conf on are "
                                           "not used"}));
}

TEST_F(ConfigFilesTest, ADirectoryThatIsNoneIsAnError) {
  fs::remove(directory());
  write(directory(), "[heal]\nenabled = no\n");
  EXPECT_TRUE(load().config.heal);
  EXPECT_EQ(load().errors.lines,
            Errors{directory().string() + ": Not a directory; nothing in it is used"});
}

TEST_F(ConfigFilesTest, FilesThatWereAskedForHaveToExist) {
  write(main_file(), "[heal]\nenabled = no\nback_off = 0\n");
  const config::Loaded loaded =
      load_config(read_config_files({main_file(), main_file() + ".none"}));
  EXPECT_FALSE(loaded.config.heal);
  ASSERT_EQ(loaded.errors.lines.size(), 2U);
  EXPECT_EQ(loaded.errors.lines[0],
            main_file() + ".none: No such file or directory; nothing of it is used");
  EXPECT_TRUE(loaded.errors.lines[1].starts_with(main_file() + ":3: [heal] back_off: "));
}

} // namespace
} // namespace sshguardd::host
