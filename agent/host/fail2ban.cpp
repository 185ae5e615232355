#include "host/fail2ban.hpp"

#include "host/clock.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <utility>

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace sshguardd::host {
namespace {

constexpr auto deadline = std::chrono::seconds{2};
constexpr std::size_t most_answer = 256 * 1024;

// Root's alone: in its directory nobody else could have put one.
bool is_roots(int fd) {
  ucred peer{};
  socklen_t length = sizeof peer;
  return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 && peer.uid == 0;
}

} // namespace

Fail2ban::Fail2ban(Loop& loop, Callback on_answer, std::string path)
    : loop_{loop}, on_answer_{std::move(on_answer)}, path_{std::move(path)} {}

void Fail2ban::ask() {
  if (fd_) return; // one is under way
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path_.size() >= sizeof address.sun_path) return;
  std::memcpy(address.sun_path, path_.c_str(), path_.size() + 1);
  Fd fd{socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (!fd) return;
  if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    // EAGAIN: it takes no more connections just now.
    if (errno == ENOENT || errno == ECONNREFUSED) on_answer_({});
    return;
  }
  constexpr std::size_t size = sizeof parse::fail2ban_question - 1;
  if (!is_roots(fd.get()) ||
      send(fd.get(), parse::fail2ban_question, size, MSG_NOSIGNAL) != ssize_t{size})
    return;
  received_.clear();
  fd_ = std::move(fd);
  io_ = loop_.io(fd_.get(), EPOLLIN, [this](auto) { ready(); });
  deadline_ = loop_.at(now().boot + deadline, [this] { finish(); });
}

void Fail2ban::ready() {
  std::array<char, 4096> buffer{};
  const ssize_t got = recv(fd_.get(), buffer.data(), buffer.size(), 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got > 0) received_.append(buffer.data(), static_cast<std::size_t>(got));
  if (got <= 0 || received_.size() > most_answer) return finish();
  if (received_.find(parse::fail2ban_end) != std::string::npos) finish();
}

void Fail2ban::finish() {
  io_.reset();
  deadline_.reset();
  fd_.reset();
  const auto bans = parse::fail2ban_banned(std::exchange(received_, {}));
  if (bans) on_answer_(*bans);
}

} // namespace sshguardd::host
