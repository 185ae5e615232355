#include "host/own_child.hpp"

#include "host/access_look.hpp"
#include "host/account_look.hpp"
#include "host/key_modes.hpp"
#include "host/log_look.hpp"
#include "host/remote_space.hpp"
#include "host/room_look.hpp"
#include "host/room_maker.hpp"

#include <exception>

#include <cstdio>

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
                             {make_room_word, make_room_main}};

} // namespace

std::vector<std::string> own_child(std::string_view word, std::vector<std::string> arguments) {
  std::vector<std::string> argv{"/proc/self/exe", std::string{marker}, std::string{word}};
  for (std::string& argument : arguments)
    argv.push_back(std::move(argument));
  return argv;
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

} // namespace sshguardd::host
