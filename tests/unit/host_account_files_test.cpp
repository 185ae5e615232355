#include "host/account_files.hpp"

#include "public_keys.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace sshguardd::host {
namespace {

namespace fs = std::filesystem;

class RevokedKeysTest : public testing::Test {
protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "revoked-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    root_ = name;
  }
  void TearDown() override { fs::remove_all(root_); }
  [[nodiscard]] std::string write(const std::string& name, const std::string& text) const {
    std::ofstream{root_ / name} << text;
    return root_ / name;
  }
  fs::path root_;
};

const std::string line = "ssh-ed25519 " + test::ed25519_data + " alice\n";

TEST_F(RevokedKeysTest, are_those_of_a_list) {
  RevokedKeys revoked;
  revoked.read(write("list", "# no more\n" + line));
  EXPECT_FALSE(revoked.unreadable() || revoked.is_krl());
  EXPECT_EQ(revoked.not_read(), "");
  EXPECT_EQ(revoked.why_rejected(parse::authorized_key(line)),
            "it is revoked by " + (root_ / "list").string());
  revoked.read(write("empty", ""));
  EXPECT_EQ(revoked.why_rejected(parse::authorized_key(line)), "");
  EXPECT_FALSE(revoked.unreadable());
}

TEST_F(RevokedKeysTest, of_a_list_for_ssh_keygen_alone_are_not_known) {
  RevokedKeys revoked;
  revoked.read(write("krl", std::string{"SSHKRL\n\0", 8} + std::string(20'000'000, 'x')));
  EXPECT_TRUE(revoked.is_krl());
  EXPECT_FALSE(revoked.unreadable());
}

TEST_F(RevokedKeysTest, that_are_too_many_are_not_those_of_a_file_that_cannot_be_read) {
  RevokedKeys revoked;
  revoked.read(write("large", std::string(20'000'000, '\n')));
  EXPECT_FALSE(revoked.unreadable());
  EXPECT_NE(revoked.not_read(), "");
  revoked.read(root_ / "none");
  EXPECT_TRUE(revoked.unreadable());
  EXPECT_EQ(revoked.not_read(), "");
  revoked.read(root_);
  EXPECT_TRUE(revoked.unreadable());
  revoked.read({});
  EXPECT_FALSE(revoked.unreadable());
}

} // namespace
} // namespace sshguardd::host
