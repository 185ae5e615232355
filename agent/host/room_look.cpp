#include "host/room_look.hpp"

#include "host/fd.hpp"
#include "host/files.hpp"
#include "host/own_child.hpp"
#include "host/room_places.hpp"
#include "parse/mountinfo.hpp"
#include "parse/path.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <set>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace sshguardd::host {
namespace {

using Clock = std::chrono::steady_clock;

// Less than the parent's patience: what was seen until then is told.
constexpr auto tree_time = std::chrono::seconds{6};
constexpr auto deleted_time = std::chrono::seconds{2};
constexpr auto offers_time = std::chrono::seconds{1};
constexpr std::size_t most_depth = 100;          // a descriptor each
constexpr std::size_t most_links = 50'000;       // inodes with several names, counted once
constexpr std::size_t most_directories = 20'000; // in one
constexpr std::size_t most_candidates = 64;
constexpr std::uint64_t share = 20; // a twentieth of what is used is worth telling

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

int rank(std::string_view name) {
  const auto* found = std::find(first_names.begin(), first_names.end(), name);
  if (found != first_names.end()) return static_cast<int>(found - first_names.begin());
  return static_cast<int>(first_names.size()) + (name == last_name ? 1 : 0);
}

// Mount points below one, of other file systems or of this one at another place. They are known by
// name, since even a look at one may wait for ever. What is merely bound to itself (read-only, for
// a unit) is none.
std::set<std::string, std::less<>> foreign_mounts(const std::string& mount) {
  std::set<std::string, std::less<>> points;
  const auto table = read_proc("/proc/self/mountinfo", 4 << 20);
  const std::vector<parse::Mount> mounts = parse::mountinfo(table ? *table : "");
  const parse::Mount* ours = parse::covering(mounts, mount);
  if (ours == nullptr) return points;
  for (const parse::Mount& one : mounts) {
    if (&one == ours || !parse::lies_in(one.point, mount) || one.point == ours->point) continue;
    const std::string below = ours->point == "/" ? one.point : one.point.substr(ours->point.size());
    const bool same =
        one.device == ours->device && one.root == (ours->root == "/" ? below : ours->root + below);
    if (!same) points.insert(one.point);
  }
  return points;
}

class Tree {
public:
  Tree(RoomShares least, Clock::time_point deadline) : least_{least}, deadline_{deadline} {}

  Consumers look(const std::string& mount) {
    const Fd root{open(mount.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOATIME)};
    struct stat st {};
    if (!root || fstat(root.get(), &st) != 0) {
      found_.complete = false;
      return std::move(found_);
    }
    device_ = st.st_dev;
    foreign_ = foreign_mounts(mount);
    (void)visit(root.get(), mount == "/" ? "" : mount, 0);
    finish(found_.largest, &Consumer::bytes);
    finish(found_.most, &Consumer::files);
    return std::move(found_);
  }

private:
  [[nodiscard]] bool late() {
    // A clock for each file would cost more than the file.
    if (++steps_ % 64 == 0 || steps_ == 1) late_ = late_ || Clock::now() >= deadline_;
    if (late_) found_.complete = false;
    return late_;
  }

  Sum visit(int directory, const std::string& path, std::size_t depth) {
    Sum sum;
    DIR* stream = fdopendir(dup(directory));
    if (stream == nullptr) return sum;
    const Directory closes{stream};
    std::vector<std::string> directories;
    while (!late()) {
      const dirent* entry = readdir(stream);
      if (entry == nullptr) break;
      const std::string_view name = entry->d_name;
      if (name == "." || name == "..") continue;
      ++sum.files;
      if (!foreign_.empty() && foreign_.contains(path + "/" + std::string{name})) continue;
      struct stat st {};
      if (fstatat(directory, entry->d_name, &st, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) != 0)
        continue;
      if (S_ISDIR(st.st_mode)) {
        // Another file system, or a bind mount's: not this one's room.
        if (st.st_dev != device_) continue;
        if (directories.size() < most_directories)
          directories.emplace_back(name);
        else
          found_.complete = false;
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
    if (depth == 0)
      std::stable_sort(directories.begin(), directories.end(),
                       [](const auto& a, const auto& b) { return rank(a) < rank(b); });
    for (const std::string& name : directories) {
      if (late()) break;
      if (depth + 1 >= most_depth || path.size() + name.size() >= PATH_MAX) continue;
      const Fd next = open_directory_at(directory, name.c_str());
      struct stat st {};
      if (next && fstat(next.get(), &st) == 0 && st.st_dev == device_)
        sum.add(visit(next.get(), path + "/" + name, depth + 1));
    }
    if (depth > 0) settle(sum, path);
    return sum;
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
  Clock::time_point deadline_;
  dev_t device_ = 0;
  std::set<std::string, std::less<>> foreign_;
  std::uint64_t steps_ = 0;
  bool late_ = false;
  std::set<std::pair<dev_t, ino_t>> links_;
  Consumers found_;
};

std::string link_at(int directory, const char* name) {
  std::array<char, PATH_MAX> target{};
  const ssize_t length = readlinkat(directory, name, target.data(), target.size());
  return length > 0 ? std::string{target.data(), static_cast<std::size_t>(length)} : std::string{};
}

// For everybody else first: processor, then disk. Not being allowed to is no reason not to look.
void be_patient() {
  constexpr int who_process = 1; // IOPRIO_WHO_PROCESS
  constexpr int idle = 3 << 13;  // IOPRIO_CLASS_IDLE
  (void)setpriority(PRIO_PROCESS, 0, 19);
  (void)syscall(SYS_ioprio_set, who_process, 0, idle);
}

} // namespace

Consumers look_at_tree(const std::string& mount, RoomShares least, Clock::time_point deadline) {
  return Tree{least, deadline}.look(mount);
}

std::vector<Consumer> deleted_files(const std::string& mount, std::uint64_t least,
                                    Clock::time_point deadline) {
  constexpr std::string_view mark = " (deleted)";
  std::vector<Consumer> found;
  struct stat root {};
  if (lstat(mount.c_str(), &root) != 0) return found;
  const auto table = read_proc("/proc/self/mountinfo", 4 << 20);
  const std::vector<parse::Mount> mounts = parse::mountinfo(table ? *table : "");
  const parse::Mount* ours = parse::covering(mounts, mount);
  // An overlay's files have the device of the layer that they are in.
  const bool layered = ours != nullptr && ours->type == "overlay";
  const auto is_here = [&](const parse::Mount& on, const struct stat& st) {
    return layered ? on.device == ours->device : st.st_dev == root.st_dev;
  };
  std::set<std::pair<dev_t, ino_t>> seen;
  const Directory processes = open_directory("/proc");
  while (processes && Clock::now() < deadline) {
    const dirent* process = readdir(processes.get());
    if (process == nullptr) break;
    if (process->d_name[0] < '0' || process->d_name[0] > '9') continue;
    const std::string directory = std::string{"/proc/"} + process->d_name;
    const Directory fds = open_directory(directory + "/fd");
    while (fds && Clock::now() < deadline) {
      const dirent* fd = readdir(fds.get());
      if (fd == nullptr) break;
      const std::string path = link_at(dirfd(fds.get()), fd->d_name);
      // By name first: a server's file is not asked.
      if (!path.starts_with('/') || !path.ends_with(mark)) continue;
      const parse::Mount* on = parse::covering(mounts, path);
      if (on == nullptr || parse::may_not_answer(on->type)) continue;
      struct stat st {};
      if (fstatat(dirfd(fds.get()), fd->d_name, &st, 0) != 0 || !S_ISREG(st.st_mode) ||
          st.st_nlink != 0 || !is_here(*on, st))
        continue;
      const auto bytes = static_cast<std::uint64_t>(st.st_blocks) * 512;
      if (bytes < least || !seen.emplace(st.st_dev, st.st_ino).second) continue;
      const auto name = read_proc(directory + "/comm", 64);
      found.push_back(
          {.path = path.substr(0, path.size() - mark.size()),
           .bytes = bytes,
           .files = 1,
           .process = name ? name->substr(0, name->find('\n')) : "?",
           .pid = static_cast<std::uint32_t>(std::strtoul(process->d_name, nullptr, 10))});
    }
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const Consumer& a, const Consumer& b) { return a.bytes > b.bytes; });
  if (found.size() > most_consumers) found.resize(most_consumers);
  return found;
}

std::vector<std::string> look_at_room_argv(const std::string& mount) {
  return own_child(look_at_room_word, {mount});
}

int look_at_room_main(const std::vector<std::string>& arguments) {
  if (arguments.size() != 1) return 64;
  be_patient();
  struct statvfs st {};
  if (statvfs(arguments[0].c_str(), &st) != 0) return 1;
  const std::uint64_t used = (st.f_blocks - std::min(st.f_bfree, st.f_blocks)) * st.f_frsize;
  const std::uint64_t inodes = st.f_files - std::min(st.f_ffree, st.f_files);
  const RoomShares least{.bytes = std::max<std::uint64_t>(used / share, 64 * 1024),
                         .files = std::max<std::uint64_t>(inodes / share, 100)};
  // Told at once: what could be done is worth more than who it was.
  const auto table = read_proc("/proc/self/mountinfo", 4 << 20);
  const std::vector<parse::Mount> mounts = parse::mountinfo(table ? *table : "");
  if (const parse::Mount* ours = parse::covering(mounts, arguments[0])) {
    const auto offers = room_offers(room_scope(ours->device), Clock::now() + offers_time);
    if (!write_all(STDOUT_FILENO, encode_offers(offers))) return 1;
  }
  // Quick, and of what nobody else finds: first.
  Consumers found;
  found.deleted = deleted_files(arguments[0], least.bytes, Clock::now() + deleted_time);
  Consumers tree = look_at_tree(arguments[0], least, Clock::now() + tree_time);
  tree.deleted = std::move(found.deleted);
  return write_all(STDOUT_FILENO, encode(tree)) ? 0 : 1;
}

} // namespace sshguardd::host
