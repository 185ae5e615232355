#include "host/remote_space.hpp"

#include "host/files.hpp"
#include "host/own_child.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <optional>
#include <sstream>
#include <utility>

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace sshguardd::host {
namespace {

constexpr auto deadline = std::chrono::seconds{5};
// A server has others who look after it.
constexpr auto again = std::chrono::minutes{5};

// Of the child's five numbers.
std::optional<Space> space_in(const std::string& text) {
  std::istringstream stream{text};
  Space space;
  if (!(stream >> space.total >> space.free >> space.available >> space.inodes >>
        space.inodes_free))
    return std::nullopt;
  space.free = std::min(space.free, space.total);
  space.available = std::min(space.available, space.free);
  space.inodes_free = std::min(space.inodes_free, space.inodes);
  return space;
}

Space space_in(const struct statvfs& st) {
  const std::uint64_t unit = st.f_frsize != 0 ? st.f_frsize : st.f_bsize;
  // What is told of a file system that is being written to may not fit together.
  const std::uint64_t total = st.f_blocks;
  const std::uint64_t free = std::min<std::uint64_t>(st.f_bfree, total);
  return {.total = total * unit,
          .free = free * unit,
          .available = std::min<std::uint64_t>(st.f_bavail, free) * unit,
          .inodes = st.f_files,
          .inodes_free = std::min<std::uint64_t>(st.f_ffree, st.f_files)};
}

} // namespace

Fact<Space> space_of(const std::string& mount) {
  struct statvfs st {};
  if (statvfs(mount.c_str(), &st) != 0) return Unknown{errno_reason(mount)};
  return space_in(st);
}

Fact<Space> space_of(const Fd& fd, const std::string& name) {
  struct statvfs st {};
  if (fstatvfs(fd.get(), &st) != 0) return Unknown{errno_reason(name)};
  return space_in(st);
}

RemoteSpace::RemoteSpace(Loop& loop, std::string mount, std::string type,
                         std::function<void()> on_answer)
    : loop_{loop}, mount_{std::move(mount)}, type_{std::move(type)},
      on_answer_{std::move(on_answer)}, space_{Unknown{type_ + ": not asked yet"}} {}

// Its end of the pipe is closed with it.
bool RemoteSpace::stuck() {
  if (child_) return true;
  if (!alive_) return false;
  char byte = 0;
  if (read(alive_.get(), &byte, 1) < 0 && errno == EAGAIN) return true;
  alive_.reset();
  return false;
}

void RemoteSpace::consider(BootTime now) {
  // Looking at the place of an automount would mount it.
  if (type_ == "autofs") return;
  if ((asked_ != BootTime{} && now - asked_ < again) || stuck()) return;
  asked_ = now;
  std::array<int, 2> ends{-1, -1};
  if (pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) return;
  alive_ = Fd{ends[0]};
  const Fd childs{ends[1]};
  ChildSpec spec{.argv = own_child(ask_space_word, {mount_}),
                 .environment = {},
                 .deadline = deadline,
                 .output_limit = 1024,
                 .inherited = childs.get()};
  child_ =
      run_child(loop_, std::move(spec), [this](const ChildResult& result) { on_result(result); });
}

void RemoteSpace::on_result(const ChildResult& result) {
  child_.reset();
  if (result.timed_out)
    space_ = Unknown{type_ + ": no answer in " + std::to_string(deadline.count()) + "s"};
  else if (const auto space = result.exit_status == 0 ? space_in(result.out) : std::nullopt)
    space_ = *space;
  else
    space_ = Unknown{type_ + ": no answer"};
  const auto tell = on_answer_; // which may find it unmounted, and end this object
  tell();
}

int ask_space_main(const std::vector<std::string>& arguments) {
  if (arguments.size() != 1) return 64;
  const auto space = space_of(arguments[0]);
  if (!space) return 1;
  const std::string text = std::to_string(space->total) + " " + std::to_string(space->free) + " " +
                           std::to_string(space->available) + " " + std::to_string(space->inodes) +
                           " " + std::to_string(space->inodes_free) + "\n";
  return write_all(STDOUT_FILENO, text) ? 0 : 1;
}

} // namespace sshguardd::host
