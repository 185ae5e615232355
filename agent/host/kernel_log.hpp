// The kernel's own messages of this boot, read by a short-lived journalctl when there is something
// that they may explain. Nobody but the kernel writes messages of its transport and facility.
#pragma once

#include "host/child.hpp"
#include "host/loop.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace sshguardd::host {

class KernelLog {
public:
  // on_news: there is an answer: look again.
  KernelLog(Loop& loop, std::function<void()> on_news);

  // What is to be explained, opaque: another is asked for anew, an empty one not at all.
  void consider(const std::string& event);

  // The newest first; empty where nothing was read.
  [[nodiscard]] const std::vector<std::string>& messages() const { return messages_; }
  [[nodiscard]] bool asking() const { return static_cast<bool>(child_); }

private:
  void ask();
  void on_answer(const ChildResult& result);

  Loop& loop_;
  std::function<void()> on_news_;
  std::unique_ptr<Child> child_;
  std::string asked_for_;
  std::vector<std::string> messages_;
};

} // namespace sshguardd::host
