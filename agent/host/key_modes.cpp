#include "host/key_modes.hpp"

#include "host/as_account.hpp"
#include "host/beneath.hpp"
#include "host/fd.hpp"
#include "host/files.hpp"
#include "parse/accounts_db.hpp"
#include "parse/mode.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

namespace sshguardd::host {
namespace {

using Problem = std::optional<std::string>;

constexpr std::size_t max_paths = 64;
constexpr std::size_t max_database = 64UL << 20U; // passwd and group of a large site
constexpr mode_t of_others = S_IWGRP | S_IWOTH;
constexpr mode_t set_ids = S_ISUID | S_ISGID;
constexpr mode_t all_bits = 07777;

// Those whose modes are the kernel's own business. On any other (NFS, CIFS, 9p, FUSE, one that is
// not known) they may be somebody else's, or a call may take for ever. statfs(2)
constexpr std::uint64_t local_kinds[] = {
    0xEF53,     // ext2, ext3, ext4
    0x58465342, // xfs
    0x9123683E, // btrfs
    0x2FC12FC1, // zfs
    0xF2F52010, // f2fs
    0xCA451A4E, // bcachefs
    0x3153464A, // jfs
    0x794C7630, // overlay
    0x01021994, // tmpfs
};

struct Object {
  std::string path; // real, absolute: for people
  Fd fd;            // O_PATH
};

// Which mount it lies on; a device number where the kernel (before 5.8) does not tell.
struct Mount {
  std::uint64_t id = 0;
  std::uint64_t device = 0;
  bool operator==(const Mount&) const = default;
};

std::optional<Mount> mount_of(const Fd& fd) {
  struct statx st {};
  if (statx(fd.get(), "", AT_EMPTY_PATH, STATX_MNT_ID, &st) != 0) return std::nullopt;
  if ((st.stx_mask & STATX_MNT_ID) != 0) return Mount{.id = st.stx_mnt_id, .device = 0};
  return Mount{.id = 0, .device = (std::uint64_t{st.stx_dev_major} << 32U) | st.stx_dev_minor};
}

Problem not_local(const Object& home) {
  struct statfs kind {};
  if (fstatfs(home.fd.get(), &kind) != 0) return errno_reason(home.path);
  if (std::ranges::find(local_kinds, static_cast<std::uint64_t>(kind.f_type)) !=
      std::end(local_kinds))
    return std::nullopt;
  return home.path + ": not on a local file system";
}

// An access control list makes the group bits its mask: they do not mean what they seem to.
Problem listed(const Object& object) {
  if (getxattr(proc_path(object.fd).c_str(), "system.posix_acl_access", nullptr, 0) >= 0)
    return object.path + ": an access control list is in use";
  if (errno == ENODATA || errno == EOPNOTSUPP) return std::nullopt;
  return errno_reason(object.path);
}

// What it is to become; nothing where it is so already.
Problem judge(const Object& object, std::uint32_t uid, std::optional<mode_t>& wanted) {
  wanted.reset();
  struct stat st {};
  if (fstat(object.fd.get(), &st) != 0) return errno_reason(object.path);
  if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
    return object.path + ": neither a regular file nor a directory";
  if (st.st_uid != uid) return object.path + ": not the account's own";
  if (S_ISREG(st.st_mode) && st.st_nlink != 1)
    return object.path + ": has " + std::to_string(st.st_nlink) + " names (hard links)";
  if ((st.st_mode & of_others) == 0) return std::nullopt;
  // The unit has RestrictSUIDSGID=: such a mode cannot be written, and to drop the bit is not
  // asked.
  if ((st.st_mode & set_ids) != 0)
    return object.path + ": mode " + parse::mode_text(st.st_mode) + " has a set-id bit";
  if (auto problem = listed(object)) return problem;
  wanted = st.st_mode & all_bits & ~of_others;
  return std::nullopt;
}

Problem mend(const Object& object, std::uint32_t uid) {
  std::optional<mode_t> wanted;
  if (auto problem = judge(object, uid, wanted)) return problem;
  // The descriptor itself cannot be given to fchmod(2); this name is the very same inode.
  if (wanted && chmod(proc_path(object.fd).c_str(), *wanted) != 0) return errno_reason(object.path);
  return std::nullopt;
}

// "a/b" of "/home/alice/a/b", "." of the home itself; nothing where it is not below it by its name.
std::optional<std::string> below(const std::string& home, const std::string& path) {
  if (path == home) return ".";
  // Empty, "." and ".." components are open_beneath()'s to refuse, but for a sole ".".
  if (!path.starts_with(home + "/") || path == home + "/.") return std::nullopt;
  return path.substr(home.size() + 1);
}

Problem open_all(const ClearKeyMode& remedy, std::vector<Object>& objects) {
  struct Free {
    void operator()(char* text) const { std::free(text); }
  };
  const std::unique_ptr<char, Free> real{realpath(remedy.home.c_str(), nullptr)};
  if (!real) return errno_reason(remedy.home);
  const std::string home{real.get()};
  if (!remedy.home.starts_with('/') || home == "/") return remedy.home + ": not a home of its own";
  const Object root{home, open_without_links(home)};
  if (!root.fd) return errno_reason(home);
  if (auto problem = not_local(root)) return problem;
  const auto mount = mount_of(root.fd);
  if (!mount) return errno_reason(home);
  for (const std::string& path : remedy.paths) {
    const auto relative = below(home, path);
    if (!relative) return path + ": not in " + home;
    Object object{path, open_beneath(root.fd.get(), *relative)};
    if (!object.fd) return errno_reason(path);
    // From below another mount no way leads back.
    if (mount_of(object.fd) != mount) return path + ": on another file system";
    objects.push_back(std::move(object));
  }
  // The key file first, the home last.
  std::ranges::stable_sort(objects, std::ranges::greater{}, [](const Object& object) {
    return std::ranges::count(object.path, '/');
  });
  return std::nullopt;
}

// As files have it now, and as the finding had it.
Problem look_up(const ClearKeyMode& remedy, const std::string& passwd_file,
                parse::PasswdEntry& account) {
  const auto text = read_file(passwd_file, max_database);
  if (!text) return text.why();
  const auto found = parse::find_account(parse::passwd(*text), remedy.account);
  if (!found || found->uid != remedy.uid || found->home != remedy.home)
    return "the account is another one than a moment ago";
  account = *found;
  return std::nullopt;
}

} // namespace

Problem clear_key_mode(const ClearKeyMode& remedy, const std::string& passwd_file) {
  if (remedy.paths.empty() || remedy.paths.size() > max_paths) return "no paths, or too many";
  parse::PasswdEntry account;
  if (auto problem = look_up(remedy, passwd_file, account)) return problem;
  const auto groups = read_file("/etc/group", max_database);
  if (!groups) return groups.why();
  if (auto problem = become(account, parse::Groups{parse::group(*groups)}.of(account)))
    return problem;
  std::vector<Object> objects;
  if (auto problem = open_all(remedy, objects)) return problem;
  std::optional<mode_t> wanted;
  for (const Object& object : objects) {
    if (auto problem = judge(object, account.uid, wanted)) return problem;
  }
  for (const Object& object : objects) {
    if (auto problem = mend(object, account.uid)) return problem;
  }
  return std::nullopt;
}

std::vector<std::string> clear_key_mode_arguments(const ClearKeyMode& remedy) {
  std::vector<std::string> arguments{remedy.account, std::to_string(remedy.uid), remedy.home};
  arguments.insert(arguments.end(), remedy.paths.begin(), remedy.paths.end());
  return arguments;
}

int clear_key_mode_main(const std::vector<std::string>& arguments) {
  if (arguments.size() < 4) return EXIT_FAILURE;
  ClearKeyMode remedy{.account = arguments[0], .uid = 0, .home = arguments[2], .paths = {}};
  const std::string& uid = arguments[1];
  const auto [end, error] = std::from_chars(uid.data(), uid.data() + uid.size(), remedy.uid);
  if (error != std::errc{} || end != uid.data() + uid.size()) return EXIT_FAILURE;
  remedy.paths.assign(arguments.begin() + 3, arguments.end());
  const auto problem = clear_key_mode(remedy);
  if (!problem) return EXIT_SUCCESS;
  std::fprintf(stderr, "%s\n", problem->c_str());
  return EXIT_FAILURE;
}

} // namespace sshguardd::host
