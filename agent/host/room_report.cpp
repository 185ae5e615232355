// How what takes the room is written on the pipe, and read.
#include "host/room_look.hpp"

#include <array>
#include <cstdlib>
#include <utility>

namespace sshguardd::host {
namespace {

constexpr std::size_t most_offers = 16;

// The one without a name ends them.
void add_offer(Consumers& consumers, const Consumer& one) {
  if (one.path.empty()) consumers.offers_known = true;
  const auto kind = room_kind(one.process);
  if (kind && consumers.offers.size() < most_offers)
    consumers.offers.push_back(
        {.kind = *kind, .path = one.path, .bytes = one.bytes, .files = one.files});
}

} // namespace

std::string encode(const Consumers& consumers) {
  std::string text;
  const auto add = [&text](char kind, const std::vector<Consumer>& list) {
    for (const Consumer& one : list) {
      text += kind;
      text += one.directory ? 'd' : 'f';
      for (const std::string& field : {std::to_string(one.bytes), std::to_string(one.files),
                                       std::to_string(one.pid), one.process, one.path})
        text += field + '\0';
    }
  };
  add('b', consumers.largest);
  add('n', consumers.most);
  add('x', consumers.deleted);
  return text + (consumers.complete ? "e" : "c");
}

std::string encode_offers(const std::vector<RoomOffer>& offers, bool complete) {
  std::string text;
  const auto add = [&text](std::uint64_t bytes, std::uint64_t files, std::string_view kind,
                           const std::string& path) {
    text += "r-";
    for (const std::string& field :
         {std::to_string(bytes), std::to_string(files), std::string{"0"}, std::string{kind}, path})
      text += field + '\0';
  };
  for (const RoomOffer& one : offers)
    add(one.bytes, one.files, to_string(one.kind), one.path);
  if (complete) add(0, 0, "", "");
  return text;
}

Consumers decode_consumers(std::string_view text) {
  Consumers consumers;
  consumers.complete = false;
  const auto number = [](const std::string& field) {
    return std::strtoull(field.c_str(), nullptr, 10);
  };
  while (text.size() > 2) {
    const char kind = text[0];
    Consumer one{.path = {}, .directory = text[1] == 'd'};
    text.remove_prefix(2);
    std::array<std::string, 5> fields;
    for (std::string& field : fields) {
      const std::size_t end = text.find('\0');
      if (end == std::string_view::npos) return consumers;
      field = text.substr(0, end);
      text.remove_prefix(end + 1);
    }
    one.bytes = number(fields[0]);
    one.files = number(fields[1]);
    one.pid = static_cast<std::uint32_t>(number(fields[2]));
    one.process = fields[3];
    one.path = fields[4];
    if (kind == 'r') {
      add_offer(consumers, one);
      continue;
    }
    auto& list = kind == 'b' ? consumers.largest : kind == 'n' ? consumers.most : consumers.deleted;
    if (list.size() < most_consumers) list.push_back(std::move(one));
  }
  consumers.complete = text == "e";
  return consumers;
}

} // namespace sshguardd::host
