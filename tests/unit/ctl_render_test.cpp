// What sshguardctl prints, as golden files: tests/golden/ctl_NAME.json is the document,
// ctl_NAME.txt the text. SSHGUARDD_UPDATE_GOLDEN=1 writes the texts anew, to be read before they
// are committed.
#include "ctl/render.hpp"
#include "engine/report.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

namespace sshguardd::ctl {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

const fs::path golden{SSHGUARDD_GOLDEN_DIR};

std::string read(const fs::path& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

std::string document_text(const std::string& name) {
  return read(golden / (name + ".json"));
}

Document document(const std::string& name) {
  const Fact<Document> document = parse_document(document_text(name));
  EXPECT_TRUE(document.known()) << name << ": " << document.why();
  return document ? *document : Document{};
}

Rendering rendering(const std::string& name) {
  Rendering rendering;
  if (name == "ctl_look")
    rendering.note = "sshguardd is not running (no /run/sshguardd/status.json): this is a look of "
                     "sshguardctl itself; nothing is healed.";
  return rendering;
}

std::vector<std::string> names() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator{golden}) {
    const std::string name = entry.path().stem().string();
    if (name.starts_with("ctl_") && entry.path().extension() == ".json") names.push_back(name);
  }
  return names;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream{text};
  for (std::string line; std::getline(stream, line);)
    lines.push_back(line);
  return lines;
}

TEST(CtlRender, IsAsTheGoldenFiles) {
  ASSERT_GE(names().size(), 7U);
  for (const std::string& name : names()) {
    const std::string text = render(document(name), rendering(name));
    const fs::path expected = golden / (name + ".txt");
    if (std::getenv("SSHGUARDD_UPDATE_GOLDEN") != nullptr) std::ofstream{expected} << text;
    EXPECT_EQ(text, read(expected)) << name;
  }
}

// Only a command is left whole, and only it starts a line of its own at four.
TEST(CtlRender, FitsEightyColumnsAndIsPlainAscii) {
  for (const std::string& name : names()) {
    for (const std::string& line : lines_of(render(document(name), rendering(name)))) {
      EXPECT_TRUE(line.size() <= 80 || line.starts_with("    /usr/sbin/sshd -t ") ||
                  line.starts_with("    systemctl "))
          << line;
      for (const char c : line)
        EXPECT_TRUE(c >= 0x20 && c < 0x7f) << line;
    }
  }
}

TEST(CtlRender, FitsNarrowTerminals) {
  Rendering narrow = rendering("ctl_warning");
  narrow.terminal.width = 40;
  for (const std::string& line : lines_of(render(document("ctl_warning"), narrow)))
    EXPECT_LE(line.size(), 40U) << line;
}

TEST(CtlRender, ColoursTheStateAndNothingElse) {
  Rendering coloured;
  coloured.terminal.colour = true;
  const std::string plain = render(document("ctl_critical"), {});
  std::string text = render(document("ctl_critical"), coloured);
  const std::string red = "\x1b[1;31mCRITICAL\x1b[0m";
  ASSERT_TRUE(text.starts_with(red + "  SSH REFUSED")) << text;
  text.replace(0, red.size(), "CRITICAL");
  EXPECT_EQ(text, plain);
}

TEST(CtlRender, TheFirstLineIsTheHeadlineOfTheFirstRoot) {
  Document two = document("ctl_critical");
  std::swap(two.findings[0], two.findings[1]); // an effect first
  EXPECT_EQ(lines_of(render(two, {})).front(),
            "CRITICAL  SSH REFUSED: sshd_config:12 \"Bad configuration option: Prot\"");
}

// `check ID` of an effect: its cause was not asked for, the finding must not get lost.
TEST(CtlRender, AnEffectWithoutItsCauseIsShown) {
  Document effect = document("ctl_critical");
  effect.findings.erase(effect.findings.begin());
  const std::string text = render(effect, {});
  EXPECT_NE(text.find("\nsshd.failed (critical), since"), std::string::npos) << text;
  EXPECT_NE(text.find("cause     sshd.config-invalid"), std::string::npos) << text;
}

TEST(CtlRender, OkSaysWhatWasAskedFor) {
  Rendering asked;
  asked.ids = {"sshd.failed", "sshd.masked"};
  EXPECT_EQ(lines_of(render(document("ctl_ok"), asked)).front(),
            "OK  not found: sshd.failed, sshd.masked");
}

TEST(CtlDocument, ReadsWhatTheAgentWrites) {
  Snapshot snapshot;
  snapshot.host = "web\n01";
  snapshot.taken.wall = WallTime{1'795'230'727s};
  engine::Evaluation evaluation;
  evaluation.state = engine::State::critical;
  evaluation.findings.push_back({.id = "sshd.failed",
                                 .subject = "ssh.service",
                                 .severity = Severity::critical,
                                 .sees = Sees::refused,
                                 .summary = "a\\b",
                                 .evidence = {{"systemd", "failed"}},
                                 .fix = {"fix"},
                                 .remedy = RestartSshd{"ssh.service", ""}});
  const engine::StatusContext context{true, "0.1.0", "on", 77, "boot", snapshot.taken.wall + 60s};
  const Fact<Document> document =
      parse_document(engine::status_json(evaluation, {}, snapshot, {}, context));
  ASSERT_TRUE(document) << document.why();
  EXPECT_TRUE(document->agent_running);
  EXPECT_EQ(document->pid, 77);
  EXPECT_EQ(document->host, "web\\n01");
  EXPECT_EQ(document->state, engine::State::critical);
  ASSERT_EQ(document->findings.size(), 1U);
  EXPECT_EQ(document->findings[0].summary, "a\\\\b"); // encoded once, not twice
  EXPECT_EQ(document->findings[0].remedy.kind, "restart");
  EXPECT_EQ(document->findings[0].evidence[0].second, "failed");
  const Fact<Document> again = parse_document(document->json); // --json is the document
  EXPECT_TRUE(again) << again.why();
}

TEST(CtlDocument, EveryTruncationIsRefused) {
  std::string text = document_text("ctl_critical");
  text.erase(text.find_last_of('}') + 1);
  for (std::size_t size = 0; size < text.size(); ++size)
    EXPECT_FALSE(parse_document(std::string_view{text}.substr(0, size))) << size;
  EXPECT_TRUE(parse_document(text));
}

TEST(CtlDocument, AWrongFieldIsNamed) {
  struct Row {
    std::string from;
    std::string to;
    std::string why;
  };
  const Row rows[] = {
      {"\"schema\": 1", "\"schema\": 2", "schema 2, this sshguardctl reads 1"},
      {"\"schema\": 1", "\"schema\": \"1\"", "\"schema\" is not a number in its range"},
      {"\"schema\": 1", "\"x\": 1", "\"schema\" is missing"},
      {"\"running\": true", "\"running\": 1", "\"running\" is neither true nor false"},
      {"\"pid\": 321", "\"pid\": -1", "\"pid\" is not a number in its range"},
      {"\"pid\": 321", "\"pid\": 1e400", "not JSON"},
      {"\"pid\": 321", "\"pid\": 18446744073709551615", "\"pid\" is not a number in its range"},
      {"\"state\": \"critical\"", "\"state\": \"fine\"",
       "\"state\" is none of ok, warning, critical, unknown"},
      {"\"listeners\": []", "\"listeners\": [22]",
       "\"listeners\" holds something else than a text"},
      {"\"unknown\": []", "\"unknown\": null", "\"unknown\" is not a list"},
      {"\"heals\": [", "\"heals\": [[],", "\"time\" is missing"},
      {"\"root\": true", "\"root\": null", "\"root\" is neither true nor false"},
      {"\"took_ms\": 83", "\"took_ms\": 9223372036854775807",
       "\"took_ms\" is not a number in its range"},
  };
  for (const Row& row : rows) {
    std::string text = document_text("ctl_critical");
    const std::size_t at = text.find(row.from);
    ASSERT_NE(at, std::string::npos) << row.from;
    text.replace(at, row.from.size(), row.to);
    EXPECT_EQ(parse_document(text).why(), row.why) << row.to;
  }
  for (const char* text : {"", "[]", "null", "1", "\"x\"", "\xff"})
    EXPECT_FALSE(parse_document(text)) << text;
}

TEST(CtlDocument, IsStaleUnlessItsAgentRunsNow) {
  const Document fresh = document("ctl_ok");
  const WallTime now = *parse_rfc3339("2026-11-21T03:14:07Z"); // the last second
  EXPECT_EQ(why_stale(fresh, true, now), std::nullopt);
  EXPECT_EQ(why_stale(fresh, true, now + 1s), "was valid only until 2026-11-21T03:14:07Z");
  EXPECT_EQ(why_stale(fresh, false, now), "was written by process 321, which is gone");
  Document broken = fresh;
  broken.valid_until = "tomorrow";
  EXPECT_EQ(why_stale(broken, true, now), "does not say until when it is valid");
  broken = fresh;
  EXPECT_EQ(why_stale(document("ctl_look"), true, now), "was written without an agent");
}

TEST(CtlDocument, Rfc3339IsReadAsItIsWritten) {
  for (const WallTime time : {WallTime{}, WallTime{1'795'230'727s}, WallTime{951'827'696s}})
    EXPECT_EQ(parse_rfc3339(engine::rfc3339(time)), time);
  for (const char* text :
       {"", "2026-11-21", "2026-11-21T03:12:07", "2026-11-21T03:12:07+", "2026-13-21T03:12:07Z",
        "2026-02-30T03:12:07Z", "2026-11-21T24:00:00Z", "2026-11-21T03:60:07Z",
        "-026-11-21T03:12:07Z", "2026-11-21T03:12:07ZZ", "2026-11-21t03:12:07Z"})
    EXPECT_EQ(parse_rfc3339(text), std::nullopt) << text;
}

TEST(CtlText, WrapsBetweenWords) {
  EXPECT_EQ(wrap("", "", 0, 10), "\n");
  EXPECT_EQ(wrap("", "aaa bbb cc", 2, 10), "aaa bbb cc\n"); // just fits
  EXPECT_EQ(wrap("", "aaa bbb ccc", 2, 10), "aaa bbb\n  ccc\n");
  EXPECT_EQ(wrap("label ", "aaa bbbb", 6, 10), "label aaa\n      bbbb\n");
  EXPECT_EQ(wrap("", "  a   b ", 0, 10), "a b\n");
  EXPECT_EQ(wrap("", "abcdefghijklmno p", 2, 10), "abcdefghij\n  klmno p\n"); // too wide a word
}

} // namespace
} // namespace sshguardd::ctl
