// fstab(5) against what is mounted, disks that do not last, and the devices below file systems that
// are short. findmnt --verify runs beside the looks, when fstab(5) or what it names has changed.
#pragma once

#include "engine/boot_mounts.hpp"
#include "host/block.hpp"
#include "host/child.hpp"
#include "host/loop.hpp"
#include "parse/mountinfo.hpp"
#include "sshguardd/mounts.hpp"
#include "sshguardd/snapshot.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sshguardd::host {

// Where they are; tests have them elsewhere.
struct FstabPlaces {
  std::string fstab = "/etc/fstab";
  std::string findmnt = "/usr/bin/findmnt";
  BlockTree tree;
};

// A mount's source that may be looked at. Of FUSE it is the user's word, which may lead to a server
// through what looks like a device's name.
[[nodiscard]] bool names_device(std::string_view source, std::string_view type);

class MountReader {
public:
  // on_news: findmnt has answered: look again.
  MountReader(Loop& loop, std::function<void()> on_news, FstabPlaces places = {});

  // At each look, after the file systems were looked at. `generation` is another one when the table
  // of mounts, fstab(5) or passwd(5) is.
  [[nodiscard]] Fact<MountFacts> read(const Snapshot& look, const std::vector<parse::Mount>& table,
                                      std::uint64_t generation);

  // Where a mount that comes or goes makes what is told another one.
  [[nodiscard]] const std::vector<std::string>& points() const { return points_; }
  // Homes went or came with a mount, once: inotify tells nothing of what a mount hides.
  [[nodiscard]] bool homes_moved() { return std::exchange(homes_moved_, false); }

  // findmnt has not answered yet.
  [[nodiscard]] bool asking() const { return static_cast<bool>(child_); }
  // ... nor ever before.
  [[nodiscard]] bool first() const { return child_ && !answered_; }

private:
  void read_homes(const std::vector<parse::Mount>& table);
  void take_up(const std::vector<parse::Mount>& table);
  [[nodiscard]] Fact<std::vector<FstabMount>> fstab(const std::vector<parse::Mount>& table);
  void look_at_sources(const std::vector<parse::Mount>& table);
  void ask_findmnt();
  void on_answer(const ChildResult& result);
  [[nodiscard]] std::vector<std::string> disks_of(const parse::Mount& mount) const;
  void find_ephemeral(const std::vector<parse::Mount>& table);
  void fill_ephemeral(const Snapshot& look, const std::vector<parse::Mount>& table,
                      std::vector<EphemeralMount>& into) const;
  [[nodiscard]] std::vector<RoomBelow> room(const Snapshot& look) const;

  Loop& loop_;
  std::function<void()> on_news_;
  BlockTree tree_;
  FstabPlaces places_;
  std::optional<std::uint64_t> generation_;
  std::string problem_; // why fstab(5) is not known; or empty
  bool container_ = false;
  std::vector<std::pair<std::string, std::string>> homes_; // as passwd(5) has it, without links
  std::vector<FstabMount> entries_;
  std::vector<std::string> points_;
  bool homes_moved_ = false;
  bool empty_ = true;                       // fstab(5) has nothing but comments
  std::vector<engine::SourceLook> sources_; // of entries_
  std::vector<EphemeralMount> ephemeral_;   // without what lies there
  std::string question_;                    // what findmnt was asked about
  bool answered_ = false;                   // once
  std::optional<std::vector<parse::VerifyMessage>> said_;
  std::vector<unsigned> unreadable_;
  std::unique_ptr<Child> child_;
};

} // namespace sshguardd::host
