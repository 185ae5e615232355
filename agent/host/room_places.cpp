#include "host/room_places.hpp"

#include "host/beneath.hpp"
#include "host/files.hpp"
#include "host/ledger_file.hpp"
#include "host/mount_id.hpp"
#include "host/mounts.hpp"
#include "parse/journal_files.hpp"
#include "parse/mountinfo.hpp"
#include "parse/path.hpp"
#include "parse/room_names.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <limits>
#include <span>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sshguardd::host {
namespace {

constexpr std::size_t most_directories = 500; // a descriptor each
constexpr std::size_t most_files = 50'000;
constexpr mode_t of_others = S_IWGRP | S_IWOTH;
constexpr std::int64_t minute_us = 60'000'000;
// What apt's lock says of its archives, time has to say of the others': a download that is under
// way, or is about to be installed, is left.
constexpr std::int64_t package_rest_us = 10 * minute_us;
constexpr std::int64_t log_rest_us = 24 * 60 * minute_us;
constexpr std::int64_t core_rest_us = 10 * minute_us;

// Where a file system of its own may be mounted; whatever is mounted below is somebody's wish.
constexpr std::array<std::string_view, 3> cache_mounts{"/", "/var", "/var/cache"};
constexpr std::array<std::string_view, 6> journal_mounts{
    "/", "/var", "/var/log", "/var/log/journal", "/run", "/run/log"};
constexpr std::array<std::string_view, 3> log_mounts{"/", "/var", "/var/log"};
constexpr std::array<std::string_view, 4> core_mounts{"/", "/var", "/var/lib",
                                                      "/var/lib/systemd/coredump"};

// dnf5 has no lock while it downloads (dnf4 has one): all of its cache rests, or nothing of it.
constexpr std::string_view rests_as_one = "/var/cache/libdnf5";

struct Known {
  RoomKind kind;
  std::string_view path; // a journal's goes on with the machine id
  std::span<const std::string_view> mounts;
  std::size_t depth; // of directories in it
};
constexpr std::array known{
    Known{RoomKind::packages, "/var/cache/apt/archives", cache_mounts, 0},
    Known{RoomKind::packages, "/var/cache/dnf", cache_mounts, 2},
    Known{RoomKind::packages, rests_as_one, cache_mounts, 2},
    Known{RoomKind::packages, "/var/cache/zypp/packages", cache_mounts, 6},
    Known{RoomKind::journal, "/var/log/journal", journal_mounts, 0},
    Known{RoomKind::journal, "/run/log/journal", journal_mounts, 0},
    Known{RoomKind::rotated_logs, "/var/log", log_mounts, 4},
    Known{RoomKind::core_dumps, "/var/lib/systemd/coredump", core_mounts, 0}};

std::string path_of(const Known& one, const RoomScope& scope) {
  const std::string path = scope.root + std::string{one.path};
  return one.kind == RoomKind::journal ? path + "/" + scope.machine_id : path;
}

bool of_mount(const std::string& id, const Known& one, const RoomScope& scope) {
  if (id.empty() || scope.device.empty()) return false;
  const std::vector<parse::Mount> mounts = mounts_of();
  const auto found = std::ranges::find(mounts, id, &parse::Mount::id);
  if (found == mounts.end() || found->device != scope.device || parse::may_not_answer(found->type))
    return false;
  // Of a test's tree: whatever it lies on itself.
  if (!scope.root.empty() && parse::lies_in(scope.root, found->point)) return true;
  return std::ranges::any_of(one.mounts, [&](std::string_view point) {
    return found->point ==
           (point == "/" && !scope.root.empty() ? scope.root : scope.root + std::string{point});
  });
}

std::int64_t newest_of(const struct stat& st) {
  return std::max(microseconds(st.st_mtim), microseconds(st.st_ctim));
}

class Lister {
public:
  Lister(const Known& one, const RoomScope& scope, RoomDeadline deadline)
      : known_{one}, scope_{scope}, deadline_{deadline} {
    place_.kind = one.kind;
    place_.path = path_of(one, scope);
  }

  RoomPlace list() {
    const Fd top = open_without_links(place_.path);
    if (!top) return std::move(place_);
    mount_ = mount_id(top.get());
    if (!trusted(top, known_.kind == RoomKind::rotated_logs) || !of_mount(mount_, known_, scope_))
      return std::move(place_);
    visit(top, "", 0);
    place_.cut = cut_;
    // Of half a journal nobody knows what is the oldest, and what would be left.
    if (known_.kind == RoomKind::journal && cut_) place_.files.clear();
    if (known_.path == rests_as_one && (cut_ || in_use_)) place_.files.clear();
    std::stable_sort(
        place_.files.begin(), place_.files.end(),
        [](const RoomFile& a, const RoomFile& b) { return a.newest_us < b.newest_us; });
    return std::move(place_);
  }

private:
  // Nobody else puts anything there. /var/log itself may be a log daemon's group's.
  [[nodiscard]] static bool trusted(const Fd& directory, bool group_too) {
    struct stat st {};
    if (fstat(directory.get(), &st) != 0 || !S_ISDIR(st.st_mode) || st.st_uid != geteuid())
      return false;
    return group_too || (st.st_mode & of_others) == 0;
  }

  [[nodiscard]] bool enough() {
    cut_ =
        cut_ || place_.files.size() >= most_files || std::chrono::steady_clock::now() >= deadline_;
    return cut_;
  }

  void visit(const Fd& at, const std::string& relative, std::size_t depth) {
    if (place_.directories.size() >= most_directories) {
      cut_ = true;
      return;
    }
    Fd directory{openat(at.get(), ".", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
    if (!directory) return;
    const int listed = fcntl(directory.get(), F_DUPFD_CLOEXEC, 0);
    const Directory stream{listed >= 0 ? fdopendir(listed) : nullptr};
    if (!stream) {
      if (listed >= 0) close(listed);
      return;
    }
    const std::size_t index = place_.directories.size();
    const int fd = directory.get();
    place_.directories.push_back(std::move(directory));
    std::vector<std::string> below;
    while (!enough()) {
      const dirent* entry = readdir(stream.get());
      if (entry == nullptr) break;
      const std::string name = entry->d_name;
      if (name == "." || name == "..") continue;
      const bool may_be_directory = entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN;
      if (may_be_directory && depth < known_.depth && goes_into(relative, name))
        below.push_back(name);
      if (entry->d_type == DT_REG || entry->d_type == DT_UNKNOWN)
        consider(fd, index, relative, name);
    }
    for (const std::string& name : below) {
      if (enough()) break;
      const Fd next{openat(fd, name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
      if (!next || mount_id(next.get()) != mount_) continue;
      if (known_.kind != RoomKind::rotated_logs && !trusted(next, false)) continue;
      visit(next, relative + "/" + name, depth + 1);
    }
  }

  // dnf has its packages in REPOSITORY/packages; a journal has no names of logrotate's. auditd
  // turns its own trail over by size: whoever can fill the disk would have it deleted.
  [[nodiscard]] bool goes_into(const std::string& relative, const std::string& name) const {
    if (known_.path.ends_with("dnf") || known_.path == rests_as_one)
      return relative.empty() || name == "packages";
    if (known_.kind != RoomKind::rotated_logs || !relative.empty()) return true;
    return name != "journal" && name != "audit";
  }

  [[nodiscard]] bool named(int directory, const std::string& relative,
                           const std::string& name) const {
    switch (known_.kind) {
    case RoomKind::packages:
      if (known_.path.ends_with("/archives")) return parse::is_cached_deb(name);
      if (known_.depth == 2 && !relative.ends_with("/packages")) return false;
      return parse::is_cached_rpm(name);
    case RoomKind::journal:
      return parse::archived_journal(name) || parse::is_active_journal(name);
    case RoomKind::rotated_logs: {
      // What it was rotated from is there still, or is a log by its name.
      const std::string from{parse::rotated_from(name)};
      if (from.empty()) return false;
      return from.ends_with(".log") ||
             faccessat(directory, from.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0;
    }
    case RoomKind::core_dumps:
      return parse::is_core_dump(name);
    }
    return false;
  }

  void consider(int directory, std::size_t index, const std::string& relative,
                const std::string& name) {
    if (known_.path == rests_as_one && !in_use_) look_for_use(directory, name);
    if (!named(directory, relative, name)) return;
    const Fd fd{openat(directory, name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC)};
    struct stat st {};
    if (!fd || fstat(fd.get(), &st) != 0 || !S_ISREG(st.st_mode)) return;
    RoomFile file{.directory = index,
                  .name = name,
                  .bytes = static_cast<std::uint64_t>(st.st_blocks) * 512,
                  .newest_us = newest_of(st),
                  .device = st.st_dev,
                  .inode = st.st_ino};
    file.may_go = st.st_nlink == 1 && mount_id(fd.get()) == mount_ &&
                  (known_.kind == RoomKind::rotated_logs || st.st_uid == geteuid());
    if (known_.kind == RoomKind::journal)
      read_journal(directory, st, file);
    else
      file.may_go = file.may_go && rested(st);
    if (file.may_go || known_.kind == RoomKind::journal) place_.files.push_back(std::move(file));
  }

  // What is being downloaded has other names at first, and is written to.
  void look_for_use(int directory, const std::string& name) {
    struct stat st {};
    in_use_ = fstatat(directory, name.c_str(), &st, AT_SYMLINK_NOFOLLOW) != 0 ||
              !for_long(newest_of(st), package_rest_us);
  }

  [[nodiscard]] bool for_long(std::int64_t time, std::int64_t rest) const {
    return scope_.now_us >= rest && time <= scope_.now_us - rest;
  }

  [[nodiscard]] bool rested(const struct stat& st) const {
    if (known_.kind == RoomKind::rotated_logs)
      return for_long(microseconds(st.st_mtim), log_rest_us);
    if (known_.kind == RoomKind::core_dumps)
      return for_long(microseconds(st.st_mtim), core_rest_us);
    // A package has the time of the server's file.
    return known_.path.ends_with("/archives") ||
           for_long(microseconds(st.st_ctim), package_rest_us);
  }

  // How old a journal is its last entry tells, and its last change; the name has the first entry's.
  void read_journal(int directory, const struct stat& st, RoomFile& file) const {
    file.newest_us = microseconds(st.st_mtim);
    const auto archived = parse::archived_journal(file.name);
    if (!archived) {
      file.may_go = false;
      return;
    }
    file.newest_us = std::max(file.newest_us, archived->named_us);
    const Fd fd{openat(directory, file.name.c_str(),
                       O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
    struct stat opened {};
    std::array<char, parse::journal_header_size> bytes{};
    if (!fd || fstat(fd.get(), &opened) != 0 || opened.st_dev != st.st_dev ||
        opened.st_ino != st.st_ino) {
      file.may_go = false;
      return;
    }
    const ssize_t got = pread(fd.get(), bytes.data(), bytes.size(), 0);
    const auto header =
        parse::journal_header({bytes.data(), got > 0 ? static_cast<std::size_t>(got) : 0});
    if (header) file.newest_us = std::max({file.newest_us, header->tail_us, by_this_boot(*header)});
    // One that was put aside may be broken; of the others journald says that it is through with it.
    file.may_go = file.may_go && (archived->put_aside || (header && header->archived));
  }

  // What was written before the clock was set (a machine without a battery starts years ago) looks
  // old and is not.
  [[nodiscard]] std::int64_t by_this_boot(const parse::JournalHeader& header) const {
    if (header.tail_boot != scope_.boot_id) return 0;
    return scope_.now_us - std::max<std::int64_t>(0, scope_.up_us - header.tail_monotonic_us);
  }

  const Known& known_;
  const RoomScope& scope_;
  RoomDeadline deadline_;
  std::string mount_;
  bool cut_ = false;    // not all was seen
  bool in_use_ = false; // somebody was at work there a moment ago
  RoomPlace place_;
};

} // namespace

RoomScope room_scope(std::string device) {
  RoomScope scope{.root = {}, .machine_id = {}, .device = std::move(device), .boot_id = boot_id()};
  std::erase(scope.boot_id, '-');
  if (const auto id = read_file("/etc/machine-id", 256)) scope.machine_id = id->substr(0, 32);
  const auto digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  if (scope.machine_id.size() != 32 || !std::ranges::all_of(scope.machine_id, digit))
    scope.machine_id = "unknown"; // no such directory
  scope.now_us = std::chrono::duration_cast<std::chrono::microseconds>(
                     std::chrono::system_clock::now().time_since_epoch())
                     .count();
  scope.up_us = std::chrono::duration_cast<std::chrono::microseconds>(
                    std::chrono::steady_clock::now().time_since_epoch())
                    .count();
  return scope;
}

RoomPlace open_room_place(RoomKind kind, const std::string& path, const RoomScope& scope,
                          RoomDeadline deadline) {
  for (const Known& one : known) {
    if (one.kind == kind && path_of(one, scope) == path) return Lister{one, scope, deadline}.list();
  }
  return {.kind = kind, .path = path, .directories = {}, .files = {}};
}

std::vector<std::size_t> choose_files(const RoomPlace& place, std::uint64_t wanted,
                                      std::int64_t now_us) {
  if (place.kind == RoomKind::journal) {
    std::vector<parse::JournalFile> files;
    for (const RoomFile& file : place.files)
      files.push_back({.name = file.name,
                       .bytes = file.bytes,
                       .newest_us = file.newest_us,
                       .may_go = file.may_go});
    return parse::choose_journal_files(files, wanted, now_us);
  }
  std::vector<std::size_t> chosen;
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < place.files.size() && bytes < wanted; ++i) {
    if (!place.files[i].may_go || place.files[i].bytes == 0) continue;
    chosen.push_back(i);
    bytes += place.files[i].bytes;
  }
  return chosen;
}

RoomOffer offer_of(const RoomPlace& place, std::int64_t now_us) {
  RoomOffer offer{.kind = place.kind, .path = place.path};
  for (const std::size_t i :
       choose_files(place, std::numeric_limits<std::uint64_t>::max(), now_us)) {
    offer.bytes += place.files[i].bytes;
    ++offer.files;
  }
  return offer;
}

RoomOffers room_offers(const RoomScope& scope, RoomDeadline deadline) {
  RoomOffers found;
  for (const Known& one : known) {
    const RoomPlace place = Lister{one, scope, deadline}.list();
    found.complete = found.complete && !place.cut;
    RoomOffer offer = offer_of(place, scope.now_us);
    if (offer.bytes > 0) found.offers.push_back(std::move(offer));
  }
  return found;
}

} // namespace sshguardd::host
