#include "host/account_standing.hpp"

#include "host/account_files.hpp"
#include "host/fd.hpp"
#include "host/files.hpp"
#include "parse/fstab.hpp"
#include "parse/login_record.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <utility>

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utmp.h>

namespace sshguardd::host {
namespace {

constexpr std::size_t most_database = 16 << 20;
constexpr std::size_t most_wtmp_records = 4096;
constexpr std::size_t most_remote = 1024;
constexpr std::size_t most_said = 200;
constexpr std::int64_t seconds_a_day = 86'400;

std::optional<std::string> text_of_file(const std::string& path) {
  auto text = read_file(path, most_database);
  return text ? std::optional{*text} : std::nullopt;
}

// A clone of a disk brings its template's wtmp along.
std::int64_t instance_since() {
  struct stat st {};
  return stat("/etc/machine-id", &st) == 0 ? st.st_mtim.tv_sec : 0;
}

// ut_addr_v6 holds IPv4 in its first word.
std::string address_of(const utmp& record) {
  const auto& words = record.ut_addr_v6;
  const bool ipv4 = words[1] == 0 && words[2] == 0 && words[3] == 0;
  if (ipv4 && words[0] == 0) return {};
  std::array<char, INET6_ADDRSTRLEN> text{};
  const bool written =
      inet_ntop(ipv4 ? AF_INET : AF_INET6, &words[0], text.data(), text.size()) != nullptr;
  return written ? text.data() : "";
}

std::uint32_t keys_in(const Account& account) {
  std::uint32_t keys = 0;
  for (const KeyFile& file : account.files)
    keys += file.keys;
  return keys;
}

bool unseen(const Account& account) {
  return std::ranges::any_of(
      account.files, [](const KeyFile& file) { return file.state == KeyFile::State::unknown; });
}

bool is_mounted(const std::string& point) {
  struct stat here {};
  struct stat above {};
  return stat(point.c_str(), &here) == 0 && stat(directory_of(point).c_str(), &above) == 0 &&
         here.st_dev != above.st_dev;
}

// The keys went with the home; one whose files could be seen, or not looked at, is not asked for.
void judge_home(Account& account) {
  struct stat st {};
  if (!account.files.empty() || account.home.size() < 2 || stat(account.home.c_str(), &st) == 0 ||
      (errno != ENOENT && errno != ENOTDIR))
    return;
  const std::string mount =
      parse::mount_point_of(text_of_file("/etc/fstab").value_or(""), account.home);
  account.closed = false;
  account.mend.clear();
  account.locked = !mount.empty() && !is_mounted(mount)
                       ? "has no home, and so no key: " + mount + " (fstab) is not mounted"
                       : "has no home, and so no key: " + account.home + " is not there";
}

// Beside the key files and shadow(5).
bool has_other_ways(const LoginRules& rules,
                    const std::optional<std::vector<parse::PamLine>>& pam) {
  if (!rules.keys_command.empty() || !rules.trusted_user_ca_keys.empty() || rules.other_methods ||
      rules.by_client)
    return true;
  return rules.passwords && rules.use_pam && (!pam || !parse::foreign_auth(*pam).empty());
}

// What an account that passes shadow(5) has to show.
struct Way {
  bool serves = false; // a key file
  bool key = false;    // ... which is asked for
  bool has_password = false;
};

// The setting for want of which that is not enough.
void judge_methods(const LoginRules& rules, const Way& way, Account& account) {
  if (way.key) {
    account.excluded_by = "AuthenticationMethods";
    account.excluded = "has no more than its key, and AuthenticationMethods wants more";
  } else if (way.serves) {
    account.excluded_by = "PubkeyAuthentication";
    account.excluded =
        "has a key and no password that is asked for, and PubkeyAuthentication is no";
  } else if (way.has_password && keys_in(account) == 0 && !rules.passwords) {
    account.excluded_by = "PasswordAuthentication";
    account.excluded = "has a password and no key, and PasswordAuthentication is no";
  } else if (way.has_password && keys_in(account) == 0 && account.uid == 0) {
    account.excluded_by = "PermitRootLogin";
    account.excluded = "is root and has a password and no key, and PermitRootLogin wants a key";
  }
}

} // namespace

RemoteLogins remote_logins(const std::string& path, std::int64_t since) {
  RemoteLogins logins;
  const Fd fd{open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW)};
  struct stat st {};
  if (!fd || fstat(fd.get(), &st) != 0 || !S_ISREG(st.st_mode)) return logins;
  const auto all = static_cast<std::size_t>(st.st_size) / sizeof(utmp);
  const std::size_t count = std::min(all, most_wtmp_records);
  std::vector<utmp> records(count);
  const ssize_t got = pread(fd.get(), records.data(), count * sizeof(utmp),
                            static_cast<off_t>((all - count) * sizeof(utmp)));
  if (got < 0) return logins;
  records.resize(static_cast<std::size_t>(got) / sizeof(utmp));
  for (const utmp& record : records) {
    if (record.ut_type != USER_PROCESS || record.ut_host[0] == '\0' || record.ut_host[0] == ':')
      continue; // at the machine itself
    const std::int64_t time = record.ut_tv.tv_sec;
    if (time < since || logins.size() >= most_remote) continue;
    const std::string name{record.ut_user, strnlen(record.ut_user, sizeof record.ut_user)};
    Login& login = logins[name];
    if (login.time <= time) login = {.uid = 0, .time = time, .from = address_of(record)};
  }
  return logins;
}

bool mount_is_away(const std::string& fstab, const std::string& home) {
  const std::string point = parse::mount_point_of(fstab, home);
  return !point.empty() && !is_mounted(point);
}

AccountStanding::AccountStanding(const parse::Groups& groups, const std::string& record,
                                 const std::optional<std::vector<parse::PamLine>>& pam)
    : groups_{groups}, keeps_record_{!record.empty()}, pam_{pam}, pam_access_{pam} {
  now_ = std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
             .count();
  today_ = now_ / seconds_a_day;
  if (const auto text = text_of_file("/etc/shadow")) shadow_ = parse::shadow(*text);
  if (keeps_record_) {
    for (const Login& login : parse::login_record(text_of_file(record).value_or(""))) {
      const auto [last, first] = got_in_.try_emplace(login.uid, login);
      if (!first && last->second.time < login.time) last->second = login;
    }
    remote_ =
        remote_logins("/var/log/wtmp", std::max(instance_since(), now_ - parse::login_counts_for));
  }
  keys_on_demand_ = exists("/usr/bin/google_guest_agent");
  if (const auto text = text_of_file("/etc/nsswitch.conf")) {
    foreign_ = parse::foreign_accounts(*text);
    nsswitch_known_ = true;
  } else {
    nsswitch_known_ = !exists("/etc/nsswitch.conf");
  }
}

bool AccountStanding::got_in(std::uint32_t uid) const {
  const auto before = got_in_.find(uid);
  return before != got_in_.end() && now_ - before->second.time < parse::login_counts_for;
}

std::string AccountStanding::came_from(std::uint32_t uid) const {
  return got_in(uid) ? got_in_.at(uid).from : std::string{};
}

void AccountStanding::describe(const LoginRules& rules, Accounts& accounts) const {
  accounts.ways_known = shadow_ && nsswitch_known_ && !rules.by_client;
  accounts.shutdown_scheduled = exists("/run/systemd/shutdown/scheduled");
  const bool by_pam =
      rules.use_pam && pam_ && parse::find_module(*pam_, "account", "pam_nologin.so") != nullptr;
  if (rules.use_pam && !by_pam) return;
  accounts.nologin =
      parse::nologin_file(rules.use_pam, exists("/run/nologin"), exists("/etc/nologin"));
  if (accounts.nologin.empty()) return;
  if (const auto text = read_file(accounts.nologin))
    accounts.nologin_says = text->substr(0, std::min(text->find('\n'), most_said));
}

std::optional<parse::Exclusion> AccountStanding::exclusion(const LoginRules& rules,
                                                           const parse::PasswdEntry& entry) const {
  const std::string from = came_from(entry.uid);
  if (auto by_sshd = parse::exclusion(rules, entry, groups_, from)) {
    // Elsewhere it may be otherwise.
    if (!from.empty() && (rules.by_address || !parse::exclusion(rules, entry, groups_)))
      by_sshd->why += " for " + from;
    return by_sshd;
  }
  if (!rules.use_pam || !pam_access_.asked()) return std::nullopt;
  const auto denied = [&](const parse::AccessOrigin& origin) {
    auto says = pam_access_.ask(access_person(entry, groups_), origin);
    if (says && says->says != parse::AccessVerdict::Says::denied) says.reset();
    return says;
  };
  // From anywhere at all, or from where it came the last time.
  auto answer = denied({});
  const bool there_alone = !answer && !from.empty();
  if (there_alone) answer = denied({.address = from, .by_name = rules.use_dns});
  if (!answer) return std::nullopt;
  // Without the line's number, which changes with what is written above it.
  const std::string file = answer->place.substr(0, answer->place.rfind(':'));
  return parse::Exclusion{"pam_access", "is denied by " + file + " (pam_access)" +
                                            (there_alone ? " for " + from : "")};
}

void AccountStanding::note_seen(const parse::PasswdEntry& entry, Accounts& accounts) const {
  const auto seen = remote_.find(entry.name);
  if (seen == remote_.end() || got_in_.contains(entry.uid) ||
      accounts.seen.size() >= parse::most_logins)
    return;
  accounts.seen.push_back({.uid = entry.uid, .time = seen->second.time, .from = seen->second.from});
}

void AccountStanding::judge_shadow(const LoginRules& rules, const parse::Standing& standing,
                                   const parse::ShadowEntry& entry, Account& account) const {
  account.closed = rules.use_pam;
  if (!standing.key_lets_in()) {
    account.locked = parse::in_words(standing.key);
    account.mend = standing.key == parse::Bar::locked && standing.bare_lock
                       ? "usermod -p '*'"
                       : parse::mended_by(standing.key);
    if (standing.key == parse::Bar::change_due) account.locked += ", and has none to change";
    return;
  }
  if (standing.soon != parse::Bar::none) {
    account.soon = parse::to_come(standing.soon);
    account.mend = parse::mended_by(standing.soon);
    account.soon_day = today_ + standing.in_days;
  }
  // Locked by passwd -l: the hash is still there. Those with keys do not need it.
  if (rules.passwords && !standing.has_password && keys_in(account) == 0 &&
      entry.hash.starts_with("!") && entry.hash.find('$') != std::string::npos) {
    account.locked = "has a locked password, and no key";
    account.mend = "usermod -U";
    account.closed = false;
  }
}

AccountStanding::Ways AccountStanding::judge(const LoginRules& rules,
                                             const parse::PasswdEntry& entry,
                                             const std::optional<parse::Exclusion>& exclusion,
                                             Account& account, Accounts& accounts) const {
  account.got_in = got_in(entry.uid);
  if (!rules.keys_command.empty())
    accounts.elsewhere = "AuthorizedKeysCommand";
  else if (!rules.trusted_user_ca_keys.empty())
    accounts.elsewhere = "TrustedUserCAKeys";
  else if (rules.other_methods)
    accounts.elsewhere = "GSSAPI or host based authentication";
  else if (!foreign_.empty())
    accounts.elsewhere = "accounts from " + foreign_ + " (nsswitch.conf)";
  else if (keys_on_demand_)
    accounts.elsewhere = "keys that Google's guest agent brings";
  if (unseen(account)) accounts.ways_known = false;
  if (exclusion) {
    // What depends on the client may let it in all the same.
    if (rules.by_client) return {};
    account.excluded_by = exclusion->keyword;
    account.excluded = exclusion->why;
    return {};
  }
  const auto found = shadow_ ? shadow_->find(entry.name) : parse::Shadow::const_iterator{};
  if (!shadow_ || found == shadow_->end()) {
    accounts.ways_known = false;
    return {};
  }
  const parse::Standing standing = parse::standing(
      found->second, {.use_pam = rules.use_pam, .empty_passwords = rules.empty_passwords}, today_);
  const bool serves = std::ranges::any_of(account.files, &KeyFile::serves);
  const bool key = rules.keys && serves && standing.key_lets_in();
  const bool password = rules.passwords && standing.password_lets_in() &&
                        (entry.uid != 0 || rules.permit_root == "yes");
  // PAM may know passwords that shadow(5) does not.
  if (const std::string module = pam_ ? parse::foreign_auth(*pam_) : "PAM";
      rules.passwords && rules.use_pam && !module.empty() && accounts.elsewhere.empty())
    accounts.elsewhere = module;
  const Ways ways{.way = parse::methods_allow(rules, key, password),
                  .by_key = rules.keys && standing.key_lets_in() &&
                            parse::methods_allow(rules, true, password),
                  .elsewhere = keys_on_demand_ || has_other_ways(rules, pam_)};
  judge_shadow(rules, standing, found->second, account);
  if (!ways.way) {
    account.soon.clear();
    const Way way{.serves = serves, .key = key, .has_password = standing.has_password};
    if (account.locked.empty() && !rules.by_client && accounts.elsewhere.empty() &&
        !unseen(account)) {
      if (rules.keys) judge_home(account);
      if (account.locked.empty()) judge_methods(rules, way, account);
    }
    return ways;
  }
  account.locked.clear();
  ++accounts.ways;
  accounts.root_way = accounts.root_way || entry.uid == 0;
  note_seen(entry, accounts);
  return ways;
}

void AccountStanding::judge_shell(const parse::PasswdEntry& entry, ShellState state,
                                  Account& account) const {
  account.got_in = got_in(entry.uid);
  const std::string shell = entry.shell.empty() ? "/bin/sh" : entry.shell;
  // auth.c:allowed_user() wants it there and executable; one that says goodbye is executed.
  account.closed = state == ShellState::says_goodbye;
  account.mend = "usermod -s /bin/bash";
  account.locked = account.closed ? "has a shell that lets nobody in: " + shell
                                  : "has a shell that is not there, or no program: " + shell;
}

} // namespace sshguardd::host
