#include "host/intent.hpp"

#include "host/fd.hpp"
#include "host/files.hpp"
#include "parse/kernel_cmdline.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include <fcntl.h>
#include <sys/stat.h>

namespace sshguardd::host {
namespace {

// Locks that root alone can hold; a process name proves nothing. dpkg and apt (apt-pkg/init.cc,
// dpkg/lib/dpkg/dbmodify.c), rpm (lib/rpmlock.c; the second place since rpm 4.16).
constexpr std::array package_locks = {"/var/lib/dpkg/lock-frontend", "/var/lib/dpkg/lock",
                                      "/var/lib/rpm/.rpm.lock", "/usr/lib/sysimage/rpm/.rpm.lock"};

// The process that holds a write lock on the file; 0 where nobody does. F_GETLK needs no write
// access. -1: held by a process that this name space does not show.
pid_t holder(const char* path) {
  const Fd fd{open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)};
  struct stat st {};
  if (!fd || fstat(fd.get(), &st) != 0 || !S_ISREG(st.st_mode) || st.st_uid != 0) return 0;
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  if (fcntl(fd.get(), F_GETLK, &lock) != 0 || lock.l_type == F_UNLCK) return 0;
  return lock.l_pid > 0 ? lock.l_pid : -1;
}

// ConditionPathExists=, read from disk now. Triggering conditions ('|') are judged as a group by
// systemd: they are left to systemd's own answer.
bool met(const UnitCondition& condition) {
  // As systemd's condition.c does: through links, so that a dangling one does not exist.
  const bool there = faccessat(AT_FDCWD, condition.parameter.c_str(), F_OK, AT_EACCESS) == 0;
  return there != condition.negate;
}

} // namespace

bool installing_packages(const std::string& root) {
  return std::ranges::any_of(
      package_locks, [&root](const char* path) { return holder((root + path).c_str()) != 0; });
}

Fact<Intent> IntentReader::read(const Unit* service, BootTime now) {
  Intent intent;
  intent.disabled_file = exists(disabled_path);
  const auto cmdline = read_cmdline();
  if (!cmdline) return Unknown{cmdline.why()};
  intent.cmdline_off = parse::kernel_cmdline(*cmdline).heal_off;

  for (const char* path : package_locks) {
    const pid_t pid = holder(path);
    if (pid == 0) {
      held_since_.erase(path);
      continue;
    }
    const BootTime since = held_since_.try_emplace(path, now).first->second;
    intent.package_locks.push_back(
        {.path = path,
         .pid = pid > 0 ? static_cast<std::uint32_t>(pid) : 0,
         .held_s = std::chrono::duration_cast<std::chrono::seconds>(now - since).count()});
  }

  if (service != nullptr) {
    for (const UnitCondition& condition : service->conditions) {
      if (condition.type != "ConditionPathExists" || condition.trigger || met(condition)) continue;
      intent.unmet_condition =
          condition.type + "=" + (condition.negate ? "!" : "") + condition.parameter;
      break;
    }
  }
  return intent;
}

std::vector<std::string> IntentReader::watched(const Unit* service, bool package_locks_too) {
  std::vector<std::string> paths{disabled_path};
  if (service != nullptr) {
    for (const UnitCondition& condition : service->conditions) {
      if (condition.type == "ConditionPathExists" && !condition.trigger)
        paths.push_back(condition.parameter);
    }
  }
  // A lock that goes is a file that its holder closes.
  if (package_locks_too) paths.insert(paths.end(), package_locks.begin(), package_locks.end());
  return paths;
}

} // namespace sshguardd::host
