#include "host/memory.hpp"

#include "host/files.hpp"
#include "parse/kernel_messages.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace sshguardd::host {
namespace {

constexpr const char* groups = "/sys/fs/cgroup";
constexpr const char* sessions = "/user.slice";
constexpr std::size_t most_slices = 256;
constexpr std::size_t most_messages = 3;

std::optional<std::uint64_t> killed_in(const std::string& group) {
  const auto events = read_proc(groups + group + "/memory.events");
  return events ? parse::oom_kills(*events) : std::nullopt;
}

std::vector<std::string> user_slices() {
  std::vector<std::string> slices;
  const Directory stream = open_directory(std::string{groups} + sessions);
  while (stream && slices.size() < most_slices) {
    const dirent* entry = readdir(stream.get());
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name.starts_with("user-") && name.ends_with(".slice"))
      slices.push_back(std::string{sessions} + "/" + std::string{name});
  }
  return slices;
}

} // namespace

MemoryReader::MemoryReader(Loop& loop, std::function<void()> on_news)
    : kernel_{loop, std::move(on_news)} {}

void MemoryReader::follow(const std::string& group, bool sshd, BootTime now) {
  const auto count = killed_in(group);
  if (!count) return;
  const auto known = known_.find(group);
  // One that is new began at nothing; so did one that was made anew.
  const std::uint64_t before =
      known == known_.end() || *count < known->second ? (first_ ? *count : 0) : known->second;
  known_[group] = *count;
  if (*count <= before) return;
  auto kills = std::ranges::find(kills_, group, &MemoryKills::group);
  if (kills == kills_.end())
    kills = kills_.insert(kills_.end(), {.group = group, .sshd = sshd, .killed = 0, .last = now});
  kills->killed += *count - before;
  kills->last = now;
}

Memory MemoryReader::read(const Unit& service, BootTime now) {
  // Of an sshd that was killed itself its unit tells.
  if (std::exchange(main_pid_, service.main_pid) != service.main_pid) {
    std::erase_if(kills_, &MemoryKills::sshd);
    if (const auto count = killed_in(service.control_group)) known_[service.control_group] = *count;
  }
  if (service.main_pid != 0 && !service.control_group.empty())
    follow(service.control_group, true, now);
  const auto all = killed_in(sessions);
  if (all && (first_ || sessions_ != all)) {
    for (const std::string& slice : user_slices())
      follow(slice, false, now);
  }
  sessions_ = all;
  first_ = false;
  std::erase_if(kills_, [now](const MemoryKills& one) { return now - one.last >= Memory::counts; });
  std::string event = service.result == "oom-kill" && service.active_state == "failed"
                          ? "failed " + std::to_string(service.active_enter_us)
                          : "";
  for (const MemoryKills& one : kills_)
    event += " " + one.group + " " + std::to_string(one.killed);
  kernel_.consider(event);
  Memory memory{.kills = kills_, .kernel = {}};
  for (const std::string& message : kernel_.messages()) {
    if (memory.kernel.size() < most_messages && parse::oom_victim(message))
      memory.kernel.push_back(message);
  }
  return memory;
}

} // namespace sshguardd::host
