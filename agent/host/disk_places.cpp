#include "host/disk_places.hpp"

#include "host/account_files.hpp"
#include "host/block.hpp"
#include "host/files.hpp"
#include "parse/accounts_db.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <climits>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace sshguardd::host {
namespace {

// PID 1's, and no other: in the agent's own name space some are bound read-only (ProtectSystem=,
// and /sys, which would read as a container's), and a remount elsewhere is no event.
constexpr const char* mount_table = "/proc/1/mountinfo";
constexpr std::size_t most_table = 4 << 20;
constexpr int most_links = 16;

} // namespace

Fd open_mount_table() {
  return Fd{open(mount_table, O_RDONLY | O_CLOEXEC)};
}

std::string table_of_mounts() {
  const auto text = read_proc(mount_table, most_table);
  return text ? *text : "";
}

// By name alone, without links where those can be read without asking who may not answer.
std::string without_links(const std::string& path, const std::vector<parse::Mount>& mounts) {
  std::string done;
  std::string rest = path;
  for (int links = 0; !rest.empty() && links <= most_links;) {
    const std::size_t start = rest.find_first_not_of('/');
    if (start == std::string::npos) break;
    const std::size_t end = std::min(rest.find('/', start), rest.size());
    const std::string name = rest.substr(start, end - start);
    rest = rest.substr(end);
    if (name == ".") continue;
    if (name == "..") {
      done = done.substr(0, done.rfind('/') == std::string::npos ? 0 : done.rfind('/'));
      continue;
    }
    const std::string next = done + "/" + name;
    const parse::Mount* on = parse::covering(mounts, next);
    if (on == nullptr || parse::may_not_answer(on->type)) return next + rest;
    std::array<char, PATH_MAX> target{};
    const ssize_t length =
        on->point == next ? -1 : readlink(next.c_str(), target.data(), target.size());
    if (length <= 0) {
      done = next;
      continue;
    }
    ++links;
    const std::string link{target.data(), static_cast<std::size_t>(length)};
    if (link.starts_with('/')) done.clear();
    rest = "/" + link + rest;
  }
  return done.empty() ? "/" : done;
}

std::vector<std::string> homes_of_people() {
  const auto text = read_file("/etc/passwd", 16 << 20);
  std::vector<std::string> homes;
  if (!text) return homes;
  const parse::PeopleRange people = people_range();
  for (parse::PasswdEntry& entry : parse::passwd(*text)) {
    const bool farewell = entry.shell.ends_with("/nologin") || entry.shell.ends_with("/false");
    if ((entry.uid == 0 || people.has(entry.uid)) && !farewell)
      homes.push_back(std::move(entry.home));
  }
  return homes;
}

bool met_errors_since(const std::string& device, WallTime since, const std::string& sys) {
  const std::string block = block_name({.sys = sys}, device);
  if (block.empty()) return false;
  const auto text = read_proc(sys + "/fs/ext4/" + block + "/last_error_time", 256);
  std::int64_t seconds = 0; // 0: none
  if (!text ||
      std::from_chars(text->data(), text->data() + text->size(), seconds).ec != std::errc{})
    return false;
  return seconds > 0 && WallTime{std::chrono::seconds{seconds}} >= since;
}

// What ext4 counts in /sys/fs/ext4 of the errors it has met.
std::string file_system_errors(const std::string& device) {
  const std::string block = block_name({}, device);
  if (block.empty()) return {};
  const std::string directory = "/sys/fs/ext4/" + block;
  const auto line = [&](const char* name) {
    const auto text = read_proc(directory + name, 256);
    return text ? text->substr(0, text->find('\n')) : std::string{};
  };
  const std::string count = line("/errors_count");
  if (count.empty() || count == "0") return {};
  const std::string where = line("/last_error_func");
  return count + (count == "1" ? " error" : " errors") +
         (where.empty() ? "" : ", the last in " + where);
}

} // namespace sshguardd::host
