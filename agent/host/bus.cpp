#include "host/bus.hpp"

#include "host/clock.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <system_error>
#include <utility>

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace sshguardd::host {
namespace {

constexpr const char* systemd_name = "org.freedesktop.systemd1";
constexpr const char* bus_socket = "/run/dbus/system_bus_socket";
constexpr auto deadline = std::chrono::seconds{2};
// For what the library does synchronously: the loop stands still meanwhile.
constexpr auto patience = std::chrono::milliseconds{200};

// Microseconds of CLOCK_MONOTONIC; UINT64_MAX: never.
std::uint64_t due(const sdbus::IConnection::PollData& wishes) {
#if SSHGUARDD_SDBUS_MAJOR >= 2
  if (wishes.timeout == std::chrono::microseconds::max()) return UINT64_MAX;
  return static_cast<std::uint64_t>(wishes.timeout.count());
#else
  return wishes.timeout_usec;
#endif
}

bool process_one(sdbus::IConnection& connection) {
#if SSHGUARDD_SDBUS_MAJOR >= 2
  return connection.processPendingEvent();
#else
  return connection.processPendingRequest();
#endif
}

// Not attachSdEventLoop() of 2.x: it throws its errors through the loop when the daemon dies. Nor
// is the second descriptor of 2.x watched: it tells of what was sent between two polls, and the
// wishes are asked for before each.
BusSource::Connection on_loop(sdbus::IConnection& connection, std::function<void()> broken) {
  return {.wishes = [&connection]() -> std::optional<BusSource::Wishes> {
            try {
              const auto data = connection.getEventLoopPollData();
              return BusSource::Wishes{.fd = data.fd,
                                       .events = static_cast<std::uint32_t>(data.events),
                                       .due = due(data)};
            } catch (const sdbus::Error&) {
              return std::nullopt;
            }
          },
          .process_one =
              [&connection] {
                using Processed = BusSource::Processed;
                try {
                  return process_one(connection) ? Processed::something : Processed::nothing;
                } catch (const sdbus::Error&) {
                  return Processed::broken;
                }
              },
          .broken = std::move(broken)};
}

} // namespace

Bus::Bus(Loop& loop, Events events) : loop_{loop}, events_{std::move(events)} {
  // For the call within the library's handshake: sd_bus_set_method_call_timeout(3).
  const std::string milliseconds = std::to_string(patience.count()) + "ms";
  setenv("SYSTEMD_BUS_TIMEOUT", milliseconds.c_str(), 1); // NOLINT(concurrency-mt-unsafe)
}

Bus::~Bus() {
  close({});
}

void Bus::connect() {
  if (connection_ || asking_ || failed_soon_) return;
  if (std::string why = ask(); !why.empty()) fail(std::move(why));
}

// The first line of the handshake; the reason of a failure, or empty.
std::string Bus::ask() {
  asking_ = Fd{socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, bus_socket, sizeof address.sun_path - 1);
  const auto failed = [] { return "system bus: " + std::generic_category().message(errno); };
  if (!asking_ ||
      ::connect(asking_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return failed();
  constexpr std::string_view hello{"\0AUTH EXTERNAL\r\n", 16};
  if (send(asking_.get(), hello.data(), hello.size(), MSG_NOSIGNAL) < 0) return failed();
  asked_at_ = now().boot;
  asking_io_ = loop_.io(asking_.get(), EPOLLIN, [this](auto) { on_asked(); });
  if (!asking_deadline_) {
    asking_deadline_ = loop_.at(asked_at_ + deadline, [this] {
      asking_deadline_.reset();
      why_ = "system bus: no answer from the message bus daemon";
      events_.failed();
    });
  }
  return asking_io_ && asking_deadline_ ? "" : "system bus: cannot be waited for";
}

void Bus::on_asked() {
  std::array<char, 256> answer{};
  const ssize_t got = recv(asking_.get(), answer.data(), answer.size(), MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) return fail("system bus: the message bus daemon hung up");
  asking_io_.reset();
  asking_.reset();
  if (now().boot - asked_at_ <= patience) {
    asking_deadline_.reset();
    return open();
  }
  // It may be quick again, where it was only stopped. After the deadline it is connect() that asks.
  if (!asking_deadline_) return;
  if (std::string why = ask(); !why.empty()) fail(std::move(why));
}

void Bus::stop_asking() {
  asking_io_.reset();
  asking_deadline_.reset();
  asking_.reset();
}

void Bus::open() {
  try {
    connection_ = sdbus::createSystemBusConnection();
#if SSHGUARDD_SDBUS_MAJOR >= 2
    connection_->setMethodCallTimeout(deadline);
#else
    connection_->setMethodCallTimeout(patience);
    waited_ = {};
#endif
    source_ = std::make_unique<BusSource>(loop_, on_loop(*connection_, [this] { lost(); }));
    if (!*source_) {
      close({});
      return fail("system bus: cannot be waited for");
    }
    // sd-bus's own word for it, of no daemon.
    match("type='signal',sender='org.freedesktop.DBus.Local',path='/org/freedesktop/DBus/Local',"
          "interface='org.freedesktop.DBus.Local',member='Disconnected'",
          [this] { lost(); });
  } catch (const sdbus::Error& error) {
    close({});
    return fail("system bus: " + std::string{error.what()});
  }
  why_.clear();
  events_.opened();
}

void Bus::fail(std::string why) {
  stop_asking();
  why_ = std::move(why);
  failed_soon_ = loop_.soon([this] {
    failed_soon_.reset();
    events_.failed();
  });
}

void Bus::close(std::string why) {
  why_ = std::move(why);
  lost_soon_.reset();
  source_.reset();
  slots_.clear();
  proxies_.clear();
  connection_.reset();
}

void Bus::lost() {
  // Deferred: this may be called from inside a function of the connection.
  if (lost_soon_) return;
  lost_soon_ = loop_.soon([this] {
    close("system bus: connection lost");
    events_.lost();
  });
}

sdbus::IProxy& Bus::proxy(const std::string& path) {
  auto& entry = proxies_[path];
  if (!entry) {
#if SSHGUARDD_SDBUS_MAJOR >= 2
    entry =
        sdbus::createProxy(*connection_, sdbus::ServiceName{systemd_name}, sdbus::ObjectPath{path});
#else
    entry = sdbus::createProxy(*connection_, systemd_name, path);
#endif
  }
  return *entry;
}

void Bus::call(const std::string& path, const std::string& interface, const std::string& method,
               const Append& append, Reply reply) {
  const auto shared = std::make_shared<Reply>(std::move(reply));
  const auto fail_soon = [this, shared](std::string why) {
    auto keeper = std::make_shared<Source>();
    *keeper = loop_.soon([keeper, shared, why = std::move(why)] {
      (*shared)(nullptr, why);
      keeper->reset();
    });
  };
  if (!connection_) return fail_soon("system bus: not connected");
  try {
#if SSHGUARDD_SDBUS_MAJOR >= 2
    auto message =
        proxy(path).createMethodCall(sdbus::InterfaceName{interface}, sdbus::MethodName{method});
    append(message);
    proxy(path).callMethodAsync(
        message,
        [shared](sdbus::MethodReply answer, std::optional<sdbus::Error> error) {
          (*shared)(error ? nullptr : &answer, error ? std::string{error->what()} : "");
        },
        deadline);
#else
    auto message = proxy(path).createMethodCall(interface, method);
    append(message);
    proxy(path).callMethod(
        message,
        [shared](sdbus::MethodReply& answer, const sdbus::Error* error) {
          (*shared)(error != nullptr ? nullptr : &answer,
                    error != nullptr ? std::string{error->what()} : "");
        },
        deadline);
#endif
  } catch (const sdbus::Error& error) {
    fail_soon("system bus: " + std::string{error.what()});
    lost();
  }
}

void Bus::match(const std::string& rule, std::function<void()> callback) {
  if (!connection_ || lost_soon_) return;
  try {
    // By value in 2.x, by reference in 1.x: a generic parameter takes both.
    const auto handler = [callback = std::move(callback)](auto&&...) { callback(); };
#if SSHGUARDD_SDBUS_MAJOR >= 2
    // Without a callback of ours for its reply, a failure ends the connection.
    slots_.push_back(connection_->addMatchAsync(rule, handler, {}, sdbus::return_slot));
#else
    // Waits for the daemon, which was quick a moment ago.
    const BootTime before = now().boot;
    slots_.push_back(connection_->addMatch(rule, handler));
    waited_ += now().boot - before;
    if (waited_ > patience) lost();
#endif
  } catch (const sdbus::Error&) {
    lost();
  }
}

} // namespace sshguardd::host
