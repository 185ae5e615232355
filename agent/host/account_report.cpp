#include "host/account_report.hpp"

#include "host/child_report.hpp"

#include <concepts>
#include <type_traits>

namespace sshguardd::host {
namespace {

constexpr std::string_view first_word = "accounts4";

struct Schema {
  template <class Codec, class One> static void fields(Codec& codec, One& one) {
    using T = std::remove_cv_t<One>;
    if constexpr (std::same_as<T, BadKeyLine>) {
      codec(one.line);
      codec(one.why);
    } else if constexpr (std::same_as<T, HomeWatch>) {
      codec(one.descriptor);
      codec(one.name);
    } else if constexpr (std::same_as<T, KeyFile>) {
      codec(one.path);
      codec.choice(one.state, KeyFile::State::unknown);
      codec(one.object);
      codec(one.why);
      codec(one.wrong_owner);
      codec(one.too_open);
      codec(one.mendable);
      codec(one.unmendable);
      codec(one.odd);
      codec(one.keys);
      codec(one.bad_lines);
      codec(one.rejected);
      codec(one.rejects);
      codec(one.bad);
      codec(one.owner);
      codec(one.changed);
    } else if constexpr (std::same_as<T, KeySource>) {
      codec(one.setting);
      codec(one.path);
      codec(one.why);
      codec(one.refuses_all);
    } else if constexpr (std::same_as<T, WrongLabel>) {
      codec(one.account);
      codec(one.path);
      codec(one.type);
      codec(one.wanted);
    } else if constexpr (std::same_as<T, SessionObstacle>) {
      codec(one.account);
      codec(one.got_in);
      codec(one.place);
      codec(one.why);
      codec(one.mend);
    } else if constexpr (std::same_as<T, Account>) {
      codec(one.name);
      codec(one.uid);
      codec(one.gid);
      codec(one.home);
      codec(one.files);
      codec(one.got_in);
      codec(one.excluded_by);
      codec(one.excluded);
      codec(one.locked);
      codec(one.closed);
      codec(one.soon);
      codec(one.soon_day);
      codec(one.mend);
      codec(one.keys_end);
      codec(one.keys_end_at);
    } else if constexpr (std::same_as<T, AccountKeys>) {
      codec(one.name);
      codec(one.uid);
      codec(one.home);
      codec(one.got_in);
      codec(one.by_key);
      codec(one.way);
      codec(one.elsewhere);
      codec(one.provisioned);
      codec(one.all_seen);
      codec(one.bad_lines);
      codec(one.paths);
      codec(one.files);
      codec(one.keys);
    } else if constexpr (std::same_as<T, AccountKeys::File>) {
      codec(one.path);
      codec(one.owner);
      codec(one.changed);
    } else if constexpr (std::same_as<T, AccountKeys::Key>) {
      codec(one.name.type);
      codec(one.name.hash);
      codec(one.rejected);
    } else if constexpr (std::same_as<T, Login>) {
      codec(one.uid);
      codec(one.time);
      codec(one.from);
    } else {
      static_assert(std::same_as<T, AccountReport>);
      codec(one.accounts.accounts);
      codec(one.accounts.people);
      codec(one.accounts.keyed);
      codec(one.accounts.open);
      codec(one.accounts.wrong_sources);
      codec(one.accounts.obstacles);
      codec(one.accounts.wrong_labels);
      codec(one.accounts.incomplete);
      codec(one.accounts.ways_known);
      codec(one.accounts.ways);
      codec(one.accounts.root_way);
      codec(one.accounts.elsewhere);
      codec(one.accounts.nologin);
      codec(one.accounts.nologin_says);
      codec(one.accounts.shutdown_scheduled);
      codec(one.accounts.seen);
      codec(one.accounts.keys); // losses are the agent's own
      codec(one.watches);
    }
  }
};

} // namespace

std::string encode(const AccountReport& report) {
  return encode_report<Schema>(first_word, report);
}

std::optional<AccountReport> decode_account_report(std::string_view text) {
  return decode_report<Schema, AccountReport>(first_word, text);
}

} // namespace sshguardd::host
