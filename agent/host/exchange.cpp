#include "host/exchange.hpp"

#include "host/aside.hpp"
#include "host/config_file.hpp"
#include "host/files.hpp"

#include <cerrno>
#include <cstdio>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sshguardd::host {
namespace {

using engine::ConfigChange;
using parse::ConfigFile;
using Kind = ConfigFile::Kind;
using Failure = std::optional<std::string>;
using Step = std::function<void()>;

// Hidden, so that no pattern of an Include takes them for configuration.
std::string beside(const std::string& path, const char* ending) {
  const std::size_t name = path.rfind('/') + 1;
  return path.substr(0, name) + "." + path.substr(name) + ".sshguardd-" + ending;
}
// Half written, perhaps.
std::string tmp_of(const std::string& path) {
  return beside(path, "tmp");
}
// What is to take the place, or came out of it.
std::string next_of(const std::string& path) {
  return beside(path, "new");
}
std::string old_of(const std::string& path) {
  return beside(path, "old");
}

bool same_inode(const std::string& a, const std::string& b) {
  struct stat one {};
  struct stat other {};
  return lstat(a.c_str(), &one) == 0 && lstat(b.c_str(), &other) == 0 &&
         one.st_ino == other.st_ino && one.st_dev == other.st_dev;
}

// A kernel without SELinux, and a link, may not have taken the label. By content: overlayfs numbers
// the names of a file that it has just copied up differently.
bool is_content(ConfigFile file, const ConfigFile& wanted) {
  file.path = wanted.path; // it may be beside
  return same_but_label(file, wanted);
}

bool is(const std::string& path, const ConfigFile& wanted) {
  const auto file = read_config_file(path);
  return file && is_content(*file, wanted);
}

Failure move(const std::string& from, const std::string& to) {
  if (rename(from.c_str(), to.c_str()) == 0) return std::nullopt;
  return errno_reason(to);
}

bool rename_with(const std::string& from, const std::string& to, unsigned flags) {
  return renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), flags) == 0;
}

bool unsupported(int error) {
  return error == EINVAL || error == ENOSYS || error == EOPNOTSUPP;
}

// Never over something else.
bool rename_to_free(const std::string& from, const std::string& to) {
  if (rename_with(from, to, RENAME_NOREPLACE)) return true;
  if (!unsupported(errno)) return false;
  if (exists(to)) {
    errno = EEXIST;
    return false;
  }
  return rename(from.c_str(), to.c_str()) == 0;
}

// `from` takes the place of `path`, where `expected` is, and what came out is at `from`: but where
// the file system cannot exchange names, when it is gone (the old name has it).
Fact<Exchanged> take_place(const std::string& path, const std::string& from,
                           const ConfigFile& expected, const ConfigFile& wanted, const Step& step) {
  const bool comes = wanted.kind != Kind::absent;
  const bool goes = expected.kind != Kind::absent;
  step();
  const bool taken = comes && goes ? rename_with(from, path, RENAME_EXCHANGE)
                     : comes       ? rename_to_free(from, path)
                                   : rename_to_free(path, from);
  if (!taken && comes && goes && unsupported(errno)) {
    // The old name, for who holds it open. Only here: overlayfs may lose track of hard links.
    (void)linkat(AT_FDCWD, path.c_str(), AT_FDCWD, old_of(path).c_str(), 0);
    if (!is(path, expected)) return Exchanged::not_ours;
    if (auto why = move(from, path)) return Unknown{*why};
    return Exchanged::done;
  }
  if (!taken && errno == (goes ? ENOENT : EEXIST)) return Exchanged::not_ours;
  if (!taken) return Unknown{errno_reason(path)};
  if (!goes) return Exchanged::done;
  step();
  if (is(from, expected)) return Exchanged::done;
  step();
  if (comes ? !rename_with(from, path, RENAME_EXCHANGE) : !rename_to_free(from, path))
    return Unknown{errno_reason(path)};
  return Exchanged::not_ours;
}

// Somebody's work on `path`, which is at `at` now.
Failure keep_as(const std::string& path, const std::string& at, const std::string& aside) {
  const auto file = read_config_file(at);
  if (!file) return file.why();
  ConfigFile named = *file;
  named.path = path;
  return keep_edited(aside, named);
}

// An exchange that was ended half way, or an editor, may have left somebody's work beside: it goes
// back into its place, or, where that has become something else, aside. true: into its place.
Fact<bool> save_foreign(const ConfigChange& change, const std::string& aside, const Step& step) {
  const std::string& path = change.path();
  const std::string next = next_of(path);
  if (!exists(next) || is(next, change.before) || is(next, change.after)) return false;
  step();
  const bool free = !exists(path);
  if (free ? rename_to_free(next, path) : is(path, change.after)) {
    if (free) return true;
    if (!rename_with(next, path, RENAME_EXCHANGE) && rename(next.c_str(), path.c_str()) != 0)
      return Unknown{errno_reason(path)};
    return true;
  }
  if (auto why = keep_as(path, next, aside)) return Unknown{*why};
  return false;
}

// At `next`, from whatever has it: the old name, or the journal.
Failure prepare_back(const ConfigChange& change, const Step& step) {
  const std::string& path = change.path();
  if (change.before.kind == Kind::absent) return remove_file(next_of(path));
  if (is(next_of(path), change.before)) return std::nullopt;
  step();
  if (is(old_of(path), change.before) && !same_inode(old_of(path), path) &&
      !move(old_of(path), next_of(path)))
    return std::nullopt;
  if (auto why = make_config_file(tmp_of(path), change.before)) return why;
  step();
  return move(tmp_of(path), next_of(path));
}

} // namespace

Failure prepare_exchange(const ConfigChange& change, const Step& step) {
  const std::string& path = change.path();
  step();
  if (change.after.kind != Kind::absent) {
    // A directory of drop-ins that went with them.
    const std::string directory = directory_of(path);
    if (!exists(directory) && !make_directory(directory, 0755)) return errno_reason(directory);
    if (auto why = make_config_file(tmp_of(path), change.after)) return why;
    step();
    if (auto why = move(tmp_of(path), next_of(path))) return why;
  }
  step();
  return remove_file(old_of(path));
}

Fact<Exchanged> make_exchange(const ConfigChange& change, const Step& step) {
  const std::string& path = change.path();
  const std::string next = next_of(path);
  auto taken = take_place(path, next, change.before, change.after, step);
  if (!taken || *taken != Exchanged::done || !exists(next)) return taken;
  step();
  if (auto why = move(next, old_of(path))) return Unknown{*why};
  return taken;
}

Fact<Exchanged> undo_exchange(const ConfigChange& change, const std::string& aside,
                              const Step& step) {
  const std::string& path = change.path();
  step();
  if (auto why = remove_file(tmp_of(path))) return Unknown{*why};
  const auto saved = save_foreign(change, aside, step);
  if (!saved) return Unknown{saved.why()};
  Exchanged how = Exchanged::not_ours;
  struct stat st {};
  const bool odd = lstat(path.c_str(), &st) == 0 && !S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode);
  if (!*saved && !odd) {
    const auto now = read_config_file(path);
    if (!now) return Unknown{now.why()};
    if (is_content(*now, change.before)) {
      how = Exchanged::done;
    } else if (is_content(*now, change.after)) {
      if (auto why = prepare_back(change, step)) return Unknown{*why};
      auto back = take_place(path, next_of(path), change.after, change.before, step);
      if (!back) return back;
      how = *back;
    }
  }
  if (how == Exchanged::not_ours) {
    const auto left = save_foreign(change, aside, step);
    if (!left) return Unknown{left.why()};
  }
  step();
  if (auto why = remove_file(next_of(path))) return Unknown{*why};
  if (auto why = finish_exchange(change, aside)) return Unknown{*why};
  return how;
}

Failure finish_exchange(const ConfigChange& change, const std::string& aside) {
  const std::string old = old_of(change.path());
  if (!exists(old)) return std::nullopt;
  if (!is(old, change.before) && !is(old, change.after) && !same_inode(old, change.path())) {
    if (auto why = keep_as(change.path(), old, aside)) return why;
  }
  return remove_file(old);
}

} // namespace sshguardd::host
