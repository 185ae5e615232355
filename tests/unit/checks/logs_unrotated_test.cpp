#include "logs_fixture.hpp"

namespace sshguardd::test {
namespace {

void grow(Logs& logs) {
  change(logs.plain, [](PlainLogs& plain) {
    plain.bytes = 3 * gib;
    plain.largest = {{"/var/log/app.log", 3 * gib, ""}, {"/var/log/syslog", mib, "2026-11-01"}};
  });
}

void age(Logs& logs, std::chrono::hours time) {
  logs.rotation.ran = at_noon.wall - time;
}

TEST(LogsUnrotated, is_large_and_nobody_rotates) {
  struct Row {
    const char* what;
    void (*how)(Logs&);
    const char* says; // empty: nothing
    Severity severity = Severity::warning;
  } const rows[] = {
      {"rotated", [](Logs&) {}, ""},
      {"disabled",
       [](Logs& l) {
         l.rotation.timer_active = false;
         l.rotation.timer_state = "disabled";
         age(l, 72h);
       },
       "logs grow: logrotate.timer is disabled"},
      {"masked",
       [](Logs& l) {
         l.rotation.timer_active = false;
         l.rotation.timer_state = "masked";
         age(l, 72h);
       },
       "logs grow: logrotate.timer is masked"},
      {"stopped",
       [](Logs& l) {
         l.rotation.timer_active = false;
         age(l, 72h);
       },
       "logs grow: logrotate.timer is stopped"},
      {"disabled, and somebody else runs it", [](Logs& l) { l.rotation.timer_active = false; }, ""},
      {"disabled, and never ran",
       [](Logs& l) {
         l.rotation.timer_active = false;
         l.rotation.ran.reset();
       },
       "logs grow: logrotate.timer is stopped"},
      {"fails", [](Logs& l) { l.rotation.service_result = "exit-code"; },
       "logs grow: logrotate failed (exit-code)"},
      {"no timer, by cron", [](Logs& l) { l.rotation.timer = false; }, ""},
      {"no timer, and not for a week",
       [](Logs& l) {
         l.rotation.timer = false;
         age(l, 200h);
       },
       "logs grow: logrotate has not run for a week"},
      {"systemd does not say",
       [](Logs& l) {
         l.rotation.timer = Unknown{"no answer"};
         l.rotation.timer_active = false;
         age(l, 72h);
       },
       ""},
      {"not installed", [](Logs& l) { l.rotation = {}; }, "logs grow: logrotate is not installed",
       Severity::info},
      {"a clock that was set back", [](Logs& l) { l.rotation.ran = at_noon.wall + 1000h; }, ""},
  };
  for (const Row& row : rows) {
    Snapshot snapshot = with_logs([&row](Logs& logs) {
      grow(logs);
      row.how(logs);
    });
    snapshot.taken.boot = BootTime{std::chrono::hours{240}};
    const auto findings = run("logs.unrotated", snapshot);
    ASSERT_EQ(findings.size(), std::string{row.says}.empty() ? 0U : 1U) << row.what;
    if (findings.empty()) continue;
    EXPECT_EQ(findings[0].summary, row.says);
    EXPECT_EQ(findings[0].severity, row.severity);
  }
}

TEST(LogsUnrotated, names_the_largest) {
  Snapshot snapshot = with_logs([](Logs& logs) {
    grow(logs);
    logs.rotation.service_result = "exit-code";
  });
  const auto findings = run("logs.unrotated", snapshot);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].evidence[2].value, "/var/log/app.log, 3 GiB, logrotate has not rotated it");
  EXPECT_EQ(findings[0].evidence[3].value, "/var/log/syslog, 1 MiB, last rotated on 2026-11-01");
}

TEST(LogsUnrotated, a_machine_that_was_off_catches_up) {
  Snapshot snapshot = with_logs([](Logs& logs) {
    grow(logs);
    age(logs, 1000h);
  });
  snapshot.taken.boot = BootTime{2h};
  EXPECT_TRUE(run("logs.unrotated", snapshot).empty());
}

TEST(LogsUnrotated, small_logs_are_nobodys_trouble) {
  for (const std::uint64_t bytes : {99 * mib, 2 * gib - 1}) {
    EXPECT_TRUE(run("logs.unrotated", with_logs([bytes](Logs& logs) {
                      change(logs.plain, [bytes](PlainLogs& plain) { plain.bytes = bytes; });
                      logs.rotation.service_result = "exit-code";
                    }))
                    .empty());
  }
  EXPECT_TRUE(run("logs.unrotated", with_logs([](Logs& logs) {
                    logs.plain = PlainLogs{};
                    logs.rotation = {};
                  }))
                  .empty());
}

} // namespace
} // namespace sshguardd::test
