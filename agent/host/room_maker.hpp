// Deletes what makes room on a file system that is short, as far as needed. Runs in a process of
// its own: a disk in trouble may keep it for ever.
#pragma once

#include "host/room_places.hpp"
#include "sshguardd/remedy.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::host {

struct MadeRoom {
  std::vector<RoomOffer> freed; // by place
  bool enough = false;          // the goal is reached
  std::string why;              // it stopped, or left a place out; or empty

  [[nodiscard]] std::uint64_t bytes() const {
    std::uint64_t sum = 0;
    for (const RoomOffer& one : freed)
      sum += one.bytes;
    return sum;
  }
};

// Step by step, until as much is free as the goal says. What is to go is chosen by arithmetic
// before any of it does, each file is looked at once more by its name just before, and after each
// step the file system is asked whether that made room: where it did not (a snapshot has it all, or
// somebody holds it open) nothing further goes; of the journal one
// file goes first, for that. on_news: told after each step, for who must not
// wait.
[[nodiscard]] MadeRoom make_room(const MakeRoom& remedy, const RoomScope& scope,
                                 RoomDeadline deadline,
                                 const std::function<void(const MadeRoom&)>& on_news = {});

// "freed 120 MiB in /var/cache/apt/archives, 40 MiB in /var/log/journal"; empty where nothing was.
[[nodiscard]] std::string brought_text(const MadeRoom& made);

// The same in a child (host/own_child.hpp), which prints encode(); the last one counts.
inline constexpr std::string_view make_room_word = "make-room";
[[nodiscard]] std::vector<std::string> make_room_arguments(const MakeRoom& remedy);
[[nodiscard]] int make_room_main(const std::vector<std::string>& arguments);
[[nodiscard]] std::string encode(const MadeRoom& made);
[[nodiscard]] MadeRoom decode_made_room(std::string_view text);

} // namespace sshguardd::host
