// Whose fingerprints are told: those of the private keys, by ssh-keygen itself.
#include "host/host_keys.hpp"

#include "host/clock.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <unistd.h>

namespace sshguardd::host {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

std::string first_line(const std::string& command) {
  FILE* pipe = popen(command.c_str(), "r"); // NOLINT: words of this test alone
  char line[512] = {};
  if (pipe == nullptr) return {};
  if (fgets(line, sizeof line, pipe) == nullptr) line[0] = '\0';
  pclose(pipe);
  return line;
}

class HostKeyReaderTest : public testing::Test {
protected:
  void SetUp() override {
    if (geteuid() != 0 || !fs::exists("/usr/bin/ssh-keygen"))
      GTEST_SKIP() << "takes root and ssh-keygen";
    block_signals();
    std::string name = "/tmp/sshguardd-test-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    root_ = name;
  }
  void TearDown() override {
    if (!root_.empty()) fs::remove_all(root_);
  }

  // Of a new key that ssh-keygen makes with these options: "SHA256:...".
  [[nodiscard]] std::string make(const std::string& name, const std::string& options) const {
    const std::string path = root_ / name;
    EXPECT_EQ(std::system(("ssh-keygen -q " + options + " -f " + path).c_str()), 0); // NOLINT
    return first_line("ssh-keygen -lf " + path + ".pub | cut -d' ' -f2 | tr -d '\\n'");
  }

  // What the reader says once all is answered.
  [[nodiscard]] HostKeys read(const std::vector<std::string>& names,
                              const std::string& more = {}) const {
    const std::string file = root_ / "sshd_config";
    std::ofstream text{file};
    for (const std::string& name : names)
      text << "HostKey " << (root_ / name).string() << "\n";
    text << more;
    text.close();
    SshdFiles files;
    files.config.fingerprint = "1";
    files.config.paths = {{.path = file, .exists = true, .identity = "1", .configuration = true}};
    Loop loop;
    HostKeyReader reader{loop, [&loop] { loop.stop(); }};
    const Fact<Effective> effective = Unknown{"none"};
    reader.consider(files, effective);
    if (reader.asking()) {
      const auto late = loop.at(now().boot + 30s, [&loop] { loop.stop(); });
      loop.run();
      reader.consider(files, effective);
    }
    EXPECT_FALSE(reader.asking());
    EXPECT_TRUE(reader.keys());
    return reader.keys() ? *reader.keys() : HostKeys{};
  }

  fs::path root_;
};

TEST_F(HostKeyReaderTest, ThePrivateKeyTells) {
  const std::string plain = make("plain", "-t ed25519 -N ''");
  const std::string secret = make("secret", "-t ed25519 -N secret");
  const std::string open = make("open", "-t ecdsa -N ''");
  fs::permissions(root_ / "open", fs::perms{0644});
  const std::string pem = make("pem", "-t rsa -m PEM -N ''");
  // Public halves of other keys, and none.
  fs::copy_file(root_ / "open.pub", root_ / "plain.pub", fs::copy_options::overwrite_existing);
  fs::copy_file(root_ / "pem.pub", root_ / "open.pub", fs::copy_options::overwrite_existing);
  fs::remove(root_ / "pem.pub");
  const auto keys = read({"plain", "secret", "open", "pem"}).keys;
  const std::string hashes[] = {open, pem, plain, secret}; // by path
  ASSERT_EQ(keys.size(), 4U);
  for (std::size_t at = 0; at < 4; ++at) {
    ASSERT_TRUE(keys[at].fingerprint) << keys[at].path;
    EXPECT_EQ(keys[at].fingerprint->hash, hashes[at]) << keys[at].path;
    EXPECT_FALSE(keys[at].unproven) << keys[at].path;
  }
  EXPECT_FALSE(fs::exists("/run/sshguardd/hostkey." + std::to_string(getpid())));
}

TEST_F(HostKeyReaderTest, WhatItDoesNotTellIsMarked) {
  const std::string closed = make("closed", "-t rsa -m PEM -N secret");
  const std::string lost = make("lost", "-t ed25519 -N ''");
  fs::remove(root_ / "lost");
  std::ofstream{root_ / "nonsense"} << "nonsense\n";
  const auto keys = read({"closed", "lost", "nonsense"}).keys;
  ASSERT_EQ(keys.size(), 3U);
  ASSERT_TRUE(keys[0].fingerprint);
  EXPECT_EQ(keys[0].fingerprint->hash, closed);
  EXPECT_TRUE(keys[0].unproven);
  EXPECT_FALSE(keys[1].exists);
  EXPECT_FALSE(keys[1].fingerprint);
  EXPECT_FALSE(keys[2].fingerprint);
}

TEST_F(HostKeyReaderTest, OneOrderWhoeverNamesThem) {
  const std::string ed25519 = "HostKey /etc/ssh/ssh_host_ed25519_key\n";
  const std::string ecdsa = "HostKey /etc/ssh/ssh_host_ecdsa_key\n";
  const std::string rsa = "HostKey /etc/ssh/ssh_host_rsa_key\n";
  const auto paths_of = [](const HostKeys& keys) {
    std::vector<std::string> paths;
    for (const HostKey& key : keys.keys)
      paths.push_back(key.path);
    return paths;
  };
  const std::vector<std::string> sorted{"/etc/ssh/ssh_host_rsa_key", "/etc/ssh/ssh_host_ecdsa_key",
                                        "/etc/ssh/ssh_host_ed25519_key", root_ / "a", root_ / "b"};
  EXPECT_EQ(paths_of(read({"b", "a"}, ed25519 + ecdsa + rsa)), sorted);
  EXPECT_EQ(paths_of(read({"a", "b"}, rsa + ed25519 + ecdsa)), sorted);
  // None is named: sshd's defaults in sshd's order.
  EXPECT_EQ(paths_of(read({})), (std::vector<std::string>{sorted.begin(), sorted.begin() + 3}));
}

TEST_F(HostKeyReaderTest, AnAgentIsNamed) {
  const std::string key = make("key", "-t ed25519 -N ''");
  EXPECT_FALSE(read({"key"}).agent);
  EXPECT_TRUE(read({"key"}, "hostkeyagent=/run/agent\n").agent);
}

} // namespace
} // namespace sshguardd::host
