// The probe against a server of our own, over loopback.
#include "host/probe.hpp"

#include "host/clock.hpp"
#include "host/fd.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>

namespace sshguardd::host {
namespace {

// Listens on loopback as most programs do not: without SO_REUSEADDR. Port 0: any.
Fd listen_on(std::uint16_t& port) {
  Fd fd{socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (!fd || bind(fd.get(), generic, length) != 0 || listen(fd.get(), 8) != 0 ||
      getsockname(fd.get(), generic, &length) != 0)
    return Fd{};
  port = ntohs(address.sin_port);
  return fd;
}

// A server that hangs up first would keep the connection, and thereby its port, for a minute.
TEST(Probe, leaves_no_connection_behind_on_the_other_side) {
  std::uint16_t port = 0;
  Fd server = listen_on(port);
  ASSERT_TRUE(server);
  Loop loop;
  Probe seen;
  Source accepting = loop.io(server.get(), EPOLLIN, [&](std::uint32_t) {
    const Fd client{accept4(server.get(), nullptr, nullptr, SOCK_CLOEXEC)};
  });
  const auto run = run_probe(
      loop, Listener{.address = "127.0.0.1", .port = port},
      [&](Probe probe) {
        seen = std::move(probe);
        loop.stop();
      },
      std::chrono::seconds{20});
  loop.run();
  EXPECT_EQ(seen.how, Probe::How::closed);
  accepting.reset();
  server.reset();
  EXPECT_TRUE(listen_on(port)) << "the port is still taken";
}

} // namespace
} // namespace sshguardd::host
