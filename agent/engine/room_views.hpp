// One file system at several places: subvolumes of btrfs, bind mounts (ostree's /var). Which of
// them show all of it, each part once. Pure.
#pragma once

#include "parse/mountinfo.hpp"

#include <cstddef>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::engine {

using MountPoints = std::set<std::string, std::less<>>;

// Mount points below a directory, of other file systems or of this one at another place. They are
// known by name, since even a look at one may wait for ever. What is merely bound to itself
// (read-only, for a unit) is none.
[[nodiscard]] MountPoints mounts_apart(const std::vector<parse::Mount>& mounts,
                                       const std::string& directory);

// A directory to walk, without what is apart.
struct RoomView {
  std::string point;
  std::string root;  // what of the file system is there
  std::string id;    // of the mount; empty: whatever lies there
  MountPoints apart; // mounts, and what another view shows
};

struct RoomViews {
  std::vector<RoomView> views; // the mount itself, then its others by how near to "/" they are
  bool all = true;             // false: another place is not to be asked, or there are too many
};
inline constexpr std::size_t most_room_views = 64;

// Of a directory that is no mount point: that alone.
[[nodiscard]] RoomViews room_views(const std::vector<parse::Mount>& mounts,
                                   const std::string& mount);

} // namespace sshguardd::engine
