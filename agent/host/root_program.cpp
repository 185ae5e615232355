#include "host/root_program.hpp"

#include "parse/mode.hpp"

#include <cerrno>
#include <climits>
#include <cstddef>
#include <cstdlib>
#include <system_error>
#include <vector>

#include <sys/stat.h>
#include <unistd.h>

namespace sshguardd::host {
namespace {

std::string error_text() {
  return std::generic_category().message(errno);
}

} // namespace

std::string why_not_run(const std::string& program, const parse::SafePath& strict) {
  if (!program.starts_with('/')) return "no absolute path";
  // Links count by what they lead to.
  char real[PATH_MAX];
  if (realpath(program.c_str(), real) == nullptr) return program + ": " + error_text();
  const std::string file = real;
  for (std::string part = file;;) {
    struct stat st {};
    if (stat(part.c_str(), &st) != 0) return part + ": " + error_text();
    if (part == file && !S_ISREG(st.st_mode)) return part + " is no regular file";
    const auto verdict = strict.judge(0, st.st_uid, st.st_gid, st.st_mode);
    if (verdict.wrong_owner) return part + " is not root's";
    if (verdict.too_open) return part + " has mode " + parse::mode_text(st.st_mode & 07777U);
    if (part == "/") return access(file.c_str(), X_OK) == 0 ? "" : file + ": " + error_text();
    const std::size_t slash = part.rfind('/');
    part = slash == 0 ? "/" : part.substr(0, slash);
  }
}

std::string system_program(const std::string& name) {
  const std::vector<parse::PasswdEntry> nobody;
  const parse::Groups no_groups{{}};
  const parse::SafePath strict{false, nobody, no_groups};
  for (const char* directory : {"/usr/sbin/", "/usr/bin/", "/sbin/", "/bin/"}) {
    std::string path = directory + name;
    if (why_not_run(path, strict).empty()) return path;
  }
  return {};
}

} // namespace sshguardd::host
