#include "host/bus_source.hpp"

#include <systemd/sd-event.h>

#include <ctime>
#include <utility>

#include <fcntl.h>
#include <sys/epoll.h>

namespace sshguardd::host {
namespace {

constexpr int at_a_time = 32;

} // namespace

BusSource::BusSource(Loop& loop, Connection connection) : connection_{std::move(connection)} {
  const auto wishes = connection_.wishes();
  if (!wishes) return;
  fd_ = Fd{fcntl(wishes->fd, F_DUPFD_CLOEXEC, 3)};
  if (!fd_) return;
  sd_event_add_io(loop.raw(), &io_, fd_.get(), EPOLLIN, on_io, this);
  sd_event_add_time(loop.raw(), &timer_, CLOCK_MONOTONIC, 0, 1000, on_time, this);
  if (io_ == nullptr || timer_ == nullptr) return;
  sd_event_source_set_prepare(io_, prepare);
  sd_event_source_set_enabled(timer_, SD_EVENT_OFF);
}

BusSource::~BusSource() {
  sd_event_source_disable_unref(io_);
  sd_event_source_disable_unref(timer_);
}

// Before each poll, so also after whatever was sent in other callbacks.
int BusSource::prepare(sd_event_source* /*source*/, void* userdata) {
  auto& self = *static_cast<BusSource*>(userdata);
  if (self.broken_) return 0;
  const auto wishes = self.connection_.wishes();
  if (!wishes) {
    self.fail();
    return 0;
  }
  sd_event_source_set_io_events(self.io_, wishes->events);
  if (wishes->due == UINT64_MAX) {
    sd_event_source_set_enabled(self.timer_, SD_EVENT_OFF);
  } else {
    sd_event_source_set_time(self.timer_, wishes->due);
    sd_event_source_set_enabled(self.timer_, SD_EVENT_ONESHOT);
  }
  return 0;
}

int BusSource::on_io(sd_event_source* /*source*/, int /*fd*/, std::uint32_t /*events*/,
                     void* userdata) {
  static_cast<BusSource*>(userdata)->process();
  return 0;
}

int BusSource::on_time(sd_event_source* /*source*/, std::uint64_t /*usec*/, void* userdata) {
  static_cast<BusSource*>(userdata)->process();
  return 0;
}

void BusSource::process() {
  // What is left comes in the next turn of the loop, after what others wait for.
  for (int i = 0; i < at_a_time && !broken_; ++i) {
    const Processed processed = connection_.process_one();
    if (processed == Processed::broken) fail();
    if (processed != Processed::something) return;
  }
}

void BusSource::fail() {
  if (std::exchange(broken_, true)) return;
  sd_event_source_set_enabled(io_, SD_EVENT_OFF);
  sd_event_source_set_enabled(timer_, SD_EVENT_OFF);
  connection_.broken();
}

} // namespace sshguardd::host
