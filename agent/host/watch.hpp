// inotify(7) on paths that may not exist yet, be replaced by rename, or come and go.
#pragma once

#include "host/fd.hpp"
#include "host/loop.hpp"

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace sshguardd::host {

class Watch {
public:
  // on_change: "look again"; it carries no truth. Called once for a burst that was read at once.
  Watch(Loop& loop, std::function<void()> on_change);

  // Follows exactly these: a file through its directory, a directory through itself as well, what
  // does not exist through its nearest existing parent. True where a directory is watched that was
  // not before: what happened in it until now was no event, so it is to be looked at once more.
  bool set(const std::vector<std::string>& paths);

  // Why watching does not work; empty where it does.
  [[nodiscard]] const std::string& problem() const { return problem_; }

private:
  void read_events();

  Fd fd_;
  Source source_;
  std::function<void()> on_change_;
  std::map<std::string, int> watched_;         // directory -> watch descriptor
  std::map<int, std::set<std::string>> names_; // names in it that matter; "" = all
  std::string problem_;
};

} // namespace sshguardd::host
