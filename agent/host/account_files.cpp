#include "host/account_files.hpp"

#include "host/fd.hpp"
#include "host/files.hpp"
#include "host/glob.hpp"
#include "parse/safe_path.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <stdexcept>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace sshguardd::host {
namespace {

constexpr std::size_t most_database = 16 << 20;
constexpr std::size_t most_revoked = 8 << 20;

std::optional<std::string> text_of_file(const std::string& path) {
  const auto text = read_file(path);
  return text ? std::optional{*text} : std::nullopt;
}

} // namespace

parse::PeopleRange people_range() {
  for (const char* path : {"/etc/login.defs", "/usr/etc/login.defs"}) {
    if (const auto text = read_file(path)) return parse::people_range(*text);
  }
  return {};
}

std::vector<std::string> provisioned_names() {
  std::vector<std::string> names;
  // cloud-init (distros/__init__.py:write_sudo_rules()), and waagent (osutil: sudoers.d/waagent).
  for (const char* path : {"/etc/sudoers.d/90-cloud-init-users", "/etc/sudoers.d/waagent"}) {
    const auto text = read_file(path);
    if (text) std::ranges::move(parse::sudoers_names(*text), std::back_inserter(names));
  }
  return names;
}

std::string database(const char* path) {
  auto text = read_file(path, most_database);
  if (!text) throw std::runtime_error{text.why()};
  return *text;
}

bool private_groups() {
  const auto text = read_file("/etc/os-release");
  return text && parse::accepts_private_groups(*text);
}

std::optional<std::string> pam_file(const std::string& name) {
  if (name.starts_with('/')) return text_of_file(name);
  auto text = text_of_file("/etc/pam.d/" + name);
  return text ? text : text_of_file("/usr/lib/pam.d/" + name);
}

Fact<std::vector<std::string>> key_file_paths(const std::string& pattern,
                                              const parse::PasswdEntry& account,
                                              SshdVersion& version) {
  auto path = parse::expand_keys_file(pattern, account);
  if (!path) return Unknown{"sshd refuses this pattern"};
  // auth2-pubkey.c:user_key_allowed() of 10.0: also what came in by %h.
  if (path->find_first_of("*?[\\") == std::string::npos) return std::vector{std::move(*path)};
  const auto sshd = version.get();
  if (!sshd) return Unknown{"whether sshd expands wildcards its version tells, which is not known"};
  if (sshd->before({10, 0})) return std::vector{std::move(*path)};
  return glob_paths(*path);
}

void RevokedKeys::read(const std::string& path) {
  if (path == path_) return;
  path_ = path;
  keys_ = parse::KeySet{};
  unreadable_ = is_krl_ = false;
  not_read_.clear();
  if (path.empty()) return;
  const Fd fd{open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
  std::array<char, 8> head{};
  const ssize_t got = fd ? pread(fd.get(), head.data(), head.size(), 0) : -1;
  unreadable_ = got < 0;
  is_krl_ = got > 0 && parse::is_krl({head.data(), static_cast<std::size_t>(got)});
  if (unreadable_ || is_krl_) return;
  // One that is too large for us is none for sshd.
  const auto text = read_file(path, most_revoked);
  if (text)
    keys_ = parse::KeySet{*text};
  else
    not_read_ = text.why();
}

std::string RevokedKeys::why_rejected(const parse::KeyLine& key) const {
  return keys_.contains(key) ? "it is revoked by " + path_ : std::string{};
}

} // namespace sshguardd::host
