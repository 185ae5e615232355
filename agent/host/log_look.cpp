#include "host/log_look.hpp"

#include "host/fd.hpp"
#include "host/files.hpp"
#include "host/own_child.hpp"
#include "host/remote_space.hpp"
#include "host/room_places.hpp"
#include "parse/journald_conf.hpp"
#include "parse/logrotate.hpp"
#include "parse/mountinfo.hpp"
#include "parse/path.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <limits>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sshguardd::host {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto time_enough = std::chrono::seconds{4}; // the parent's patience is longer
constexpr std::size_t most_depth = 12;
constexpr std::size_t most_logs = 5;       // that are named
constexpr std::size_t most_drop_ins = 200; // of one directory
constexpr std::size_t most_state = 4 << 20;

// By precedence (systemd's CONF_PATHS()).
constexpr std::array<const char*, 4> conf_directories{"/etc", "/run", "/usr/local/lib", "/usr/lib"};
// Of Debian, RHEL, SUSE, and of logrotate itself.
constexpr std::array<const char*, 4> state_files{
    "/var/lib/logrotate/status", "/var/lib/logrotate/logrotate.status",
    "/var/lib/misc/logrotate.status", "/var/lib/logrotate.status"};
constexpr std::array<const char*, 2> programs{"/usr/sbin/logrotate", "/usr/bin/logrotate"};

std::uint64_t room_of(const struct stat& st) {
  return static_cast<std::uint64_t>(st.st_blocks) * 512;
}

bool is_file(const std::string& path) {
  struct stat st {};
  return stat(path.c_str(), &st) == 0 && S_ISREG(st.st_mode);
}

struct MountedOn {
  std::string point = "/";
  std::string device;
};

MountedOn mount_of(const std::string& path) {
  const auto table = read_proc("/proc/self/mountinfo", 4 << 20);
  const std::vector<parse::Mount> mounts = parse::mountinfo(table ? *table : "");
  // What is merely bound to itself (read-only, for a unit) is not where it is mounted.
  const parse::Mount* on = parse::covering(mounts, path);
  if (on == nullptr) return {};
  const parse::Mount* shortest = on;
  for (const parse::Mount& one : mounts) {
    if (one.device == on->device && parse::lies_in(path, one.point) &&
        one.point.size() < shortest->point.size())
      shortest = &one;
  }
  return {shortest->point, shortest->device};
}

// ---- the journal -------------------------------------------------------------------------------

parse::JournaldConf read_journald_conf(const std::string& root) {
  parse::JournaldConf conf;
  for (const char* directory : conf_directories) {
    const std::string path = directory + std::string{"/systemd/journald.conf"};
    if (const auto text = read_file(root + path)) {
      parse::add_journald_conf(conf, *text, path);
      break;
    }
  }
  std::vector<parse::DropInDirectory> directories;
  for (const char* directory : conf_directories) {
    parse::DropInDirectory one{directory + std::string{"/systemd/journald.conf.d"}, {}, {}};
    const Directory stream = open_directory(root + one.path);
    while (stream && one.names.size() < most_drop_ins) {
      const dirent* entry = readdir(stream.get());
      if (entry == nullptr) break;
      struct stat st {};
      if (fstatat(dirfd(stream.get()), entry->d_name, &st, 0) != 0) continue;
      const bool nothing = S_ISCHR(st.st_mode) || (S_ISREG(st.st_mode) && st.st_size == 0);
      if (!S_ISREG(st.st_mode) && !nothing) continue;
      one.names.emplace_back(entry->d_name);
      if (nothing) one.masked.emplace_back(entry->d_name);
    }
    directories.push_back(std::move(one));
  }
  for (const std::string& path : parse::drop_ins_in_order(directories)) {
    if (const auto text = read_file(root + path)) parse::add_journald_conf(conf, *text, path);
  }
  return conf;
}

bool is_journal(std::string_view name) {
  return name.ends_with(".journal") || name.ends_with(".journal~");
}

// One machine's: what lies right in it.
std::uint64_t journal_files(int parent, const char* name) {
  const Fd fd{openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
  DIR* stream = fd ? fdopendir(dup(fd.get())) : nullptr;
  if (stream == nullptr) return 0;
  const Directory closes{stream};
  std::uint64_t bytes = 0;
  while (const dirent* entry = readdir(stream)) {
    struct stat st {};
    if (is_journal(entry->d_name) &&
        fstatat(fd.get(), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode))
      bytes += room_of(st);
  }
  return bytes;
}

RoomOffer removable(const std::string& path, const std::string& device, const std::string& root) {
  RoomScope scope = room_scope(device);
  scope.root = root;
  scope.machine_id = path.substr(path.rfind('/') + 1);
  const RoomPlace place =
      open_room_place(RoomKind::journal, path, scope, Clock::now() + time_enough / 2);
  RoomOffer offer{.kind = RoomKind::journal, .path = path};
  for (const std::size_t i :
       choose_files(place, std::numeric_limits<std::uint64_t>::max(), scope.now_us)) {
    offer.bytes += place.files[i].bytes;
    ++offer.files;
  }
  return offer;
}

Fact<Journal> look_at_journal(const std::string& root) {
  const auto id_file = read_file(root + "/etc/machine-id", 64);
  if (!id_file) return Unknown{id_file.why()};
  const std::string id = id_file->substr(0, id_file->find('\n'));
  for (const std::string directory : {"/var/log/journal", "/run/log/journal"}) {
    const std::string path = root + directory;
    if (id.empty() || !is_file(path + "/" + id + "/system.journal")) continue;
    const Directory stream = open_directory(path);
    if (!stream) return Unknown{errno_reason(directory)};
    Journal journal;
    journal.directory = directory;
    while (const dirent* entry = readdir(stream.get())) {
      const std::string_view name = entry->d_name;
      if (name == "." || name == "..") continue;
      const std::uint64_t bytes = journal_files(dirfd(stream.get()), entry->d_name);
      journal.bytes += bytes;
      if (name == id) journal.own_bytes = bytes;
    }
    const auto space = space_of(path);
    if (!space) return Unknown{space.why()};
    journal.space = *space;
    const MountedOn on = mount_of(path);
    journal.mount = on.point;
    journal.device = on.device;
    journal.removable = removable(path + "/" + id, on.device, root);
    journal.apart = parse::lies_in(journal.mount, "/var/log");
    const parse::JournaldConf conf = read_journald_conf(root);
    journal.limits = journal.runtime() ? conf.runtime : conf.system;
    return journal;
  }
  return Unknown{"there is no journal"};
}

// ---- other logs --------------------------------------------------------------------------------

class LogTree {
public:
  explicit LogTree(PlainLogs& logs) : logs_{logs} {}

  void visit(int directory, const std::string& path, std::size_t depth) {
    DIR* stream = fdopendir(dup(directory));
    if (stream == nullptr) return;
    const Directory closes{stream};
    struct stat own {};
    if (fstat(directory, &own) != 0) return;
    while (const dirent* entry = readdir(stream)) {
      if (++steps_ % 64 == 0 && Clock::now() >= deadline_) logs_.complete = false;
      if (!logs_.complete) return;
      const std::string_view name = entry->d_name;
      struct stat st {};
      if (name == "." || name == ".." ||
          fstatat(directory, entry->d_name, &st, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) != 0)
        continue;
      if (S_ISDIR(st.st_mode)) {
        // Not of another file system; an overlay's files have the device of their layer.
        if ((depth == 0 && name == "journal") || depth + 1 >= most_depth || st.st_dev != own.st_dev)
          continue;
        const Fd next{
            openat(directory, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
        if (next) visit(next.get(), path + "/" + std::string{name}, depth + 1);
      } else if (S_ISREG(st.st_mode) && !parse::is_rotated_name(name)) {
        logs_.bytes += room_of(st);
        tell({path + "/" + std::string{name}, room_of(st), {}});
      }
    }
  }

private:
  void tell(LogFile one) {
    const auto place =
        std::find_if(logs_.largest.begin(), logs_.largest.end(),
                     [&one](const LogFile& other) { return other.bytes < one.bytes; });
    logs_.largest.insert(place, std::move(one));
    if (logs_.largest.size() > most_logs) logs_.largest.pop_back();
  }

  PlainLogs& logs_;
  Clock::time_point deadline_ = Clock::now() + time_enough;
  std::uint64_t steps_ = 0;
};

PlainLogs look_at_plain(const std::string& root) {
  const std::string path = "/var/log";
  PlainLogs logs;
  const Fd fd{open((root + path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  const auto space = space_of(root + path);
  if (!fd || !space) return logs;
  logs.space = *space;
  logs.mount = mount_of(root + path).point;
  LogTree{logs}.visit(fd.get(), path, 0);
  return logs;
}

Rotation look_at_rotation(const std::string& root, PlainLogs& logs) {
  Rotation rotation;
  rotation.installed = std::ranges::any_of(
      programs, [&root](const char* program) { return is_file(root + program); });
  for (const char* path : state_files) {
    struct stat st {};
    if (stat((root + path).c_str(), &st) != 0 || !S_ISREG(st.st_mode)) continue;
    const WallTime written{std::chrono::microseconds{microseconds(st.st_mtim)}};
    if (rotation.ran && *rotation.ran >= written) continue;
    rotation.ran = written;
    rotation.state_file = path;
  }
  if (rotation.state_file.empty() || !logs.large()) return rotation;
  const auto text = read_file(root + rotation.state_file, most_state);
  if (!text) return rotation;
  for (const parse::RotatedLog& known : parse::logrotate_state(*text)) {
    for (LogFile& log : logs.largest) {
      if (log.path == known.path) log.rotated = known.date;
    }
  }
  return rotation;
}

} // namespace

Logs look_at_logs(const std::string& root) {
  Logs logs;
  logs.journal = look_at_journal(root);
  logs.plain = look_at_plain(root);
  logs.rotation = look_at_rotation(root, logs.plain);
  return logs;
}

std::vector<std::string> look_at_logs_argv() {
  return own_child(look_at_logs_word);
}

int look_at_logs_main(const std::vector<std::string>& arguments) {
  if (!arguments.empty()) return 64;
  (void)setpriority(PRIO_PROCESS, 0, 19); // everybody else first
  return write_all(STDOUT_FILENO, encode(look_at_logs(""))) ? 0 : 1;
}

} // namespace sshguardd::host
