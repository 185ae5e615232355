#include "parse/config_set.hpp"

#include <gtest/gtest.h>

namespace sshguardd::parse {
namespace {

ConfigSet example() {
  ConfigSet set{.saved_us = 1'795'230'727'000'000};
  ConfigFile file;
  file.path = "/etc/ssh/sshd_config";
  file.mode = 0644;
  file.gid = 4;
  file.label = std::string("system_u:object_r:etc_t:s0\0", 27);
  file.text = std::string("Port 22\nend\n\0\xff# \n", 18);
  ConfigFile link;
  link.path = "/etc/ssh/sshd_config.d/link.conf";
  link.kind = ConfigFile::Kind::link;
  link.text = "../real";
  ConfigFile gone;
  gone.path = "/etc/default/ssh";
  gone.kind = ConfigFile::Kind::absent;
  set.files = {file, link, gone};
  return set;
}

TEST(ConfigSetText, ComesBackAsItWas) {
  const auto read = config_set(to_text(example()));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->saved_us, example().saved_us);
  EXPECT_EQ(read->files, example().files);
  EXPECT_TRUE(config_set(to_text({}))->files.empty());
}

TEST(ConfigSetText, NothingThatWasCutOrDamaged) {
  const std::string text = to_text(example());
  for (std::size_t size = 0; size < text.size(); ++size)
    EXPECT_FALSE(config_set(text.substr(0, size))) << size;
  EXPECT_FALSE(config_set(text + "x"));
  // Each byte of a file's content and of its name counts.
  for (const char* word : {"Port 22", "sshd_config\n", "etc_t"}) {
    std::string damaged = text;
    const std::size_t at = damaged.find(word);
    if (at == std::string::npos) continue;
    damaged[at] = 'X';
    EXPECT_FALSE(config_set(damaged)) << word;
  }
}

// Of a file's mode, owner and kind as well: each locks people out.
TEST(ConfigSetText, TheHeadersCountToo) {
  const std::string text = to_text(example());
  for (const auto& [was, is] :
       std::vector<std::pair<const char*, const char*>>{{"file 644 0 4 ", "file 640 0 4 "},
                                                        {"file 644 0 4 ", "file 644 1 4 "},
                                                        {"file 644 0 4 ", "file 644 0 5 "},
                                                        {"file 644 0 4 ", "link 644 0 4 "},
                                                        {"link 0 0 0 ", "file 0 0 0 "},
                                                        {"absent 0 ", "file 0 "}}) {
    std::string damaged = text;
    const std::size_t at = damaged.find(was);
    ASSERT_NE(at, std::string::npos) << was;
    damaged.replace(at, std::string_view{was}.size(), is);
    EXPECT_FALSE(config_set(damaged)) << is;
  }
}

TEST(ConfigSetText, PathsThatLeadElsewhereAreRefused) {
  for (const char* path :
       {"", "/", "relative", "/etc/../root/x", "/etc/./x", "/etc//x", "/etc/x/"}) {
    ConfigSet set = example();
    set.files[0].path = path;
    EXPECT_FALSE(is_plain_path(path)) << path;
    EXPECT_FALSE(config_set(to_text(set))) << path;
  }
  EXPECT_TRUE(is_plain_path("/etc/..x/y..z"));
  EXPECT_FALSE(is_plain_path(std::string("/etc/a\0b", 8)));
}

TEST(ConfigSetText, Bounds) {
  ConfigSet set = example();
  set.files[2].path = set.files[0].path;
  EXPECT_FALSE(config_set(to_text(set))) << "twice the same";
  set = example();
  set.files[0].text.assign(ConfigSet::max_text + 1, 'x');
  EXPECT_FALSE(config_set(to_text(set)));
  set = {};
  for (std::size_t i = 0; i <= ConfigSet::max_files; ++i) {
    ConfigFile file;
    file.path = "/etc/ssh/" + std::to_string(i);
    set.files.push_back(file);
  }
  EXPECT_FALSE(config_set(to_text(set)));
  EXPECT_FALSE(config_set("sshguardd-config-set 2\nsaved 99999999999999999999\nend\n"));
  EXPECT_FALSE(
      config_set("sshguardd-config-set 2\nsaved 1\nfile 644 0 0 2 0 18446744073709551615 0\n"));
}

} // namespace
} // namespace sshguardd::parse
