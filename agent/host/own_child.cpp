#include "host/own_child.hpp"

#include "host/access_look.hpp"
#include "host/account_look.hpp"
#include "host/fd.hpp"
#include "host/files.hpp"
#include "host/flow_look.hpp"
#include "host/key_modes.hpp"
#include "host/log_look.hpp"
#include "host/netplan_look.hpp"
#include "host/nft_file.hpp"
#include "host/remote_space.hpp"
#include "host/room_look.hpp"
#include "host/room_maker.hpp"

#include <array>
#include <climits>
#include <cstdio>
#include <exception>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace sshguardd::host {
namespace {

// A word of its own before the others: nobody types it by mistake.
constexpr std::string_view marker = "--own-child";

struct Entry {
  std::string_view word;
  int (*run)(const std::vector<std::string>& arguments);
};
constexpr Entry entries[] = {{look_at_accounts_word, look_at_accounts_main},
                             {clear_key_mode_word, clear_key_mode_main},
                             {access_word, access_main},
                             {look_at_room_word, look_at_room_main},
                             {ask_space_word, ask_space_main},
                             {look_at_logs_word, look_at_logs_main},
                             {look_at_flows_word, look_at_flows_main},
                             {load_nft_word, load_nft_main},
                             {look_at_netplan_word, look_at_netplan_main},
                             {make_room_word, make_room_main}};

// Not being allowed to is no reason not to go on.
void yield_to_others(int nice, int io_priority) {
  constexpr int who_process = 1; // IOPRIO_WHO_PROCESS
  (void)setpriority(PRIO_PROCESS, 0, nice);
  (void)syscall(SYS_ioprio_set, who_process, 0, io_priority);
  const Fd score{open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC)};
  if (score) (void)write_all(score.get(), "500");
}

} // namespace

std::vector<std::string> own_child(std::string_view word, std::vector<std::string> arguments) {
  std::vector<std::string> argv{"/proc/self/exe", std::string{marker}, std::string{word}};
  for (std::string& argument : arguments)
    argv.push_back(std::move(argument));
  return argv;
}

std::string own_program() {
  constexpr std::string_view gone = " (deleted)"; // proc(5)
  std::array<char, PATH_MAX> path{};
  const ssize_t size = readlink("/proc/self/exe", path.data(), path.size());
  std::string file{path.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
  if (file.ends_with(gone)) file.resize(file.size() - gone.size());
  return file;
}

std::optional<int> own_child_main(int argc, char** argv) {
  if (argc < 3 || argv[1] != marker) return std::nullopt;
  const std::vector<std::string> arguments{argv + 3, argv + argc};
  try {
    for (const Entry& entry : entries) {
      if (entry.word == argv[2]) return entry.run(arguments);
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
  }
  return 70; // EX_SOFTWARE
}

void be_modest() {
  yield_to_others(10, (2 << 13) | 7); // IOPRIO_CLASS_BE, the lowest
}

void be_patient() {
  yield_to_others(19, 3 << 13); // IOPRIO_CLASS_IDLE
}

} // namespace sshguardd::host
