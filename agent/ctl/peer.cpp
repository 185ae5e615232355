#include "ctl/peer.hpp"

#include "engine/control.hpp"
#include "engine/encode.hpp"
#include "host/clock.hpp"
#include "host/fd.hpp"
#include "host/who.hpp"

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <optional>
#include <system_error>

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace sshguardd::ctl {
namespace {

using engine::varlink::Answer;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr const char* path = engine::control_socket;
constexpr std::size_t max_answer = 4UL << 20U;
constexpr auto connect_deadline = seconds{5};
// A verified heal takes 100 s at most; everything else one look.
constexpr auto heal_deadline = seconds{120};
constexpr auto look_deadline = seconds{20};

std::string reason() {
  return std::generic_category().message(errno);
}

class RunningAgent final : public Peer {
public:
  explicit RunningAgent(host::Fd fd) : fd_{std::move(fd)} {}

  Fact<Answer> call(const std::string& method, const std::string& parameters) override {
    const auto deadline = method == "Heal" ? heal_deadline : look_deadline;
    const std::string why = send_all(engine::varlink::call(full_name(method), parameters));
    // An agent that refused us has said why before it closed.
    const auto frame = receive(host::now().boot + deadline);
    if (!frame) return Unknown{why.empty() ? frame.why() : why};
    return engine::varlink::parse_answer(*frame);
  }

  std::string subscribe(const std::function<bool(const std::string&)>& visit) override {
    std::string why = send_all(engine::varlink::call(full_name("Subscribe"), "{}", true));
    if (!why.empty()) return why;
    for (std::optional<BootTime> deadline = host::now().boot + look_deadline;; deadline.reset()) {
      const auto frame = receive(deadline);
      if (!frame) return frame.why();
      const auto answer = engine::varlink::parse_answer(*frame);
      if (!answer) return answer.why();
      if (!answer->error.empty()) return engine::encode(answer->error, 100);
      if (!visit(answer->parameters)) return {};
    }
  }

  [[nodiscard]] bool is_agent() const override { return true; }

private:
  static std::string full_name(const std::string& method) {
    return std::string{engine::control_interface} + "." + method;
  }

  std::string send_all(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent < 0 && errno == EINTR) continue;
      if (sent < 0) return reason();
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return {};
  }

  Fact<std::string> receive(std::optional<BootTime> deadline) {
    for (;;) {
      if (auto frame = frames_.next()) return *std::move(frame);
      int wait = -1;
      if (deadline) {
        const auto left = std::chrono::ceil<milliseconds>(*deadline - host::now().boot);
        if (left.count() <= 0) return Unknown{"it does not answer"};
        wait = static_cast<int>(left.count());
      }
      pollfd ready{.fd = fd_.get(), .events = POLLIN, .revents = 0};
      const int count = poll(&ready, 1, wait);
      if (count < 0 && errno != EINTR) return Unknown{reason()};
      if (count <= 0) continue;
      char buffer[16'384];
      const ssize_t got = recv(fd_.get(), buffer, sizeof buffer, 0);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return Unknown{reason()};
      if (got == 0) return Unknown{"it went away"};
      if (!frames_.append({buffer, static_cast<std::size_t>(got)}))
        return Unknown{"its answer is too long"};
    }
  }

  host::Fd fd_;
  engine::varlink::Frames frames_{max_answer};
};

} // namespace

FoundPeer running_agent() {
  host::Fd fd{socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  if (!fd) return {.peer = nullptr, .why = reason()};
  // An agent that is stopped accepts nobody: neither connecting nor sending waits for ever.
  const timeval limit{.tv_sec = connect_deadline.count(), .tv_usec = 0};
  (void)setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    const bool absent = errno == ENOENT || errno == ENOTDIR || errno == ECONNREFUSED;
    return {.peer = nullptr, .why = std::string{path} + ": " + reason(), .absent = absent};
  }
  return {.peer = std::make_unique<RunningAgent>(std::move(fd)), .why = ""};
}

std::unique_ptr<Peer> agent_or_self(bool read_only) {
  FoundPeer found = running_agent();
  if (found.absent) found = no_agent(read_only);
  if (!found.peer) std::fprintf(stderr, "sshguardctl: %s\n", engine::encode(found.why).c_str());
  return std::move(found.peer);
}

std::string asker() {
  return host::who(getpid(), getuid());
}

} // namespace sshguardd::ctl
