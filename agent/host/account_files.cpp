#include "host/account_files.hpp"

#include "host/files.hpp"
#include "parse/safe_path.hpp"

#include <cstddef>
#include <stdexcept>

namespace sshguardd::host {
namespace {

constexpr std::size_t most_database = 16 << 20;
constexpr std::size_t most_revoked = 1 << 20;

std::optional<std::string> text_of_file(const std::string& path) {
  const auto text = read_file(path);
  return text ? std::optional{*text} : std::nullopt;
}

} // namespace

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

std::optional<std::string> key_file_path(const std::string& pattern,
                                         const parse::PasswdEntry& account) {
  auto path = parse::expand_keys_file(pattern, account);
  if (path && path->find_first_of("*?[") != std::string::npos) return std::nullopt;
  return path;
}

void RevokedKeys::read(const std::string& path) {
  if (path == path_) return;
  path_ = path;
  keys_ = parse::KeySet{};
  unreadable_ = is_krl_ = false;
  if (path.empty()) return;
  const auto text = read_file(path, most_revoked);
  unreadable_ = !text;
  is_krl_ = text && parse::is_krl(*text);
  if (text && !is_krl_) keys_ = parse::KeySet{*text};
}

std::string RevokedKeys::why_rejected(const parse::KeyLine& key) const {
  return keys_.contains(key) ? "it is revoked by " + path_ : std::string{};
}

} // namespace sshguardd::host
