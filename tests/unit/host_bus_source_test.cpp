// sd-bus itself on a socket pair whose other end hangs up.
#include "host/bus_source.hpp"

#include "host/clock.hpp"

#include <gtest/gtest.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace sshguardd::host {
namespace {

class BusSourceTest : public testing::Test {
protected:
  void SetUp() override {
    std::array<int, 2> ends{};
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()), 0);
    peer_ = Fd{ends[1]};
    // All that it ever says: the answers to the handshake, before they are asked for.
    constexpr std::string_view answers =
        "DATA\r\nOK 0123456789abcdef0123456789abcdef\r\nAGREE_UNIX_FD\r\n";
    ASSERT_EQ(write(peer_.get(), answers.data(), answers.size()),
              static_cast<ssize_t>(answers.size()));
    ASSERT_GE(sd_bus_new(&bus_), 0);
    ASSERT_GE(sd_bus_set_fd(bus_, ends[0], ends[0]), 0);
    ASSERT_GE(sd_bus_start(bus_), 0);
    number_ = ends[0];
    source_ = std::make_unique<BusSource>(
        loop_, BusSource::Connection{.wishes = [this] { return wishes(); },
                                     .process_one = [this] { return process_one(); },
                                     .broken = [this] { broken_(); }});
    ASSERT_TRUE(*source_);
  }

  void TearDown() override {
    source_.reset();
    sd_bus_unref(bus_);
  }

  void run() {
    const Source late = loop_.at(now().boot + std::chrono::seconds{20}, [this] {
      ADD_FAILURE() << "it did not come to pass";
      loop_.stop();
    });
    loop_.run();
  }

  [[nodiscard]] std::optional<BusSource::Wishes> wishes() const {
    const int fd = sd_bus_get_fd(bus_);
    const int events = sd_bus_get_events(bus_);
    BusSource::Wishes wishes{.fd = fd, .events = static_cast<std::uint32_t>(events)};
    if (fd < 0 || events < 0 || sd_bus_get_timeout(bus_, &wishes.due) < 0) return std::nullopt;
    return wishes;
  }

  BusSource::Processed process_one() {
    const int result = sd_bus_process(bus_, nullptr);
    if (closed_ && sd_bus_get_fd(bus_) < 0) std::exchange(closed_, nullptr)();
    return result < 0    ? BusSource::Processed::broken
           : result == 0 ? BusSource::Processed::nothing
                         : BusSource::Processed::something;
  }

  Loop loop_;
  Fd peer_;
  sd_bus* bus_ = nullptr;
  int number_ = -1;              // of sd-bus's own descriptor
  std::function<void()> closed_; // sd-bus has closed its descriptor
  std::function<void()> broken_;
  std::unique_ptr<BusSource> source_;
};

TEST_F(BusSourceTest, NothingStaysInEpollWhileSomebodyElseHasTheSocketOpen) {
  // As a child that was started a moment before has, until it executes something.
  const Fd held{fcntl(number_, F_DUPFD_CLOEXEC, 3)};
  broken_ = [this] { loop_.stop(); };
  peer_.reset();
  run();
  ASSERT_EQ(fcntl(number_, F_GETFD), -1) << "sd-bus has not closed its descriptor";
  source_.reset();
  std::array<epoll_event, 8> events{}; // clocks may be among them
  const int got = epoll_wait(sd_event_get_fd(loop_.raw()), events.data(), events.size(), 0);
  for (int i = 0; i < got; ++i)
    EXPECT_EQ(events.at(static_cast<std::size_t>(i)).events & EPOLLHUP, 0U);
}

TEST_F(BusSourceTest, TheNextOwnerOfTheNumberIsHeard) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
  const Fd read_end{ends[0]};
  const Fd write_end{ends[1]};
  Fd next;
  Source heard;
  Source soon;
  closed_ = [&] {
    next = Fd{fcntl(read_end.get(), F_DUPFD_CLOEXEC, number_)};
    ASSERT_EQ(next.get(), number_);
    heard = loop_.io(next.get(), EPOLLIN, [this](auto) { loop_.stop(); });
  };
  broken_ = [&] {
    soon = loop_.soon([&] {
      source_.reset();
      ASSERT_EQ(write(write_end.get(), "x", 1), 1);
    });
  };
  peer_.reset();
  run();
  EXPECT_TRUE(heard);
}

} // namespace
} // namespace sshguardd::host
