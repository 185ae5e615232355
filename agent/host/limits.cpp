#include "host/limits.hpp"

#include "host/files.hpp"
#include "parse/limits.hpp"

#include <cerrno>
#include <optional>
#include <system_error>
#include <utility>

#include <dirent.h>

namespace sshguardd::host {
namespace {

const std::string root = "/sys/fs/cgroup";
constexpr std::size_t most_slices = 256;

std::optional<std::uint64_t> number_in(const std::string& path, parse::Column column) {
  const auto text = read_proc(path, 256);
  return text ? parse::limit_number(*text, column) : std::nullopt;
}

class Reader {
public:
  // The group's own limit, or that of one above it.
  void group(const std::string& path, ReachedLimit::Of of, std::uint32_t uid = 0) {
    for (std::string at = path; at.size() > 1; at.resize(at.rfind('/'))) {
      const auto most = number_in(root + at + "/pids.max", parse::Column::first);
      const auto used = number_in(root + at + "/pids.current", parse::Column::first);
      if (most && used && parse::is_reached(*used, *most, parse::left_for_a_session))
        return add({.of = of,
                    .name = "TasksMax of " + at.substr(at.rfind('/') + 1),
                    .uid = uid,
                    .most = *most});
    }
  }

  void kernel(const char* name, std::optional<std::uint64_t> used,
              std::optional<std::uint64_t> most) {
    if (used && most && parse::is_reached(*used, *most, parse::left_for_the_machine))
      add({.of = ReachedLimit::Of::machine, .name = name, .uid = 0, .most = *most});
  }

  Limits limits;

private:
  void add(ReachedLimit limit) {
    for (const ReachedLimit& one : limits.reached) {
      if (one.name == limit.name) return; // of a slice above several
    }
    if (limits.reached.size() < Limits::most) limits.reached.push_back(std::move(limit));
  }
};

} // namespace

Fact<Limits> read_limits(const Unit& service) {
  Reader reader;
  const auto tasks = number_in("/proc/loadavg", parse::Column::tasks);
  for (const char* name : {"pid_max", "threads-max"})
    reader.kernel((std::string{"kernel."} + name).c_str(), tasks,
                  number_in(std::string{"/proc/sys/kernel/"} + name, parse::Column::first));
  reader.kernel("fs.file-max", number_in("/proc/sys/fs/file-nr", parse::Column::first),
                number_in("/proc/sys/fs/file-nr", parse::Column::third));
  if (!service.control_group.empty()) reader.group(service.control_group, ReachedLimit::Of::sshd);
  const Directory users = open_directory(root + "/user.slice");
  if (!users) {
    if (errno == ENOENT) return std::move(reader.limits); // nobody was ever in
    return Unknown{root + "/user.slice: " + std::generic_category().message(errno)};
  }
  for (std::size_t slices = 0; slices < most_slices;) {
    const dirent* entry = readdir(users.get());
    if (entry == nullptr) break;
    const auto uid = parse::uid_of_slice(entry->d_name);
    if (!uid) continue;
    ++slices;
    reader.group(std::string{"/user.slice/"} + entry->d_name, ReachedLimit::Of::user, *uid);
  }
  return std::move(reader.limits);
}

} // namespace sshguardd::host
