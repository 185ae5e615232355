// A connection of sd-bus's on the one loop, by its own wishes: sd_bus_get_events(3).
#pragma once

#include "host/fd.hpp"
#include "host/loop.hpp"

#include <cstdint>
#include <functional>
#include <optional>

struct sd_event_source;

namespace sshguardd::host {

class BusSource {
public:
  struct Wishes {
    int fd = -1;
    std::uint32_t events = 0;
    std::uint64_t due = UINT64_MAX; // microseconds of CLOCK_MONOTONIC
  };
  enum class Processed { something, nothing, broken };
  struct Connection {
    std::function<std::optional<Wishes>()> wishes; // nothing: it is broken
    std::function<Processed()> process_one;
    // Once. From inside the source, which is not to be destroyed in it.
    std::function<void()> broken;
  };

  BusSource(Loop& loop, Connection connection);
  ~BusSource();
  BusSource(const BusSource&) = delete;
  BusSource& operator=(const BusSource&) = delete;

  explicit operator bool() const { return io_ != nullptr && timer_ != nullptr; }

private:
  static int prepare(sd_event_source* source, void* userdata);
  static int on_io(sd_event_source* source, int fd, std::uint32_t events, void* userdata);
  static int on_time(sd_event_source* source, std::uint64_t usec, void* userdata);
  void process();
  void fail();

  Connection connection_;
  // A copy of our own. sd-bus closes its descriptor itself when the connection breaks, and a closed
  // one cannot be taken out of epoll: its number may be somebody else's by then, whom that would
  // silence; and as long as a child on its way to exec still has it, epoll goes on telling of a
  // source that is gone.
  Fd fd_;
  sd_event_source* io_ = nullptr;
  sd_event_source* timer_ = nullptr;
  bool broken_ = false;
};

} // namespace sshguardd::host
