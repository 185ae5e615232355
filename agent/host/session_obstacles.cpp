#include "host/session_obstacles.hpp"

#include "host/files.hpp"
#include "host/sshd_files.hpp"
#include "parse/ascii.hpp"
#include "parse/safe_path.hpp"
#include "parse/shell_word.hpp"

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>

#include <sys/stat.h>

namespace sshguardd::host {
namespace {

constexpr const char* anywhere[] = {"/lib/*/security",   "/lib/security",
                                    "/lib64/security",   "/usr/lib/*/security",
                                    "/usr/lib/security", "/usr/lib64/security"};

bool gone(const std::string& path) {
  struct stat st {};
  return stat(path.c_str(), &st) != 0 && (errno == ENOENT || errno == ENOTDIR);
}

bool missing(const parse::PamLine& line, const std::vector<std::string>& directories) {
  if (line.path.find('$') != std::string::npos) return false; // "$ISA"
  if (line.path.starts_with('/')) return gone(line.path);
  return std::ranges::all_of(directories,
                             [&](const auto& one) { return gone(one + "/" + line.path); });
}

// The program that a command begins with, where that is certain: an absolute path, and nothing
// before it that a shell would make something else of.
std::string program_of(std::string_view command) {
  const std::string program{command.substr(0, command.find_first_of(" \t"))};
  return program.starts_with('/') && parse::shell_word(program) == program ? program : "";
}

} // namespace

ChrootProblem chroot_problem(const std::string& pattern, const parse::PasswdEntry& account,
                             const Mounts& mounts) {
  const auto path = parse::expand_keys_file(pattern, account);
  if (!path || !pattern.starts_with('/') || path->find('%') != std::string::npos)
    return {.why = pattern + " is no absolute path", .mend = "sshd -T | grep -i chrootdirectory"};
  if (!mounts.remote(*path).empty()) return {};
  for (std::size_t slash = path->find('/', 1);; slash = path->find('/', slash + 1)) {
    const std::string part = path->substr(0, slash);
    const std::string word = parse::shell_word(part);
    struct stat st {};
    if (stat(part.c_str(), &st) != 0 || !S_ISDIR(st.st_mode))
      return {.why = part + " is no directory", .mend = "ls -ld " + word};
    if (st.st_uid != 0 || (st.st_mode & 022) != 0)
      return {.why = part + " is to be root's, and nobody else's to write",
              .mend = "chown root: " + word + " && chmod go-w " + word};
    if (slash == std::string::npos) return {};
  }
}

std::vector<std::string> pam_module_directories() {
  std::vector<std::string> directories;
  for (const char* pattern : anywhere) {
    for (std::string& one : expand_glob(pattern))
      directories.push_back(std::move(one));
  }
  // Every PAM has these: where they are nowhere, modules are where nobody told us.
  const bool known = std::ranges::any_of(directories, [](const std::string& one) {
    return !gone(one + "/pam_deny.so") || !gone(one + "/pam_permit.so");
  });
  return known ? directories : std::vector<std::string>{};
}

std::vector<SessionObstacle> pam_obstacles(const std::vector<parse::PamLine>& stack,
                                           const std::vector<std::string>& directories) {
  std::vector<SessionObstacle> obstacles;
  if (directories.empty()) return obstacles;
  for (const char* type : {"account", "session"}) {
    const parse::PamLine* line = parse::failing_line(
        stack, type, [&](const parse::PamLine& one) { return missing(one, directories); });
    if (line == nullptr) continue;
    const std::string place = "/etc/pam.d/" + line->file + ":" + std::to_string(line->number);
    obstacles.push_back({.account = {},
                         .place = place,
                         .why = "PAM has no " + line->path,
                         .mend = "install " + line->module + ", or mend " + place});
  }
  return obstacles;
}

std::vector<SessionObstacle> session_obstacles(const LoginRules& rules,
                                               const parse::PasswdEntry& account, bool got_in,
                                               const Mounts& mounts) {
  std::vector<SessionObstacle> obstacles;
  if (rules.by_client) return obstacles; // from elsewhere other rules may hold
  const bool chroot =
      !rules.chroot_directory.empty() && !parse::is_word(rules.chroot_directory, "none");
  if (chroot) {
    ChrootProblem problem = chroot_problem(rules.chroot_directory, account, mounts);
    if (!problem.why.empty())
      obstacles.push_back({.account = account.name,
                           .got_in = got_in,
                           .place = "ChrootDirectory",
                           .why = std::move(problem.why),
                           .mend = std::move(problem.mend)});
    return obstacles; // the program is looked for in there
  }
  const std::string program = program_of(rules.force_command);
  if (!program.empty() && mounts.remote(program).empty() && gone(program))
    obstacles.push_back(
        {.account = account.name,
         .got_in = got_in,
         .place = "ForceCommand",
         .why = program + " is not there",
         .mend = "sshd -T -C user=" + parse::shell_word(account.name) + " | grep -i forcecommand"});
  return obstacles;
}

} // namespace sshguardd::host
