#include "host/instance_lock.hpp"

#include "host/files.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

namespace sshguardd::host {
namespace {

constexpr const char* directory = "/run/sshguardd";
constexpr const char* path = "/run/sshguardd/lock";

// "process 123 (sshguardctl)": flock(2) does not tell who holds it, so its holder writes it down.
std::string holder() {
  const auto text = read_file(path, 64);
  const std::string pid = text ? text->substr(0, text->find('\n')) : "";
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (pid.empty() || !std::ranges::all_of(pid, digit)) return "another process";
  const auto name = read_proc("/proc/" + pid + "/comm");
  return "process " + pid + (name ? " (" + name->substr(0, name->find('\n')) + ")" : "");
}

} // namespace

InstanceLock::Answer InstanceLock::failed(const char* what) {
  problem_ = std::string{what} + ": " + std::generic_category().message(errno);
  return Answer::failed;
}

InstanceLock::Answer InstanceLock::take() {
  if (fd_) return Answer::taken;
  if (mkdir(directory, 0755) == 0) {
    if (chmod(directory, 0755) != 0) return failed(directory); // whatever the umask
  } else if (errno != EEXIST) {
    return failed(directory);
  }
  Fd fd{open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600)};
  if (!fd) return failed(path);
  if (flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return failed(path);
    problem_ = std::string{path} + " is held by " + holder();
    return Answer::held;
  }
  // For people; on a full file system the lock holds all the same.
  const std::string pid = std::to_string(getpid()) + "\n";
  if (ftruncate(fd.get(), 0) == 0) (void)!pwrite(fd.get(), pid.data(), pid.size(), 0);
  fd_ = std::move(fd);
  problem_.clear();
  return Answer::taken;
}

} // namespace sshguardd::host
