#include "host/key_walk.hpp"

#include "host/beneath.hpp"
#include "host/files.hpp"
#include "parse/mode.hpp"
#include "parse/path.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

namespace sshguardd::host {
namespace {

constexpr std::size_t most_read = 1 << 20;
constexpr std::size_t most_objects = 16; // of one way, each list

std::string error_text(int error) {
  return std::generic_category().message(error);
}

Fd open_path(const std::string& path, int flags = 0) {
  return Fd{open(path.c_str(), O_PATH | O_CLOEXEC | flags)};
}

// The kernel's own name of what is open.
std::string real_path(const Fd& fd) {
  std::array<char, PATH_MAX> buffer{};
  const ssize_t got = readlink(proc_path(fd).c_str(), buffer.data(), buffer.size());
  return got > 0 ? std::string{buffer.data(), static_cast<std::size_t>(got)} : std::string{};
}

std::string what_it_is(mode_t mode) {
  if (S_ISDIR(mode)) return "is a directory";
  if (S_ISFIFO(mode)) return "is a FIFO";
  if (S_ISSOCK(mode)) return "is a socket";
  if (S_ISCHR(mode) || S_ISBLK(mode)) return "is a device";
  return "is not a regular file";
}

std::string mode_of(const struct stat& st) {
  return parse::mode_text(st.st_mode & 07777U);
}

bool below(const std::string& path, const std::string& home) {
  return !home.empty() && home != "/" && parse::lies_in(path, home);
}

// Why the agent leaves it to a person; empty where it may take the bits.
std::string why_not_mend(const std::string& path, const struct stat& st,
                         const parse::PasswdEntry& account, const std::string& home) {
  if (!below(path, home)) return "not in " + account.name + "'s home";
  if (st.st_uid != account.uid) return "not " + account.name + "'s own";
  if (S_ISREG(st.st_mode) && st.st_nlink != 1) return "it has several names (hard links)";
  // The unit's RestrictSUIDSGID= lets nobody write such a mode.
  if ((st.st_mode & (S_ISUID | S_ISGID)) != 0) return "it has the set-user-ID or set-group-ID bit";
  // The group's bits are the mask of an ACL: clearing them would take what it gives.
  if (lgetxattr(path.c_str(), "system.posix_acl_access", nullptr, 0) > 0) return "it has an ACL";
  return {};
}

Fd reopen(const Fd& seen) {
  return Fd{open(proc_path(seen).c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)};
}

} // namespace

KeyWalk::KeyWalk(const parse::PasswdEntry& account, const std::vector<parse::PasswdEntry>& all,
                 const Mounts& mounts, const parse::SafePath* strict)
    : account_{account}, all_{all}, mounts_{mounts}, strict_{strict} {
  if (!account.home.starts_with('/') || !mounts.remote(account.home).empty()) return;
  if (const Fd home = open_path(account.home, O_DIRECTORY)) home_ = real_path(home);
}

// Of a regular file, at most `most_read` bytes.
void KeyWalk::read_keys(KeyFile& file, const Fd& fd) const {
  // Once for all accounts, and not filled before.
  static const auto buffer = std::make_unique_for_overwrite<char[]>(most_read);
  std::size_t size = 0;
  while (size < most_read) {
    const ssize_t got = read(fd.get(), buffer.get() + size, most_read - size);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    size += static_cast<std::size_t>(got);
  }
  std::string_view text{buffer.get(), size};
  // A line that was cut is no bad one.
  if (size == most_read) text = text.substr(0, text.rfind('\n') + 1);
  parse::KeyVisitor visit;
  if (visitor_)
    visit = [&](std::uint32_t line, const parse::KeyLine& key) { visitor_(file, line, key); };
  auto lines = parse::authorized_keys(text, visit);
  file.keys = lines.keys;
  file.bad_lines = lines.bad_lines;
  file.bad = std::move(lines.bad);
}

KeyFile KeyWalk::look(const std::string& path) {
  KeyFile file{.path = path};
  const std::string type = mounts_.remote(path);
  if (!type.empty()) {
    file.state = KeyFile::State::unknown;
    file.object = path;
    file.why = "on " + type + ": not looked at";
    return file;
  }
  watch_way_to(path);
  const Fd seen = open_path(path);
  if (!seen) {
    name_missing(file, errno);
    return file;
  }
  const std::string real = real_path(seen);
  file.object = real;
  struct stat st {};
  if (fstat(seen.get(), &st) != 0 || real.empty()) {
    file.state = KeyFile::State::unknown;
    file.why = error_text(errno);
    return file;
  }
  // A link may lead to where nobody answers.
  if (const std::string on = mounts_.remote(real); !on.empty()) {
    file.state = KeyFile::State::unknown;
    file.why = "on " + on + ": not looked at";
    return file;
  }
  if (!S_ISREG(st.st_mode)) {
    file.state = KeyFile::State::irregular;
    file.why = what_it_is(st.st_mode);
    return file;
  }
  file.owner = owner(st.st_uid);
  file.changed = st.st_mtim.tv_sec;
  if (real != path) watch_way_to(real);
  const Fd readable = reopen(seen);
  if (!readable) {
    file.state =
        errno == EACCES || errno == EPERM ? KeyFile::State::unreadable : KeyFile::State::unknown;
    file.why = file.state == KeyFile::State::unknown
                   ? error_text(errno)
                   : "mode " + mode_of(st) + ", owner " + owner(st.st_uid) + ": " + account_.name +
                         " may not read it";
    return file;
  }
  judge(file, real, seen.get());
  read_keys(file, readable);
  if (file.state == KeyFile::State::used) {
    if (st.st_nlink > 1)
      file.odd = "it has " + std::to_string(st.st_nlink) + " names (hard links)";
    else if (st.st_size > static_cast<off_t>(most_read))
      file.odd = "it is " + std::to_string(st.st_size >> 20) +
                 " MiB, of which the agent reads one: sshd reads all of it at each login";
  }
  return file;
}

std::string KeyWalk::owner(std::uint32_t uid) const {
  const auto found = std::ranges::find(all_, uid, &parse::PasswdEntry::uid);
  return found == all_.end() ? "uid " + std::to_string(uid) : found->name;
}

// The last object that can be reached on the way to a path that cannot, and what is wrong with it.
void KeyWalk::name_obstacle(KeyFile& file, const std::string& path) const {
  Fd last = open_path("/");
  for (std::size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    Fd next = open_path(path.substr(0, slash));
    if (!next || slash == std::string::npos) break;
    last = std::move(next);
  }
  struct stat st {};
  file.object = real_path(last);
  if (fstat(last.get(), &st) != 0) return;
  file.why = "mode " + mode_of(st) + ", owner " + owner(st.st_uid) + ": " + account_.name +
             " may not search it";
}

// Why nothing could be opened by that name.
void KeyWalk::name_missing(KeyFile& file, int error) const {
  struct stat link {};
  if (error == ENOENT && lstat(file.path.c_str(), &link) != 0) return; // absent
  file.object = file.path;
  if (error == EACCES) {
    file.state = KeyFile::State::unreadable;
    name_obstacle(file, file.path);
  } else if (error == ENOENT || error == ELOOP) {
    file.state = KeyFile::State::irregular;
    file.why = error == ELOOP ? "is a link that leads in a circle" : "is a link to nothing";
  } else if (error == ENOTDIR) {
    file.state = KeyFile::State::irregular;
    file.why = "what should be its directory is none";
  } else {
    file.state = KeyFile::State::unknown;
    file.why = error_text(error);
  }
}

// As sshd does: the file first, by its descriptor, then each directory upward.
void KeyWalk::judge(KeyFile& file, const std::string& real, int fd) const {
  file.state = KeyFile::State::used;
  if (strict_ == nullptr) return;
  std::vector<std::string> way = parse::walk_of(real, home_);
  way.insert(way.begin(), real);
  for (const std::string& object : way) {
    struct stat st {};
    if ((&object == way.data() ? fstat(fd, &st) : stat(object.c_str(), &st)) != 0) {
      file.state = KeyFile::State::unknown;
      file.object = object;
      file.why = error_text(errno);
      return;
    }
    const auto verdict = strict_->judge(account_.uid, st.st_uid, st.st_gid, st.st_mode);
    if (!verdict.refused()) continue;
    // The owner is the worse of the two: no mode mends it.
    if (file.state != KeyFile::State::refused || (verdict.wrong_owner && !file.wrong_owner)) {
      file.object = object;
      file.why = verdict.wrong_owner ? "owner " + owner(st.st_uid) : "mode " + mode_of(st);
    }
    file.state = KeyFile::State::refused;
    file.wrong_owner = file.wrong_owner || verdict.wrong_owner;
    if (!verdict.too_open || file.too_open.size() == most_objects) continue;
    file.too_open.push_back(object);
    const std::string why = why_not_mend(object, st, account_, home_);
    if (why.empty())
      file.mendable.push_back(object);
    else if (file.unmendable.empty())
      file.unmendable = object + ": " + why;
  }
}

void KeyWalk::confirm(KeyFile& file) const {
  if (file.state != KeyFile::State::unreadable) return;
  const std::string path = file.path.starts_with(account_.home + "/") && !home_.empty()
                               ? home_ + file.path.substr(account_.home.size())
                               : file.path;
  const Fd fd = open_without_links(path);
  struct stat st {};
  if (!fd && (errno == ENOENT || errno == ENOTDIR)) {
    file = {.path = file.path};
  } else if (fd && fstat(fd.get(), &st) == 0 && S_ISREG(st.st_mode)) {
    file.owner = owner(st.st_uid);
    file.changed = st.st_mtim.tv_sec;
    if (const Fd readable = reopen(fd)) read_keys(file, readable);
  }
}

// Each directory below the home, or the file's own where it lies elsewhere; of those that are not
// there, the home among them, the nearest one that is.
void KeyWalk::watch_way_to(const std::string& path) {
  std::string at = path;
  const std::string& home = account_.home;
  const bool in_home = below(path, home_) || below(path, home);
  bool beyond = !in_home; // of the home
  for (int steps = 0; steps < 8 && at.size() > 1; ++steps) {
    const std::size_t slash = at.rfind('/');
    std::string name = at.substr(slash + 1);
    at = slash == 0 ? "/" : at.substr(0, slash);
    beyond = beyond || at == home || at == home_;
    if (Fd directory = open_path(at, O_DIRECTORY)) {
      spots_.push_back({std::move(directory), std::move(name)});
      if (beyond) return;
    }
  }
}

} // namespace sshguardd::host
