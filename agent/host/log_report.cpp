// How what logs take is written on the pipe, and read.
#include "host/child_report.hpp"
#include "host/log_look.hpp"

#include <concepts>
#include <type_traits>

namespace sshguardd::host {
namespace {

constexpr std::string_view first_word = "logs3";

struct Schema {
  template <class Codec, class One> static void fields(Codec& codec, One& one) {
    using T = std::remove_cv_t<One>;
    if constexpr (std::same_as<T, Space>) {
      codec(one.total);
      codec(one.free);
      codec(one.available);
      codec(one.inodes);
      codec(one.inodes_free);
    } else if constexpr (std::same_as<T, RoomOffer>) {
      codec.choice(one.kind, RoomKind::core_dumps);
      codec(one.path);
      codec(one.bytes);
      codec(one.files);
    } else if constexpr (std::same_as<T, JournalSetting>) {
      codec(one.value);
      codec(one.file);
      codec(one.line);
    } else if constexpr (std::same_as<T, JournalLimits>) {
      codec(one.max_use);
      codec(one.keep_free);
      codec(one.max_file_size);
      codec(one.max_files);
    } else if constexpr (std::same_as<T, Journal>) {
      codec(one.directory);
      codec(one.bytes);
      codec(one.own_bytes);
      codec(one.mount);
      codec(one.device);
      codec(one.removable);
      codec(one.apart);
      codec(one.space);
      codec(one.limits); // lines are the agent's own
    } else if constexpr (std::same_as<T, LogFile>) {
      codec(one.path);
      codec(one.bytes);
      codec(one.rotated);
    } else if constexpr (std::same_as<T, PlainLogs>) {
      codec(one.bytes);
      codec(one.mount);
      codec(one.space);
      codec(one.complete);
      codec(one.largest);
    } else if constexpr (std::same_as<T, Rotation>) {
      codec(one.installed);
      codec(one.state_file);
      codec(one.ran); // systemd is asked for the rest
    } else {
      static_assert(std::same_as<T, Logs>);
      codec(one.journal);
      codec(one.plain);
      codec(one.rotation);
    }
  }
};

} // namespace

std::string encode(const Logs& logs) {
  return encode_report<Schema>(first_word, logs);
}

Fact<Logs> decode_logs(std::string_view text) {
  auto logs = decode_report<Schema, Logs>(first_word, text);
  if (!logs) return Unknown{"what the logs take is not known"};
  return std::move(*logs);
}

} // namespace sshguardd::host
