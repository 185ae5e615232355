#include "host/room_maker.hpp"

#include "host/files.hpp"
#include "host/intent.hpp"
#include "host/remote_space.hpp"
#include "parse/size_text.hpp"
#include "sshguardd/disks.hpp"
#include "sshguardd/room_goal.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <optional>
#include <set>
#include <system_error>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sshguardd::host {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// Some file systems free what was deleted a moment later (xfs), or with the next commit (btrfs).
constexpr auto freed_soon = std::chrono::seconds{3};
constexpr auto shared_soon = std::chrono::seconds{1}; // after half: the rest may never be free
constexpr auto ask_again = milliseconds{100};
// Of less nobody can tell whether it made room: others write, too.
constexpr std::uint64_t tells = 4ULL << 20U;

// So near to what was deleted as can be told.
bool made_room_of_all(std::uint64_t deleted, std::uint64_t measured) {
  return measured + std::min(tells, deleted / 2) >= deleted;
}

// A package manager's file that holds the number of its process (dnf's lock.py, zypp's
// ZYppFactory).
bool lives(int directory, const std::string& name) {
  const Fd fd{openat(directory, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)};
  struct stat st {};
  if (!fd || fstat(fd.get(), &st) != 0 || !S_ISREG(st.st_mode)) return false;
  const auto text = read_open(fd.get(), name, 64);
  pid_t pid = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), pid);
  return pid > 0 && (kill(pid, 0) == 0 || errno == EPERM);
}

// As `apt-get clean` does it: whoever downloads or installs has this lock (apt-pkg/clean.cc), and
// while the agent has it nobody else begins to.
class CacheLock {
public:
  CacheLock(const RoomPlace& place, const RoomScope& scope) {
    if (place.kind != RoomKind::packages || place.directories.empty()) return;
    // Whoever is asked something half way through holds his lock longer than the agent's patience.
    busy_ = installing_packages(scope.root);
    const int directory = place.directories.front().get();
    if (place.path.ends_with("/archives")) {
      take_apts(directory);
      return;
    }
    for (const char* name : {"metadata_lock.pid", "download_lock.pid"})
      busy_ = busy_ || lives(directory, name);
    busy_ = busy_ || lives(AT_FDCWD, scope.root + "/run/zypp.pid");
  }
  [[nodiscard]] bool busy() const { return busy_; }

private:
  void take_apts(int directory) {
    fd_ = Fd{openat(directory, "lock", O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)};
    if (!fd_) {
      busy_ = busy_ || errno != ENOENT; // where there is none apt has never been at work
      return;
    }
    struct stat st {};
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    busy_ = busy_ || fstat(fd_.get(), &st) != 0 || !S_ISREG(st.st_mode) ||
            fcntl(fd_.get(), F_SETLK, &lock) != 0;
  }

  Fd fd_;
  bool busy_ = false;
};

class Maker {
public:
  Maker(const MakeRoom& remedy, const RoomScope& scope, RoomDeadline deadline,
        const std::function<void(const MadeRoom&)>& on_news)
      : remedy_{remedy}, scope_{scope}, deadline_{deadline}, on_news_{on_news},
        mount_{open(remedy.mount.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)} {}

  MadeRoom make() {
    // The next place only when nothing more of this one may go: each round deletes a file at least,
    // and until what only root may use is full again nobody tells how much it takes.
    for (const RoomOffer& step : remedy_.steps) {
      for (bool first = true; go_on_ && once(step, first);)
        first = false;
    }
    if (go_on_ && made_.why.empty() && !made_.enough && nothing_missing()) made_.enough = true;
    return std::move(made_);
  }

private:
  [[nodiscard]] Fact<Space> space() const { return space_of(mount_, remedy_.mount); }

  Fact<std::uint64_t> missing() {
    const auto now = space();
    if (!now) return Unknown{now.why()};
    return still_missing(*now, remedy_.goal, deleted_);
  }

  bool nothing_missing() {
    const auto left = missing();
    return left && *left == 0;
  }

  bool stop(std::string why) {
    made_.why = std::move(why);
    go_on_ = false;
    return false;
  }

  // false: nothing more of this step.
  bool once(const RoomOffer& step, bool first) {
    const auto wanted = missing();
    if (!wanted) return stop(wanted.why());
    if (*wanted == 0) {
      made_.enough = true;
      go_on_ = false;
      return false;
    }
    if (Clock::now() >= deadline_) return stop("the time was over");
    const CacheLock lock{open_room_place(step.kind, step.path, scope_, Clock::now()), scope_};
    if (lock.busy()) {
      made_.why = "a package manager is at work in " + step.path;
      return false;
    }
    // Looked at under the lock.
    RoomPlace place = open_room_place(step.kind, step.path, scope_, deadline_);
    bool stays = false;
    for (RoomFile& file : place.files) {
      if (!file.may_go || !stays_.contains({file.device, file.inode})) continue;
      file.may_go = false;
      stays = true;
    }
    // Of the journal one file first: if that makes no room, the others would not either.
    const bool probe_one = first && step.kind == RoomKind::journal;
    const auto before = space();
    RoomOffer freed{.kind = step.kind, .path = step.path};
    // What cannot be deleted (chattr +i) does not keep the others.
    while (freed.files == 0) {
      const auto chosen = choose_files(place, probe_one ? 1 : *wanted, scope_.now_us);
      if (chosen.empty()) {
        if (stays) made_.why = "what is left in " + step.path + " cannot be deleted";
        return false;
      }
      for (const std::size_t i : chosen) {
        RoomFile& file = place.files[i];
        if (!remove(place, file)) {
          stays_.emplace(file.device, file.inode);
          file.may_go = false;
          stays = true;
          continue;
        }
        freed.bytes += file.bytes;
        ++freed.files;
      }
      if (Clock::now() >= deadline_) break;
    }
    if (freed.files == 0) return stop("the time was over");
    const std::uint64_t deleted = freed.bytes;
    const std::uint64_t measured = before ? rise(*before, deleted) : 0;
    // What is shared with a snapshot or another file makes no room.
    if (!made_room_of_all(deleted, measured)) freed.bytes = measured;
    deleted_ += deleted;
    note(std::move(freed));
    if (measured < deleted / 2 && deleted >= tells)
      return stop(parse::size_text(deleted) + " deleted in " + step.path + " made room of " +
                  parse::size_text(measured) + " only (a snapshot, or held open)");
    return true;
  }

  // The very file that was looked at, or none.
  static bool remove(const RoomPlace& place, const RoomFile& file) {
    const int directory = place.directories[file.directory].get();
    struct stat st {};
    if (fstatat(directory, file.name.c_str(), &st, AT_SYMLINK_NOFOLLOW) != 0 ||
        !S_ISREG(st.st_mode) || st.st_dev != file.device || st.st_ino != file.inode ||
        st.st_nlink != 1)
      return false;
    return unlinkat(directory, file.name.c_str(), 0) == 0;
  }

  // How much more is free than before, once that is seen. Others write meanwhile.
  std::uint64_t rise(const Space& before, std::uint64_t deleted) {
    auto until = std::min(Clock::now() + freed_soon, deadline_);
    bool asked = false;
    bool half = false;
    for (;;) {
      const auto now = space();
      const std::uint64_t more = now && now->free > before.free ? now->free - before.free : 0;
      if (made_room_of_all(deleted, more) || Clock::now() >= until) return more;
      if (more >= deleted / 2 && !std::exchange(half, true))
        until = std::min(until, Clock::now() + shared_soon);
      if (!std::exchange(asked, true))
        (void)syncfs(mount_.get());
      else
        std::this_thread::sleep_for(ask_again);
    }
  }

  void note(RoomOffer freed) {
    const auto known = std::ranges::find(made_.freed, freed.path, &RoomOffer::path);
    if (known == made_.freed.end()) {
      made_.freed.push_back(std::move(freed));
    } else {
      known->bytes += freed.bytes;
      known->files += freed.files;
    }
    if (on_news_) on_news_(made_);
  }

  const MakeRoom& remedy_;
  const RoomScope& scope_;
  RoomDeadline deadline_;
  const std::function<void(const MadeRoom&)>& on_news_;
  Fd mount_;
  MadeRoom made_;
  std::set<std::pair<dev_t, ino_t>> stays_; // could not be deleted
  std::uint64_t deleted_ = 0;               // bytes, whatever room that made
  bool go_on_ = true;
};

} // namespace

MadeRoom make_room(const MakeRoom& remedy, const RoomScope& scope, RoomDeadline deadline,
                   const std::function<void(const MadeRoom&)>& on_news) {
  return Maker{remedy, scope, deadline, on_news}.make();
}

} // namespace sshguardd::host
