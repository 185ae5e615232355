#include "remedy/executor.hpp"

#include "growth.hpp"
#include "opening.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sshguardd::remedy {
namespace {

using Verb = HostActions::UnitVerb;

// systemd, which answers when the test says so.
class Asked final : public HostActions {
public:
  void unit(UnitVerb verb, const std::string& name, Done done) override {
    steps.emplace_back(verb, name);
    waiting.push_back(std::move(done));
  }
  void mend(const Remedy& remedy, Done done) override {
    mended.push_back(remedy);
    waiting.push_back(std::move(done));
  }
  void answer(const std::optional<std::string>& error = std::nullopt) {
    const Done done = std::move(waiting.front());
    waiting.pop_front();
    done(error);
  }
  std::vector<std::pair<Verb, std::string>> steps;
  std::vector<Remedy> mended;
  std::deque<Done> waiting;
};

struct Ends {
  int count = 0;
  std::optional<std::string> error;
  std::function<void(std::optional<std::string>)> note() {
    return [this](std::optional<std::string> what) {
      ++count;
      error = std::move(what);
    };
  }
};

const Remedy service = RestartSshd{.service = "ssh.service", .socket = ""};
const Remedy both = RestartSshd{.service = "ssh.service", .socket = "ssh.socket"};

TEST(Executor, OneStepAfterTheOther) {
  Asked systemd;
  Ends ends;
  const auto applying = apply(service, systemd, ends.note());
  ASSERT_EQ(systemd.steps.size(), 1U) << "the next step waits for the answer";
  systemd.answer();
  systemd.answer();
  EXPECT_EQ(systemd.steps,
            (std::vector<std::pair<Verb, std::string>>{{Verb::reset_failed, "ssh.service"},
                                                       {Verb::restart, "ssh.service"}}));
  EXPECT_EQ(ends.count, 1);
  EXPECT_FALSE(ends.error);
}

TEST(Executor, TheServiceStopsBeforeItsSocketStarts) {
  Asked systemd;
  Ends ends;
  const auto applying = apply(both, systemd, ends.note());
  while (!systemd.waiting.empty())
    systemd.answer();
  ASSERT_EQ(systemd.steps.size(), 4U);
  EXPECT_EQ(systemd.steps.front(), std::pair(Verb::stop, std::string{"ssh.service"}));
  EXPECT_EQ(systemd.steps.back(), std::pair(Verb::start, std::string{"ssh.socket"}));
  EXPECT_EQ(ends.count, 1);
}

TEST(Executor, ARefusedStepEndsIt) {
  Asked systemd;
  Ends ends;
  const auto applying = apply(both, systemd, ends.note());
  systemd.answer("Access denied");
  EXPECT_EQ(systemd.steps.size(), 1U) << "its socket is not started beside a service that runs";
  EXPECT_EQ(ends.count, 1);
  EXPECT_EQ(ends.error, "ssh.service: Access denied");
}

TEST(Executor, AUnitWithoutFailureIsStartedAllTheSame) {
  Asked systemd;
  Ends ends;
  const auto applying = apply(service, systemd, ends.note());
  systemd.answer("Unit ssh.service not loaded.");
  systemd.answer();
  EXPECT_EQ(ends.count, 1);
  EXPECT_FALSE(ends.error);
}

// The answer came after the deadline: what was recorded as ended does not act any more.
TEST(Executor, WhoLetsGoEndsIt) {
  Asked systemd;
  Ends ends;
  auto applying = apply(service, systemd, ends.note());
  applying.reset();
  systemd.answer();
  EXPECT_EQ(systemd.steps.size(), 1U);
  EXPECT_EQ(ends.count, 0);
}

TEST(Executor, FilesAreOneStep) {
  Asked host;
  Ends ends;
  const auto applying = apply(MakePrivsepDir{"/run/sshd"}, host, ends.note());
  ASSERT_EQ(host.mended.size(), 1U);
  EXPECT_TRUE(host.steps.empty());
  EXPECT_EQ(ends.count, 0);
  host.answer("/run/sshd: Read-only file system");
  EXPECT_EQ(ends.count, 1);
  EXPECT_EQ(ends.error, "/run/sshd: Read-only file system");
}

TEST(Executor, ModesAreToldAsAPersonWouldTypeThem) {
  EXPECT_EQ(describe(ClearKeyMode{"alice", 1000, "/home/alice", {"/home/alice/.ssh", "/home/a b"}}),
            (std::vector<std::string>{"chmod go-w /home/alice/.ssh", "chmod go-w '/home/a b'"}));
}

TEST(Executor, RoomIsToldByPlaceAndHowMuchItCouldBe) {
  MakeRoom room{.mount = "/", .device = "8:1", .steps = {}, .goal = {}};
  room.steps = {{.kind = RoomKind::packages, .path = "/var/cache/apt/archives", .bytes = 300 << 20},
                {.kind = RoomKind::journal, .path = "/var/log/journal/5", .bytes = 64 << 20}};
  EXPECT_EQ(describe(room),
            (std::vector<std::string>{
                "delete downloaded packages in /var/cache/apt/archives, the oldest first, until "
                "there is room: up to 300 MiB",
                "then delete archived journal files (a day and 64 MiB stay) in /var/log/journal/5, "
                "the oldest first, until there is room: up to 64 MiB"}));
}

TEST(Executor, OpeningIsToldByItsVeryCommands) {
  OpenFirewall open = test::by_firewalld();
  open.timeout_s = 3600;
  EXPECT_EQ(describe(open), std::vector<std::string>{
                                "firewall-cmd --zone=public --add-service=ssh --timeout=3600"});
  open.owner = "ufw";
  EXPECT_EQ(describe(open), std::vector<std::string>{"ufw prepend allow 22/tcp"});
}

TEST(Executor, GrowingIsToldByItsVeryCommands) {
  GrowFileSystem growth = test::growth();
  EXPECT_EQ(describe(growth), (std::vector<std::string>{"/usr/bin/growpart --dry-run /dev/sda 1",
                                                        "/usr/bin/growpart /dev/sda 1",
                                                        "/usr/sbin/resize2fs /dev/sda1"}));
  growth.type = "xfs";
  growth.grow_device = false;
  growth.grow_program = "/usr/sbin/xfs_growfs";
  EXPECT_EQ(describe(growth), std::vector<std::string>{"/usr/sbin/xfs_growfs -d /"});
}

} // namespace
} // namespace sshguardd::remedy
