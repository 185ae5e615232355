// The walk of one file system for what takes its room: of room_look.hpp.
#include "engine/room_views.hpp"
#include "host/fd.hpp"
#include "host/files.hpp"
#include "host/mount_id.hpp"
#include "host/mounts.hpp"
#include "host/room_look.hpp"
#include "parse/mountinfo.hpp"
#include "parse/path.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <set>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <linux/btrfs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sshguardd::host {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t most_depth = 100;    // a descriptor each
constexpr std::size_t most_links = 50'000; // inodes with several names, counted once
// Names of directories that are still to be walked, of all levels together, in bytes with what a
// string takes: the agent's unit has 128 MiB.
constexpr std::size_t most_names = 8 << 20;
constexpr std::size_t name_takes = 64;
constexpr std::size_t most_candidates = 64;

// Where room usually goes, in case the time is not enough for all; programs are looked at last.
constexpr std::array<std::string_view, 6> first_names{"var", "home", "tmp", "root", "srv", "opt"};
constexpr std::string_view last_name = "usr";

struct Sum {
  std::uint64_t bytes = 0;
  std::uint64_t told_bytes = 0; // of `bytes`: by what is told already
  std::uint64_t files = 0;
  std::uint64_t told_files = 0;

  void add(const Sum& other) {
    bytes += other.bytes;
    told_bytes += other.told_bytes;
    files += other.files;
    told_files += other.told_files;
  }
};

// Some file systems do not like it, nor does the kernel for files of others without a capability.
Fd open_directory_at(int parent, const char* name) {
  constexpr int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;
  Fd fd{openat(parent, name, flags | O_NOATIME)};
  if (!fd && errno == EPERM) fd = Fd{openat(parent, name, flags)};
  return fd;
}

bool is_first(std::string_view name) {
  return std::find(first_names.begin(), first_names.end(), name) != first_names.end();
}

int rank(std::string_view name) {
  const auto* found = std::find(first_names.begin(), first_names.end(), name);
  if (found != first_names.end()) return static_cast<int>(found - first_names.begin());
  return static_cast<int>(first_names.size()) + (name == last_name ? 1 : 0);
}

// A snapshot, as snapper makes them. What it holds is mostly what is counted elsewhere.
bool is_read_only_subvolume(int directory) {
  std::uint64_t flags = 0;
  return ioctl(directory, BTRFS_IOC_SUBVOL_GETFLAGS, &flags) == 0 &&
         (flags & BTRFS_SUBVOL_RDONLY) != 0;
}

class Tree {
public:
  Tree(RoomShares least, Clock::time_point deadline) : least_{least}, end_{deadline} {}

  Consumers look(const std::string& mount) {
    const std::vector<parse::Mount> mounts = mounts_of();
    const parse::Mount* ours = parse::covering(mounts, mount);
    subvolumes_ = ours != nullptr && ours->type == "btrfs";
    engine::RoomViews found = engine::room_views(mounts, mount);
    if (!found.all) found_.complete = false;
    // A subvolume for /var has its turn before /usr of the one below it.
    std::stable_partition(found.views.begin(), found.views.end(), [](const engine::RoomView& view) {
      const std::string top = view.point.substr(0, view.point.find('/', 1));
      return !view.id.empty() && is_first(std::string_view{top}.substr(1));
    });
    for (std::size_t left = found.views.size(); left > 0; --left)
      look_at(found.views[found.views.size() - left], left == 1);
    finish(found_.largest, &Consumer::bytes);
    finish(found_.most, &Consumer::files);
    return std::move(found_);
  }

private:
  // Each but the last takes half of what time is left, at most: the next ones are looked at, too.
  void look_at(const engine::RoomView& view, bool last) {
    const auto now = Clock::now();
    deadline_ = last || now >= end_ ? end_ : now + (end_ - now) / 2;
    late_ = false;
    steps_ = 0;
    const Fd root = open_directory_at(AT_FDCWD, view.point.c_str());
    struct stat st {};
    // Another mount may cover it.
    if (!root || fstat(root.get(), &st) != 0 ||
        (!view.id.empty() && mount_id(root.get()) != view.id)) {
      found_.complete = false;
      return;
    }
    view_ = &view;
    const std::string path = view.point == "/" ? "" : view.point;
    Sum sum = visit(root.get(), st.st_dev, path, 0);
    // That a disk takes its own room is no answer; that a part of it does is one.
    if (!view.id.empty()) settle(sum, path);
  }

  [[nodiscard]] bool late() {
    // A clock for each file would cost more than the file.
    if (++steps_ % 64 == 0 || steps_ == 1) late_ = late_ || Clock::now() >= deadline_;
    if (late_) found_.complete = false;
    return late_;
  }

  Sum visit(int directory, dev_t device, const std::string& path, std::size_t depth) {
    Sum sum;
    std::vector<std::string> directories;
    if (!list(directory, device, path, sum, directories)) found_.complete = false;
    if (depth == 0)
      std::stable_sort(directories.begin(), directories.end(),
                       [](const auto& a, const auto& b) { return rank(a) < rank(b); });
    for (const std::string& name : directories) {
      if (late()) break;
      if (depth + 1 >= most_depth || path.size() + name.size() >= PATH_MAX) {
        found_.complete = false;
        continue;
      }
      const Fd next = open_directory_at(directory, name.c_str());
      struct stat st {};
      if (!next || fstat(next.get(), &st) != 0) {
        // One that was deleted meanwhile takes no room.
        if (errno != ENOENT) found_.complete = false;
        continue;
      }
      if (st.st_dev != device && !is_subvolume(directory, next.get())) continue;
      sum.add(visit(next.get(), st.st_dev, path + "/" + name, depth + 1));
    }
    for (const std::string& name : directories)
      names_ -= name.size() + name_takes;
    if (depth > 0) settle(sum, path);
    return sum;
  }

  // What is right in a directory; false: not all of it.
  bool list(int directory, dev_t device, const std::string& path, Sum& sum,
            std::vector<std::string>& directories) {
    const int copy = fcntl(directory, F_DUPFD_CLOEXEC, 0);
    const Directory stream{copy >= 0 ? fdopendir(copy) : nullptr};
    if (!stream) {
      if (copy >= 0) close(copy);
      return false;
    }
    bool all = true;
    while (!late()) {
      const dirent* entry = readdir(stream.get());
      if (entry == nullptr) break;
      const std::string_view name = entry->d_name;
      if (name == "." || name == "..") continue;
      ++sum.files;
      if (!view_->apart.empty() && view_->apart.contains(path + "/" + std::string{name})) continue;
      struct stat st {};
      if (fstatat(directory, entry->d_name, &st, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) != 0)
        continue;
      if (S_ISDIR(st.st_mode)) {
        // Another file system: not this one's room.
        if (st.st_dev != device && !subvolumes_) continue;
        all = all && names_ + name.size() + name_takes <= most_names;
        if (!all) continue;
        names_ += name.size() + name_takes;
        directories.emplace_back(name);
        continue;
      }
      if (st.st_nlink > 1 && links_.size() < most_links &&
          !links_.emplace(st.st_dev, st.st_ino).second)
        continue;
      const auto bytes = static_cast<std::uint64_t>(st.st_blocks) * 512;
      sum.bytes += bytes;
      if (bytes >= least_.bytes && bytes > 0) {
        sum.told_bytes += bytes;
        tell(found_.largest, {.path = path + "/" + std::string{name}, .bytes = bytes},
             &Consumer::bytes);
      }
    }
    return all;
  }

  // Each subvolume of btrfs has a device number of its own; one that nobody mounted is this file
  // system's room like any directory.
  bool is_subvolume(int parent, int directory) {
    if (!subvolumes_) return false;
    const std::string mount = mount_id(parent);
    if (mount.empty() || mount_id(directory) != mount) return false;
    if (!is_read_only_subvolume(directory)) return true;
    found_.complete = false;
    return false;
  }

  // What is left of a directory without those in it that are told by themselves.
  void settle(Sum& sum, const std::string& path) {
    if (sum.bytes - sum.told_bytes >= least_.bytes && sum.bytes > sum.told_bytes) {
      tell(found_.largest,
           {.path = path,
            .directory = true,
            .bytes = sum.bytes - sum.told_bytes,
            .files = sum.files},
           &Consumer::bytes);
      sum.told_bytes = sum.bytes;
    }
    if (sum.files - sum.told_files >= least_.files && sum.files > sum.told_files) {
      tell(found_.most,
           {.path = path,
            .directory = true,
            .bytes = sum.bytes,
            .files = sum.files - sum.told_files},
           &Consumer::files);
      sum.told_files = sum.files;
    }
  }

  static void sort(std::vector<Consumer>& list, std::uint64_t Consumer::*by) {
    std::stable_sort(list.begin(), list.end(),
                     [by](const Consumer& a, const Consumer& b) { return a.*by > b.*by; });
  }
  static void tell(std::vector<Consumer>& list, Consumer one, std::uint64_t Consumer::*by) {
    list.push_back(std::move(one));
    if (list.size() < most_candidates) return;
    sort(list, by);
    list.resize(most_consumers);
  }
  static void finish(std::vector<Consumer>& list, std::uint64_t Consumer::*by) {
    sort(list, by);
    if (list.size() > most_consumers) list.resize(most_consumers);
  }

  RoomShares least_;
  Clock::time_point end_;      // of all
  Clock::time_point deadline_; // of the view that is walked
  const engine::RoomView* view_ = nullptr;
  std::uint64_t steps_ = 0;
  std::size_t names_ = 0; // bytes that are held
  bool subvolumes_ = false;
  bool late_ = false;
  std::set<std::pair<dev_t, ino_t>> links_;
  Consumers found_;
};

} // namespace

Consumers look_at_tree(const std::string& mount, RoomShares least, Clock::time_point deadline) {
  return Tree{least, deadline}.look(mount);
}

} // namespace sshguardd::host
