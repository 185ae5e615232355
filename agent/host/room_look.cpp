#include "host/room_look.hpp"

#include "host/fd.hpp"
#include "host/files.hpp"
#include "host/mount_id.hpp"
#include "host/mounts.hpp"
#include "host/own_child.hpp"
#include "host/room_places.hpp"
#include "parse/mountinfo.hpp"

#include <algorithm>
#include <array>
#include <climits>
#include <cstdlib>
#include <map>
#include <set>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace sshguardd::host {
namespace {

using Clock = std::chrono::steady_clock;

// Less than the parent's patience: what was seen until then is told.
constexpr auto tree_time = std::chrono::seconds{6};
constexpr auto deleted_time = std::chrono::seconds{2};
constexpr auto offers_time = std::chrono::seconds{1};
constexpr std::uint64_t share = 20; // a twentieth of what is used is worth telling

std::string link_at(int directory, const char* name) {
  std::array<char, PATH_MAX> target{};
  const ssize_t length = readlinkat(directory, name, target.data(), target.size());
  return length > 0 ? std::string{target.data(), static_cast<std::size_t>(length)} : std::string{};
}

// The mounts of processes, which may have name spaces of their own: each of those is read once.
class KnownMounts {
public:
  explicit KnownMounts(const std::vector<parse::Mount>& ours) : ours_{ours} {}

  // By its number, which no other one has in any name space. `process`: "/proc/PID".
  const parse::Mount* find(const std::string& id, const std::string& process) {
    if (id.empty()) return nullptr;
    if (const parse::Mount* known = find_in(ours_, id)) return known;
    const std::string space = link_at(AT_FDCWD, (process + "/ns/mnt").c_str());
    auto table = tables_.find(space);
    if (table == tables_.end()) {
      if (tables_.size() >= most_tables) tables_.clear();
      table = tables_.emplace(space, mounts_of(process)).first;
    }
    return find_in(table->second, id);
  }

private:
  static constexpr std::size_t most_tables = 16;

  static const parse::Mount* find_in(const std::vector<parse::Mount>& mounts,
                                     const std::string& id) {
    const auto found = std::find_if(mounts.begin(), mounts.end(),
                                    [&id](const parse::Mount& one) { return one.id == id; });
    return found != mounts.end() ? &*found : nullptr;
  }

  const std::vector<parse::Mount>& ours_;
  std::map<std::string, std::vector<parse::Mount>> tables_;
};

} // namespace

DeletedFiles deleted_files(const std::string& mount, std::uint64_t least,
                           Clock::time_point deadline) {
  constexpr std::string_view mark = " (deleted)";
  DeletedFiles found;
  struct stat root {};
  const std::vector<parse::Mount> mounts = mounts_of();
  const parse::Mount* ours = parse::covering(mounts, mount);
  const Directory processes = open_directory("/proc");
  if (lstat(mount.c_str(), &root) != 0 || ours == nullptr || !processes) {
    found.complete = false;
    return found;
  }
  // The mount tells which one it is of, wherever that is mounted: files of btrfs have the device
  // of their subvolume, an overlay's that of the layer that they are in.
  const auto is_here = [&](const parse::Mount& on, const struct stat& st) {
    return on.device == ours->device || st.st_dev == root.st_dev;
  };
  const auto late = [&] { return Clock::now() >= deadline; };
  KnownMounts all{mounts};
  std::set<std::pair<dev_t, ino_t>> seen;
  while (!late()) {
    const dirent* process = readdir(processes.get());
    if (process == nullptr) break;
    if (process->d_name[0] < '0' || process->d_name[0] > '9') continue;
    const std::string directory = std::string{"/proc/"} + process->d_name;
    const Directory fds = open_directory(directory + "/fd");
    while (fds && !late()) {
      const dirent* fd = readdir(fds.get());
      if (fd == nullptr) break;
      const std::string path = link_at(dirfd(fds.get()), fd->d_name);
      if (!path.starts_with('/') || !path.ends_with(mark)) continue;
      // By its mount first, which is told without it: a server's file is not asked.
      const parse::Mount* on =
          all.find(mount_id_at(directory + "/fdinfo/" + fd->d_name), directory);
      if (on == nullptr || parse::may_not_answer(on->type)) continue;
      struct stat st {};
      if (fstatat(dirfd(fds.get()), fd->d_name, &st, 0) != 0 || !S_ISREG(st.st_mode) ||
          st.st_nlink != 0 || !is_here(*on, st))
        continue;
      const auto bytes = static_cast<std::uint64_t>(st.st_blocks) * 512;
      if (bytes < least || !seen.emplace(st.st_dev, st.st_ino).second) continue;
      const auto name = read_proc(directory + "/comm", 64);
      found.files.push_back(
          {.path = path.substr(0, path.size() - mark.size()),
           .bytes = bytes,
           .files = 1,
           .process = name ? name->substr(0, name->find('\n')) : "?",
           .pid = static_cast<std::uint32_t>(std::strtoul(process->d_name, nullptr, 10))});
    }
  }
  found.complete = !late();
  std::stable_sort(found.files.begin(), found.files.end(),
                   [](const Consumer& a, const Consumer& b) { return a.bytes > b.bytes; });
  if (found.files.size() > most_consumers) found.files.resize(most_consumers);
  return found;
}

std::vector<std::string> look_at_room_argv(const std::string& mount) {
  return own_child(look_at_room_word, {mount});
}

int look_at_room_main(const std::vector<std::string>& arguments) {
  if (arguments.size() != 1) return 64;
  be_modest();
  struct statvfs st {};
  if (statvfs(arguments[0].c_str(), &st) != 0) return 1;
  const std::uint64_t used = (st.f_blocks - std::min(st.f_bfree, st.f_blocks)) * st.f_frsize;
  const std::uint64_t inodes = st.f_files - std::min(st.f_ffree, st.f_files);
  const RoomShares least{.bytes = std::max<std::uint64_t>(used / share, 64 * 1024),
                         .files = std::max<std::uint64_t>(inodes / share, 100)};
  // Told at once: what could be done is worth more than who it was.
  const std::vector<parse::Mount> mounts = mounts_of();
  if (const parse::Mount* ours = parse::covering(mounts, arguments[0])) {
    const auto offers = room_offers(room_scope(ours->device), Clock::now() + offers_time);
    if (!write_all(STDOUT_FILENO, encode_offers(offers.offers, offers.complete))) return 1;
  }
  be_patient();
  // Quick, and of what nobody else finds: first.
  DeletedFiles deleted = deleted_files(arguments[0], least.bytes, Clock::now() + deleted_time);
  Consumers tree = look_at_tree(arguments[0], least, Clock::now() + tree_time);
  tree.deleted = std::move(deleted.files);
  tree.complete = tree.complete && deleted.complete;
  return write_all(STDOUT_FILENO, encode(tree)) ? 0 : 1;
}

} // namespace sshguardd::host
