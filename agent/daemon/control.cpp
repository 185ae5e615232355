#include "daemon/control.hpp"

#include "host/clock.hpp"
#include "host/log.hpp"
#include "host/who.hpp"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <system_error>
#include <utility>

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

namespace sshguardd::daemon {
namespace {

using std::chrono::seconds;

constexpr const char* path = engine::control_socket;
constexpr const char* new_path = "/run/sshguardd/io.sshguardd.Agent.new";
constexpr std::size_t max_clients = 32;
constexpr int backlog = 16;
constexpr int accepts_a_turn = 8; // then it is the others' turn
constexpr int reads_a_turn = 4;
constexpr auto frame_deadline = seconds{10};
constexpr auto reader_deadline = seconds{30}; // for somebody to read what he asked for
constexpr auto accept_again = seconds{1};     // where the kernel has no descriptor for us

} // namespace

ControlSocket::ControlSocket(host::Loop& loop, engine::Control& control)
    : loop_{loop}, control_{control} {}

ControlSocket::~ControlSocket() {
  for (auto& [number, client] : clients_)
    client.session->close();
  if (fd_) unlink(path);
}

void ControlSocket::listen() {
  if (fd_) return;
  if (!open_socket()) fd_.reset();
}

bool ControlSocket::open_socket() {
  const auto failed = [this](const char* what) {
    problem_ =
        "control socket " + std::string{what} + ": " + std::generic_category().message(errno);
    return false;
  };
  fd_ = host::Fd{socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!fd_) return failed(path);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, new_path, sizeof address.sun_path - 1);
  // Root's alone from its first moment on, and in place only once it listens: whoever finds the
  // name finds an agent.
  unlink(new_path);
  const mode_t mask = umask(0177);
  const bool bound =
      bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  const int error = errno;
  umask(mask);
  errno = error;
  if (!bound) return failed(new_path);
  if (::listen(fd_.get(), backlog) != 0) return failed(new_path);
  if (rename(new_path, path) != 0) {
    const bool result = failed(path);
    unlink(new_path);
    return result;
  }
  acceptable_ = loop_.io(fd_.get(), EPOLLIN, [this](auto) { on_accept(); });
  problem_ = acceptable_ ? "" : "control socket: sd-event does not take it";
  return static_cast<bool>(acceptable_);
}

void ControlSocket::on_accept() {
  for (int turn = 0; turn < accepts_a_turn; ++turn) {
    host::Fd fd{accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
    if (fd) {
      admit(std::move(fd));
      continue;
    }
    if (errno == EINTR || errno == ECONNABORTED) continue;
    if (errno == EAGAIN) return;
    // The client stays in the queue, and the socket readable: not at once again.
    acceptable_.set_events(0);
    accept_later_ = loop_.at(host::now().boot + accept_again, [this] {
      accept_later_.reset();
      acceptable_.set_events(EPOLLIN);
    });
    return;
  }
}

void ControlSocket::admit(host::Fd fd) {
  ucred peer{};
  socklen_t size = sizeof peer;
  const bool known = getsockopt(fd.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0;
  const char* refused = !known || peer.uid != 0          ? "org.varlink.service.PermissionDenied"
                        : clients_.size() >= max_clients ? "io.sshguardd.Agent.TooManyClients"
                                                         : nullptr;
  if (refused != nullptr) {
    const std::string word = engine::varlink::error(refused);
    (void)send(fd.get(), word.data(), word.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    return;
  }
  const unsigned number = ++next_;
  Client& client = clients_[number];
  client.fd = std::move(fd);
  // An answer may come while the client is being handled: it is sent in the next turn.
  client.session =
      std::make_shared<engine::Session>(control_, host::who(peer.pid, peer.uid), [this] {
        if (!update_soon_)
          update_soon_ = loop_.soon([this] {
            update_soon_.reset();
            for (auto it = clients_.begin(); it != clients_.end();)
              update((it++)->first); // may remove it
          });
      });
  client.io = loop_.io(client.fd.get(), EPOLLIN,
                       [this, number](std::uint32_t events) { on_io(number, events); });
  if (!client.io) drop(number);
}

void ControlSocket::on_io(unsigned number, std::uint32_t events) {
  const auto found = clients_.find(number);
  if (found == clients_.end()) return;
  if ((events & EPOLLIN) != 0) read(found->second);
  // Nobody is there to read an answer; what was asked for before is carried out all the same.
  if ((events & (EPOLLHUP | EPOLLERR)) != 0) return drop(number);
  update(number);
}

void ControlSocket::read(Client& client) {
  char buffer[16'384];
  for (int turn = 0; turn < reads_a_turn && client.session->reads(); ++turn) {
    const ssize_t got = recv(client.fd.get(), buffer, sizeof buffer, MSG_DONTWAIT);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return; // an error comes again as EPOLLERR
    if (got == 0) return client.session->end_of_input();
    client.session->receive({buffer, static_cast<std::size_t>(got)});
  }
}

bool ControlSocket::write(Client& client) {
  for (std::string_view left = client.session->output(); !left.empty();
       left = client.session->output()) {
    const ssize_t sent =
        send(client.fd.get(), left.data(), left.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return errno == EAGAIN;
    client.session->sent(static_cast<std::size_t>(sent));
    client.wait = client.wait == Client::Wait::reader ? Client::Wait::none : client.wait;
  }
  return true;
}

void ControlSocket::update(unsigned number) {
  const auto found = clients_.find(number);
  if (found == clients_.end()) return;
  Client& client = found->second;
  if (!write(client) || client.session->done()) return drop(number);
  // EPOLLHUP and EPOLLERR come unasked.
  client.io.set_events((client.session->reads() ? EPOLLIN : 0U) |
                       (client.session->output().empty() ? 0U : EPOLLOUT));
  set_deadline(number, client);
}

void ControlSocket::set_deadline(unsigned number, Client& client) {
  using Wait = Client::Wait;
  // A subscriber may be slow: its queue is what bounds it.
  const bool unread = !client.session->output().empty() && !client.session->subscribed();
  const Wait wait = unread                   ? Wait::reader
                    : client.session->half() ? Wait::rest_of_frame
                                             : Wait::none;
  if (wait == Wait::none) client.deadline.reset();
  if (std::exchange(client.wait, wait) == wait || wait == Wait::none)
    return; // bytes one by one win no time
  const auto time = wait == Wait::reader ? reader_deadline : frame_deadline;
  client.deadline = loop_.at(
      host::now().boot + time, [this, number] { on_deadline(number); }, seconds{1});
}

void ControlSocket::on_deadline(unsigned number) {
  const auto found = clients_.find(number);
  if (found == clients_.end()) return;
  if (found->second.wait == Client::Wait::rest_of_frame) {
    found->second.session->refuse("io.sshguardd.Agent.TimedOut");
    (void)write(found->second);
  }
  drop(number);
}

void ControlSocket::drop(unsigned number) {
  const auto found = clients_.find(number);
  if (found == clients_.end()) return;
  found->second.session->close();
  clients_.erase(found);
}

void ControlSocket::tell(const std::vector<engine::Line>& lines, const Snapshot& snapshot) {
  for (const engine::Line& line : lines) {
    std::string event; // made once, where anybody wants it
    for (auto& [number, client] : clients_) {
      if (!client.session->subscribed()) continue;
      if (event.empty()) event = engine::event_json(line, snapshot);
      client.session->tell(event);
    }
  }
}

} // namespace sshguardd::daemon
