#include "host/host_key_files.hpp"

#include "host/files.hpp"
#include "host/log.hpp"
#include "sshguardd/host_keys.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <string_view>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sshguardd::host {
namespace {

constexpr const char* key_directory = "/etc/ssh";
constexpr auto keygen_deadline = std::chrono::seconds{18}; // each; the remedy has a minute
constexpr auto label_deadline = std::chrono::seconds{5};
constexpr mode_t of_others = S_IRWXG | S_IRWXO;

// Root's, and nobody else makes or swaps names in it.
bool roots_alone(const struct stat& st) {
  return S_ISDIR(st.st_mode) && st.st_uid == 0 && (st.st_mode & S_IWOTH) == 0 &&
         ((st.st_mode & S_IWGRP) == 0 || st.st_gid == 0);
}

// Every directory on the way, links not followed: "/a/b/c" -> "/a/b", "/a", "/".
std::optional<std::string> unsafe_way(const std::string& path) {
  if (!path.starts_with('/') || path.starts_with("/home/") || path.starts_with("/root/"))
    return path + ": not a place for a host key of the system";
  for (std::size_t slash = path.rfind('/');; slash = path.rfind('/', slash - 1)) {
    const std::string directory = slash == 0 ? "/" : path.substr(0, slash);
    struct stat st {};
    if (lstat(directory.c_str(), &st) != 0) return errno_reason(directory);
    if (!roots_alone(st)) return directory + ": not a directory of root's alone";
    if (slash == 0) return std::nullopt;
  }
}

constexpr const char* not_plain = ": not a regular file of root's with one name";
bool is_plain(const struct stat& st) {
  return S_ISREG(st.st_mode) && st.st_uid == 0 && st.st_nlink == 1;
}

struct OpenKey {
  Fd fd;
  mode_t mode = 0;
};

std::optional<std::string> open_key(const std::string& path, OpenKey& key) {
  if (auto problem = unsafe_way(path)) return problem;
  // Not opened before it is known to be a regular file.
  const Fd seen{open(path.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC)};
  struct stat st {};
  if (!seen || fstat(seen.get(), &st) != 0) return errno_reason(path);
  if (!is_plain(st)) return path + not_plain;
  key.fd = Fd{open(proc_path(seen).c_str(), O_RDONLY | O_CLOEXEC)};
  if (!key.fd) return errno_reason(path);
  key.mode = st.st_mode & 0777U & ~of_others; // RestrictSUIDSGID=
  return std::nullopt;
}

const DefaultHostKey* default_key(std::string_view path) {
  const auto* found = std::ranges::find(default_host_keys, path, &DefaultHostKey::path);
  return found == std::end(default_host_keys) ? nullptr : found;
}

std::string temporary(const std::string& name) {
  return "." + name + ".sshguardd";
}

// On disk, whole and with its mode, before it gets its name. 0, or why not.
int settle(int directory, const std::string& name, mode_t mode) {
  const Fd fd{openat(directory, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)};
  struct stat st {};
  if (!fd || fstat(fd.get(), &st) != 0) return errno;
  if (!S_ISREG(st.st_mode) || st.st_size == 0) return EINVAL;
  return fchmod(fd.get(), mode) == 0 && fsync(fd.get()) == 0 ? 0 : errno;
}

// 0, or why not: EEXIST where something has that name.
int rename_anew(int directory, const std::string& from, const std::string& to) {
  if (renameat2(directory, from.c_str(), directory, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return errno;
  // A file system without it: link(2) replaces nothing either.
  if (linkat(directory, from.c_str(), directory, to.c_str(), 0) != 0) return errno;
  if (unlinkat(directory, from.c_str(), 0) == 0) return 0;
  const int problem = errno;
  unlinkat(directory, to.c_str(), 0);
  return problem;
}

// "x.pub" to "x.pub.old", or to the first of "x.pub.old.1" ... that is free.
bool set_aside(int directory, const std::string& name) {
  constexpr int most = 9;
  int problem = rename_anew(directory, name, name + ".old");
  for (int at = 1; problem == EEXIST && at <= most; ++at)
    problem = rename_anew(directory, name, name + ".old." + std::to_string(at));
  return problem == 0;
}

} // namespace

std::optional<std::string> unmendable_key(const std::string& path) {
  if (auto problem = unsafe_way(path)) return problem;
  struct stat st {};
  if (lstat(path.c_str(), &st) != 0) return errno_reason(path);
  if (!is_plain(st)) return path + not_plain;
  return std::nullopt;
}

std::optional<std::string> clear_host_key_modes(const std::vector<std::string>& paths) {
  std::string problems;
  for (const std::string& path : paths) {
    OpenKey key;
    auto problem = open_key(path, key);
    if (!problem && fchmod(key.fd.get(), key.mode) != 0) problem = errno_reason(path);
    if (problem) problems += (problems.empty() ? "" : "; ") + *problem;
  }
  return problems.empty() ? std::nullopt : std::optional{problems};
}

HostKeyMaker::HostKeyMaker(Loop& loop, std::vector<std::string> paths, Done done)
    : loop_{loop}, paths_{std::move(paths)}, done_{std::move(done)} {}

HostKeyMaker::~HostKeyMaker() {
  child_.reset(); // before its files go
  sweep();
}

// What was made and has not got its name: private keys. Also those of an earlier run, which
// ssh-keygen would ask about whether to write over them.
void HostKeyMaker::sweep() const {
  if (!directory_) return;
  for (const DefaultHostKey& key : default_host_keys) {
    const std::string name = temporary(std::string{key.path.substr(key.path.rfind('/') + 1)});
    unlinkat(directory_.get(), name.c_str(), 0);
    unlinkat(directory_.get(), (name + ".pub").c_str(), 0);
  }
}

void HostKeyMaker::start() {
  if (auto problem = unsafe_way(std::string{key_directory} + "/x")) return end(std::move(problem));
  directory_ = Fd{open(key_directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
  if (!directory_) return end(errno_reason(key_directory));
  sweep();
  for (const std::string& path : paths_) {
    if (default_key(path) == nullptr) return end(path + ": not a default host key");
    std::string name = path.substr(path.rfind('/') + 1);
    if (!exists(path)) to_make_.push_back(std::move(name));
  }
  next();
}

void HostKeyMaker::next() {
  if (to_make_.empty()) return place();
  const std::string name = to_make_.front();
  to_make_.erase(to_make_.begin());
  const std::string path = std::string{key_directory} + "/" + name;
  ChildSpec spec{.argv = {"/usr/bin/ssh-keygen", "-q", "-N", "", "-t",
                          std::string{default_key(path)->type}, "-f",
                          std::string{key_directory} + "/" + temporary(name)},
                 .deadline = keygen_deadline};
  child_ = run_child(loop_, std::move(spec),
                     [this, name](const ChildResult& result) { on_made(name, result); });
}

// A type that this ssh-keygen refuses (FIPS, a build without it) does not keep the others away.
// By value: the callback that holds the name is destroyed here.
void HostKeyMaker::on_made(std::string name, const ChildResult& result) {
  child_.reset();
  if (result.exit_status == 0)
    made_.push_back(std::move(name));
  else if (problem_.empty())
    problem_ = "ssh-keygen for " + name + ": " +
               (result.timed_out        ? "no answer in time"
                : !result.error.empty() ? result.error
                                        : result.err.substr(0, result.err.find('\n')));
  next();
}

bool HostKeyMaker::place_one(const std::string& name) {
  const int at = directory_.get();
  const std::string from = temporary(name);
  const std::string half = name + ".pub";
  int problem = settle(at, from, 0600);
  if (problem == 0) problem = settle(at, from + ".pub", 0644);
  if (problem == 0) problem = rename_anew(at, from, name);
  if (problem != 0) {
    // One that came meanwhile is somebody's, and all that was wanted.
    if (problem != EEXIST && problem_.empty())
      problem_ = name + ": " + std::generic_category().message(problem);
    return false;
  }
  // The public half of a key that is lost tells a wrong fingerprint: kept, under another name.
  if (rename_anew(at, from + ".pub", half) == EEXIST && set_aside(at, half))
    (void)rename_anew(at, from + ".pub", half);
  return true;
}

void HostKeyMaker::place() {
  for (const std::string& name : made_) {
    if (place_one(name)) placed_.push_back(std::string{key_directory} + "/" + name);
  }
  if (!placed_.empty()) fsync(directory_.get());
  if (placed_.empty() && !problem_.empty()) return end(problem_);
  if (!problem_.empty()) log_warning(problem_);
  label();
}

// The kernel labels a new file after its directory; what the policy says of this name is
// restorecon's to know. Where SELinux is not at work there is nothing to do.
void HostKeyMaker::label() {
  const char* restorecon =
      exists("/usr/sbin/restorecon") ? "/usr/sbin/restorecon" : "/sbin/restorecon";
  if (placed_.empty() || !exists("/sys/fs/selinux/enforce") || !exists(restorecon))
    return end(std::nullopt);
  ChildSpec spec{.argv = {restorecon, "-F"}, .deadline = label_deadline};
  for (const std::string& path : placed_)
    spec.argv.insert(spec.argv.end(), {path, path + ".pub"});
  child_ = run_child(loop_, std::move(spec), [this](const ChildResult& /*result*/) {
    child_.reset();
    end(std::nullopt);
  });
}

void HostKeyMaker::end(std::optional<std::string> error) {
  sweep();
  const Done done = std::exchange(done_, nullptr); // the next maker may take this one's place
  done(std::move(error));
}

} // namespace sshguardd::host
