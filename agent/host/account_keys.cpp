#include "host/account_keys.hpp"

#include "host/fingerprint.hpp"
#include "parse/accounts_db.hpp"
#include "parse/key_blob.hpp"
#include "parse/path.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace sshguardd::host {
namespace {

constexpr std::size_t most_accounts = 128;
constexpr std::int64_t a_month = 31LL * 86'400;

// Whether all keys that are in a file are known; one that is not there has none.
bool seen_through(const KeyFile& file) {
  switch (file.state) {
  case KeyFile::State::absent:
  case KeyFile::State::used:
  case KeyFile::State::refused:
    return file.odd.find(" MiB") == std::string::npos; // of such a one the beginning alone is read
  case KeyFile::State::unreadable:
    return file.keys > 0 || file.bad_lines > 0; // by root
  case KeyFile::State::irregular:               // another finding has that
  case KeyFile::State::unknown:
    break;
  }
  return false;
}

// Google's guest agent takes away the keys that `gcloud compute ssh` has brought for a while, and
// brings others: one that is gone is nobody's loss.
bool is_passing(const parse::KeyLine& key) {
  return key.comment.starts_with("google-ssh ") &&
         key.comment.find("expireOn") != std::string_view::npos;
}

} // namespace

void KeyGatherer::note(const KeyFile& file, std::uint32_t line, const parse::KeyLine& key,
                       bool rejected) {
  if (file.state == KeyFile::State::used && !rejected) {
    endless_ = endless_ || key.expiry == 0;
    if (key.expiry > end_) {
      end_ = key.expiry;
      end_at_ = file.path + ":" + std::to_string(line);
    }
  }
  const parse::KeyType* type = parse::key_type(key.type);
  if (type == nullptr) return;
  KeyFingerprint name{.type = std::string{parse::short_name(*type)},
                      .hash = fingerprint(parse::key_data(key.base64))};
  rejected = rejected || is_passing(key);
  const auto known = std::ranges::find(keys_, name, &AccountKeys::Key::name);
  if (known != keys_.end())
    known->rejected = known->rejected && rejected; // another line of it is taken
  else if (keys_.size() < AccountKeys::most)
    keys_.push_back({.name = std::move(name), .rejected = rejected});
  else
    unseen_ = true;
}

void KeyGatherer::finish(const std::vector<KeyFile>& files, bool home_there, AccountKeys& into) {
  into.all_seen = !unseen_;
  for (const KeyFile& file : files) {
    into.paths.push_back(file.path);
    into.bad_lines = into.bad_lines || file.bad_lines > 0;
    into.all_seen = into.all_seen && seen_through(file) &&
                    (home_there || into.home.size() < 2 || !parse::lies_in(file.path, into.home));
    if (!file.owner.empty())
      into.files.push_back({.path = file.path, .owner = file.owner, .changed = file.changed});
  }
  into.keys = std::move(keys_);
}

void KeyGatherer::tell_end(std::int64_t now, Account& account) const {
  if (!account.got_in || endless_ || end_ == 0 || end_ - now > a_month) return;
  account.keys_end = end_;
  account.keys_end_at = end_at_;
}

bool is_followed(const AccountKeys& account, const parse::PeopleRange& people) {
  return account.got_in || account.uid == 0 || account.provisioned || people.has(account.uid);
}

void limit(std::vector<AccountKeys>& accounts) {
  if (accounts.size() <= most_accounts) return;
  const auto second = std::stable_partition(accounts.begin(), accounts.end(),
                                            [](const AccountKeys& one) { return one.got_in; });
  std::stable_partition(second, accounts.end(),
                        [](const AccountKeys& one) { return !one.keys.empty(); });
  accounts.resize(most_accounts);
}

} // namespace sshguardd::host
