#include "host/knocks.hpp"

#include "host/inotify.hpp"

#include <utility>

#include <sys/epoll.h>

namespace sshguardd::host {

Knocks::Knocks(Loop& loop, std::function<void()> on_knock)
    : fd_{inotify_init1(IN_NONBLOCK | IN_CLOEXEC)}, on_knock_{std::move(on_knock)} {
  if (fd_) source_ = loop.io(fd_.get(), EPOLLIN, [this](auto) { read_events(); });
}

void Knocks::await(const std::string& program) {
  if (!fd_ || program.empty()) return;
  const int watch = inotify_add_watch(fd_.get(), program.c_str(), IN_OPEN | IN_ONESHOT);
  if (watch_ >= 0 && watch_ != watch) inotify_rm_watch(fd_.get(), watch_); // of the former file
  watch_ = watch;
}

void Knocks::read_events() {
  bool knocked = false;
  read_inotify(fd_, [&](const inotify_event& event, const char*) {
    if (event.wd == watch_ && (event.mask & IN_OPEN) != 0) knocked = true;
    // It follows each event of such a watch; alone it comes of a file that is gone.
    if (event.wd == watch_ && (event.mask & IN_IGNORED) != 0) watch_ = -1;
  });
  if (knocked) on_knock_();
}

} // namespace sshguardd::host
