#include "host/access_look.hpp"

#include "engine/access.hpp"
#include "host/access_keys.hpp"
#include "host/account_files.hpp"
#include "host/files.hpp"
#include "host/krl.hpp"
#include "host/name_service.hpp"
#include "host/own_child.hpp"
#include "host/pam_access.hpp"
#include "host/session_obstacles.hpp"
#include "host/shells.hpp"
#include "host/sshd_rules.hpp"
#include "parse/access_settings.hpp"
#include "parse/login_rules.hpp"
#include "parse/pam_stack.hpp"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <optional>
#include <utility>

#include <sys/stat.h>
#include <unistd.h>

namespace sshguardd::host {
namespace {

using engine::AccessFacts;

constexpr std::size_t most_database = 64 << 20;
constexpr std::size_t most_accounts = 500; // of --all

bool there(const char* path) {
  struct stat st {};
  return stat(path, &st) == 0;
}

class Looker {
public:
  explicit Looker(const AccessQuestion& question)
      : question_{question}, mounts_{Mounts::read()}, accounts_{parse::passwd(
                                                          database("/etc/passwd"))},
        groups_{parse::group(database("/etc/group"))}, strict_{private_groups(), accounts_,
                                                               groups_},
        nologin_run_{there("/run/nologin")}, nologin_etc_{there("/etc/nologin")} {
    const auto text = read_file("/etc/shadow", most_database);
    if (text)
      shadow_ = parse::shadow(*text);
    else
      why_no_shadow_ = text.why();
  }

  std::string run() {
    if (!question_.user.empty()) return tell(question_.user);
    std::string all;
    std::size_t told = 0;
    for (const parse::PasswdEntry& account : accounts_) {
      if (shells_.state(account.shell) == ShellState::usable && told++ < most_accounts)
        all += tell(account.name);
    }
    return all;
  }

private:
  std::string tell(const std::string& user) {
    const AccessFacts facts = look(user);
    return engine::access_json(facts, engine::access(facts));
  }

  AccessFacts look(const std::string& user) {
    AccessFacts facts{.user = user,
                      .from = question_.from,
                      .sshd_said = question_.sshd_said,
                      .sshd_fix = question_.sshd_fix,
                      .sshd_asked = question_.sshd_asked,
                      .sshd_alive = question_.sshd_alive,
                      .key_given = !question_.key.empty(),
                      .match_by_client = question_.match_by_client};
    const auto person = find(user);
    const auto settings = sshd_settings(question_.sshd, user, question_.from);
    if (settings)
      facts.rules = parse::login_rules(*settings);
    else
      facts.rules = Unknown{"sshd -T -C user=" + user + ": " + settings.why()};
    facts.account_unknown = person.why();
    if (!person || !*person) return facts;
    const parse::PasswdEntry& entry = (*person)->entry;
    facts.account =
        Account{.name = entry.name, .uid = entry.uid, .gid = entry.gid, .home = entry.home};
    facts.named_elsewhere = !parse::find_account(accounts_, user);
    facts.shell = entry.shell.empty() ? "/bin/sh" : entry.shell;
    facts.shell_state = shells_.state(entry.shell);
    if (!settings) return facts;
    const LoginRules& rules = *facts.rules;
    facts.exclusion = parse::exclusion(
        rules, entry, facts.named_elsewhere ? foreign_groups_ : groups_, question_.from);
    const parse::AccessSettings more = parse::access_settings(*settings);
    pam(facts, rules);
    facts.obstacles = session_obstacles(rules, entry, false, mounts_);
    if (rules.use_pam)
      facts.obstacles.insert(facts.obstacles.begin(), pam_gaps_.begin(), pam_gaps_.end());
    standing(facts, rules);
    if (rules.use_pam && pam_access_.asked())
      facts.pam_access =
          pam_access_.ask(access_person(entry, facts.named_elsewhere ? foreign_groups_ : groups_),
                          {.address = question_.from, .by_name = rules.use_dns},
                          facts.standing && facts.standing->key == parse::Bar::none);
    home(facts);
    revoked_.read(rules.revoked_keys);
    facts.revoked_unreadable = revoked_.unreadable();
    facts.revoked_unknown = revoked_.not_read();
    if (revoked_.is_krl()) list_of_revoked(facts);
    look_at_keys({.account = **person,
                  .rules = rules,
                  .settings = more,
                  .accounts = accounts_,
                  .mounts = mounts_,
                  .strict = strict_,
                  .revoked = revoked_,
                  .version = version_,
                  .key = question_.key,
                  .from = question_.from,
                  .ask_command = !question_.user.empty() && geteuid() == 0,
                  .find = [this](const std::string& name) { return find(name); }},
                 facts);
    return facts;
  }

  void list_of_revoked(AccessFacts& facts) const {
    const std::string& list = facts.rules->revoked_keys;
    if (!facts.key_given) {
      facts.revoked_unknown =
          "RevokedKeys is a revocation list (KRL): whether a key is in it --key tells";
      return;
    }
    const auto revoked = revoked_by_list(list, question_.key);
    if (!revoked)
      facts.revoked_unknown = revoked.why();
    else if (*revoked)
      facts.revoked = list;
  }

  // In the files; where one account was asked for, of the name service, too.
  Fact<std::optional<Person>> find(const std::string& name) {
    if (auto entry = parse::find_account(accounts_, name)) {
      auto groups = groups_.of(*entry);
      return std::optional{Person{std::move(*entry), std::move(groups)}};
    }
    if (question_.user.empty()) return std::optional<Person>{};
    const auto entry = ask_account(name);
    if (!entry) return Unknown{entry.why()};
    if (!*entry) return std::optional<Person>{};
    auto groups = ask_groups(**entry);
    if (!groups) return Unknown{groups.why()};
    if (name == question_.user) foreign_groups_ = parse::Groups{groups->named};
    return std::optional{Person{**entry, groups->ids}};
  }

  void pam(AccessFacts& facts, const LoginRules& rules) const {
    const auto uses = [&](const char* module) {
      return pam_ && parse::find_module(*pam_, "account", module) != nullptr;
    };
    if (!rules.use_pam || !pam_ || uses("pam_nologin.so"))
      facts.nologin = parse::nologin_file(rules.use_pam, nologin_run_, nologin_etc_);
  }

  void standing(AccessFacts& facts, const LoginRules& rules) const {
    const auto entry = shadow_.find(facts.user);
    if (!why_no_shadow_.empty())
      facts.standing = Unknown{why_no_shadow_};
    else if (facts.named_elsewhere)
      facts.standing = Unknown{"whether it has expired the name service tells PAM alone"};
    else if (entry == shadow_.end())
      facts.standing = Unknown{"/etc/shadow has no line for it"};
    else
      facts.standing = parse::standing(
          entry->second, {.use_pam = rules.use_pam, .empty_passwords = rules.empty_passwords},
          std::time(nullptr) / (24 * 60 * 60));
  }

  void home(AccessFacts& facts) const {
    const std::string& path = facts.account->home;
    if (const std::string type = mounts_.remote(path); !type.empty())
      facts.home_problem = path + " is on " + type + ": not looked at";
    else if (!there(path.c_str()))
      facts.home_problem = path + " is not there: the session begins in /";
  }

  const AccessQuestion& question_;
  Mounts mounts_;
  Shells shells_;
  std::vector<parse::PasswdEntry> accounts_;
  parse::Groups groups_;
  parse::Groups foreign_groups_{{}}; // of the account asked for, by the name service
  parse::SafePath strict_;
  parse::Shadow shadow_;
  std::string why_no_shadow_;
  RevokedKeys revoked_;
  SshdVersion version_{question_.sshd};
  const std::optional<std::vector<parse::PamLine>> pam_ = parse::pam_stack("sshd", pam_file);
  const std::vector<SessionObstacle> pam_gaps_ =
      pam_ ? pam_obstacles(*pam_, pam_module_directories()) : std::vector<SessionObstacle>{};
  const PamAccess pam_access_{pam_};
  bool nologin_run_;
  bool nologin_etc_;
};

// The question as words, "NAME=value".
constexpr std::string_view sshd_word = "sshd=";
struct Word {
  std::string_view name;
  std::string AccessQuestion::*value;
};
constexpr Word words[] = {{"user=", &AccessQuestion::user},
                          {"from=", &AccessQuestion::from},
                          {"key=", &AccessQuestion::key},
                          {"said=", &AccessQuestion::sshd_said},
                          {"fix=", &AccessQuestion::sshd_fix}};
constexpr std::string_view asked_word = "asked";
constexpr std::string_view alive_word = "alive";
constexpr std::string_view by_client_word = "by-client";

} // namespace

std::vector<std::string> access_argv(const AccessQuestion& question) {
  std::vector<std::string> arguments;
  for (const std::string& word : question.sshd)
    arguments.push_back(std::string{sshd_word} + word);
  for (const Word& word : words)
    arguments.push_back(std::string{word.name} + question.*word.value);
  if (question.sshd_asked) arguments.emplace_back(asked_word);
  if (question.sshd_alive) arguments.emplace_back(alive_word);
  if (question.match_by_client) arguments.emplace_back(by_client_word);
  return own_child(access_word, std::move(arguments));
}

int access_main(const std::vector<std::string>& arguments) {
  AccessQuestion question;
  for (const std::string& argument : arguments) {
    if (argument.starts_with(sshd_word)) question.sshd.push_back(argument.substr(sshd_word.size()));
    for (const Word& word : words) {
      if (argument.starts_with(word.name)) question.*word.value = argument.substr(word.name.size());
    }
    question.sshd_asked = question.sshd_asked || argument == asked_word;
    question.sshd_alive = question.sshd_alive || argument == alive_word;
    question.match_by_client = question.match_by_client || argument == by_client_word;
  }
  return write_all(STDOUT_FILENO, Looker{question}.run()) ? 0 : 1;
}

} // namespace sshguardd::host
