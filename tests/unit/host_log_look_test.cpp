#include "host/log_look.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace sshguardd::host {
namespace {

namespace fs = std::filesystem;

constexpr const char* id = "0123456789abcdef0123456789abcdef";

Journal journal_of(const Logs& logs) {
  EXPECT_TRUE(logs.journal) << logs.journal.why();
  return logs.journal ? *logs.journal : Journal{};
}

PlainLogs plain_of(const Logs& logs) {
  EXPECT_TRUE(logs.plain) << logs.plain.why();
  return logs.plain ? *logs.plain : PlainLogs{};
}

class LogLook : public testing::Test {
protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "logs-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    root = name;
    file("etc/machine-id", std::string{id} + "\n");
  }
  void TearDown() override { fs::remove_all(root); }

  void file(const std::string& path, const std::string& text) const {
    fs::create_directories((root / path).parent_path());
    std::ofstream{root / path} << text;
  }
  [[nodiscard]] Logs look() const { return look_at_logs(root.string()); }
  [[nodiscard]] static std::string of(std::size_t kib) { return std::string(kib * 1024, 'x'); }

  fs::path root;
};

TEST_F(LogLook, a_machine_without_logs) {
  const Logs logs = look();
  EXPECT_EQ(journal_of(logs).directory, "");
  EXPECT_EQ(plain_of(logs).bytes, 0U);
  EXPECT_FALSE(plain_of(logs).large());
  EXPECT_FALSE(logs.rotation.installed);
}

TEST_F(LogLook, journals_of_this_machine_and_of_others) {
  const std::string journal = "var/log/journal/";
  file(journal + id + "/system.journal", of(64));
  file(journal + id + "/user-1000@1-2.journal~", of(32));
  file(journal + id + "/notes.txt", of(512));
  file(journal + "fedcba9876543210fedcba9876543210/system.journal", of(128));
  fs::create_symlink("/", root / journal / "link");
  const Logs logs = look();
  const Journal found = journal_of(logs);
  EXPECT_EQ(found.directory, "/var/log/journal");
  EXPECT_EQ(found.own_bytes, 96U * 1024);
  EXPECT_EQ(found.bytes, 224U * 1024);
  EXPECT_GT(found.space.total, 0U);
  EXPECT_FALSE(found.limits.max_use.value);
}

TEST_F(LogLook, a_volatile_journal_has_other_settings) {
  file(std::string{"run/log/journal/"} + id + "/system.journal", of(8));
  file("etc/systemd/journald.conf", "[Journal]\nRuntimeMaxUse=8M\nSystemMaxUse=9M\n");
  const Journal found = journal_of(look());
  EXPECT_TRUE(found.runtime());
  EXPECT_EQ(found.limits.max_use.value, 8ULL << 20);
}

// Files of a journal are left where it was before: what journald writes now is judged.
TEST_F(LogLook, the_journal_that_is_written) {
  struct Row {
    const char* what;
    const char* storage;
    bool lasting, passing, flushed;
    const char* directory; // empty: there is none
  } const rows[] = {
      {"as on most machines", "auto", true, false, true, "/var/log/journal"},
      {"an early boot", "auto", true, true, false, "/run/log/journal"},
      {"an early boot, to be kept", "persistent", true, true, false, "/run/log/journal"},
      {"left in /run", "persistent", true, true, true, "/var/log/journal"},
      {"left in /var", "volatile", true, true, true, "/run/log/journal"},
      {"volatile, and journald does not know yet", "volatile", true, false, true,
       "/var/log/journal"},
      {"nowhere to keep it", "auto", false, true, true, "/run/log/journal"},
      {"none is kept", "none", true, true, true, ""},
  };
  for (const Row& row : rows) {
    for (const char* directory : {"var", "run", "etc/systemd"})
      fs::remove_all(root / directory);
    file("etc/systemd/journald.conf", std::string{"[Journal]\nStorage="} + row.storage + "\n");
    if (row.lasting) file(std::string{"var/log/journal/"} + id + "/system.journal", of(8));
    if (row.passing) file(std::string{"run/log/journal/"} + id + "/system.journal", of(8));
    if (row.flushed) file("run/systemd/journal/flushed", "");
    EXPECT_EQ(journal_of(look()).directory, row.directory) << row.what;
  }
}

// What somebody has allowed the journal is not known then: neither well nor too much.
TEST_F(LogLook, settings_that_cannot_be_read_are_unknown) {
  file(std::string{"var/log/journal/"} + id + "/system.journal", of(8));
  const std::string main = "etc/systemd/journald.conf";
  const std::string drop_in = "etc/systemd/journald.conf.d/a.conf";
  file(drop_in, "[Journal]\nSystemMaxUse=8M\n");
  for (const std::string& path : {main, drop_in}) {
    file(path, std::string(2 << 20, '#'));
    const auto journal = look().journal;
    EXPECT_FALSE(journal) << path;
    EXPECT_NE(journal.why().find(path), std::string::npos) << journal.why();
    fs::remove(root / path);
    EXPECT_TRUE(look().journal) << path;
  }
  fs::create_directories(root / main);
  EXPECT_FALSE(look().journal) << "a directory";
  fs::remove(root / main);
  file("usr/lib/systemd/journald.conf", "[Journal]\nSystemMaxUse=9M\n");
  fs::create_symlink("/nowhere", root / main);
  EXPECT_EQ(journal_of(look()).limits.max_use.value, 9ULL << 20) << "a link that leads nowhere";
  fs::remove(root / main);
  fs::create_symlink("/dev/null", root / main);
  EXPECT_FALSE(journal_of(look()).limits.max_use.value) << "masked";
}

TEST_F(LogLook, what_cannot_be_looked_at_is_unknown) {
  fs::remove(root / "etc/machine-id");
  EXPECT_EQ(journal_of(look()).directory, "") << "journald has none without it";
  fs::create_directories(root / "etc/machine-id");
  const Logs logs = look();
  EXPECT_FALSE(logs.journal);
  EXPECT_TRUE(logs.plain) << "the other is known all the same";
  const auto told = decode_logs(encode(logs));
  ASSERT_TRUE(told) << told.why();
  EXPECT_FALSE(told->journal) << "a child says so, too";
  EXPECT_EQ(told->journal.why(), logs.journal.why());
  EXPECT_TRUE(told->plain);
}

TEST_F(LogLook, drop_ins_as_systemd_reads_them) {
  file(std::string{"var/log/journal/"} + id + "/system.journal", of(8));
  file("etc/systemd/journald.conf", "[Journal]\nSystemMaxUse=1M\nSystemKeepFree=1M\n");
  file("usr/lib/systemd/journald.conf", "[Journal]\nSystemMaxFiles=5\n");
  file("usr/lib/systemd/journald.conf.d/50-a.conf", "[Journal]\nSystemMaxUse=2M\n");
  file("usr/lib/systemd/journald.conf.d/60-b.conf", "[Journal]\nSystemMaxUse=3M\n");
  file("run/systemd/journald.conf.d/40-c.conf", "[Journal]\nSystemKeepFree=4M\n");
  fs::create_directories(root / "etc/systemd/journald.conf.d");
  fs::create_symlink("/dev/null", root / "etc/systemd/journald.conf.d/60-b.conf");
  const JournalLimits limits = journal_of(look()).limits;
  EXPECT_EQ(limits.max_use.value, 2ULL << 20) << "60-b is masked";
  EXPECT_EQ(limits.max_use.file, "/usr/lib/systemd/journald.conf.d/50-a.conf");
  EXPECT_EQ(limits.keep_free.value, 4ULL << 20);
  EXPECT_FALSE(limits.max_files.value) << "the first main file alone";
}

TEST_F(LogLook, what_is_written_to) {
  file("var/log/syslog", of(64));
  file("var/log/syslog.1", of(512));
  file("var/log/app/a.log", of(128));
  file("var/log/journal/x/system.journal", of(512));
  fs::create_symlink("/etc", root / "var/log/etc");
  std::string deep = "var/log/";
  for (int i = 0; i < 40; ++i)
    deep += "d/";
  file(deep + "deep.log", of(32));
  const PlainLogs plain = plain_of(look());
  EXPECT_EQ(plain.bytes, 192U * 1024);
  ASSERT_EQ(plain.largest.size(), 2U);
  EXPECT_EQ(plain.largest[0].path, "/var/log/app/a.log");
  EXPECT_TRUE(plain.complete);
}

TEST_F(LogLook, who_rotates) {
  file("usr/sbin/logrotate", "");
  file("var/lib/logrotate/logrotate.status", "logrotate state -- version 2\n");
  fs::create_directories(root / "var/log");
  const Logs logs = look();
  EXPECT_TRUE(logs.rotation.installed);
  EXPECT_EQ(logs.rotation.state_file, "/var/lib/logrotate/logrotate.status");
  EXPECT_TRUE(logs.rotation.ran);
}

TEST(LogReport, is_read_as_it_was_written) {
  Logs logs;
  Journal journal;
  journal.directory = "/var/log/journal";
  journal.bytes = 7;
  journal.own_bytes = 6;
  journal.mount = "/";
  journal.device = "8:1";
  journal.removable = {.kind = RoomKind::journal, .path = "/j", .bytes = 4, .files = 2};
  journal.space = {.total = 5, .free = 4, .available = 3, .inodes = 2, .inodes_free = 1};
  journal.limits.max_use = {9, "/etc/x\ny", 3};
  logs.journal = journal;
  PlainLogs plain;
  plain.bytes = 8;
  plain.largest = {{"/var/log/a\nb", 7, "2026-01-01"}, {"/var/log/c", 1, ""}};
  logs.plain = plain;
  logs.rotation = {.installed = true,
                   .state_file = "/s",
                   .ran = WallTime{std::chrono::microseconds{12}},
                   .timer = {},
                   .timer_active = false,
                   .timer_state = {},
                   .service_result = {}};
  const std::string text = encode(logs);
  const auto read = decode_logs(text);
  ASSERT_TRUE(read) << read.why();
  EXPECT_EQ(encode(*read), text);
  EXPECT_EQ(journal_of(*read).limits, journal.limits);
  EXPECT_EQ(journal_of(*read).removable, journal.removable);
  EXPECT_EQ(plain_of(*read).largest, plain.largest);
  EXPECT_EQ(read->rotation.ran, logs.rotation.ran);
  // Whatever is missing at its end, or too much, is no answer.
  for (std::size_t size = 0; size < text.size(); ++size)
    EXPECT_FALSE(decode_logs(text.substr(0, size))) << size;
  EXPECT_FALSE(decode_logs(text + "x"));
}

} // namespace
} // namespace sshguardd::host
