// Whatever a machine is named and whatever is logged on it: each way out stays printable.
#include "engine/encode.hpp"
#include "engine/harmless.hpp"
#include "engine/report.hpp"
#include "engine/summary.hpp"
#include "fixture.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>

namespace sshguardd::test {
namespace {

using namespace std::string_literals;

std::vector<std::string> hostile_texts() {
  std::string all;
  for (int byte = 0; byte < 256; ++byte)
    all += static_cast<char>(byte);
  return {all,
          "\x1b[2J\x1b]0;title\x07\x1b[31mred",
          "\x9b"s + "2J \x90q\x9c \x85 \x8d",
          "one\ntwo\r\nSSHGUARDD OK web-01 2026-11-21T03:12:07Z Fine. [v1 boot=3f2a seq=9 open=0]",
          "J\xc3\xbcrgen \xe2\x80\xae\xef\xbb\xbf \xc0\xaf \xed\xa0\x80 \xf5\xff",
          "\\e{red} \\n \\l \\4 \\\\",
          "nul\0nul"s,
          "\"; DO: rm -rf /; NEXT: [v1 x]",
          std::string(10'000'000, '\x1b'),
          std::string(10'000'000, 'x') + "\n"};
}

bool printable(const std::string& text, bool line_ends) {
  return std::ranges::all_of(
      text, [line_ends](char c) { return (c >= 0x20 && c < 0x7f) || (line_ends && c == '\n'); });
}

} // namespace

TEST(HostileText, NothingButPrintableAsciiLeaves) {
  for (const std::string& text : hostile_texts()) {
    const std::string shown = engine::encode(text, 60);
    Snapshot snapshot = with_units([&](SshUnits& units) {
      units.service.id = text;
      units.service.active_state = "failed";
      units.service.result = text;
    });
    snapshot.host = text;
    change(snapshot.config_test, [&](ConfigTest& test) {
      test.passed = false;
      test.errors = {{text, 12, text}};
      test.keys = {{text, 0, "Permissions " + text}};
    });
    snapshot.host_keys = HostKeys{.keys = {{.path = text,
                                            .exists = true,
                                            .regular = true,
                                            .size = 1,
                                            .mode = 0777,
                                            .fingerprint = KeyFingerprint{text, text}}},
                                  .change = HostKeyChange{.since = {}, .old = {{text, text}}}};
    change(snapshot.self, [&](SelfTest& self) { self.problems = {text}; });
    snapshot.log = std::vector<std::string>{text};
    snapshot.listeners = std::vector<Listener>{{text, 22, true, true}};
    snapshot.probe = Probe{text, 22, false, text};
    engine::Ledger ledger;
    ledger.boot_id = text.substr(0, 50);
    const auto evaluation = engine::evaluate(snapshot, catalog());
    auto lines = engine::follow(ledger, evaluation, {}, snapshot);
    const engine::Identity identity{text, text, {text, text}};
    std::ranges::move(engine::summary(ledger, evaluation, snapshot, identity),
                      std::back_inserter(lines));
    Snapshot blind = snapshot;
    blind.units = Unknown{text};
    lines.push_back(engine::alive_line(ledger, engine::evaluate(blind, catalog()), blind));
    ASSERT_GE(lines.size(), 6U);
    for (const engine::Line& line : lines) {
      const engine::ConsoleEntry entry = engine::console_entry(line, ledger, snapshot);
      EXPECT_TRUE(printable(entry.text, false)) << shown;
      EXPECT_LE(entry.text.size(), 240U) << shown;
      EXPECT_TRUE(entry.text.ends_with("]")) << entry.text;
      const std::string note = engine::dropped_line(entry, 4'000'000'000U, 4'000'000'000U, {});
      EXPECT_TRUE(printable(note, false) && note.size() <= 240U) << note;
      for (const auto& [name, value] : engine::journal_fields(line))
        EXPECT_TRUE(printable(value, false)) << name << shown;
    }
    const std::string issue = engine::issue_text(evaluation, ledger, snapshot);
    EXPECT_TRUE(printable(issue, true)) << shown;
    EXPECT_LE(std::ranges::count(issue, '\n'), 2) << shown;
    EXPECT_TRUE(printable(
        engine::status_json(evaluation, {}, snapshot, ledger, {.agent_running = true}), true))
        << shown;
  }
}

// agetty would run "\e{red}", "\n" and their like.
TEST(HostileText, NoBackslashIsLeftAloneAboveTheLoginPrompt) {
  for (const std::string& text : hostile_texts()) {
    Snapshot snapshot = healthy();
    snapshot.units = Unknown{text};
    const std::string issue =
        engine::issue_text(engine::evaluate(snapshot, catalog()), {}, snapshot);
    for (std::size_t at = issue.find('\\'); at != std::string::npos; at = issue.find('\\', at)) {
      std::size_t end = issue.find_first_not_of('\\', at);
      end = end == std::string::npos ? issue.size() : end;
      ASSERT_EQ((end - at) % 2, 0U) << issue;
      at = end;
    }
  }
}

TEST(Harmless, TheManualListsWhatItBreaks) {
  std::ifstream file{SSHGUARDD_GOLDEN_DIR "/../../packaging/man/sshguardd.8"};
  std::string page{std::istreambuf_iterator<char>{file}, {}};
  page = page.substr(std::min(page.size(), page.find(".\\\" agent/engine/harmless.cpp\n")));
  page = page.substr(0, page.find(".Ed\n"));
  std::vector<std::string> listed;
  std::istringstream lines{page};
  for (std::string line; std::getline(lines, line);) {
    constexpr std::string_view mark = ".Ql ";
    if (!line.starts_with(mark)) continue;
    line = line.substr(mark.size(), line.size() - mark.size() - 2); // without " ,"
    if (const auto escape = line.find("\\&"); escape != std::string::npos) line.erase(escape, 2);
    listed.push_back(line);
  }
  const auto phrases = engine::scanned_phrases();
  EXPECT_EQ(listed, std::vector<std::string>(phrases.begin(), phrases.end()));
}

TEST(Harmless, BreaksWhatScannersLookForAndNothingElse) {
  const std::pair<const char*, const char*> rows[] = {
      {"", ""},
      {"Kernel panic - not syncing", "Kernel_panic - not syncing"},
      {"KERNEL PANIC kernel panic", "KERNEL_PANIC kernel_panic"},
      {"You are in emergency mode.", "You are in emergency_mode."},
      {"systemd[1]: Failed to start ssh.service", "systemd[1]: Failed_to start ssh.service"},
      {"web-01 login: root", "web-01 login_ root"},
      {"Password: x", "Password_ x"},
      {"[FAILED] Failed to mount /home", "_FAILED] Failed_to mount /home"},
      {"login login:login: login", "login login_login_ login"},
      {"SSH REFUSED: sshd_config:12 \"Bad option\". DO: fix line 12.",
       "SSH REFUSED: sshd_config:12 \"Bad option\". DO: fix line 12."},
      {"kernel  panic", "kernel  panic"},
  };
  for (const auto& [text, broken] : rows)
    EXPECT_EQ(engine::harmless(text), broken);
}

TEST(Harmless, HoldsForTheConsoleAndTheIssueFile) {
  Snapshot snapshot = failed_at_start_limit();
  snapshot.host = "login:";
  change(snapshot.config_test, [](ConfigTest& test) {
    test.passed = false;
    test.errors = {{"/etc/ssh/Kernel panic.conf", 1, "Welcome to emergency mode! web login:"}};
  });
  engine::Ledger ledger;
  const auto evaluation = engine::evaluate(snapshot, catalog());
  const auto lines = engine::follow(ledger, evaluation, {}, snapshot);
  ASSERT_FALSE(lines.empty());
  for (const std::string& text : {engine::console_line(lines[0], ledger, snapshot),
                                  engine::issue_text(evaluation, ledger, snapshot)}) {
    EXPECT_EQ(text.find("Kernel panic"), std::string::npos) << text;
    EXPECT_EQ(text.find("emergency mode"), std::string::npos) << text;
    EXPECT_EQ(text.find("login:"), std::string::npos) << text;
    EXPECT_NE(text.find("emergency_mode"), std::string::npos) << text;
  }
}

} // namespace sshguardd::test
