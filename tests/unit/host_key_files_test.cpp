// Which files a remedy gives another mode; what it refuses it leaves as it is.
#include "host/host_key_files.hpp"

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

unsigned mode_of(const fs::path& path) {
  struct stat st {};
  return stat(path.c_str(), &st) == 0 ? st.st_mode & 07777U : 0;
}

// Below a directory that root alone writes: not /tmp.
class HostKeyFilesTest : public testing::Test {
protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "takes root";
    std::string name = "/var/lib/sshguardd-test-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    root_ = name;
  }
  void TearDown() override {
    if (!root_.empty()) fs::remove_all(root_);
  }

  [[nodiscard]] std::string make(const std::string& name, unsigned mode) const {
    const fs::path path = root_ / name;
    std::ofstream{path} << "key";
    EXPECT_EQ(chmod(path.c_str(), mode), 0);
    return path;
  }

  fs::path root_;
};

TEST_F(HostKeyFilesTest, ClearsWhatOthersMay) {
  const std::string a = make("a", 0640);
  const std::string b = make("b", 0477);
  EXPECT_FALSE(clear_host_key_modes({a, b}));
  EXPECT_EQ(mode_of(a), 0600U);
  EXPECT_EQ(mode_of(b), 0400U);
}

TEST_F(HostKeyFilesTest, RefusesWhatIsNoPlainKeyOfRoots) {
  const std::string good = make("good", 0644);
  const std::string foreign = make("foreign", 0644);
  ASSERT_EQ(chown(foreign.c_str(), 65534, 65534), 0);
  const std::string linked = make("linked", 0644);
  fs::create_hard_link(linked, root_ / "second");
  const std::string target = make("target", 0644);
  fs::create_symlink(target, root_ / "symlink");
  ASSERT_EQ(mkfifo((root_ / "fifo").c_str(), 0644), 0);
  fs::create_directory(root_ / "shared");
  ASSERT_EQ(chmod((root_ / "shared").c_str(), 01777), 0);
  const std::string shared = make("shared/key", 0644);
  fs::create_directory(root_ / "users");
  ASSERT_EQ(chown((root_ / "users").c_str(), 1000, 1000), 0);
  const std::string users = make("users/key", 0644);
  // Real files, mode and owner as wanted: their place alone is refused.
  std::string home = "/root/.sshguardd-test-XXXXXX";
  std::string of_user = "/home/.sshguardd-test-XXXXXX";
  for (std::string* path : {&home, &of_user}) {
    const int fd = mkstemp(path->data());
    ASSERT_GE(fd, 0) << *path;
    ASSERT_EQ(fchmod(fd, 0644), 0);
    close(fd);
  }
  for (const std::string& path :
       {foreign, linked, (root_ / "symlink").string(), (root_ / "fifo").string(), shared, users,
        root_.string(), (root_ / "none").string(), home, of_user, std::string{"relative"},
        std::string{}}) {
    EXPECT_TRUE(unmendable_key(path)) << path;
    // Each by itself.
    ASSERT_EQ(chmod(good.c_str(), 0644), 0);
    EXPECT_TRUE(clear_host_key_modes({path, good})) << path;
    EXPECT_EQ(mode_of(good), 0600U) << path;
  }
  EXPECT_FALSE(unmendable_key(good));
  for (const std::string& path : {foreign, linked, target, shared, users, home, of_user})
    EXPECT_EQ(mode_of(path), 0644U) << path;
  fs::remove(home);
  fs::remove(of_user);
}

} // namespace
} // namespace sshguardd::host
