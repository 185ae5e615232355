#include "host/child.hpp"

#include "host/clock.hpp"
#include "host/fd.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <map>
#include <string>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/wait.h>

namespace sshguardd::host {
namespace {

struct Pipe {
  Fd read_end;
  Fd write_end;
};

bool make_pipe(Pipe& pipe) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return false;
  pipe.read_end = Fd{ends[0]};
  pipe.write_end = Fd{ends[1]};
  return fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0;
}

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> out;
  out.reserve(words.size() + 1);
  for (std::string& word : words)
    out.push_back(word.data());
  out.push_back(nullptr);
  return out;
}

// Whoever is killed and still there after so long sleeps uninterruptibly, mostly on a disk that
// does not answer; another one would join it.
constexpr auto dies_late = std::chrono::seconds{2};

// Processes that were given up and are not reaped yet, by their argv. The agent has one loop.
using GivenUp = std::multimap<std::vector<std::string>, BootTime>;
GivenUp& given_up() {
  static GivenUp processes;
  return processes;
}

bool is_stuck(const std::vector<std::string>& argv) {
  const auto [first, last] = given_up().equal_range(argv);
  return std::any_of(first, last,
                     [now = now().boot](const auto& one) { return now - one.second >= dies_late; });
}

// 0, or an errno.
int spawn(ChildSpec& spec, const Fd& out, const Fd& err, pid_t& pid) {
  const auto has = [&spec](std::string_view name) {
    return std::ranges::any_of(spec.environment,
                               [name](const std::string& e) { return e.starts_with(name); });
  };
  if (!has("PATH="))
    spec.environment.emplace_back("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin");
  if (!has("LC_ALL=")) spec.environment.emplace_back("LC_ALL=C.UTF-8");

  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out.get(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err.get(), STDERR_FILENO);
  if (spec.inherited >= 0) posix_spawn_file_actions_adddup2(&actions, spec.inherited, 3);
  posix_spawn_file_actions_addchdir_np(&actions, "/");
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  const std::vector<char*> argv = pointers(spec.argv);
  const std::vector<char*> environment = pointers(spec.environment);
  const int result = posix_spawn(&pid, spec.argv[0].c_str(), &actions, &attributes, argv.data(),
                                 environment.data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return result;
}

class RunningChild final : public Child {
public:
  RunningChild(Loop& loop, ChildSpec spec, Callback callback)
      : loop_{loop}, spec_{std::move(spec)}, callback_{std::move(callback)} {
    start();
  }
  RunningChild(const RunningChild&) = delete;
  RunningChild& operator=(const RunningChild&) = delete;

  ~RunningChild() override {
    if (pid_ > 0) abandon();
  }

private:
  void start() {
    if (is_stuck(spec_.argv)) return fail_soon("the one before was killed and is still there");
    Pipe out;
    Pipe err;
    if (!make_pipe(out) || !make_pipe(err)) return fail_soon(errno);
    if (const int error = spawn(spec_, out.write_end, err.write_end, pid_); error != 0) {
      pid_ = 0;
      return fail_soon(error);
    }
    out_ = std::move(out.read_end);
    err_ = std::move(err.read_end);
    out_source_ =
        loop_.io(out_.get(), EPOLLIN, [this](auto) { drain(out_, result_.out, out_source_); });
    err_source_ =
        loop_.io(err_.get(), EPOLLIN, [this](auto) { drain(err_, result_.err, err_source_); });
    exit_ = loop_.child(pid_, [this](int code, int status) { ended(code, status); });
    deadline_ = loop_.at(now().boot + spec_.deadline, [this] { timed_out(); });
    if (!exit_ || !deadline_) {
      abandon();
      fail_soon(EAGAIN);
    }
  }

  void fail_soon(int error) { fail_soon(std::generic_category().message(error)); }
  void fail_soon(const std::string& why) {
    result_.error = spec_.argv[0] + ": " + why;
    deadline_ = loop_.soon([this] { finish(); });
  }

  void drain(const Fd& fd, std::string& into, Source& source) {
    std::array<char, 8192> buffer{};
    for (;;) {
      const ssize_t got = read(fd.get(), buffer.data(), buffer.size());
      if (got < 0 && errno == EINTR) continue;
      if (got < 0 && errno == EAGAIN) return;
      if (got <= 0) return source.reset();
      const std::size_t room = spec_.output_limit - std::min(into.size(), spec_.output_limit);
      into.append(buffer.data(), std::min(room, static_cast<std::size_t>(got)));
    }
  }

  void ended(int code, int status) {
    drain(out_, result_.out, out_source_);
    drain(err_, result_.err, err_source_);
    if (code == CLD_EXITED)
      result_.exit_status = status;
    else
      result_.signal = status;
    // The leader is still a zombie, so the group's id is its own: what it left behind goes too.
    kill(-pid_, SIGKILL);
    pid_ = 0;
    finish();
  }

  void timed_out() {
    result_.timed_out = true;
    drain(out_, result_.out, out_source_);
    drain(err_, result_.err, err_source_);
    abandon();
    finish();
  }

  // Kills the group, and leaves its reaping to the loop: a process in uninterruptible sleep dies
  // late.
  void abandon() {
    kill(-pid_, SIGKILL);
    exit_.reset();
    auto keeper = std::make_shared<Source>();
    const auto entry = given_up().emplace(spec_.argv, now().boot);
    *keeper = loop_.child(pid_, [keeper, entry](int, int) {
      given_up().erase(entry);
      keeper->reset();
    });
    if (!*keeper) given_up().erase(entry); // nobody would
    pid_ = 0;
  }

  void finish() {
    out_source_.reset();
    err_source_.reset();
    exit_.reset();
    deadline_.reset();
    // The callback may destroy this object.
    const Callback callback = std::move(callback_);
    callback(std::move(result_));
  }

  Loop& loop_;
  ChildSpec spec_;
  Callback callback_;
  ChildResult result_;
  pid_t pid_ = 0;
  Fd out_;
  Fd err_;
  Source out_source_;
  Source err_source_;
  Source exit_;
  Source deadline_;
};

} // namespace

std::unique_ptr<Child> run_child(Loop& loop, ChildSpec spec, Child::Callback callback) {
  return std::make_unique<RunningChild>(loop, std::move(spec), std::move(callback));
}

} // namespace sshguardd::host
