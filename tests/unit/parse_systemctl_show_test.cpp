#include "parse/systemctl_show.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace sshguardd::parse {
namespace {

const std::string head = "Id=ssh.service\nLoadState=loaded\nActiveState=active\n";
const std::string debian_command =
    "ExecStartEx={ path=/usr/sbin/sshd ; argv[]=/usr/sbin/sshd -D $SSHD_OPTS ; flags= ; "
    "start_time=[Sat 2026-11-21 12:42:05.660483 UTC] ; stop_time=[n/a] ; pid=54 ; code=(null) ; "
    "status=0/0 }\n";
const std::string debian_files = "[Unit]\n"
                                 "# ExecStart=\"commented\"\n"
                                 "ConditionPathExists=!/etc/ssh/sshd_not_to_be_run\n"
                                 "[Service]\n"
                                 "ExecStart=/usr/sbin/sshd -D $SSHD_OPTS\n";

ShownUnit one(const std::string& lines) {
  const auto shown = systemctl_show(head + lines);
  EXPECT_TRUE(shown.known()) << shown.why();
  return shown && shown->size() == 1 ? shown->front() : ShownUnit{};
}

TEST(SystemctlShow, ReadsWhatDebianPrints) {
  const auto shown = systemctl_show(
      "MainPID=54\nExecMainStartTimestamp=Sat 2026-11-21 12:42:05.699300 "
      "UTC\nResult=success\nExecMainCode=0\nExecMainStatus=0\n" +
      debian_command +
      "ControlGroup=/system.slice/ssh.service\n"
      "Environment=\"A=b c\" \"D=x\\\"y\" E=f\n"
      "EnvironmentFiles=/etc/default/ssh (ignore_errors=yes)\n"
      "EnvironmentFiles=/etc/with space (ignore_errors=no)\n"
      "UnsetEnvironment=ZZ\nKillMode=process\n" +
      head +
      "RequiredBy=\nRequisiteOf=\nWantedBy=multi-user.target\nUpheldBy=\n"
      "FragmentPath=/lib/systemd/system/ssh.service\n"
      "DropInPaths=/etc/systemd/system/ssh.service.d/x.conf\n"
      "ActiveEnterTimestamp=Sat 2026-11-21 12:42:05.699365 UTC\nJob=\nNeedDaemonReload=no\n"
      "ConditionResult=yes\nConditionTimestamp=\nStartLimitAction=none\nFailureAction=reboot\n"
      "\n"
      "Accept=no\nListen=[::]:22 (Stream)\nListen=/run/a b (Stream)\nId=ssh.socket\n"
      "LoadState=loaded\nActiveState=inactive\nJob=77\nActiveEnterTimestamp=n/a\n"
      "ConditionResult=no\n"
      "\n"
      "Id=sshd.socket\nLoadState=not-found\nActiveState=inactive\n");
  ASSERT_TRUE(shown.known()) << shown.why();
  ASSERT_EQ(shown->size(), 3U);
  const Unit& service = (*shown)[0].unit;
  EXPECT_EQ(service.id, "ssh.service");
  EXPECT_EQ(service.main_pid, 54U);
  EXPECT_EQ(service.environment, (std::vector<std::string>{"A=b c", "D=x\"y", "E=f"}));
  EXPECT_EQ(service.unset_environment, std::vector<std::string>{"ZZ"});
  ASSERT_EQ(service.environment_files.size(), 2U);
  EXPECT_TRUE(service.environment_files[0].optional);
  EXPECT_EQ(service.environment_files[1].path, "/etc/with space");
  EXPECT_FALSE(service.environment_files[1].optional);
  EXPECT_TRUE(service.pulled_in);
  EXPECT_EQ(service.active_enter_us, 1'795'264'925'699'365);
  EXPECT_EQ(service.main_start_us, 1'795'264'925'699'300);
  EXPECT_EQ(service.condition_tested_us, 0);
  EXPECT_EQ(service.failure_action, "reboot");
  EXPECT_FALSE(service.job_queued);
  ASSERT_EQ((*shown)[0].commands.size(), 1U);
  EXPECT_EQ((*shown)[0].commands[0].words, "/usr/sbin/sshd -D $SSHD_OPTS");
  const Unit& socket = (*shown)[1].unit;
  EXPECT_TRUE(socket.job_queued);
  EXPECT_FALSE(socket.condition_result);
  EXPECT_EQ(socket.listen, (std::vector<std::pair<std::string, std::string>>{
                               {"Stream", "[::]:22"}, {"Stream", "/run/a b"}}));
  EXPECT_FALSE((*shown)[2].unit.exists());
}

TEST(SystemctlShow, RefusesWhatItCannotTellExactly) {
  for (const std::string& lines : {
           std::string{"MainPID=1\nMainPID=2\n"}, // a forged line out of an argument with a newline
           std::string{"no sign of equality\n"},
           std::string{"Surprise=1\n"},
           std::string{"MainPID=\n"},
           std::string{"MainPID=-1\n"},
           std::string{"MainPID=12 \n"},
           std::string{"MainPID=99999999999\n"},
           std::string{"ConditionResult=maybe\n"},
           std::string{"Job=soon\n"},
           std::string{"Environment=\"A=b\n"},
           std::string{"Environment=\"A=b\"c\n"},
           std::string{"Environment=\"A=\\x41\"\n"},
           std::string{"Environment=$'A=b'\n"},
           std::string{"Environment=A=b  C=d\n"},
           std::string{"EnvironmentFiles=/etc/default/ssh\n"},
           std::string{"EnvironmentFiles=/etc/default/ssh (ignore_errors=perhaps)\n"},
           std::string{"Listen= (Stream)\n"},
           std::string{"ExecStartEx={ path=/usr/sbin/sshd ; argv[]=/usr/sbin/sshd\n"},
           std::string{"ExecStartEx=; flags= ; argv[]=\n"},
           std::string{"ActiveEnterTimestamp=Sat 2026-02-30 12:42:05.699365 UTC\n"},
           std::string{"ActiveEnterTimestamp=Sat 2026-11-21 12:42:05 UTC\n"},
           std::string{"ActiveEnterTimestamp=Sat 2026-11-21 12:42:05.699365 CET\n"},
           std::string{"\nLoadState=loaded\n"}, // a second record without a name
       })
    EXPECT_FALSE(systemctl_show(head + lines).known()) << lines;
  EXPECT_TRUE(systemctl_show("").known());
  EXPECT_TRUE(systemctl_show("")->empty());
}

TEST(SystemctlShow, SplitsACommandOnlyWhereItsFilesLeaveNoDoubt) {
  const ShownUnit shown = one(debian_command);
  EXPECT_FALSE(complete(shown, nullptr, std::nullopt).command_known);
  const Unit unit = complete(shown, nullptr, debian_files);
  ASSERT_TRUE(unit.command_known);
  ASSERT_EQ(unit.exec_start.size(), 1U);
  EXPECT_EQ(unit.exec_start[0].argv,
            (std::vector<std::string>{"/usr/sbin/sshd", "-D", "$SSHD_OPTS"}));
  for (const char* doubtful :
       {"ExecStart=/usr/sbin/sshd -o \"Banner none\"\n",
        " ExecStart = /usr/sbin/sshd -o 'Banner none'\n",
        "ExecStart=/usr/sbin/sshd -o Banner\\x20none\n", "ExecStart=/usr/sbin/sshd -f /etc/%n\n",
        "ExecStart=/usr/sbin/sshd \\\n -D\n"})
    EXPECT_FALSE(complete(shown, nullptr, debian_files + doubtful).command_known) << doubtful;
  ShownUnit edited = shown;
  edited.need_daemon_reload = true; // the files are not what systemd holds
  EXPECT_FALSE(complete(edited, nullptr, debian_files).command_known);
}

TEST(SystemctlShow, TakesTheLastAnswerOverTheBusAsLongAsItAgrees) {
  ShownUnit shown = one("FragmentPath=/lib/ssh.service\n"
                        "ExecStartEx={ path=/usr/sbin/sshd ; argv[]=sshd -o Banner none ; "
                        "flags=no-env-expand ; start_time=[n/a] ; status=0/0 }\n");
  Unit known = shown.unit;
  known.exec_start = {{"/usr/sbin/sshd", {"sshd", "-o", "Banner none"}, true}};
  known.conditions = {{.type = "ConditionPathExists", .parameter = "/a"}};
  const Unit unit = complete(shown, &known, std::nullopt);
  ASSERT_TRUE(unit.command_known);
  EXPECT_EQ(unit.exec_start[0].argv.size(), 3U);
  EXPECT_EQ(unit.conditions.size(), 1U);

  Unit other = known;
  other.exec_start[0].argv = {"sshd", "-o", "Banner /etc/motd"};
  EXPECT_FALSE(complete(shown, &other, std::nullopt).command_known);
  other = known;
  other.exec_start[0].no_env_expand = false;
  EXPECT_FALSE(complete(shown, &other, std::nullopt).command_known);
  other = known;
  other.drop_in_paths = {"/etc/systemd/system/ssh.service.d/x.conf"};
  EXPECT_FALSE(complete(shown, &other, std::nullopt).command_known);
  other = known;
  other.command_known = false;
  other.exec_start.clear();
  EXPECT_FALSE(complete(shown, &other, std::nullopt).command_known);
}

TEST(SystemctlShow, ReadsConditionsFromTheFiles) {
  const auto conditions = [](const std::string& files) {
    return complete(one(""), nullptr, files).conditions;
  };
  ASSERT_EQ(conditions(debian_files).size(), 1U);
  EXPECT_TRUE(conditions(debian_files)[0].negate);
  EXPECT_EQ(conditions(debian_files)[0].parameter, "/etc/ssh/sshd_not_to_be_run");
  EXPECT_TRUE(conditions(debian_files + "ConditionKernelVersion=\n").empty());
  ASSERT_EQ(conditions("ConditionPathExists=|!/a\n").size(), 1U);
  EXPECT_TRUE(conditions("ConditionPathExists=|!/a\n")[0].trigger);
  EXPECT_TRUE(conditions("ConditionPathExists=/a/%i\n").empty()); // in doubt: none
  EXPECT_TRUE(conditions("ConditionPathExists\n").empty());
}

TEST(SystemctlShow, ReadsUnitFiles) {
  const auto files = systemctl_unit_files("ssh.service  enabled  enabled\n"
                                          "sshd.service alias    -\n\nnonsense\nssh.socket\n"
                                          "ssh@.service static   -");
  ASSERT_EQ(files.size(), 3U);
  EXPECT_EQ(files[1].name, "sshd.service");
  EXPECT_EQ(files[1].state, "alias");
  EXPECT_EQ(files[2].name, "ssh@.service");
}

} // namespace
} // namespace sshguardd::parse
