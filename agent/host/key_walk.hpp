// One key file of one account, as sshd would find it (auth2-pubkeyfile.c:auth_openfile()).
#pragma once

#include "host/fd.hpp"
#include "host/mounts.hpp"
#include "parse/authorized_keys.hpp"
#include "parse/safe_path.hpp"
#include "sshguardd/accounts.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace sshguardd::host {

// A directory in which a change of that name, or of the directory itself, can change the answer.
struct WatchedSpot {
  Fd directory; // O_PATH
  std::string name;
};

class KeyWalk {
public:
  // all: for the names of owners. strict: nullptr with StrictModes no. All are kept by reference.
  KeyWalk(const parse::PasswdEntry& account, const std::vector<parse::PasswdEntry>& all,
          const Mounts& mounts, const parse::SafePath* strict);

  // Only between become(account) and become_root() (host/as_account.hpp). What the account itself
  // may not reach comes back as `unreadable`.
  [[nodiscard]] KeyFile look(const std::string& path);

  // Only as root, after look(): whether a file that the account may not reach exists at all; reads
  // how many keys are in it. Follows no link.
  void confirm(KeyFile& file) const;

  // Called for each line with a key, by its number, as the files are read.
  using Visitor = std::function<void(KeyFile& file, std::uint32_t line, const parse::KeyLine& key)>;
  void visit(Visitor visitor) { visitor_ = std::move(visitor); }

  // Its home is there, as far as the account can tell.
  [[nodiscard]] bool has_home() const { return !home_.empty(); }

  // Of all looks so far.
  [[nodiscard]] std::vector<WatchedSpot> take_spots() { return std::move(spots_); }

private:
  void read_keys(KeyFile& file, const Fd& fd) const;
  void judge(KeyFile& file, const std::string& real, int fd) const;
  void watch_way_to(const std::string& path);
  void name_missing(KeyFile& file, int error) const;
  void name_obstacle(KeyFile& file, const std::string& path) const;
  [[nodiscard]] std::string owner(std::uint32_t uid) const;

  const parse::PasswdEntry& account_;
  const std::vector<parse::PasswdEntry>& all_;
  const Mounts& mounts_;
  const parse::SafePath* strict_;
  Visitor visitor_;
  std::string home_; // its real path; empty where it has none
  std::vector<WatchedSpot> spots_;
};

} // namespace sshguardd::host
