// The maker of room in a process of its own: its arguments, what it prints, and what that says.
#include "host/files.hpp"
#include "host/own_child.hpp"
#include "host/room_maker.hpp"
#include "parse/size_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <optional>
#include <system_error>
#include <utility>

namespace sshguardd::host {
namespace {

using Clock = std::chrono::steady_clock;

// Less than Healer's patience; what was done until then is told.
constexpr auto time_for_all = std::chrono::seconds{40};

std::uint64_t number(std::string_view text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

} // namespace

std::string brought_text(const MadeRoom& made) {
  std::string text;
  for (const RoomOffer& one : made.freed) {
    if (one.bytes == 0) continue;
    // Whose journal it is, is the machine's own id.
    const std::string path = one.kind == RoomKind::journal ? directory_of(one.path) : one.path;
    text += (text.empty() ? "freed " : ", ") + parse::size_text(one.bytes) + " in " + path;
  }
  return text;
}

std::vector<std::string> make_room_arguments(const MakeRoom& remedy) {
  std::vector<std::string> arguments{
      remedy.mount, remedy.device, std::to_string(remedy.goal.percent),
      std::to_string(remedy.goal.available), std::to_string(remedy.goal.freed)};
  for (const RoomOffer& step : remedy.steps) {
    arguments.emplace_back(to_string(step.kind));
    arguments.push_back(step.path);
  }
  return arguments;
}

int make_room_main(const std::vector<std::string>& arguments) {
  if (arguments.size() < 7 || arguments.size() % 2 == 0) return 64;
  MakeRoom remedy{.mount = arguments[0],
                  .device = arguments[1],
                  .steps = {},
                  .goal = {.percent = number(arguments[2]),
                           .available = number(arguments[3]),
                           .freed = number(arguments[4])}};
  for (std::size_t i = 5; i < arguments.size(); i += 2) {
    const auto kind = room_kind(arguments[i]);
    if (!kind) return 64;
    remedy.steps.push_back({.kind = *kind, .path = arguments[i + 1]});
  }
  be_modest();
  const auto tell = [](const MadeRoom& made) { (void)write_all(STDOUT_FILENO, encode(made)); };
  tell(make_room(remedy, room_scope(remedy.device), Clock::now() + time_for_all, tell));
  return EXIT_SUCCESS;
}

std::string encode(const MadeRoom& made) {
  std::string text = "n\n"; // of all before only this one counts
  for (const RoomOffer& one : made.freed)
    text += "f " + std::string{to_string(one.kind)} + " " + std::to_string(one.bytes) + " " +
            std::to_string(one.files) + " " + one.path + "\n";
  if (!made.why.empty()) text += "w " + made.why + "\n";
  return text + (made.enough ? "e\n" : "");
}

MadeRoom decode_made_room(std::string_view text) {
  MadeRoom made;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) break; // cut
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    const auto word = [&line] {
      const std::string_view first = line.substr(0, line.find(' '));
      line.remove_prefix(std::min(line.size(), first.size() + 1));
      return first;
    };
    const std::string_view what = word();
    if (what == "n") {
      made = {};
    } else if (what == "w") {
      made.why = line;
    } else if (what == "e") {
      made.enough = true;
    } else if (what == "f") {
      const auto kind = room_kind(word());
      const std::uint64_t bytes = number(word());
      const std::uint64_t files = number(word());
      if (kind)
        made.freed.push_back(
            {.kind = *kind, .path = std::string{line}, .bytes = bytes, .files = files});
    }
  }
  return made;
}

} // namespace sshguardd::host
