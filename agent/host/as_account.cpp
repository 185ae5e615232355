#include "host/as_account.hpp"

#include <cerrno>
#include <system_error>

#include <grp.h>
#include <sys/fsuid.h>

namespace sshguardd::host {
namespace {

constexpr auto no_change = static_cast<std::uint32_t>(-1);

// They tell no error: only asking for what is impossible tells what is so.
bool set_ids(std::uint32_t uid, std::uint32_t gid) {
  setfsgid(gid);
  setfsuid(uid);
  return static_cast<std::uint32_t>(setfsgid(no_change)) == gid &&
         static_cast<std::uint32_t>(setfsuid(no_change)) == uid;
}

std::optional<std::string> failed(const std::string& what) {
  return what + ": " + std::generic_category().message(errno);
}

} // namespace

std::optional<std::string> become(const parse::PasswdEntry& account,
                                  const std::vector<std::uint32_t>& groups) {
  const std::vector<gid_t> ids{groups.begin(), groups.end()};
  if (setgroups(ids.size(), ids.data()) != 0) return failed("setgroups");
  if (!set_ids(account.uid, account.gid)) {
    errno = EPERM;
    return failed("setfsuid");
  }
  return std::nullopt;
}

std::optional<std::string> become_root() {
  if (!set_ids(0, 0)) {
    errno = EPERM;
    return failed("setfsuid");
  }
  const gid_t root = 0;
  return setgroups(1, &root) == 0 ? std::nullopt : failed("setgroups");
}

} // namespace sshguardd::host
