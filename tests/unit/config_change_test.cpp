#include "engine/config_change.hpp"
#include "engine/rollback_files.hpp"
#include "fixture.hpp"

namespace sshguardd::test {
namespace {

using engine::config_changes;
using engine::diff_text;
using parse::ConfigFile;
using parse::ConfigSet;
using Kind = ConfigFile::Kind;

ConfigFile file(const std::string& path, const std::string& text, std::uint32_t mode = 0644) {
  ConfigFile made;
  made.path = path;
  made.mode = mode;
  made.text = text;
  return made;
}

ConfigFile link(const std::string& path, const std::string& target) {
  ConfigFile made = file(path, target, 0);
  made.kind = Kind::link;
  return made;
}

TEST(ConfigChanges, WhatIsNewGoesAsideAndWhatIsGoneComesBack) {
  const ConfigSet good{
      .files = {file("/a", "1\n"), file("/b", "1\n"), file("/c", "1\n"), file("/d", "1\n")}};
  const ConfigSet now{
      .files = {file("/e", "1\n"), file("/c", "1\n", 0600), file("/b", "2\n"), file("/a", "1\n")}};
  const auto changes = config_changes(now, good);
  ASSERT_EQ(changes.size(), 4U);
  EXPECT_EQ(changes[0].path(), "/b");
  EXPECT_EQ(changes[0].after.text, "1\n");
  EXPECT_EQ(changes[1].path(), "/c");
  EXPECT_EQ(changes[1].after.mode, 0644U);
  EXPECT_EQ(changes[2].path(), "/d");
  EXPECT_EQ(changes[2].before.kind, Kind::absent);
  EXPECT_EQ(changes[3].path(), "/e");
  EXPECT_EQ(changes[3].after.kind, Kind::absent);
  EXPECT_TRUE(config_changes(good, good).empty());
  EXPECT_TRUE(config_changes({}, {}).empty());
}

TEST(ConfigChanges, EachPieceOfMetadataCounts) {
  const ConfigSet good{.files = {file("/a", "1\n")}};
  for (const auto& change : std::vector<std::function<void(ConfigFile&)>>{
           [](ConfigFile& one) { one.uid = 1; }, [](ConfigFile& one) { one.gid = 1; },
           [](ConfigFile& one) { one.kind = Kind::link; }}) {
    ConfigSet now = good;
    change(now.files[0]);
    EXPECT_EQ(config_changes(now, good).size(), 1U);
  }
}

// restorecon(8) is not undone.
TEST(ConfigChanges, ALabelAloneIsNone) {
  const ConfigSet good{.files = {file("/a", "1\n")}};
  ConfigSet now = good;
  now.files[0].label = "x";
  EXPECT_TRUE(config_changes(now, good).empty());
  now.files[0].mode = 0600;
  ASSERT_EQ(config_changes(now, good).size(), 1U);
}

TEST(ChangedPolicy, NamesWhatDecidesWhoGetsIn) {
  const ConfigSet good{
      .files = {file("/a", "PasswordAuthentication yes\nPort 22\nX11Forwarding no\n")}};
  const ConfigSet now{.files = {file("/a", "port 22\nX11Forwarding yes\n"),
                                file("/d", "PasswordAuthentication no\nDenyUsers a b\n")}};
  EXPECT_EQ(engine::changed_policy(config_changes(now, good)),
            (std::vector<std::string>{"PasswordAuthentication in /a: not set -> yes",
                                      "PasswordAuthentication in /d: no -> not set",
                                      "DenyUsers in /d: a b -> not set"}));
  EXPECT_EQ(engine::change_list(config_changes(now, good)), "replaced:    /a\nmoved aside: /d\n");
}

TEST(Diff, ShowsAFewLinesAroundEachChange) {
  const ConfigSet good{.files = {file("/a", "1\n2\n3\n4\n5\n6\n7\n8\n9\n")}};
  const ConfigSet now{.files = {file("/a", "1\n2\n3\n4\nbad\n6\n7\n8\n9\nend\n")}};
  EXPECT_EQ(diff_text(config_changes(now, good)), "--- /a\n"
                                                  "+++ /a\n"
                                                  "@@ line 3 @@\n"
                                                  " 3\n 4\n-bad\n+5\n 6\n 7\n 8\n 9\n-end\n");
}

TEST(Diff, SaysWhatComesGoesAndIsALink) {
  const ConfigSet good{.files = {link("/a", "real"), file("/b", "1\n"), file("/c", "1\n", 0600)}};
  const ConfigSet now{.files = {file("/a", "1\n"), file("/c", "1\n"), file("/d", "x\n")}};
  EXPECT_EQ(diff_text(config_changes(now, good)),
            "--- /a\n+++ /a\n+link to real\n@@ line 1 @@\n-1\n"
            "--- /b (is not there)\n+++ /b\n@@ line 1 @@\n+1\n"
            "--- /c\n+++ /c\n-mode 0644 owner 0:0\n+mode 0600 owner 0:0\n"
            "--- /d\n+++ /d (moved aside)\n@@ line 1 @@\n-x\n");
}

TEST(Diff, IsHarmlessAndBounded) {
  const ConfigSet good{.files = {file("/a\x1b[2J", "")}};
  std::string text = "\x1b]0;x\x07\r\n" + std::string(100'000, 'y') + "\n";
  for (int i = 0; i < 5000; ++i)
    text += std::to_string(i) + "\n";
  const std::string diff = diff_text(config_changes({.files = {file("/a\x1b[2J", text)}}, good));
  EXPECT_EQ(
      diff.find_first_not_of("\n"
                             " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]"
                             "^_`abcdefghijklmnopqrstuvwxyz{|}~"),
      std::string::npos);
  EXPECT_EQ(std::ranges::count(diff, '\n'), 201);
  EXPECT_LT(diff.size(), 40'000U);
  EXPECT_NE(diff.find("more lines\n"), std::string::npos);
}

TEST(Diff, LargeFilesThatShareNothing) {
  std::string a;
  std::string b;
  for (int i = 0; i < 20'000; ++i) {
    a += "a" + std::to_string(i) + "\n";
    b += "b" + std::to_string(i) + "\n";
  }
  EXPECT_FALSE(
      diff_text(config_changes({.files = {file("/a", a)}}, {.files = {file("/a", b)}})).empty());
}

using engine::RollbackScope;

const RollbackScope usual{.main_file = "/etc/ssh/sshd_config",
                          .environment_files = {"/etc/default/ssh", "/etc/sysconfig/sshd-more",
                                                "/etc/ssh/env", "/srv/env", "/etc/shadow"}};

TEST(InScope, WhatIsSshdsAloneAndNothingElse) {
  for (const char* ours : {"/etc/ssh/sshd_config", "/etc/ssh/sshd_config.d/a.conf", "/etc/ssh/x",
                           "/etc/ssh/env", "/etc/default/ssh", "/etc/sysconfig/sshd-more"})
    EXPECT_TRUE(engine::in_scope(ours, usual)) << ours;
  for (const char* others : {"/etc/resolv.conf",
                             "/etc/environment",
                             "/etc/sshd/x",
                             "/etc/ssh",
                             "/etc/default/ssh.d/x",
                             "/etc/sysconfig/network",
                             "/srv/ssh/x",
                             "/etc/ssh/../passwd",
                             "/etc/ssh//x",
                             "/srv/env",
                             "/etc/shadow",
                             "/etc/default/sshd",
                             "/etc/ssh/ssh_config",
                             "/etc/ssh/ssh_config.d/a.conf",
                             "/etc/ssh/ssh_host_rsa_key",
                             "/etc/ssh/keys/ssh_host_rsa_key.pub",
                             "/etc/ssh/moduli",
                             "/etc/ssh/ssh_known_hosts",
                             "/etc/ssh/ssh_known_hosts2",
                             "/etc/ssh/sshrc"})
    EXPECT_FALSE(engine::in_scope(others, usual)) << others;
  // A main file that lies among everybody's files has none of them for its own.
  for (const std::string name : {"/etc/sshd_config", "/sshd_config"}) {
    EXPECT_TRUE(engine::in_scope(name, {name, {}}));
    EXPECT_TRUE(engine::in_scope(name + ".d/a.conf", {name, {}}));
    for (const char* others : {"/etc/passwd", "/etc/ssh/x", "/x"})
      EXPECT_FALSE(engine::in_scope(others, {name, {}})) << others;
  }
  EXPECT_FALSE(engine::in_scope("/x", {}));
}

std::string paths_of(const engine::RollbackFiles& files) {
  std::string text;
  for (const auto& change : files.changes)
    text += (text.empty() ? "" : " ") + std::string{change.after.kind == Kind::absent ? "-" : "="} +
            change.path();
  for (const std::string& path : files.left)
    text += " !" + path;
  return text;
}

// Only what sshd would still read afterwards has to go.
TEST(RollbackFiles, AsideGoesWhatTheRestoredFilesInclude) {
  const std::string include = "Include /etc/ssh//sshd_config.d/*.conf\n";
  const ConfigSet good{.files = {file("/etc/ssh/sshd_config", include + "Port 22\n")}};
  const auto check = [&](const std::string& text, std::vector<ConfigFile> more,
                         const std::vector<engine::UnreadFile>& unread = {}) {
    ConfigSet now{.files = {file("/etc/ssh/sshd_config", text)}};
    now.files.insert(now.files.end(), more.begin(), more.end());
    const auto files = engine::rollback_files(now, unread, good, usual);
    return files.problem.empty() ? paths_of(files) : "refused: " + files.problem;
  };
  const std::string main = "=/etc/ssh/sshd_config";
  EXPECT_EQ(check(include + "Prot 22\n", {file("/etc/ssh/sshd_config.d/b.conf", "x")}),
            main + " -/etc/ssh/sshd_config.d/b.conf");
  EXPECT_EQ(check("Include /etc/ssh/more\n", {file("/etc/ssh/more", "x")}), main);
  EXPECT_EQ(
      check("Include /etc/ssh/ssh_config.d/*.conf\n", {file("/etc/ssh/ssh_config.d/a.conf", "x")}),
      main);
  EXPECT_EQ(check("Include /etc/ssh/*\n", {file("/etc/ssh/ssh_config", "x")},
                  {{"/etc/ssh/ssh_host_rsa_key", "key"}, {"/etc/ssh/moduli", "large"}}),
            main);
  // What cannot be kept aside, and would still be read.
  EXPECT_EQ(check(include + "Prot 22\n", {}, {{"/etc/ssh/sshd_config.d/big.conf", "large"}}),
            "refused: large");
  EXPECT_EQ(check("", {}, {{"/etc/ssh/sshd_config", "a device"}}), "refused: a device");
  // Hidden files and those below are none of the pattern's.
  EXPECT_EQ(check(include, {file("/etc/ssh/sshd_config.d/.x.conf", "x"),
                            file("/etc/ssh/sshd_config.d/d/x.conf", "x")}),
            main);
  // A link goes, what it leads to stays; so does what a file includes that goes.
  EXPECT_EQ(check(include,
                  {link("/etc/ssh/sshd_config.d/l.conf", "/srv/l.conf"), file("/srv/l.conf", "x"),
                   file("/etc/ssh/sshd_config.d/z.conf", "Include /etc/ssh/deep\n"),
                   file("/etc/ssh/deep", "x")}),
            main + " -/etc/ssh/sshd_config.d/l.conf -/etc/ssh/sshd_config.d/z.conf");
  // The unit reads it whatever the configuration says.
  EXPECT_EQ(check(include, {file("/etc/default/ssh", "SSHD_OPTS=-Z\n")}),
            "-/etc/default/ssh " + main);
}

TEST(RollbackFiles, OthersFilesAreNamedAndLeft) {
  const ConfigSet good{
      .files = {file("/etc/ssh/sshd_config", "Include /srv/*.conf\n"), file("/srv/a.conf", "1")}};
  const ConfigSet now{.files = {file("/etc/ssh/sshd_config", "Include /srv/*.conf\n"),
                                file("/srv/a.conf", "2"), file("/srv/b.conf", "3")}};
  EXPECT_EQ(paths_of(engine::rollback_files(now, {}, good, usual)), " !/srv/a.conf !/srv/b.conf");
}

TEST(LinkTarget, IsPlain) {
  for (const auto& [text, target] :
       std::vector<std::pair<const char*, const char*>>{{"real/config", "/etc/ssh/real/config"},
                                                        {"./real", "/etc/ssh/real"},
                                                        {"../ssh/real", "/etc/ssh/real"},
                                                        {"/srv//git/./x", "/srv/git/x"},
                                                        {"../../../x", "/x"},
                                                        {"..", "/etc"}})
    EXPECT_EQ(engine::link_target(link("/etc/ssh/sshd_config", text)), target) << text;
}

TEST(DistributionDefault, ThroughLinksThatAreNotPlain) {
  for (const char* target : {"./real", "../ssh/real", "/etc/ssh/real"}) {
    const ConfigSet now{.files = {link("/etc/ssh/sshd_config", "hop"), link("/etc/ssh/hop", target),
                                  file("/etc/ssh/real", "mine\n")}};
    const auto wanted = engine::distribution_default(now, "/etc/ssh/sshd_config", "theirs\n", {});
    const auto changes = config_changes(now, wanted);
    ASSERT_EQ(changes.size(), 1U) << target;
    EXPECT_EQ(changes[0].path(), "/etc/ssh/real");
    EXPECT_EQ(engine::end_of_links(now, "/etc/ssh/sshd_config"), "/etc/ssh/real");
  }
}

TEST(DistributionDefault, ReplacesTheMainFileAndMovesDropInsAside) {
  const ConfigSet now{.files = {file("/etc/ssh/sshd_config", "mine\n", 0600),
                                file("/etc/ssh/sshd_config.d/a.conf", "x\n"),
                                file("/etc/default/ssh", "SSHD_OPTS=\n")}};
  const auto wanted =
      engine::distribution_default(now, "/etc/ssh/sshd_config", "theirs\n", {"/etc/default/ssh"});
  const auto changes = config_changes(now, wanted);
  ASSERT_EQ(changes.size(), 2U);
  EXPECT_EQ(changes[0].after, file("/etc/ssh/sshd_config", "theirs\n"));
  EXPECT_EQ(changes[1].after.kind, Kind::absent);
  EXPECT_TRUE(config_changes(wanted, engine::distribution_default(wanted, "/etc/ssh/sshd_config",
                                                                  "theirs\n", {"/etc/default/ssh"}))
                  .empty());
}

TEST(DistributionDefault, GoesThroughLinksAndNotInCircles) {
  const ConfigSet now{.files = {link("/etc/ssh/sshd_config", "real/config"),
                                file("/etc/ssh/real/config", "mine\n")}};
  const auto wanted = engine::distribution_default(now, "/etc/ssh/sshd_config", "theirs\n", {});
  const auto changes = config_changes(now, wanted);
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(changes[0].path(), "/etc/ssh/real/config");
  const ConfigSet circle{.files = {link("/a", "/b"), link("/b", "/a")}};
  const auto straight = engine::distribution_default(circle, "/a", "x", {});
  ASSERT_EQ(straight.files.size(), 1U);
  EXPECT_EQ(straight.files[0].path, "/a");
  EXPECT_EQ(straight.files[0].kind, Kind::file);
}

Snapshot proven() {
  Snapshot snapshot = healthy();
  snapshot.instance = Instance{.machine_id = "0123456789abcdef0123456789abcdef"};
  return snapshot;
}

TEST(WouldProve, ALoginToAnSshdThatWasStartedWithIt) {
  EXPECT_TRUE(engine::would_prove(proven()));
}

TEST(WouldProve, ALoginAfterItWasReloaded) {
  Snapshot snapshot = proven();
  const std::int64_t changed = healthy_service().active_enter_us + 1'000'000;
  change(snapshot.config, [&](SshdConfig& config) { config.newest_change_us = changed; });
  EXPECT_FALSE(engine::would_prove(snapshot));
  const auto reloaded = [&snapshot](std::int64_t when) {
    change(snapshot.units, [when](SshUnits& units) { units.service.reload_us = when; });
    return engine::would_prove(snapshot);
  };
  EXPECT_FALSE(reloaded(changed - 1));
  EXPECT_FALSE(reloaded(changed + 9'000)); // of the kernel's tick before it
  EXPECT_TRUE(reloaded(changed + 100'000));
  EXPECT_FALSE(reloaded(wall_us + 1)); // the clock was set back
  change(snapshot.config, [&](SshdConfig& config) { config.newest_environment_us = changed; });
  EXPECT_FALSE(reloaded(changed + 100'000)); // only a start reads that
  change(snapshot.config, [&](SshdConfig& config) { config.newest_environment_us = 0; });
  reloaded(changed + 100'000);
  change(snapshot.units, [](SshUnits& units) { units.service.active_state = "reloading"; });
  EXPECT_FALSE(engine::would_prove(snapshot));
}

TEST(WouldProve, NothingElse) {
  using Change = std::function<void(Snapshot&)>;
  const std::int64_t started = healthy_service().main_start_us;
  const std::vector<std::pair<const char*, Change>> table = {
      {"a newer file",
       [&](Snapshot& s) {
         change(s.config, [&](SshdConfig& config) { config.newest_change_us = started + 1; });
       }},
      {"of the kernel's tick before it",
       [&](Snapshot& s) {
         change(s.config, [&](SshdConfig& config) { config.newest_change_us = started - 9'000; });
       }},
      {"written while it started, before it was ready",
       [&](Snapshot& s) {
         change(s.config, [&](SshdConfig& config) {
           config.newest_change_us = healthy_service().active_enter_us - 1;
         });
       }},
      {"its start is not known",
       [](Snapshot& s) {
         change(s.units, [](SshUnits& units) { units.service.main_start_us = 0; });
       }},
      {"a file that went since",
       [&](Snapshot& s) {
         change(s.config, [&](SshdConfig& config) { config.newest_entry_us = started + 1; });
       }},
      {"of the same moment",
       [&](Snapshot& s) {
         change(s.config, [&](SshdConfig& config) { config.newest_change_us = started; });
       }},
      {"more files than are followed",
       [](Snapshot& s) {
         change(s.config, [](SshdConfig& config) { config.incomplete = "it has more"; });
       }},
      {"sshd -t fails", [](Snapshot& s) { break_config(s); }},
      {"sshd -t of another one",
       [](Snapshot& s) {
         change(s.config_test, [](ConfigTest& test) { test.fingerprint = "2"; });
       }},
      {"sshd -t did not come to the end",
       [](Snapshot& s) {
         change(s.config_test, [](ConfigTest& test) { test.privsep_dir = "/run/sshd"; });
       }},
      {"sshd -t was not asked", [](Snapshot& s) { s.config_test = Unknown{"x"}; }},
      {"no configuration", [](Snapshot& s) { s.config = Unknown{"x"}; }},
      {"no units", [](Snapshot& s) { s.units = Unknown{"x"}; }},
      {"an image", [](Snapshot& s) { s.instance = Unknown{"x"}; }},
      {"an instance that is being made",
       [](Snapshot& s) {
         change(s.instance, [](Instance& instance) { instance.provisioned = false; });
       }},
      {"sshd is down",
       [](Snapshot& s) {
         change(s.units, [](SshUnits& units) { units.service.active_state = "failed"; });
       }},
      {"sshd is on its way",
       [](Snapshot& s) {
         change(s.units, [](SshUnits& units) { units.service.job_queued = true; });
       }},
      {"no main process",
       [](Snapshot& s) { change(s.units, [](SshUnits& units) { units.service.main_pid = 0; }); }},
      {"the clock was set back",
       [](Snapshot& s) {
         change(s.units, [](SshUnits& units) { units.service.main_start_us = wall_us + 1; });
       }},
  };
  for (const auto& [name, how] : table) {
    Snapshot snapshot = proven();
    how(snapshot);
    EXPECT_FALSE(engine::would_prove(snapshot)) << name;
  }
}

} // namespace
} // namespace sshguardd::test
