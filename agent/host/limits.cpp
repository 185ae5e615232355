#include "host/limits.hpp"

#include "host/files.hpp"
#include "host/user_slices.hpp"
#include "parse/limits.hpp"

#include <optional>
#include <utility>

namespace sshguardd::host {
namespace {

std::optional<std::uint64_t> number_in(const std::string& path, parse::Column column) {
  const auto text = read_proc(path, 256);
  return text ? parse::limit_number(*text, column) : std::nullopt;
}

class Reader {
public:
  explicit Reader(const std::string& root)
      : groups_{root + "/sys/fs/cgroup"}, proc_{root + "/proc/"} {}

  void group(const std::string& path, ReachedLimit::Of of, std::uint32_t uid = 0) {
    const auto most = number_in(groups_ + path + "/pids.max", parse::Column::first);
    const auto used = number_in(groups_ + path + "/pids.current", parse::Column::first);
    if (most && used && parse::is_reached(*used, *most, parse::left_for_a_session))
      add({.of = of,
           .name = "TasksMax of " + path.substr(path.rfind('/') + 1),
           .uid = uid,
           .most = *most});
  }

  void kernel() {
    const auto tasks = number_in(proc_ + "loadavg", parse::Column::tasks);
    for (const char* name : {"pid_max", "threads-max"})
      kernel(std::string{"kernel."} + name, tasks,
             number_in(proc_ + "sys/kernel/" + name, parse::Column::first));
    const std::string files = proc_ + "sys/fs/file-nr";
    kernel("fs.file-max", number_in(files, parse::Column::first),
           number_in(files, parse::Column::third));
  }

  Limits limits;

private:
  void kernel(std::string name, std::optional<std::uint64_t> used,
              std::optional<std::uint64_t> most) {
    if (used && most && parse::is_reached(*used, *most, parse::left_for_the_machine))
      add({.of = ReachedLimit::Of::machine, .name = std::move(name), .uid = 0, .most = *most});
  }

  void add(ReachedLimit limit) {
    if (limits.reached.size() < Limits::most) limits.reached.push_back(std::move(limit));
  }

  std::string groups_;
  std::string proc_;
};

} // namespace

Limits read_limits(const Unit& service, const std::string& root) {
  Reader reader{root};
  reader.kernel();
  // Those above count for what is below them.
  for (std::string at = service.control_group; at.size() > 1; at.resize(at.rfind('/')))
    reader.group(at, ReachedLimit::Of::sshd);
  reader.group("/user.slice", ReachedLimit::Of::sessions);
  for (const std::string& slice : user_slices(root + "/sys/fs/cgroup")) {
    if (const auto uid = parse::uid_of_slice(slice.substr(slice.rfind('/') + 1)))
      reader.group(slice, ReachedLimit::Of::user, *uid);
  }
  return std::move(reader.limits);
}

} // namespace sshguardd::host
