// Several files replaced as one, whatever moment it is killed at.
#include "host/aside.hpp"
#include "host/config_file.hpp"
#include "host/logins.hpp"
#include "host/rollback.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace sshguardd::host {
namespace {

namespace fs = std::filesystem;
using engine::ConfigChange;
using parse::ConfigFile;
using Kind = ConfigFile::Kind;

class RollbackTest : public testing::Test {
protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "sshguardd-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    root_ = name;
    reset();
  }
  void TearDown() override { fs::remove_all(root_); }

  // Four files: one that changes, one that becomes a link, one that goes, one that comes back.
  void reset() const {
    fs::remove_all(root_ / "etc");
    fs::remove_all(root_ / "state");
    fs::create_directories(root_ / "etc/d");
    write("etc/main", "bad\n");
    write("etc/linked", "bad too\n");
    write("etc/d/new", "new\n");
    chmod((root_ / "etc/main").c_str(), 0600);
  }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream{root_ / name} << text;
  }
  [[nodiscard]] ConfigFile now(const std::string& name) const {
    const auto file = read_config_file((root_ / name).string());
    EXPECT_TRUE(file) << file.why();
    return file ? *file : ConfigFile{};
  }
  [[nodiscard]] ConfigFile wanted(const std::string& name, Kind kind,
                                  const std::string& text) const {
    ConfigFile file = now(name);
    file.kind = kind;
    file.text = text;
    file.mode = kind == Kind::file ? 0640 : 0;
    file.uid = getuid();
    file.gid = getgid();
    if (kind == Kind::absent) file = {.path = file.path, .kind = kind};
    return file;
  }
  [[nodiscard]] std::vector<ConfigChange> changes() const {
    return {{now("etc/main"), wanted("etc/main", Kind::file, "good\n")},
            {now("etc/linked"), wanted("etc/linked", Kind::link, "main")},
            {now("etc/d/new"), wanted("etc/d/new", Kind::absent, "")},
            {now("etc/d/old"), wanted("etc/d/old", Kind::file, "old\n")}};
  }
  [[nodiscard]] std::string state() const { return (root_ / "state").string(); }

  [[nodiscard]] bool aside_has(const std::string& text) const {
    for (const Aside& aside : asides(state())) {
      for (const auto& entry : fs::recursive_directory_iterator{aside.path}) {
        const auto file = read_config_file(entry.path().string());
        if (file && file->text == text) return true;
      }
    }
    return false;
  }

  // Every name below etc, hidden ones too, with mode and content.
  [[nodiscard]] std::map<std::string, std::string> tree() const {
    std::map<std::string, std::string> found;
    for (const auto& entry : fs::recursive_directory_iterator{root_ / "etc"}) {
      if (fs::is_directory(entry.symlink_status())) continue;
      const auto file = read_config_file(entry.path().string());
      found[entry.path().lexically_relative(root_).string()] =
          file ? std::to_string(file->mode) + " " + file->text : file.why();
    }
    return found;
  }

  fs::path root_;
};

const std::map<std::string, std::string> before = {
    {"etc/main", "384 bad\n"}, {"etc/linked", "420 bad too\n"}, {"etc/d/new", "420 new\n"}};
const std::map<std::string, std::string> after = {
    {"etc/main", "416 good\n"}, {"etc/linked", "0 main"}, {"etc/d/old", "416 old\n"}};

TEST_F(RollbackTest, AllIsReplacedAndKeptAside) {
  ASSERT_EQ(tree(), before);
  Transaction transaction{state()};
  ASSERT_EQ(transaction.apply(changes()), std::nullopt);
  ASSERT_EQ(transaction.keep(), std::nullopt);
  EXPECT_EQ(tree(), after);
  const auto aside = read_config_file(transaction.aside() + (root_ / "etc/main").string());
  ASSERT_TRUE(aside);
  EXPECT_EQ(aside->text, "bad\n");
  EXPECT_EQ(aside->mode, 0600U);
  EXPECT_FALSE(rollback_is_half_done(state()));
  EXPECT_FALSE(*recover_rollback(state()));
}

TEST_F(RollbackTest, UndoneWithoutATrace) {
  {
    Transaction transaction{state()};
    ASSERT_EQ(transaction.apply(changes()), std::nullopt);
    EXPECT_FALSE(rollback_is_half_done(state())); // under way
    ASSERT_EQ(transaction.undo(), std::nullopt);
  }
  EXPECT_EQ(tree(), before);
  EXPECT_TRUE(asides(state()).empty());
  { // ... and by whoever forgets to decide.
    Transaction transaction{state()};
    ASSERT_EQ(transaction.apply(changes()), std::nullopt);
  }
  EXPECT_EQ(tree(), before);
}

// Killed before each step of it, and whoever undoes it killed before each of his.
TEST_F(RollbackTest, KilledAtAnyStepItIsDoneOrUndone) {
  const auto killed_at = [](int step,
                            const std::function<void(const std::function<void()>&)>& act) {
    const pid_t child = fork();
    if (child == 0) {
      int count = 0;
      act([&count, step] {
        if (++count == step) _exit(9);
      });
      _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 9;
  };
  int halves = 0;
  int kept = 0;
  for (int step = 1;; ++step) {
    int second = 0;
    for (bool again = true; again;) {
      reset();
      const auto planned = changes();
      const bool killed = killed_at(step, [&](const std::function<void()>& hook) {
        Transaction transaction{state(), hook};
        if (transaction.apply(planned) || transaction.keep()) _exit(1);
      });
      if (!killed) {
        EXPECT_EQ(tree(), after);
        EXPECT_GT(step, 15);
        EXPECT_GT(halves, 5);
        EXPECT_GT(kept, 0);
        return;
      }
      if (tree() != before && tree() != after) ++halves;
      EXPECT_EQ(rollback_is_half_done(state()), fs::exists(state() + "/rollback-journal"));
      // The first time nobody kills the one who undoes it.
      again = second == 0 || killed_at(second, [&](const std::function<void()>& hook) {
                (void)recover_rollback(state(), hook);
              });
      second += 4;
      const auto recovered = recover_rollback(state());
      ASSERT_TRUE(recovered) << recovered.why();
      const auto found = tree();
      // After the decision, forward; else back. Never a mixture, and nothing is left beside.
      if (found == after) ++kept;
      ASSERT_TRUE(found == before || found == after) << "step " << step << ", " << second;
      EXPECT_FALSE(rollback_is_half_done(state()));
      EXPECT_EQ(asides(state()).size(), found == after ? 1U : 0U) << "step " << step;
      ASSERT_LT(second, 100);
    }
  }
}

TEST_F(RollbackTest, NotWhereSomebodyChangedAFileMeanwhile) {
  const auto planned = changes();
  write("etc/main", "mended\n");
  Transaction transaction{state()};
  const auto why = transaction.apply(planned);
  ASSERT_TRUE(why);
  EXPECT_NE(why->find("changed meanwhile"), std::string::npos);
  EXPECT_EQ(now("etc/main").text, "mended\n");
  EXPECT_EQ(tree().size(), before.size());
}

// Edited after it was replaced, before that is undone.
TEST_F(RollbackTest, AnEditSinceIsNotUndone) {
  Transaction transaction{state()};
  ASSERT_EQ(transaction.apply(changes()), std::nullopt);
  fs::remove(root_ / "etc/main");
  write("etc/main", "mended\n");
  const auto why = transaction.undo();
  ASSERT_TRUE(why);
  EXPECT_NE(why->find("etc/main was changed meanwhile"), std::string::npos) << *why;
  auto expected = before;
  expected["etc/main"] = "420 mended\n";
  EXPECT_EQ(tree(), expected);
  EXPECT_EQ(read_config_file(state() + "/aside-1" + (root_ / "etc/main").string())->text, "bad\n");
  EXPECT_FALSE(rollback_is_half_done(state()));
}

TEST_F(RollbackTest, AnEditAfterAKillIsNotUndoneNorLookedAtTwice) {
  const auto planned = changes();
  const pid_t child = fork();
  if (child == 0) {
    Transaction transaction{state()};
    _exit(transaction.apply(planned) ? 1 : 9);
  }
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_EQ(WEXITSTATUS(status), 9);
  fs::remove(root_ / "etc/d/old");
  write("etc/d/old", "mine\n");
  // One that cannot be put back: its place is taken by what is no directory.
  fs::rename(root_ / "etc/main", root_ / "etc/.was");
  fs::create_directory(root_ / "etc/.main.sshguardd-tmp");
  fs::rename(root_ / "etc/.was", root_ / "etc/main");
  EXPECT_FALSE(recover_rollback(state()));
  EXPECT_EQ(now("etc/d/old").text, "mine\n");
  EXPECT_EQ(now("etc/linked").text, "bad too\n");
  // Decided: whatever it becomes now, even what was written, is a person's.
  fs::remove(root_ / "etc/linked");
  fs::create_symlink("main", root_ / "etc/linked");
  EXPECT_FALSE(recover_rollback(state()));
  EXPECT_EQ(now("etc/linked").text, "main");
  fs::remove(root_ / "etc/.main.sshguardd-tmp");
  const auto recovered = recover_rollback(state());
  ASSERT_TRUE(recovered && *recovered);
  EXPECT_EQ(now("etc/main").text, "bad\n");
  EXPECT_EQ(now("etc/linked").text, "main");
  EXPECT_FALSE(rollback_is_half_done(state()));
}

// Whatever moment somebody else writes at, the very one before the names are exchanged among them:
// his text is where he wrote it, or, where the rollback was through, in the aside; never gone.
TEST_F(RollbackTest, NoEditIsLostWheneverItComes) {
  for (const char* name : {"etc/main", "etc/d/new", "etc/d/old"}) {
    for (const bool in_place : {true, false}) {
      int refused = 0;
      for (int at = 1;; ++at) {
        reset();
        int count = 0;
        Transaction transaction{state(), [&] {
                                  if (++count != at) return;
                                  if (!in_place) fs::remove(root_ / name);
                                  write(name, "mended\n");
                                }};
        const auto planned = changes();
        auto why = transaction.apply(planned);
        if (!why) why = transaction.keep();
        if (count < at) break;
        refused += why ? 1 : 0;
        const std::string text = now(name).text;
        const bool kept = text == "mended\n" || aside_has("mended\n");
        EXPECT_TRUE(kept) << name << " step " << at << (in_place ? " in place" : " replaced")
                          << ": " << text;
        // Nothing is left beside, and nothing is half.
        for (const auto& [path, is] : tree())
          EXPECT_EQ(path.find("sshguardd"), std::string::npos) << path << " step " << at;
        EXPECT_FALSE(rollback_is_half_done(state()));
        if (why) {
          EXPECT_EQ(now("etc/linked").text, "bad too\n") << "step " << at;
        }
      }
      EXPECT_GT(refused, 5);
    }
  }
}

// An error of the last exchange, when the others are done.
TEST_F(RollbackTest, WhatFailsHalfWayIsUndone) {
  int exchanged = 0;
  const auto planned = changes();
  Transaction transaction{state(), [&] {
                            if (exchanged > 0 || now("etc/main").text != "good\n" ||
                                now("etc/linked").kind != Kind::link)
                              return;
                            ++exchanged;
                            fs::remove(root_ / "etc/d/new");
                            fs::create_directories(root_ / "etc/d/new/below");
                          }};
  const auto why = transaction.apply(planned);
  ASSERT_TRUE(why);
  EXPECT_EQ(exchanged, 1);
  EXPECT_EQ(now("etc/main").text, "bad\n");
  EXPECT_EQ(now("etc/main").mode, 0600U);
  EXPECT_EQ(now("etc/linked").text, "bad too\n");
  EXPECT_TRUE(fs::is_directory(root_ / "etc/d/new/below"));
  EXPECT_FALSE(fs::exists(root_ / "etc/d/old"));
  EXPECT_FALSE(transaction.as_it_was());
  EXPECT_FALSE(rollback_is_half_done(state()));
  EXPECT_EQ(tree().size(), 2U);
}

// ... and through a name that an editor holds open across the exchange.
TEST_F(RollbackTest, WhatIsWrittenThroughTheOldNameIsKept) {
  Transaction transaction{state()};
  std::ofstream open{root_ / "etc/main", std::ios::app};
  ASSERT_EQ(transaction.apply(changes()), std::nullopt);
  open << "late\n" << std::flush;
  ASSERT_EQ(transaction.keep(), std::nullopt);
  EXPECT_EQ(tree(), after);
  const auto kept = transaction.aside() + (root_ / "etc/main").string();
  EXPECT_EQ(read_config_file(kept)->text, "bad\n");
  EXPECT_EQ(read_config_file(kept + ".edited")->text, "bad\nlate\n");
}

TEST_F(RollbackTest, OneAtATime) {
  Transaction first{state()};
  ASSERT_EQ(first.apply(changes()), std::nullopt);
  Transaction second{state()};
  EXPECT_TRUE(second.apply({}));
  const auto recovered = recover_rollback(state());
  EXPECT_TRUE(recovered && !*recovered);
  ASSERT_EQ(first.keep(), std::nullopt);
  EXPECT_EQ(tree(), after);
}

// As on a full disk: a file cannot grow.
TEST_F(RollbackTest, WhatCannotBeWrittenChangesNothing) {
  const auto planned = [this] {
    auto made = changes();
    made[3].after.text.assign(200'000, 'x');
    return made;
  }();
  const pid_t child = fork();
  if (child == 0) {
    const rlimit limit{.rlim_cur = 100'000, .rlim_max = 100'000};
    (void)std::signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) _exit(2);
    Transaction transaction{state()};
    _exit(transaction.apply(planned) ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(tree(), before);
  EXPECT_FALSE(rollback_is_half_done(state()));
  EXPECT_TRUE(asides(state()).empty());
}

// By number, whatever the clock does; nothing is deleted, and no more begun where it is too much.
TEST_F(RollbackTest, AsidesAreCountedAndNeverDeleted) {
  const auto one = [this](int i) {
    Transaction transaction{state()};
    write("etc/main", std::to_string(i));
    auto why =
        transaction.apply({{now("etc/main"), wanted("etc/main", Kind::file, "good\n")}}, 1'000 - i);
    return why ? why : transaction.keep();
  };
  for (int i = 1; i <= static_cast<int>(max_asides); ++i)
    ASSERT_EQ(one(i), std::nullopt);
  const auto found = asides(state());
  ASSERT_EQ(found.size(), max_asides);
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(found[i].number, max_asides - i);
    const auto set = replaced_by(found[i]);
    ASSERT_TRUE(set);
    EXPECT_EQ(set->files.at(0).text, std::to_string(found[i].number));
    EXPECT_EQ(set->saved_us, 1'000 - static_cast<std::int64_t>(found[i].number));
  }
  const auto why = one(99);
  ASSERT_TRUE(why);
  EXPECT_NE(why->find("rm -r " + state() + "/aside-1"), std::string::npos) << *why;
  EXPECT_EQ(now("etc/main").text, "99");
  EXPECT_EQ(asides(state()).size(), max_asides);
  fs::remove_all(found.back().path);
  EXPECT_EQ(one(100), std::nullopt);
  EXPECT_EQ(asides(state()).front().number, max_asides + 1);
}

TEST_F(RollbackTest, TheBytesKeptAsideAreBounded) {
  fs::create_directories(state() + "/aside-3/etc");
  write("state/aside-3/etc/main", "x");
  fs::resize_file(state() + "/aside-3/etc/main", max_aside_bytes);
  Transaction transaction{state()};
  EXPECT_TRUE(transaction.apply(changes()));
  EXPECT_EQ(tree(), before);
}

// Several people's late words on one file, each is kept.
TEST_F(RollbackTest, NoEditIsKeptOverAnother) {
  ConfigFile file = now("etc/main");
  for (const char* text : {"a", "b", "b", "c"}) {
    file.text = text;
    ASSERT_EQ(keep_edited(state() + "/aside-1", file), std::nullopt);
  }
  for (const char* text : {"a", "b", "c"})
    EXPECT_TRUE(aside_has(text)) << text;
  drop_aside(state() + "/aside-1");
  EXPECT_EQ(asides(state()).size(), 1U);
}

// A directory that went with its files is for everybody, whatever the umask.
TEST_F(RollbackTest, ADirectoryComesBackReadable) {
  const mode_t mask = umask(0077);
  Transaction transaction{state()};
  ConfigFile file = now("etc/gone/a.conf");
  ASSERT_EQ(transaction.apply({{file, wanted("etc/gone/a.conf", Kind::file, "x\n")}}),
            std::nullopt);
  ASSERT_EQ(transaction.keep(), std::nullopt);
  umask(mask);
  EXPECT_EQ(fs::status(root_ / "etc/gone").permissions(), fs::perms{0755});
}

TEST(UsersWork, IsWhatWasExecutedForHim) {
  using std::chrono::seconds;
  for (const char* exe : {"/usr/bin/bash", "/usr/lib/openssh/sftp-server", "/usr/bin/true",
                          "/usr/bin/bash (deleted)", "/opt/sshd-tool"})
    EXPECT_TRUE(is_work(exe, seconds{0})) << exe;
  for (const char* exe : {"/usr/sbin/sshd", "/usr/lib/openssh/sshd-session",
                          "/usr/libexec/openssh/sshd-auth", "/usr/sbin/sshd (deleted)"}) {
    EXPECT_FALSE(is_work(exe, seconds{4})) << exe;
    EXPECT_TRUE(is_work(exe, seconds{5})) << exe; // internal-sftp
  }
  for (const char* exe : {"/usr/sbin/nologin", "/bin/false", "/usr/bin/false (deleted)"})
    EXPECT_FALSE(is_work(exe, seconds{60})) << exe;
}

TEST(SessionScope, OfAUserAndNothingLikeIt) {
  for (const char* text : {"0::/user.slice/user-1000.slice/session-3.scope\n",
                           "12:pids:/x\n1:name=systemd:/user.slice/user-0.slice/session-c1.scope\n",
                           "0::/machine/x/user.slice/user-5.slice/session-3.scope"})
    EXPECT_TRUE(in_session_scope(text)) << text;
  for (const char* text :
       {"", "0::/", "0::/system.slice/ssh.service", "0::/system.slice/session-3.scope",
        "0::/user.slice/user-1000.slice/user@1000.service/session-3.scope",
        "0::/user.slice/user-1000.slice/user@1000.service/user.slice/user-1.slice/x/"
        "session-3.scope",
        "0::/user.slice/user-.slice/session-3.scope", "0::/user.slice/user-a.slice/session-3.scope",
        "0::/user.slice/user-1000.slice/session-3.scope/below", "session-3.scope",
        "0::/user-1000.slice/session-3.scope"})
    EXPECT_FALSE(in_session_scope(text)) << text;
}

} // namespace
} // namespace sshguardd::host
