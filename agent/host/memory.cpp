#include "host/memory.hpp"

#include "host/files.hpp"
#include "host/user_slices.hpp"
#include "parse/kernel_messages.hpp"

#include <cstddef>
#include <string>
#include <utility>

namespace sshguardd::host {
namespace {

constexpr const char* groups = "/sys/fs/cgroup";
constexpr const char* sessions = "/user.slice";
constexpr std::size_t most_messages = 3;

std::optional<std::uint64_t> killed_in(const std::string& group) {
  if (group.empty()) return std::nullopt;
  const auto events = read_proc(groups + group + "/memory.events");
  return events ? parse::oom_kills(*events) : std::nullopt;
}

} // namespace

MemoryReader::MemoryReader(Loop& loop, std::function<void()> on_news)
    : kernel_{loop, std::move(on_news)} {}

Memory MemoryReader::read(const Unit& service, BootTime now) {
  const std::string& group = service.control_group;
  const auto in_sshd = killed_in(group);
  if (std::exchange(main_pid_, service.main_pid) != service.main_pid)
    counter_.forget_sshd(group, in_sshd.value_or(0));
  if (service.main_pid != 0 && in_sshd) counter_.count(group, true, *in_sshd, now);
  const auto all = killed_in(sessions);
  if (all && (first_ || sessions_ != all)) {
    for (const std::string& slice : user_slices(groups)) {
      if (const auto killed = killed_in(slice)) counter_.count(slice, false, *killed, now);
    }
  }
  sessions_ = all;
  first_ = false;
  counter_.looked(now);
  std::string event = service.result == "oom-kill" && service.active_state == "failed"
                          ? "failed " + std::to_string(service.active_enter_us)
                          : "";
  for (const MemoryKills& one : counter_.kills())
    event += " " + one.group + " " + std::to_string(one.killed);
  kernel_.consider(event);
  Memory memory{.kills = counter_.kills(), .kernel = {}};
  for (const std::string& message : kernel_.messages()) {
    if (memory.kernel.size() < most_messages && parse::oom_victim(message))
      memory.kernel.push_back(message);
  }
  return memory;
}

} // namespace sshguardd::host
