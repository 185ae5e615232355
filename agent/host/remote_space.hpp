// The room on a file system that may not answer (a server's, a program's): asked by a child with a
// deadline, one at a time for each mount. A process that waits for a dead server may outlive even
// SIGKILL: until it is gone no other is sent after it.
#pragma once

#include "host/child.hpp"
#include "host/fd.hpp"
#include "host/loop.hpp"
#include "sshguardd/disks.hpp"
#include "sshguardd/time.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::host {

class RemoteSpace {
public:
  RemoteSpace(Loop& loop, std::string mount, std::string type, std::function<void()> on_answer);

  // At each look: asks again, where the last answer is old.
  void consider(BootTime now);
  [[nodiscard]] const Fact<Space>& space() const { return space_; }

private:
  [[nodiscard]] bool stuck();
  void on_result(const ChildResult& result);

  Loop& loop_;
  std::string mount_;
  std::string type_;
  std::function<void()> on_answer_;
  std::unique_ptr<Child> child_;
  Fd alive_; // a pipe that the child holds open as long as it exists
  BootTime asked_{};
  Fact<Space> space_;
};

// statvfs(3), now. May wait for ever where the file system does.
[[nodiscard]] Fact<Space> space_of(const std::string& mount);
// Of what is open; its name is for people.
[[nodiscard]] Fact<Space> space_of(const Fd& fd, const std::string& name);

inline constexpr std::string_view ask_space_word = "ask-space";
[[nodiscard]] int ask_space_main(const std::vector<std::string>& arguments);

} // namespace sshguardd::host
