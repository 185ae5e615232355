#include "host/sshd_rules.hpp"

#include "host/fd.hpp"
#include "parse/login_rules.hpp"

#include <array>
#include <cerrno>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace sshguardd::host {

std::optional<LoginRules> sshd_rules(const std::vector<std::string>& sshd, const std::string& name,
                                     const std::string& from) {
  std::array<int, 2> ends{};
  // A name with a comma would be read as further words.
  if (sshd.empty() || name.find_first_of(",= ") != std::string::npos ||
      pipe2(ends.data(), O_CLOEXEC) != 0)
    return std::nullopt;
  const Fd out_end{ends[0]};
  Fd to{ends[1]};
  std::vector<std::string> words = sshd;
  words.insert(words.end(),
               {"-C", "user=" + name + (from.empty() ? "" : ",host=" + from + ",addr=" + from)});
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (std::string& word : words)
    argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, to.get(), STDOUT_FILENO);
  pid_t pid = 0;
  const int error = posix_spawn(&pid, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return std::nullopt;
  to.reset();
  std::string out;
  std::array<char, 8192> buffer{};
  for (;;) {
    const ssize_t got = read(out_end.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    out.append(buffer.data(), static_cast<std::size_t>(got));
  }
  int status = 0;
  waitpid(pid, &status, 0);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return std::nullopt;
  return parse::login_rules(out);
}

} // namespace sshguardd::host
