#include "host/log_look.hpp"

#include "host/fd.hpp"
#include "host/files.hpp"
#include "host/mounts.hpp"
#include "host/own_child.hpp"
#include "host/remote_space.hpp"
#include "host/room_places.hpp"
#include "parse/journald_conf.hpp"
#include "parse/logrotate.hpp"
#include "parse/mountinfo.hpp"
#include "parse/path.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <optional>
#include <set>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
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

// By errno: nothing is there, or no directory. Everything else is that nobody could look.
bool not_there() {
  return errno == ENOENT || errno == ENOTDIR || errno == ELOOP;
}

struct MountedOn {
  std::string point = "/";
  std::string device;
};

using Points = std::set<std::string, std::less<>>;

// Mount points of other file systems below a directory. They are known by name, since even a look
// at one may wait for ever.
Points foreign_below(const std::string& directory) {
  const std::vector<parse::Mount> mounts = mounts_of();
  Points points;
  const parse::Mount* ours = parse::covering(mounts, directory);
  for (const parse::Mount& one : mounts) {
    if (ours != nullptr && one.device != ours->device && one.point != directory &&
        parse::lies_in(one.point, directory))
      points.insert(one.point);
  }
  return points;
}

MountedOn mount_of(const std::string& path) {
  const std::vector<parse::Mount> mounts = mounts_of();
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

// Nothing where there is no such file; empty where it leads to /dev/null.
Fact<std::optional<std::string>> conf_text(const std::string& path) {
  struct stat st {};
  if (stat(path.c_str(), &st) != 0) {
    if (not_there()) return std::optional<std::string>{};
    return Unknown{errno_reason(path)};
  }
  if (S_ISCHR(st.st_mode)) return std::optional<std::string>{""};
  const auto text = read_file(path);
  if (text) return std::optional{*text};
  if (exists(path)) return Unknown{text.why()};
  return std::optional<std::string>{}; // it has just gone
}

// What limits somebody has set is known only where all of it can be read.
Fact<parse::JournaldConf> read_journald_conf(const std::string& root) {
  parse::JournaldConf conf;
  for (const char* directory : conf_directories) {
    const std::string path = directory + std::string{"/systemd/journald.conf"};
    const auto text = conf_text(root + path);
    if (!text) return Unknown{text.why()};
    if (!*text) continue;
    parse::add_journald_conf(conf, **text, path);
    break;
  }
  std::vector<parse::DropInDirectory> directories;
  for (const char* directory : conf_directories) {
    parse::DropInDirectory one{directory + std::string{"/systemd/journald.conf.d"}, {}, {}};
    const Directory stream = open_directory(root + one.path);
    if (!stream && !not_there()) return Unknown{errno_reason(one.path)};
    while (stream && one.names.size() < most_drop_ins) {
      const dirent* entry = readdir(stream.get());
      if (entry == nullptr) break;
      struct stat st {};
      if (fstatat(dirfd(stream.get()), entry->d_name, &st, 0) != 0) {
        if (not_there()) continue;
        return Unknown{errno_reason(one.path + "/" + entry->d_name)};
      }
      const bool nothing = S_ISCHR(st.st_mode) || (S_ISREG(st.st_mode) && st.st_size == 0);
      if (!S_ISREG(st.st_mode) && !nothing) continue;
      one.names.emplace_back(entry->d_name);
      if (nothing) one.masked.emplace_back(entry->d_name);
    }
    directories.push_back(std::move(one));
  }
  for (const std::string& path : parse::drop_ins_in_order(directories)) {
    const auto text = conf_text(root + path);
    if (!text) return Unknown{text.why()};
    if (*text) parse::add_journald_conf(conf, **text, path);
  }
  return conf;
}

bool is_journal(std::string_view name) {
  return name.ends_with(".journal") || name.ends_with(".journal~");
}

// One machine's: what lies right in it.
Fact<std::uint64_t> journal_files(int parent, const char* name) {
  const Fd fd{openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
  if (!fd && not_there()) return 0;
  DIR* stream = fd ? fdopendir(dup(fd.get())) : nullptr;
  if (stream == nullptr) return Unknown{errno_reason(name)};
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
  return offer_of(open_room_place(RoomKind::journal, path, scope, Clock::now() + time_enough / 2),
                  scope.now_us);
}

// Where the journal lies that journald writes, the likeliest first. Another one may be left there
// from when it was configured otherwise, or from a boot before. Until it was told to flush it
// writes to /run whatever is configured (journald-server.c:server_system_journal_open()); with
// "volatile" it does so once it was started anew.
std::vector<std::string> journal_places(const std::string& storage, const std::string& root) {
  const std::string lasting = "/var/log/journal";
  const std::string passing = "/run/log/journal";
  if (storage == "none") return {};
  if (storage == "volatile" || !exists(root + "/run/systemd/journal/flushed"))
    return {passing, lasting};
  return {lasting, passing};
}

Fact<Journal> journal_in(const std::string& directory, const std::string& id,
                         const parse::JournaldConf& conf, const std::string& root) {
  const std::string path = root + directory;
  const std::string active = path + "/" + id + "/system.journal";
  struct stat st {};
  if (stat(active.c_str(), &st) != 0 && !not_there()) return Unknown{errno_reason(active)};
  if (!S_ISREG(st.st_mode)) return Journal{};
  const Directory stream = open_directory(path);
  if (!stream) return Unknown{errno_reason(directory)};
  Journal journal;
  journal.directory = directory;
  const Points foreign = foreign_below(path);
  while (const dirent* entry = readdir(stream.get())) {
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    if (name != id && foreign.contains(path + "/" + entry->d_name)) continue;
    const auto bytes = journal_files(dirfd(stream.get()), entry->d_name);
    if (!bytes) return Unknown{directory + "/" + bytes.why()};
    journal.bytes += *bytes;
    if (name == id) journal.own_bytes = *bytes;
  }
  const auto space = space_of(path);
  if (!space) return Unknown{space.why()};
  journal.space = *space;
  const MountedOn on = mount_of(path);
  journal.mount = on.point;
  journal.device = on.device;
  journal.removable = removable(path + "/" + id, on.device, root);
  journal.apart = parse::lies_in(journal.mount, "/var/log");
  journal.limits = journal.runtime() ? conf.runtime : conf.system;
  return journal;
}

// Without a directory: there is none.
Fact<Journal> look_at_journal(const std::string& root) {
  const auto text = conf_text(root + "/etc/machine-id");
  if (!text) return Unknown{text.why()};
  const std::string id = *text ? (*text)->substr(0, (*text)->find('\n')) : "";
  if (id.empty()) return Journal{};
  const auto conf = read_journald_conf(root);
  if (!conf) return Unknown{conf.why()};
  for (const std::string& directory : journal_places(conf->storage, root)) {
    auto journal = journal_in(directory, id, *conf, root);
    if (!journal || !journal->directory.empty()) return journal;
  }
  return Journal{};
}

// ---- other logs --------------------------------------------------------------------------------

class LogTree {
public:
  LogTree(PlainLogs& logs, const std::string& root)
      : logs_{logs}, root_{root}, foreign_{foreign_below(root + "/var/log")} {}

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
      if (name == "." || name == ".." ||
          (!foreign_.empty() && foreign_.contains(root_ + path + "/" + entry->d_name)))
        continue;
      struct stat st {};
      if (fstatat(directory, entry->d_name, &st, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) != 0)
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
  std::string root_;
  Points foreign_;
  Clock::time_point deadline_ = Clock::now() + time_enough;
  std::uint64_t steps_ = 0;
};

Fact<PlainLogs> look_at_plain(const std::string& root) {
  const std::string path = "/var/log";
  PlainLogs logs;
  const Fd fd{open((root + path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!fd && not_there()) return logs;
  if (!fd) return Unknown{errno_reason(path)};
  const auto space = space_of(root + path);
  if (!space) return Unknown{space.why()};
  logs.space = *space;
  logs.mount = mount_of(root + path).point;
  LogTree{logs, root}.visit(fd.get(), path, 0);
  // What was seen is large already, or nobody knows.
  if (!logs.complete && !logs.large())
    return Unknown{path + ": not all of it was looked at in time"};
  return logs;
}

// Says in `logs` when each was rotated.
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
  Logs logs{.journal = look_at_journal(root), .plain = look_at_plain(root), .rotation = {}};
  if (!logs.plain) return logs;
  PlainLogs plain = *logs.plain;
  logs.rotation = look_at_rotation(root, plain);
  logs.plain = std::move(plain);
  return logs;
}

std::vector<std::string> look_at_logs_argv() {
  return own_child(look_at_logs_word);
}

int look_at_logs_main(const std::vector<std::string>& arguments) {
  if (!arguments.empty()) return 64;
  be_modest();
  return write_all(STDOUT_FILENO, encode(look_at_logs(""))) ? 0 : 1;
}

} // namespace sshguardd::host
