#include "host/child.hpp"
#include "host/clock.hpp"

#include "host/own_child.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace sshguardd::host {
namespace {

using namespace std::chrono_literals;

ChildSpec sleeps(const char* seconds) {
  return {.argv = {"/bin/sleep", seconds}, .environment = {}, .deadline = 50ms};
}

// One after the other.
std::vector<ChildResult> run(Loop& loop, const std::vector<const char*>& seconds) {
  std::vector<ChildResult> ended;
  std::unique_ptr<Child> child;
  Source next;
  const std::function<void()> start = [&] {
    if (ended.size() == seconds.size()) { // the last one is still to be reaped
      next = loop.at(now().boot + 200ms, [&loop] { loop.stop(); });
      return;
    }
    child = run_child(loop, sleeps(seconds[ended.size()]), [&](ChildResult result) {
      ended.push_back(std::move(result));
      next = loop.soon(start);
    });
  };
  next = loop.soon(start);
  loop.run();
  return ended;
}

// As on a disk that hangs: killed, and not gone. Here nobody has reaped it yet.
TEST(Child, is_not_sent_after_one_that_does_not_die) {
  block_signals();
  Loop loop;
  (void)run_child(loop, sleeps("1001"), [](const ChildResult&) {}); // given up at once
  std::this_thread::sleep_for(2100ms);
  const auto ended = run(loop, {"1001", "1002", "1001", "1001"});
  ASSERT_EQ(ended.size(), 4U);
  EXPECT_NE(ended[0].error.find("the one before was killed"), std::string::npos) << ended[0].error;
  EXPECT_TRUE(ended[1].timed_out) << "another one is";
  EXPECT_EQ(ended[2].error, "") << "it has gone";
  EXPECT_TRUE(ended[2].timed_out);
  EXPECT_TRUE(ended[3].timed_out) << "one that dies is no hindrance";
}

TEST(OwnChild, that_is_modest_is_killed_before_others) {
  for (void (*modest)() : {be_modest, be_patient}) {
    const pid_t child = fork();
    if (child == 0) {
      modest();
      std::ifstream file{"/proc/self/oom_score_adj"};
      int score = 0;
      file >> score;
      _exit(score == 500 && getpriority(PRIO_PROCESS, 0) >= 10 ? 0 : 1);
    }
    int status = 1;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
}

} // namespace
} // namespace sshguardd::host
