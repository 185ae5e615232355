#include "host/helper.hpp"

#include "host/fd.hpp"
#include "host/files.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace sshguardd::host {
namespace {

using Clock = std::chrono::steady_clock;

std::string reason(const char* what) {
  return std::string{what} + ": " + std::generic_category().message(errno);
}

std::vector<char*> pointers(const std::vector<std::string>& words) {
  std::vector<char*> list;
  list.reserve(words.size() + 1);
  for (const std::string& word : words)
    list.push_back(const_cast<char*>(word.c_str()));
  list.push_back(nullptr);
  return list;
}

Fd input_of(const std::string& text) {
  if (text.empty()) return Fd{open("/dev/null", O_RDONLY | O_CLOEXEC)};
  Fd fd{memfd_create("input", MFD_CLOEXEC)};
  if (fd && (!write_all(fd.get(), text) || lseek(fd.get(), 0, SEEK_SET) != 0)) fd.reset();
  return fd;
}

// Between fork and exec; misc.c:subprocess() in its order.
[[noreturn]] void become_helper(const HelperSpec& spec, int in, int out, char* const* argv,
                                char* const* environment, const std::vector<gid_t>& groups) {
  constexpr int failed = 127;
  setsid(); // a group of its own, and no terminal of ours to type on
  for (int number = 1; number < NSIG; ++number)
    signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  const int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (null < 0 || dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
      dup2(spec.errors ? out : null, STDERR_FILENO) < 0 || chdir("/") != 0)
    _exit(failed);
  // Ours are closed by exec; those that we were started with, as sshd's closefrom() does.
  constexpr int most_descriptors = 4096;
  if (close_range(STDERR_FILENO + 1, ~0U, 0) != 0) { // before Linux 5.9
    for (int fd = STDERR_FILENO + 1; fd < most_descriptors; ++fd)
      close(fd);
  }
  if (spec.account != nullptr) {
    const gid_t gid = spec.account->gid;
    const uid_t uid = spec.account->uid;
    if (setgroups(groups.size(), groups.data()) != 0 || setresgid(gid, gid, gid) != 0 ||
        setresuid(uid, uid, uid) != 0)
      _exit(failed);
  }
  // A change of ids takes this back.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  execve(argv[0], argv, environment);
  _exit(failed);
}

int milliseconds_to(Clock::time_point end) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now());
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 60000));
}

// true: to its end; false: the deadline came, or the limit.
bool read_all(int fd, Clock::time_point end, const HelperSpec& spec, HelperResult& result) {
  std::array<char, 8192> buffer{};
  std::size_t size = 0;
  for (;;) {
    pollfd waiting{.fd = fd, .events = POLLIN, .revents = 0};
    const int left = milliseconds_to(end);
    const int ready = poll(&waiting, 1, left);
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) {
      result.timed_out = true;
      return false;
    }
    const ssize_t got = read(fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return true;
    const std::string_view part{buffer.data(), static_cast<std::size_t>(got)};
    if (spec.take)
      spec.take(part);
    else
      result.out += part;
    size += part.size();
    if (size > spec.output_limit) {
      result.too_much = true;
      return false;
    }
  }
}

// Whether it has ended; its group is there until it was waited for.
bool ended(pid_t pid, Clock::time_point end) {
  for (;;) {
    siginfo_t info{};
    if (waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
        info.si_pid == pid)
      return true;
    if (Clock::now() >= end) return false;
    const timespec moment{.tv_sec = 0, .tv_nsec = 5'000'000};
    nanosleep(&moment, nullptr);
  }
}

} // namespace

HelperResult run_helper(const HelperSpec& spec) {
  HelperResult result;
  std::array<int, 2> ends{};
  const Fd in = input_of(spec.input);
  if (spec.argv.empty() || !in || pipe2(ends.data(), O_CLOEXEC) != 0) {
    result.error = reason("pipe");
    return result;
  }
  const Fd from{ends[0]};
  Fd to{ends[1]};
  const std::vector<char*> argv = pointers(spec.argv);
  const std::vector<char*> environment = pointers(spec.environment);
  const std::vector<gid_t> groups{spec.groups.begin(), spec.groups.end()};
  const pid_t pid = fork();
  if (pid < 0) {
    result.error = reason("fork");
    return result;
  }
  if (pid == 0) become_helper(spec, in.get(), to.get(), argv.data(), environment.data(), groups);
  to.reset();
  const auto end = Clock::now() + spec.deadline;
  if (read_all(from.get(), end, spec, result) && !ended(pid, end)) result.timed_out = true;
  kill(-pid, SIGKILL);
  kill(pid, SIGKILL); // before it has a group
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (!result.timed_out && !result.too_much && WIFEXITED(status))
    result.exit_status = WEXITSTATUS(status);
  return result;
}

std::vector<std::string> plain_environment() {
  return {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"};
}

} // namespace sshguardd::host
