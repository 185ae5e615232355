#include "host/disks.hpp"

#include "engine/policy.hpp"
#include "host/block.hpp"
#include "host/clock.hpp"
#include "host/disk_places.hpp"
#include "host/files.hpp"
#include "host/room_look.hpp"
#include "parse/kernel_messages.hpp"
#include "parse/path.hpp"

#include <algorithm>
#include <functional>
#include <tuple>
#include <utility>

#include <sys/epoll.h>

namespace sshguardd::host {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

// Mounts come in crowds (containers): they are waited for, and then a gap is kept.
constexpr auto quiet = milliseconds{250};
constexpr auto gap = seconds{10};
// Errors make a file system read-only without an event, so that the table is read at each look; a
// long one (a host of containers) costs too much for that.
constexpr std::size_t long_table = 500;
constexpr auto long_table_every = minutes{10};
constexpr auto slack = milliseconds{50};
// For who takes the room; the child itself ends sooner.
constexpr auto patience = seconds{10};
// While one is full, what could be deleted is looked at again once that much more is free (by
// whomever), the more seldom the more often that was so; and in time, since files become old.
constexpr std::uint64_t more_room = 4ULL << 20U;
constexpr auto first_gap = seconds{6};
constexpr auto longest_gap = minutes{10};
constexpr auto files_age = std::chrono::hours{1};
// So long a line that is crossed waits for who did it.
constexpr auto hold = seconds{3};
// Of the kernel, for each file system.
constexpr std::size_t most_messages = 5;

// These make inodes of whatever room there is; their number says nothing of its own. (f2fs tells no
// more of them than blocks that are left.)
bool makes_inodes(std::string_view type) {
  return type == "xfs" || type == "btrfs" || type == "zfs" || type == "bcachefs" || type == "f2fs";
}

// ext4 gave it up before the agent's first look, and nobody says that it is read-only on purpose.
bool was_given_up(const FileSystem& one) {
  if (!one.read_only || one.read_only_by_design || !one.type.starts_with("ext")) return false;
  const Now now = host::now();
  return met_errors_since(one.device, now.wall - now.boot.time_since_epoch());
}

// What is told of it, apart from numbers.
auto told(const FileSystem& one) {
  return std::tuple{one.mount, one.source,           one.read_only,   one.filling,
                    one.full,  one.inodes_filling,   one.inodes_full, one.damaged,
                    one.soon,  one.worst_percent / 5};
}

// Bytes and inodes each have two lines; a new one is a reason to ask.
int lines_over(const FileSystem& one) {
  const int full = static_cast<int>(one.full) + static_cast<int>(one.inodes_full);
  if (!one.vital) return full;
  return full + static_cast<int>(one.filling || one.soon) + static_cast<int>(one.inodes_filling);
}

std::string key_of(const FileSystem& one) {
  return one.source + " " + one.mount;
}

} // namespace

void AskedRoom::answer(Consumers found) {
  until.reset();
  // Of a child that failed or was too late nothing is known, or not all.
  answered = found.offers_known;
  const bool any = !found.largest.empty() || !found.most.empty() || !found.deleted.empty();
  // Whoever took it is told once: sizes that move are no news.
  const bool same = again && consumers && !consumers->largest.empty() && !found.largest.empty() &&
                    consumers->largest.front().path == found.largest.front().path;
  if (same) {
    Consumers with_offers = *consumers;
    with_offers.offers = std::move(found.offers);
    with_offers.offers_known = found.offers_known;
    consumers = std::move(with_offers);
  } else if (any || answered || !consumers) { // else the answer before still says something
    consumers = std::move(found);
  }
}

// What was found out is of another state of the disk, or is not all.
bool AskedRoom::outdated(const FileSystem& one, BootTime now) {
  if (!one.full || !one.space || !consumers) return false;
  const auto since = now - at;
  const bool more = one.space->free > free && one.space->free - free >= more_room;
  if (since < files_age && ((answered && !more) || since < gap)) return false;
  gap = std::min<seconds>(2 * gap, longest_gap);
  return true;
}

DiskReader::DiskReader(Loop& loop, std::function<void()> on_news)
    : loop_{loop}, on_news_{std::move(on_news)},
      mounts_fd_{open_mount_table()}, kernel_{loop, [this] { on_news_(); }} {
  follow_mounts();
}

void DiskReader::configure(const Config& config) {
  config_ = config;
  stale_ = true;
}

void DiskReader::follow_mounts() {
  // The kernel's word for "the table has changed" (proc(5)); the slow timer sees to it otherwise.
  if (mounts_fd_) mounts_ = loop_.io(mounts_fd_.get(), EPOLLPRI, [this](auto) { on_mounts(); });
}

// Until the table is read further mounts are no events; none is lost by that.
void DiskReader::on_mounts() {
  mounts_.reset();
  moved_ = true;
  mounts_due_ = loop_.at(std::max(host::now().boot + quiet, mounts_told_ + gap), [this] {
    mounts_due_.reset();
    mounts_told_ = host::now().boot;
    follow_mounts();
    on_due();
  });
}

bool DiskReader::tables_changed() {
  const std::string tables = identity_of("/etc/passwd") + " " + identity_of("/etc/fstab");
  return std::exchange(tables_, tables) != tables;
}

void DiskReader::refresh() {
  const BootTime now = host::now().boot;
  const bool due = table_.size() <= long_table || now - mounts_read_ >= long_table_every;
  const bool changed = tables_changed();
  if (!changed && !stale_ && !std::exchange(moved_, false) && !due) return;
  mounts_read_ = now;
  const std::string text = table_of_mounts();
  const std::uint64_t hash = std::hash<std::string>{}(text);
  // Ten thousand accounts are read again only where it matters.
  const bool same = !changed && !std::exchange(stale_, false) && hash == table_hash_;
  table_hash_ = hash;
  problem_ = text.empty() ? "the table of mounts cannot be read" : "";
  if (same) return;
  stale_ = false;
  table_ = parse::mountinfo(text);
  ++generation_;
  choose();
}

void DiskReader::choose() {
  std::vector<engine::NeededPath> needed = engine::needed_paths(table_);
  for (std::string& home : engine::needed_homes(homes_of_people(), table_))
    needed.push_back({home, home, true});
  for (engine::NeededPath& one : needed)
    one.path = without_links(one.path, table_);
  const auto fstab = read_file("/etc/fstab");
  chosen_ = engine::choose_file_systems(
      table_, fstab ? parse::fstab(*fstab) : std::vector<parse::FstabEntry>{}, needed, config_);
}

void DiskReader::look() {
  const BootTime now = host::now().boot;
  std::map<std::string, engine::DiskRoom> rooms;
  Remote remote;
  std::vector<FileSystem> looked = chosen_;
  for (FileSystem& one : looked) {
    // A server's is not asked in the loop, nor what can only be reached through one's.
    const parse::Mount* parent = parse::covering(table_, parse::directory_of(one.mount));
    const bool reachable = parent != nullptr && !parse::may_not_answer(parent->type);
    const std::string key = key_of(one);
    const bool local = !parse::may_not_answer(one.type) && reachable;
    one.space = local ? space_of(one.mount) : remote_space(one, remote, now);
    if (one.space && (!local || makes_inodes(one.type))) {
      Space space = *one.space;
      space.inodes = space.inodes_free = 0;
      one.space = space;
    }
    const auto known = rooms_.find(key);
    engine::DiskRoom& room =
        rooms.emplace(key, known != rooms_.end() ? std::move(known->second) : engine::DiskRoom{})
            .first->second;
    if (const auto told = resumed_.find(one.mount); told != resumed_.end()) {
      room.resume(std::move(told->second));
      resumed_.erase(told);
    }
    one.was_writable = one.was_writable || was_given_up(one);
    room.look(one, now);
    if (one.read_only && one.was_writable && one.type.starts_with("ext"))
      one.errors = file_system_errors(one.device);
  }
  rooms_ = std::move(rooms);
  remote_ = std::move(remote);
  now_ = std::move(looked);
  ask_kernel();
  ask_who();
  tell();
}

Fact<Space> DiskReader::remote_space(const FileSystem& one, Remote& now_mounted, BootTime now) {
  const std::string key = key_of(one);
  std::unique_ptr<RemoteSpace>& remote = now_mounted[key];
  if (const auto known = remote_.find(key); known != remote_.end())
    remote = std::move(known->second);
  else
    remote = std::make_unique<RemoteSpace>(loop_, one.mount, one.type, [this] { on_due(); });
  remote->consider(now);
  return remote->space();
}

void DiskReader::tell() {
  const BootTime now = host::now().boot;
  std::map<std::string, Over> told;
  for (FileSystem& one : now_) {
    const std::string key = key_of(one);
    Over& over = told[key];
    over = {one.filling, one.full, one.soon, one.inodes_filling, one.inodes_full};
    const auto asked = asked_.find(key);
    if (asked == asked_.end()) continue;
    one.consumers = allowed_now(asked->second.consumers);
    if (asked->second.until && now >= *asked->second.until) asked->second.until.reset();
    if (!asked->second.until) continue;
    over = told_[key];
    one.filling = over.filling;
    one.full = over.full;
    one.soon = over.soon;
    one.inodes_filling = over.inodes_filling;
    one.inodes_full = over.inodes_full;
  }
  told_ = std::move(told);
}

// Why it gave up what was writable. What it says is evidence for people.
void DiskReader::ask_kernel() {
  const auto given_up = [](const FileSystem& one) {
    return one.read_only && one.was_writable && !one.read_only_by_design;
  };
  std::string event;
  for (const FileSystem& one : now_) {
    if (given_up(one)) event += key_of(one) + "\n";
  }
  kernel_.consider(event);
  for (FileSystem& one : now_) {
    if (!given_up(one)) continue;
    const std::string name = block_name({}, one.device);
    const std::string source = one.source.substr(one.source.rfind('/') + 1);
    for (const std::string& message : kernel_.messages()) {
      if (one.kernel.size() < most_messages &&
          (parse::gives_up(message, name) || parse::gives_up(message, source)))
        one.kernel.push_back(message);
    }
  }
}

Fact<Consumers> DiskReader::allowed_now(const Fact<Consumers>& consumers) const {
  if (!consumers) return consumers;
  Consumers now = *consumers;
  for (RoomOffer& offer : now.offers)
    offer.allowed = engine::allows(offer.kind, config_);
  return now;
}

// One at a time, once for each line that is crossed.
void DiskReader::ask_who() {
  std::erase_if(asked_, [this](const auto& asked) {
    return std::ranges::none_of(now_, [&asked](const FileSystem& one) {
      return key_of(one) == asked.first && lines_over(one) > 0;
    });
  });
  if (child_) return;
  for (const FileSystem& one : now_) {
    const std::string key = key_of(one);
    const int lines = lines_over(one);
    if (lines == 0 || !one.space || parse::may_not_answer(one.type)) continue;
    const auto known = asked_.find(key);
    const BootTime now = host::now().boot;
    // One that was left and is crossed again is another story.
    if (known != asked_.end()) known->second.lines = std::min(known->second.lines, lines);
    const bool crossed = known == asked_.end() || known->second.lines < lines;
    if (!crossed && !known->second.outdated(one, now)) continue;
    AskedRoom& asked = asked_[key];
    asked.again = !crossed;
    asked.at = now;
    asked.free = one.space->free;
    if (crossed) {
      asked.lines = lines;
      asked.until = now + hold;
      asked.gap = first_gap;
    }
    ChildSpec spec{.argv = look_at_room_argv(one.mount), .environment = {}, .deadline = patience};
    child_ = run_child(loop_, std::move(spec),
                       [this, key](const ChildResult& result) { on_answer(key, result); });
    return;
  }
  answered_ = true;
}

void DiskReader::on_answer(const std::string& key, const ChildResult& result) {
  child_.reset();
  answered_ = true;
  if (const auto asked = asked_.find(key); asked != asked_.end())
    asked->second.answer(decode_consumers(result.out));
  on_news_();
}

void DiskReader::schedule() {
  std::optional<milliseconds> soonest;
  for (const auto& [key, room] : rooms_) {
    if (room.next()) soonest = soonest ? std::min(*soonest, *room.next()) : room.next();
  }
  const BootTime now = host::now().boot;
  for (const auto& [key, asked] : asked_) {
    if (!asked.until) continue;
    const auto held = std::chrono::ceil<milliseconds>(*asked.until - now);
    soonest = std::max(milliseconds{0}, soonest ? std::min(*soonest, held) : held);
  }
  if (!soonest) return due_.reset();
  due_ = loop_.at(
      now + *soonest, [this] { on_due(); }, slack);
}

std::vector<bool> DiskReader::mounted_points() const {
  std::vector<bool> mounted;
  for (const std::string& point : points_)
    mounted.push_back(std::ranges::find(table_, point, &parse::Mount::point) != table_.end());
  return mounted;
}

void DiskReader::on_due() {
  const std::vector<FileSystem> before = now_;
  const std::vector<bool> mounted = mounted_points();
  refresh();
  look();
  schedule();
  const bool same =
      mounted == mounted_points() &&
      std::equal(before.begin(), before.end(), now_.begin(), now_.end(),
                 [](const FileSystem& a, const FileSystem& b) { return told(a) == told(b); });
  if (!same) on_news_();
}

Fact<Disks> DiskReader::read() {
  refresh();
  if (!problem_.empty()) return Unknown{problem_};
  look();
  schedule();
  // Told at once with the culprit, where the agent starts on a full disk.
  if (!answered_) return Unknown{"what takes the room is being looked for"};
  return Disks{now_};
}

} // namespace sshguardd::host
