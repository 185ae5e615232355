// The file systems that matter and the room on them. What is local is asked here, in the loop
// (statfs of a local file system does not wait for its disk); what may not answer by a child.
#pragma once

#include "engine/disk_choice.hpp"
#include "engine/disk_room.hpp"
#include "host/child.hpp"
#include "host/fd.hpp"
#include "host/kernel_log.hpp"
#include "host/loop.hpp"
#include "host/remote_space.hpp"
#include "parse/fstab.hpp"
#include "parse/mountinfo.hpp"
#include "sshguardd/config.hpp"
#include "sshguardd/disks.hpp"
#include "sshguardd/time.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sshguardd::host {

// Who takes the room, of one that is over a line; and over how many when that was asked. What was
// told before is told until the answer is there: one line for both.
struct AskedRoom {
  int lines = 0;
  Fact<Consumers> consumers;
  std::optional<BootTime> until;
  BootTime at{};               // when it was asked,
  std::uint64_t free = 0;      // with so much free,
  bool again = false;          // though no line was crossed,
  std::chrono::seconds gap{6}; // which it is at least so much later
  bool answered = false;       // what may be deleted is known, as it was then

  void answer(Consumers found);
  // To be asked again, which is the more seldom the more often that was so.
  [[nodiscard]] bool outdated(const FileSystem& one, BootTime now);
};

class DiskReader {
public:
  // on_news: what is told of them is another: look again.
  DiskReader(Loop& loop, std::function<void()> on_news);

  void configure(const Config& config);

  // What an earlier run of the agent has told, by mount point.
  void resume(std::map<std::string, std::vector<engine::ToldBefore>> told) {
    resumed_ = std::move(told);
  }

  // At each look. In between it looks by itself where one fills fast.
  [[nodiscard]] Fact<Disks> read();

  // What takes the room on one that is short is being found out.
  [[nodiscard]] bool asking() const { return static_cast<bool>(child_); }

  // As it was last read, and a number that is another one when it, fstab(5) or passwd(5) is.
  [[nodiscard]] const std::vector<parse::Mount>& table() const { return table_; }
  [[nodiscard]] std::uint64_t generation() const { return generation_; }
  // Places where a mount that comes or goes is news, whatever lies there.
  void follow_points(std::vector<std::string> points) { points_ = std::move(points); }

private:
  [[nodiscard]] std::vector<bool> mounted_points() const;
  void follow_mounts();
  void on_mounts();
  void refresh();
  [[nodiscard]] bool tables_changed();
  void choose();
  void look();
  void schedule();
  void on_due();
  using Remote = std::map<std::string, std::unique_ptr<RemoteSpace>>;
  [[nodiscard]] Fact<Space> remote_space(const FileSystem& one, Remote& now_mounted, BootTime now);
  void ask_who();
  void ask_kernel();
  void tell();
  void on_answer(const std::string& key, const ChildResult& result);

  Loop& loop_;
  std::function<void()> on_news_;
  Config config_; // its lines
  Fd mounts_fd_;  // of the table whose changes are events
  Source mounts_;
  Source mounts_due_;
  BootTime mounts_read_{};
  BootTime mounts_told_{}; // of the last event that was followed
  Source due_;
  std::string problem_; // why there is no table; or empty
  bool stale_ = true;   // what is chosen is to be chosen anew
  bool moved_ = false;  // the table is to be read
  std::vector<parse::Mount> table_;
  std::uint64_t table_hash_ = 0;
  std::uint64_t generation_ = 0;
  std::vector<std::string> points_;
  std::string tables_; // identity of passwd(5) and fstab(5)
  std::vector<FileSystem> chosen_;
  std::map<std::string, std::vector<engine::ToldBefore>> resumed_;
  std::map<std::string, engine::DiskRoom> rooms_; // by device and mount point
  Remote remote_;                                 // likewise
  std::vector<FileSystem> now_;                   // chosen_, with space and history

  // Which lines one is over.
  struct Over {
    bool filling = false;
    bool full = false;
    bool soon = false;
    bool inodes_filling = false;
    bool inodes_full = false;
  };
  std::map<std::string, Over> told_; // by the key of rooms_
  [[nodiscard]] Fact<Consumers> allowed_now(const Fact<Consumers>& consumers) const;
  std::map<std::string, AskedRoom> asked_; // likewise
  std::unique_ptr<Child> child_;
  KernelLog kernel_;      // why one was made read-only
  bool answered_ = false; // or nothing was to be asked at the first look
};

} // namespace sshguardd::host
