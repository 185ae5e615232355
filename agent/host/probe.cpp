#include "host/probe.hpp"

#include "host/clock.hpp"
#include "host/fd.hpp"
#include "parse/ssh_banner.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <system_error>
#include <tuple>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>

namespace sshguardd::host {
namespace {

// Not "SSH-2.0-Probe-...": sshd logs that name as a port scan.
constexpr std::string_view identification = "SSH-2.0-sshguardd_probe\r\n";

// TCP wrappers: five seconds; a child that dies does so at once.
constexpr auto wrapped_after = std::chrono::seconds{4};

struct Address {
  sockaddr_storage storage{};
  socklen_t length = 0;
};

Address make_address(const std::string& text, std::uint16_t port, bool ipv6) {
  Address address;
  if (ipv6) {
    sockaddr_in6 in{};
    in.sin6_family = AF_INET6;
    in.sin6_port = htons(port);
    inet_pton(AF_INET6, text.c_str(), &in.sin6_addr);
    std::memcpy(&address.storage, &in, sizeof in);
    address.length = sizeof in;
  } else {
    sockaddr_in in{};
    in.sin_family = AF_INET;
    in.sin_port = htons(port);
    inet_pton(AF_INET, text.c_str(), &in.sin_addr);
    std::memcpy(&address.storage, &in, sizeof in);
    address.length = sizeof in;
  }
  return address;
}

class RunningProbe final : public ProbeRun {
public:
  RunningProbe(Loop& loop, const Listener& target, std::function<void(Probe)> callback,
               std::chrono::milliseconds deadline)
      : callback_{std::move(callback)} {
    probe_.address = probe_address(target);
    probe_.port = target.port;
    started_ = now().boot;
    deadline_ = loop.at(started_ + deadline, [this] {
      if (connected_)
        finish(Probe::How::silent, "no banner in time");
      else
        finish(Probe::How::unconnected, "no connection in time");
    });
    fd_ =
        Fd{socket(target.ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    const Address source = make_address(target.ipv6 ? "::1" : "127.0.0.1", 0, target.ipv6);
    const Address to = make_address(probe_.address, target.port, target.ipv6);
    const bool started =
        fd_ &&
        bind(fd_.get(), reinterpret_cast<const sockaddr*>(&source.storage), source.length) == 0 &&
        (connect(fd_.get(), reinterpret_cast<const sockaddr*>(&to.storage), to.length) == 0 ||
         errno == EINPROGRESS);
    if (!started) {
      const std::string why = std::generic_category().message(errno);
      const auto how = errno == ECONNREFUSED ? Probe::How::refused : Probe::How::unconnected;
      deadline_ = loop.soon([this, why, how] { finish(how, why); });
      return;
    }
    // Output first: it tells that the connection stands, or why it does not.
    io_ = loop.io(fd_.get(), EPOLLOUT, [this](std::uint32_t) { ready(); });
  }

private:
  void ready() {
    if (!connected_) {
      int error = 0;
      socklen_t length = sizeof error;
      getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &error, &length);
      if (error != 0)
        return finish(error == ECONNREFUSED ? Probe::How::refused : Probe::How::unconnected,
                      std::generic_category().message(error));
      connected_ = true;
      io_.set_events(EPOLLIN);
      return;
    }
    std::array<char, 4096> buffer{};
    const ssize_t got = recv(fd_.get(), buffer.data(), buffer.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) return closed(got < 0 ? std::generic_category().message(errno) : "closed");
    received_.append(buffer.data(), static_cast<std::size_t>(got));
    look();
  }

  void look() {
    const parse::Banner banner = parse::ssh_banner(received_);
    switch (banner.state) {
    case parse::BannerState::incomplete:
      return;
    case parse::BannerState::banner:
      if (!std::exchange(greeted_, true))
        (void)send(fd_.get(), identification.data(), identification.size(), MSG_NOSIGNAL);
      return;
    case parse::BannerState::kexinit:
      return finish(Probe::How::answered, banner.identification);
    case parse::BannerState::shedding:
      return finish(Probe::How::answered, "busy: it turns connections away");
    case parse::BannerState::not_ssh:
      return finish(Probe::How::foreign, "something else answers there");
    }
  }

  // Who closes first keeps the connection in TIME_WAIT for a minute. Of a server without
  // SO_REUSEADDR that is one more for which sshd cannot bind the port when it is given back: a
  // reset ends it.
  void forget_connection() {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  }

  void closed(const std::string& how) {
    closed_ = true;
    // TCP wrappers keep silent for five seconds before they close.
    if (received_.empty() && now().boot - started_ >= wrapped_after)
      return finish(Probe::How::wrapped, how + " after seconds of silence: TCP wrappers");
    // A banner and then the end: it lives, but its child died before the key exchange.
    finish(Probe::How::closed,
           received_.empty() ? how + " without a banner" : how + " after the banner");
  }

  void finish(Probe::How how, std::string said) {
    // Denied by TCP wrappers is an answer of a child of its own.
    probe_.alive = how == Probe::How::answered || how == Probe::How::wrapped;
    probe_.how = how;
    probe_.said = std::move(said);
    io_.reset();
    deadline_.reset();
    if (closed_) forget_connection();
    fd_.reset();
    // The callback may destroy this object.
    const auto callback = std::move(callback_);
    callback(std::move(probe_));
  }

  std::function<void(Probe)> callback_;
  Probe probe_;
  Fd fd_;
  Source io_;
  Source deadline_;
  BootTime started_{};
  bool connected_ = false;
  bool greeted_ = false;
  bool closed_ = false; // by the other side
  std::string received_;
};

} // namespace

std::string probe_address(const Listener& listener) {
  if (listener.address == "0.0.0.0") return "127.0.0.1";
  if (listener.address == "::") return "::1";
  return listener.address;
}

const Listener* probe_target(const std::vector<Listener>& listeners) {
  // Sessions without a scope of their own keep their forwardings in sshd's control group: those
  // listen on loopback, and on high ports.
  const auto rank = [](const Listener& listener) {
    const bool loopback = listener.address.starts_with("127.") || listener.address == "::1";
    return std::tuple{loopback, listener.ipv6, listener.port};
  };
  const Listener* best = nullptr;
  for (const Listener& listener : listeners) {
    if (listener.ours && (best == nullptr || rank(listener) < rank(*best))) best = &listener;
  }
  return best;
}

std::unique_ptr<ProbeRun> run_probe(Loop& loop, const Listener& target,
                                    std::function<void(Probe)> callback,
                                    std::chrono::milliseconds deadline) {
  return std::make_unique<RunningProbe>(loop, target, std::move(callback), deadline);
}

} // namespace sshguardd::host
