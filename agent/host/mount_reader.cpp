#include "host/mount_reader.hpp"

#include "engine/ephemeral.hpp"
#include "host/disk_places.hpp"
#include "host/files.hpp"
#include "host/root_program.hpp"
#include "parse/findmnt_verify.hpp"
#include "parse/fstab.hpp"
#include "parse/path.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <map>
#include <set>
#include <string_view>

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>

namespace sshguardd::host {
namespace {

// It looks at all targets, one of which may be on a server that hangs.
constexpr auto deadline = std::chrono::seconds{5};
constexpr std::size_t most_devices = 64;
constexpr std::size_t most_looked_up = 500; // homes
constexpr std::size_t most_paths = 8;       // of one kind on a disk that does not last

// "8:1" of a device's node.
std::string number_of_node(const std::string& source, std::string_view type) {
  struct stat st {};
  if (!names_device(source, type) || stat(source.c_str(), &st) != 0 || !S_ISBLK(st.st_mode))
    return {};
  return std::to_string(major(st.st_rdev)) + ":" + std::to_string(minor(st.st_rdev));
}

// udev has made its links: what is not among them is no disk's.
bool udev_works() {
  return exists("/run/udev/control") && exists("/dev/disk");
}

// The list of what the kernel that runs could load is there: after an upgrade it may be gone.
bool modules_known() {
  struct utsname name {};
  return uname(&name) == 0 && exists("/lib/modules/" + std::string{name.release} + "/modules.dep");
}

bool has_helper(const std::string& type) {
  return type.find('/') == std::string::npos &&
         (exists("/sbin/mount." + type) || exists("/usr/sbin/mount." + type));
}

// What the boot opens and is not there now; a container for anything.
bool has_closed_crypt_disks() {
  const auto text = read_file("/etc/crypttab");
  if (!text) return exists("/etc/crypttab");
  return std::ranges::any_of(engine::crypttab_names(*text), [](const std::string& name) {
    return !exists("/dev/mapper/" + name);
  });
}

// statvfs(3) would tell both: of the mount and of the file system.
bool is_read_only(const std::vector<parse::Mount>& table, const char* path) {
  const parse::Mount* on = parse::covering(table, path);
  return on != nullptr &&
         (parse::has_option(on->options, "ro") || parse::has_option(on->super, "ro"));
}

} // namespace

bool names_device(std::string_view source, std::string_view type) {
  return source.starts_with("/dev/") && source.find("/../") == std::string_view::npos &&
         !parse::may_not_answer(type);
}

MountReader::MountReader(Loop& loop, std::function<void()> on_news, FstabPlaces places)
    : loop_{loop}, on_news_{std::move(on_news)}, tree_{places.tree}, places_{std::move(places)} {}

// Of very many the directories that they are in are looked up, each once.
void MountReader::read_homes(const std::vector<parse::Mount>& table) {
  homes_.clear();
  std::vector<std::string> homes = homes_of_people();
  const bool many = homes.size() > most_looked_up;
  std::map<std::string, std::string> directories;
  for (std::string& home : homes) {
    if (home.size() < 2 || !home.starts_with('/')) continue;
    std::string real;
    if (many) {
      const std::string directory = directory_of(home);
      auto known = directories.find(directory);
      if (known == directories.end())
        known = directories.emplace(directory, without_links(directory, table)).first;
      real = (known->second == "/" ? "" : known->second) + home.substr(home.rfind('/'));
    } else {
      real = without_links(home, table);
    }
    homes_.emplace_back(std::move(home), std::move(real));
  }
}

void MountReader::take_up(const std::vector<parse::Mount>& table) {
  container_ = is_read_only(table, "/sys");
  read_homes(table);
  const std::vector<FstabMount> before = std::exchange(entries_, {});
  points_.clear();
  problem_.clear();
  const auto text = read_file(places_.fstab);
  empty_ = !text || parse::fstab_is_empty(*text);
  if (text) {
    entries_ = engine::boot_mounts(parse::fstab(*text), container_);
  } else if (exists(places_.fstab)) {
    problem_ = text.why();
  }
  for (FstabMount& one : entries_) {
    const std::string real = without_links(one.point, table);
    one.mounted = std::ranges::any_of(table, [&](const parse::Mount& mount) {
      return mount.point == one.point || mount.point == real;
    });
    for (const auto& [home, place] : homes_) {
      if (one.homes.size() < most_homes_told &&
          (parse::lies_in(place, real) || parse::lies_in(home, one.point)))
        one.homes.push_back(home);
    }
    if (one.expected) points_.insert(points_.end(), {one.point, real});
    const auto was = std::ranges::find(before, one.point, &FstabMount::point);
    if (!one.homes.empty() && was != before.end() && was->mounted != one.mounted)
      homes_moved_ = true;
  }
}

// Nothing here asks a server: devices, and files on what is mounted from one.
void MountReader::look_at_sources(const std::vector<parse::Mount>& table) {
  sources_.clear();
  if (entries_.empty()) return;
  const bool udev = udev_works();
  const bool crypt = has_closed_crypt_disks();
  const bool modules = modules_known();
  for (const FstabMount& one : entries_) {
    engine::SourceLook look{.may_come = !one.device.empty() && crypt,
                            .modules = modules,
                            .helper = one.expected && has_helper(one.type)};
    if (!one.device.empty()) {
      look.asked = udev;
      look.there = exists(one.device);
    } else if (one.expected && one.source.starts_with('/')) {
      // A file on what is not mounted itself is that mount's matter.
      const std::string real = without_links(one.source, table);
      const parse::Mount* on = parse::covering(table, real);
      const bool away = std::ranges::any_of(entries_, [&](const FstabMount& other) {
        return !other.mounted && other.point != "/" && parse::lies_in(one.source, other.point);
      });
      look.asked = on != nullptr && !parse::may_not_answer(on->type) && !away;
      look.there = look.asked && exists(real);
    }
    sources_.push_back(look);
  }
}

void MountReader::ask_findmnt() {
  std::string question = identity_of(places_.fstab);
  for (std::size_t at = 0; at < entries_.size(); ++at) {
    question += sources_[at].there ? '1' : '0';
    question += entries_[at].mounted ? '1' : '0';
  }
  if (question == question_) return;
  question_ = std::move(question);
  child_.reset();
  // What it said before holds until it has answered.
  if (empty_ || !exists(places_.findmnt)) {
    said_.reset();
    unreadable_.clear();
    return;
  }
  child_ = run_child(
      loop_, {.argv = {places_.findmnt, "--verify"}, .environment = {}, .deadline = deadline},
      [this](const ChildResult& result) { on_answer(result); });
}

// Its exit status counts errors. util-linux 2.41 crashes over a line that it cannot parse.
void MountReader::on_answer(const ChildResult& result) {
  child_.reset();
  answered_ = true;
  said_.reset();
  if (result.error.empty() && !result.timed_out)
    unreadable_ = parse::findmnt_parse_errors(result.err);
  if (result.error.empty() && !result.timed_out && result.exit_status >= 0)
    said_ = parse::findmnt_verify(result.out);
  on_news_();
}

// Empty where it is on none, or nobody knows on which.
std::vector<std::string> MountReader::disks_of(const parse::Mount& mount) const {
  const std::string name =
      block_name(tree_, mount.device.starts_with("0:") ? number_of_node(mount.source, mount.type)
                                                       : mount.device);
  return name.empty() ? std::vector<std::string>{} : disks_below(tree_, name);
}

void MountReader::find_ephemeral(const std::vector<parse::Mount>& table) {
  ephemeral_.clear();
  if (container_) return;
  // What lies on the root's own disks goes with the whole machine.
  const parse::Mount* root = parse::covering(table, "/");
  const std::vector<std::string> of_root =
      root != nullptr ? disks_of(*root) : std::vector<std::string>{};
  // Each file system once, by the place that has all of it: of btrfs there may be subvolumes alone.
  std::vector<const parse::Mount*> mounts;
  for (const bool whole : {true, false}) {
    for (const parse::Mount& mount : table) {
      if ((mount.root == "/") == whole) mounts.push_back(&mount);
    }
  }
  const auto links = cloud_links(tree_);
  std::set<std::string> seen;
  for (const parse::Mount* one : mounts) {
    const parse::Mount& mount = *one;
    if (mount.point == "/" || !mount.source.starts_with("/dev/") || seen.size() >= most_devices ||
        !seen.insert(mount.device).second)
      continue;
    const bool local = !parse::may_not_answer(mount.type);
    for (const std::string& disk : disks_of(mount)) {
      if (std::ranges::find(of_root, disk) != of_root.end()) continue;
      const auto linked = links.find(disk);
      std::string why = engine::why_ephemeral(
          {.model = disk_model(tree_, disk),
           .links = linked != links.end() ? linked->second : std::vector<std::string>{},
           .mount = mount.point,
           .data_loss_warning = local && mount.point.starts_with("/mnt") &&
                                exists(mount.point + "/DATALOSS_WARNING_README.txt")});
      if (why.empty()) continue;
      ephemeral_.push_back({.mount = mount.point,
                            .source = mount.source,
                            .why = std::move(why),
                            .homes = {},
                            .keys = {},
                            .host_keys = {}});
      break;
    }
  }
}

void MountReader::fill_ephemeral(const Snapshot& look, const std::vector<parse::Mount>& table,
                                 std::vector<EphemeralMount>& into) const {
  const auto add = [&](const std::string& name, const std::string& path,
                       std::vector<std::string> EphemeralMount::*kind) {
    const parse::Mount* on = parse::covering(table, path);
    if (on == nullptr) return;
    for (EphemeralMount& one : into) {
      std::vector<std::string>& names = one.*kind;
      if (on->source == one.source && names.size() < most_paths &&
          std::ranges::find(names, name) == names.end())
        names.push_back(name);
    }
  };
  for (const auto& [home, place] : homes_)
    add(home, place, &EphemeralMount::homes);
  if (look.accounts) {
    for (const AccountKeys& account : look.accounts->keys) {
      for (const AccountKeys::File& file : account.files)
        add(file.path, without_links(file.path, table), &EphemeralMount::keys);
    }
  }
  if (look.host_keys) {
    for (const HostKey& key : look.host_keys->keys)
      add(key.path, without_links(key.path, table), &EphemeralMount::host_keys);
  }
}

std::vector<RoomBelow> MountReader::room(const Snapshot& look) const {
  std::vector<RoomBelow> room;
  if (!look.disks || container_) return room;
  for (const FileSystem& one : look.disks->file_systems) {
    if (!(one.filling || one.full || one.soon) || !one.vital || !one.space) continue;
    const std::string name = block_name(
        tree_, one.device.starts_with("0:") ? number_of_node(one.source, one.type) : one.device);
    if (name.empty()) continue;
    auto below = room_below(tree_, one, name);
    if (!below) continue;
    below->growpart = system_program("growpart");
    below->grow_program = system_program(below->type == "xfs" ? "xfs_growfs" : "resize2fs");
    room.push_back(std::move(*below));
  }
  return room;
}

Fact<std::vector<FstabMount>> MountReader::fstab(const std::vector<parse::Mount>& table) {
  if (!problem_.empty()) return Unknown{problem_};
  look_at_sources(table);
  ask_findmnt();
  std::vector<FstabMount> entries = entries_;
  for (std::size_t at = 0; at < entries.size() && !first(); ++at) {
    FstabMount& one = entries[at];
    one.wrong = engine::why_not_mountable(one, sources_[at], said_);
    if (said_) one.verify = engine::verify_text(one, *said_);
  }
  return entries;
}

Fact<MountFacts> MountReader::read(const Snapshot& look, const std::vector<parse::Mount>& table,
                                   std::uint64_t generation) {
  if (table.empty()) return Unknown{"the table of mounts cannot be read"};
  if (generation_ != generation) {
    generation_ = generation;
    take_up(table);
    find_ephemeral(table);
  } else if (!problem_.empty()) {
    take_up(table); // no event tells that a file can be read again
  }
  MountFacts facts{.fstab = fstab(table),
                   .unreadable = unreadable_,
                   .ephemeral = ephemeral_,
                   .room = room(look)};
  if (!facts.ephemeral.empty()) fill_ephemeral(look, table, facts.ephemeral);
  return facts;
}

} // namespace sshguardd::host
