#include "host/helper.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

namespace sshguardd::host {
namespace {

HelperSpec shell(const std::string& script) {
  return {.argv = {"/bin/sh", "-c", script},
          .environment = plain_environment(),
          .groups = {},
          .input = {}};
}

TEST(Helper, tells_what_it_printed_and_how_it_ended) {
  HelperSpec spec = shell("cat; echo error >&2; pwd; exit 3");
  spec.input = "in\n";
  const HelperResult told = run_helper(spec);
  EXPECT_EQ(told.exit_status, 3);
  EXPECT_EQ(told.out, "in\n/\n");
  EXPECT_FALSE(told.timed_out || told.too_much);
  spec.errors = true;
  EXPECT_EQ(run_helper(spec).out, "in\nerror\n/\n");
}

TEST(Helper, has_no_other_environment_and_an_empty_input) {
  HelperSpec spec = shell("cat; echo \"$A:$HOME\"");
  spec.environment = {"A=b"};
  EXPECT_EQ(run_helper(spec).out, "b:\n");
}

TEST(Helper, is_ended_at_its_deadline_with_all_its_children) {
  for (const char* script : {"sleep 60 & echo $!; wait", "exec >&-; sleep 60",
                             "trap '' TERM; sleep 60", "sleep 60 & echo $!"}) {
    HelperSpec spec = shell(script);
    spec.deadline = std::chrono::milliseconds{200};
    const auto start = std::chrono::steady_clock::now();
    const HelperResult told = run_helper(spec);
    EXPECT_TRUE(told.timed_out) << script;
    EXPECT_EQ(told.exit_status, -1) << script;
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds{10}) << script;
    if (told.out.empty()) continue;
    const std::string child = "/proc/" + told.out.substr(0, told.out.find('\n')) + "/exe";
    char target[16];
    for (int tries = 0; tries < 100 && readlink(child.c_str(), target, sizeof target) >= 0; ++tries)
      usleep(20000);
    EXPECT_LT(readlink(child.c_str(), target, sizeof target), 0) << script;
  }
}

TEST(Helper, has_no_terminal_of_ours) {
  EXPECT_EQ(run_helper(shell("(: </dev/tty) 2>/dev/null || echo none")).out, "none\n");
}

TEST(Helper, is_ended_where_it_prints_too_much) {
  HelperSpec spec = shell("yes");
  spec.output_limit = 1000;
  const HelperResult told = run_helper(spec);
  EXPECT_TRUE(told.too_much);
  EXPECT_EQ(told.exit_status, -1);
  EXPECT_LT(told.out.size(), 10000U);
}

TEST(Helper, that_is_not_there_ends_with_127) {
  HelperSpec spec = shell("");
  spec.argv = {"/no/such/program"};
  EXPECT_EQ(run_helper(spec).exit_status, 127);
  spec.argv = {};
  EXPECT_FALSE(run_helper(spec).error.empty());
}

TEST(Helper, runs_as_an_account_with_its_groups) {
  if (geteuid() != 0) GTEST_SKIP() << "takes root";
  const parse::PasswdEntry nobody{
      .name = "x", .uid = 61001, .gid = 61002, .home = "/", .shell = ""};
  HelperSpec spec = shell("id -u; id -g; id -G");
  spec.account = &nobody;
  spec.groups = {61002, 61003};
  EXPECT_EQ(run_helper(spec).out, "61001\n61002\n61002 61003\n");
}

} // namespace
} // namespace sshguardd::host
