// look_at_accounts() in a process of its own: the question as words, the answer on its stdout.
#include "host/account_look.hpp"

#include "host/files.hpp"
#include "host/own_child.hpp"

#include <algorithm>
#include <charconv>

#include <fcntl.h>
#include <unistd.h>

namespace sshguardd::host {
namespace {

constexpr int inotify_descriptor = 3;

// The question as words, "NAME=value".
struct ListWord {
  const char* name;
  std::vector<std::string> LoginRules::*list;
};
constexpr ListWord list_words[] = {
    {"key-file=", &LoginRules::key_files},      {"allow-user=", &LoginRules::allow_users},
    {"deny-user=", &LoginRules::deny_users},    {"allow-group=", &LoginRules::allow_groups},
    {"deny-group=", &LoginRules::deny_groups},  {"methods=", &LoginRules::methods},
    {"algorithm=", &LoginRules::algorithms},    {"match-user=", &LoginRules::match_users},
    {"match-group=", &LoginRules::match_groups}};
struct ValueWord {
  const char* name;
  std::string LoginRules::*value;
};
constexpr ValueWord value_words[] = {{"permit-root=", &LoginRules::permit_root},
                                     {"revoked-keys=", &LoginRules::revoked_keys},
                                     {"keys-command=", &LoginRules::keys_command},
                                     {"trusted-user-ca=", &LoginRules::trusted_user_ca_keys},
                                     {"chroot=", &LoginRules::chroot_directory},
                                     {"force-command=", &LoginRules::force_command}};
struct FlagWord {
  const char* name;
  bool LoginRules::*flag;
};
constexpr FlagWord flag_words[] = {{"strict-modes", &LoginRules::strict_modes},
                                   {"keys", &LoginRules::keys},
                                   {"passwords", &LoginRules::passwords},
                                   {"use-pam", &LoginRules::use_pam},
                                   {"root", &LoginRules::root},
                                   {"use-dns", &LoginRules::use_dns},
                                   {"empty-passwords", &LoginRules::empty_passwords},
                                   {"other-methods", &LoginRules::other_methods},
                                   {"by-client", &LoginRules::by_client},
                                   {"by-address", &LoginRules::by_address},
                                   {"matches-known", &LoginRules::matches_known},
                                   {"conditional", &LoginRules::conditional}};
constexpr std::string_view rsa_word = "rsa=";
constexpr std::string_view record_word = "record=";
constexpr std::string_view sshd_word = "sshd=";
constexpr std::string_view watch_word = "watch";

} // namespace

std::vector<std::string> look_at_accounts_argv(const AccountQuestion& question) {
  std::vector<std::string> words;
  for (const FlagWord& one : flag_words) {
    if (question.rules.*one.flag) words.emplace_back(one.name);
  }
  for (const ListWord& one : list_words) {
    for (const std::string& value : question.rules.*one.list)
      words.push_back(one.name + value);
  }
  for (const ValueWord& one : value_words) {
    if (!(question.rules.*one.value).empty()) words.push_back(one.name + question.rules.*one.value);
  }
  words.push_back(std::string{rsa_word} + std::to_string(question.rules.required_rsa_size));
  for (const std::string& word : question.sshd)
    words.push_back(std::string{sshd_word} + word);
  if (!question.record.empty()) words.push_back(std::string{record_word} + question.record);
  if (question.inotify >= 0) words.emplace_back(watch_word);
  return own_child(look_at_accounts_word, std::move(words));
}

int look_at_accounts_main(const std::vector<std::string>& arguments) {
  AccountQuestion question;
  for (const FlagWord& one : flag_words)
    question.rules.*one.flag = std::ranges::find(arguments, one.name) != arguments.end();
  for (const std::string& word : arguments) {
    for (const ListWord& one : list_words) {
      const std::string_view name = one.name;
      if (word.starts_with(name)) (question.rules.*one.list).push_back(word.substr(name.size()));
    }
    for (const ValueWord& one : value_words) {
      const std::string_view name = one.name;
      if (word.starts_with(name)) question.rules.*one.value = word.substr(name.size());
    }
    if (word.starts_with(rsa_word))
      std::from_chars(word.data() + rsa_word.size(), word.data() + word.size(),
                      question.rules.required_rsa_size);
    if (word.starts_with(sshd_word)) question.sshd.push_back(word.substr(sshd_word.size()));
    if (word.starts_with(record_word)) question.record = word.substr(record_word.size());
    if (word == watch_word) question.inotify = inotify_descriptor;
  }
  // Children of this one have no business with it.
  if (question.inotify >= 0) fcntl(question.inotify, F_SETFD, FD_CLOEXEC);
  const std::string text = encode(look_at_accounts(question));
  return write_all(STDOUT_FILENO, text) ? 0 : 1;
}

} // namespace sshguardd::host
