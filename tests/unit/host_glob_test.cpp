#include "host/glob.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace sshguardd::host {
namespace {

namespace fs = std::filesystem;
using Paths = std::vector<std::string>;

class GlobTest : public testing::Test {
protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "glob-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    root_ = name;
  }
  void TearDown() override { fs::remove_all(root_); }
  void make(const std::string& name) const {
    fs::create_directories((root_ / name).parent_path());
    std::ofstream{root_ / name} << name;
  }
  [[nodiscard]] Paths names(const std::string& pattern) const {
    const auto found = glob_paths(root_ / pattern);
    Paths names;
    if (!found) return {"unknown: " + found.why()};
    for (const std::string& path : *found)
      names.push_back(path.substr(root_.string().size() + 1));
    return names;
  }
  fs::path root_;
};

TEST_F(GlobTest, names_what_matches_in_order) {
  for (const char* name : {"b.pub", "a.pub", "B.pub", ".c.pub", "a.key", "d[1]", "x/a.pub"})
    make(name);
  EXPECT_EQ(names("*.pub"), (Paths{"B.pub", "a.pub", "b.pub"}));
  EXPECT_EQ(names("[ab].pub"), (Paths{"a.pub", "b.pub"}));
  EXPECT_EQ(names("?/*"), Paths{"x/a.pub"});
  EXPECT_EQ(names("d\\[1]"), Paths{"d[1]"});
  EXPECT_EQ(names("d[1]"), Paths{});
  EXPECT_EQ(names("none*"), Paths{});
  EXPECT_EQ(names("none/*"), Paths{});
}

TEST_F(GlobTest, has_bounds) {
  for (int i = 0; i < 64; ++i)
    make("k" + std::to_string(i));
  EXPECT_EQ(names("k*").size(), 64U);
  make("k64");
  EXPECT_EQ(names("k*"), Paths{"unknown: it names too many files"});
}

} // namespace
} // namespace sshguardd::host
