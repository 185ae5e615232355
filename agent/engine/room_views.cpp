#include "engine/room_views.hpp"

#include "parse/path.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace sshguardd::engine {
namespace {

// What lies below a directory, as a path that can be put behind another: "" or "/a/b".
std::string below(const std::string& path, const std::string& directory) {
  if (path == directory) return {};
  return directory == "/" ? path : path.substr(directory.size());
}

std::string joined(const std::string& directory, const std::string& below) {
  if (below.empty()) return directory;
  return directory == "/" ? below : directory + below;
}

// In one of them; by the names above it, since there may be thousands.
bool lies_in_any(std::string path, const MountPoints& points) {
  if (points.empty()) return false;
  for (; !points.contains(path); path = parse::directory_of(path)) {
    if (path.size() <= 1) return false;
  }
  return true;
}

// That place shows what of the file system is below `root`.
bool shows(const RoomView& view, const std::string& root) {
  return parse::lies_in(root, view.root) &&
         !lies_in_any(joined(view.point, below(root, view.root)), view.apart);
}

// A look at its name may wait for ever.
bool behind_a_server(const std::vector<parse::Mount>& mounts, const parse::Mount& one) {
  return std::ranges::any_of(mounts, [&one](const parse::Mount& other) {
    return other.point != one.point && parse::lies_in(one.point, other.point) &&
           parse::may_not_answer(other.type);
  });
}

} // namespace

MountPoints mounts_apart(const std::vector<parse::Mount>& mounts, const std::string& directory) {
  MountPoints points;
  const parse::Mount* ours = parse::covering(mounts, directory);
  if (ours == nullptr) return points;
  for (const parse::Mount& one : mounts) {
    if (&one == ours || one.point == ours->point || !parse::lies_in(one.point, directory)) continue;
    const bool same =
        one.device == ours->device && one.root == joined(ours->root, below(one.point, ours->point));
    if (!same) points.insert(one.point);
  }
  return points;
}

RoomViews room_views(const std::vector<parse::Mount>& mounts, const std::string& mount) {
  RoomViews found;
  const parse::Mount* ours = parse::covering(mounts, mount);
  if (ours == nullptr) {
    found.views.push_back({.point = mount, .root = {}, .id = {}, .apart = {}});
    return found;
  }
  found.views.push_back({.point = mount,
                         .root = joined(ours->root, below(mount, ours->point)),
                         .id = {},
                         .apart = mounts_apart(mounts, mount)});
  if (ours->point != mount) return found;

  std::vector<const parse::Mount*> others;
  for (const parse::Mount& one : mounts) {
    if (one.device == ours->device && one.point != ours->point) others.push_back(&one);
  }
  // By the names that people know: "/var" before "/sysroot/ostree/deploy/x/var", "/home" before
  // what "/mnt" shows of it.
  const auto order = [](const parse::Mount* one) {
    return std::tuple{std::ranges::count(one->point, '/'), -static_cast<long>(one->root.size()),
                      std::string_view{one->point}};
  };
  std::ranges::stable_sort(others, {}, order);
  for (const parse::Mount* one : others) {
    if (std::ranges::any_of(found.views,
                            [one](const RoomView& view) { return shows(view, one->root); }))
      continue;
    const bool many = found.views.size() >= most_room_views;
    // Covered by a later one at its place.
    if (!many && parse::covering(mounts, one->point) != one) continue;
    if (many || behind_a_server(mounts, *one)) {
      found.all = false;
      continue;
    }
    RoomView view{.point = one->point,
                  .root = one->root,
                  .id = one->id,
                  .apart = mounts_apart(mounts, one->point)};
    for (const RoomView& known : found.views) {
      if (parse::lies_in(known.root, view.root))
        view.apart.insert(joined(view.point, below(known.root, view.root)));
    }
    found.views.push_back(std::move(view));
  }
  return found;
}

} // namespace sshguardd::engine
