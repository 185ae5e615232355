#include "host/watch.hpp"

#include "host/inotify.hpp"

#include <cerrno>
#include <cstdint>
#include <system_error>

#include <sys/epoll.h>
#include <sys/stat.h>

namespace sshguardd::host {
namespace {

// Not IN_MODIFY: a file that is being written is worth a look when its writer closes it.
constexpr std::uint32_t mask = IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM |
                               IN_MOVED_TO | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF;

bool is_directory(const std::string& path) {
  struct stat st {};
  return stat(path.c_str(), &st) == 0 && S_ISDIR(st.st_mode);
}

struct Spot {
  std::string directory;
  std::string name;
};

// The nearest directory that exists, and the name in it that leads to the path.
Spot spot_of(const std::string& path) {
  std::string at = path;
  while (at.size() > 1) {
    const std::size_t slash = at.rfind('/');
    const std::string parent = slash == 0 ? "/" : at.substr(0, slash);
    std::string name = at.substr(slash + 1);
    if (is_directory(parent)) return {parent, std::move(name)};
    at = parent;
  }
  return {"/", {}};
}

} // namespace

Watch::Watch(Loop& loop, std::function<void()> on_change)
    : fd_{inotify_init1(IN_NONBLOCK | IN_CLOEXEC)}, on_change_{std::move(on_change)} {
  if (!fd_) {
    problem_ = "inotify: " + std::generic_category().message(errno);
    return;
  }
  source_ = loop.io(fd_.get(), EPOLLIN, [this](auto) { read_events(); });
}

bool Watch::set(const std::vector<std::string>& paths) {
  if (!fd_) return false;
  bool grown = false;
  std::map<std::string, std::set<std::string>> wanted;
  for (const std::string& path : paths) {
    if (path.empty() || path.front() != '/') continue;
    const Spot spot = spot_of(path);
    wanted[spot.directory].insert(spot.name);
    if (is_directory(path)) wanted[path].insert("");
  }
  problem_.clear();
  names_.clear();
  std::map<std::string, int> kept;
  for (const auto& [directory, names] : wanted) {
    // Adding it again is how a directory that was replaced under its name gets a new watch.
    const int wd = inotify_add_watch(fd_.get(), directory.c_str(), mask | IN_ONLYDIR);
    if (wd < 0) {
      problem_ = "cannot watch " + directory + ": " + std::generic_category().message(errno);
      continue;
    }
    const auto before = watched_.find(directory);
    grown = grown || before == watched_.end() || before->second != wd;
    kept[directory] = wd;
    names_[wd].insert(names.begin(), names.end());
  }
  for (const auto& [directory, wd] : watched_) {
    if (!names_.contains(wd)) inotify_rm_watch(fd_.get(), wd);
  }
  watched_ = std::move(kept);
  return grown;
}

void Watch::read_events() {
  bool matters = false;
  read_inotify(fd_, [&](const inotify_event& event, const char* name) {
    if ((event.mask & IN_Q_OVERFLOW) != 0) matters = true;
    if ((event.mask & IN_IGNORED) != 0) {
      // The directory is gone; the next set() finds what is there instead.
      std::erase_if(watched_, [wd = event.wd](const auto& entry) { return entry.second == wd; });
      matters = matters || names_.erase(event.wd) > 0;
      return;
    }
    const auto names = names_.find(event.wd);
    if (names == names_.end()) return;
    matters =
        matters || *name == '\0' || names->second.contains("") || names->second.contains(name);
  });
  if (matters) on_change_();
}

} // namespace sshguardd::host
