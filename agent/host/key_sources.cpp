#include "host/key_sources.hpp"

#include "host/fd.hpp"
#include "host/root_program.hpp"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sshguardd::host {
namespace {

std::string error_text() {
  return std::generic_category().message(errno);
}

// A FIFO is opened without waiting; sshd would wait.
std::string why_unreadable(const std::string& path) {
  const Fd fd{open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)};
  struct stat st {};
  if (!fd || fstat(fd.get(), &st) != 0) return error_text();
  return S_ISREG(st.st_mode) ? std::string{} : "is no regular file";
}

// The first word: sshd splits as a shell does, and nobody quotes a path here.
std::string program_of(const std::string& command) {
  return command.substr(0, command.find_first_of(" \t"));
}

} // namespace

std::vector<std::string> key_source_paths(const LoginRules& rules) {
  std::vector<std::string> paths;
  for (const std::string& path :
       {rules.revoked_keys, rules.trusted_user_ca_keys, program_of(rules.keys_command)}) {
    if (path.starts_with('/') && path.size() > 1) paths.push_back(path);
  }
  return paths;
}

std::vector<KeySource> wrong_key_sources(const LoginRules& rules, const parse::SafePath& strict) {
  std::vector<KeySource> wrong;
  const auto add = [&](const char* setting, const std::string& path, std::string why, bool all) {
    if (!why.empty()) wrong.push_back({setting, path, std::move(why), all});
  };
  if (!rules.keys) return wrong;
  if (!rules.revoked_keys.empty())
    add("RevokedKeys", rules.revoked_keys, why_unreadable(rules.revoked_keys), true);
  if (!rules.trusted_user_ca_keys.empty())
    add("TrustedUserCAKeys", rules.trusted_user_ca_keys, why_unreadable(rules.trusted_user_ca_keys),
        false);
  if (rules.keys_command.empty()) return wrong;
  const std::string program = program_of(rules.keys_command);
  add("AuthorizedKeysCommand", program, why_not_run(program, strict), false);
  return wrong;
}

} // namespace sshguardd::host
