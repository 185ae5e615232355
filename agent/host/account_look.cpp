#include "host/account_look.hpp"

#include "host/account_files.hpp"
#include "host/account_keys.hpp"
#include "host/account_standing.hpp"
#include "host/as_account.hpp"
#include "host/files.hpp"
#include "host/key_labels.hpp"
#include "host/key_sources.hpp"
#include "host/key_walk.hpp"
#include "host/session_obstacles.hpp"
#include "host/shells.hpp"
#include "host/sshd_rules.hpp"
#include "parse/login_rules.hpp"
#include "parse/path.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <map>
#include <optional>
#include <stdexcept>
#include <utility>

#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sshguardd::host {
namespace {

constexpr std::size_t most_listed = 256; // accounts with something to tell
constexpr std::size_t most_asked = 64;   // classes of accounts that sshd -T is asked for
constexpr std::size_t most_watches = 2048;
constexpr std::size_t most_obstacles = 8;
constexpr std::size_t most_shut_out = 64; // accounts that nobody misses

// No IN_MODIFY, IN_OPEN, IN_ACCESS: people work in their homes.
constexpr std::uint32_t watch_mask = IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM |
                                     IN_MOVED_TO | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF |
                                     IN_ONLYDIR;

class Watches {
public:
  explicit Watches(int inotify) : inotify_{inotify} {}

  void add(std::vector<WatchedSpot> spots) {
    for (WatchedSpot& spot : spots) {
      full_ = full_ || list.size() >= most_watches;
      if (inotify_ < 0 || full_) return;
      // By the descriptor: no name of a user's is looked up again.
      const int wd = inotify_add_watch(inotify_, proc_path(spot.directory).c_str(), watch_mask);
      if (wd >= 0)
        list.push_back({wd, std::move(spot.name)});
      else if (errno == ENOSPC || errno == ENOMEM)
        full_ = true; // the slow pass sees what no watch tells
    }
  }

  void add_system(const char* directory, const char* name) {
    std::vector<WatchedSpot> spots;
    spots.push_back({Fd{open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC)}, name});
    if (spots.front().directory) add(std::move(spots));
  }

  [[nodiscard]] bool full() const { return full_; }

  std::vector<HomeWatch> list;

private:
  int inotify_;
  bool full_ = false;
};

// Kept out although it got in before, or soon.
bool worth_telling(const Account& account) {
  return (account.got_in && !(account.excluded.empty() && account.locked.empty())) ||
         !account.soon.empty() || account.keys_end != 0;
}

bool worth_telling(const KeyFile& file) {
  return file.state != KeyFile::State::used || file.bad_lines > 0 || file.rejected > 0 ||
         !file.odd.empty();
}

// sshd refuses it, and nobody misses it.
bool is_nothing(const KeyFile& file) {
  return file.state == KeyFile::State::absent ||
         ((file.state == KeyFile::State::refused || file.state == KeyFile::State::unreadable) &&
          file.keys == 0 && file.bad_lines == 0);
}

std::string text_or_empty(const char* path) {
  const auto text = read_file(path);
  return text ? *text : std::string{};
}

class Pass {
public:
  explicit Pass(const AccountQuestion& question)
      : question_{question}, mounts_{Mounts::read()}, watches_{question.inotify},
        accounts_{parse::passwd(database("/etc/passwd"))},
        groups_{parse::group(database("/etc/group"))}, strict_{private_groups(), accounts_,
                                                               groups_},
        pam_{read_pam()}, standing_{groups_, question.record, pam_}, version_{question.sshd} {}

  AccountReport run() {
    for (const char* name : {"passwd", "group", "shadow", "nologin", "nsswitch.conf"})
      watches_.add_system("/etc", name);
    for (const std::string& path : key_source_paths(question_.rules))
      watches_.add_system(parse::directory_of(path).c_str(),
                          path.substr(path.rfind('/') + 1).c_str());
    report_.accounts.wrong_sources = wrong_key_sources(question_.rules, strict_);
    watches_.add_system("/etc/security", "access.conf");
    for (const std::string& path : standing_.rule_files())
      watches_.add_system(parse::directory_of(path).c_str(),
                          path.substr(path.rfind('/') + 1).c_str());
    watches_.add_system("/run", "nologin");
    standing_.describe(question_.rules, report_.accounts);
    look_at_pam();
    for (const parse::PasswdEntry& account : accounts_)
      judge(account);
    Accounts& accounts = report_.accounts;
    accounts.wrong_labels = labels_.wrong();
    accounts.ways_known = accounts.ways_known && accounts.incomplete.empty();
    if (watches_.full() && accounts.incomplete.empty())
      accounts.incomplete = "homes: more than can be watched; what changes in the others is seen "
                            "within a quarter of an hour";
    limit(accounts.keys);
    report_.watches = std::move(watches_.list);
    return std::move(report_);
  }

private:
  // sshd is asked once for each class of accounts that its Match blocks tell apart. Whether they
  // fit a client is asked for the address that the account came from the last time.
  const LoginRules* rules_for(const parse::PasswdEntry& account) {
    const LoginRules& all = question_.rules;
    if (!all.conditional) return &all;
    const std::string from = all.by_address ? standing_.came_from(account.uid) : "";
    const std::string alike =
        all.matches_known ? from + " " + parse::match_class(all, account, groups_) : account.name;
    auto known = asked_.find(alike);
    if (known == asked_.end() && asked_.size() < most_asked) {
      auto told = sshd_rules(question_.sshd, account.name, from);
      if (told) {
        told->by_client = all.by_client && from.empty();
        told->by_address = !from.empty();
      }
      known = asked_.emplace(alike, std::move(told)).first;
    }
    if (known != asked_.end() && known->second) return &*known->second;
    if (report_.accounts.incomplete.empty())
      report_.accounts.incomplete = "sshd -T -C user=" + account.name + " gave no answer";
    return nullptr;
  }

  // libpam reads the stack anew for each login.
  std::optional<std::vector<parse::PamLine>> read_pam() {
    watches_.add_system("/etc/pam.d", "sshd");
    return parse::pam_stack("sshd", [this](const std::string& name) {
      watches_.add_system("/etc/pam.d", name.c_str());
      return pam_file(name);
    });
  }

  void look_at_pam() {
    if (!pam_ || !question_.rules.use_pam) return;
    const auto directories = pam_module_directories();
    for (const parse::PamLine& line : *pam_) {
      for (const std::string& directory : directories)
        watches_.add_system(directory.c_str(), line.module.c_str());
    }
    report_.accounts.obstacles = pam_obstacles(*pam_, directories);
  }

  void note_obstacles(const LoginRules& rules, const parse::PasswdEntry& entry) {
    auto& obstacles = report_.accounts.obstacles;
    for (SessionObstacle& one :
         session_obstacles(rules, entry, standing_.got_in(entry.uid), mounts_)) {
      if (obstacles.size() < most_obstacles) obstacles.push_back(std::move(one));
    }
  }

  void judge(const parse::PasswdEntry& entry) {
    Account account{
        .name = entry.name, .uid = entry.uid, .gid = entry.gid, .home = entry.home, .files = {}};
    if (shells_.state(entry.shell) != ShellState::usable) {
      if (!standing_.got_in(entry.uid)) return;
      standing_.judge_shell(entry, shells_.state(entry.shell), account);
      return add(std::move(account));
    }
    ++report_.accounts.people;
    const LoginRules* rules = rules_for(entry);
    if (rules == nullptr) return;
    const auto exclusion = standing_.exclusion(*rules, entry);
    // Keys that nobody is asked for tell whether somebody misses them.
    const bool looked = !exclusion && (rules->keys || standing_.got_in(entry.uid));
    KeyGatherer gatherer;
    AccountKeys keys{.name = entry.name, .uid = entry.uid, .home = entry.home};
    if (looked) look(entry, *rules, account, gatherer, keys);
    const AccountStanding::Ways ways =
        standing_.judge(*rules, entry, exclusion, account, report_.accounts);
    if (!exclusion) note_obstacles(*rules, entry);
    if (rules->keys && ways.by_key) gatherer.tell_end(now_, account);
    if (!rules->keys) account.files.clear();
    keys.got_in = account.got_in;
    keys.by_key = ways.by_key;
    keys.way = ways.way;
    keys.elsewhere = ways.elsewhere;
    keys.provisioned = std::ranges::find(provisioned_, entry.name) != provisioned_.end();
    if (looked && is_followed(keys, people_)) report_.accounts.keys.push_back(std::move(keys));
    add(std::move(account));
  }

  void look(const parse::PasswdEntry& entry, const LoginRules& rules, Account& account,
            KeyGatherer& gatherer, AccountKeys& keys) {
    revoked_.read(rules.revoked_keys);
    if (const auto problem = become(entry, groups_.of(entry))) throw std::runtime_error{*problem};
    KeyWalk walk{entry, accounts_, mounts_, rules.strict_modes ? &strict_ : nullptr};
    walk.visit([&](KeyFile& file, std::uint32_t line, const parse::KeyLine& key) {
      std::string why = revoked_.why_rejected(key);
      // From whatever address: from= is nobody's fault.
      if (why.empty()) why = parse::why_rejected(key, rules, now_, {});
      gatherer.note(file, line, key, !why.empty());
      if (why.empty()) return;
      ++file.rejected;
      if (file.rejects.size() < parse::KeyLines::most_bad)
        file.rejects.push_back({line, std::move(why)});
    });
    for (const std::string& pattern : rules.key_files) {
      const auto paths = key_file_paths(pattern, entry, version_);
      if (!paths && report_.accounts.incomplete.empty())
        report_.accounts.incomplete = "AuthorizedKeysFile " + pattern + ": " + paths.why();
      if (!paths) {
        gatherer.not_followed();
        continue;
      }
      for (const std::string& path : *paths)
        account.files.push_back(walk.look(path));
    }
    labels_.look(entry, account.files);
    if (const auto problem = become_root()) throw std::runtime_error{*problem};
    for (KeyFile& file : account.files)
      walk.confirm(file);
    watches_.add(walk.take_spots());
    const bool home_there =
        walk.has_home() && mounts_.remote(entry.home).empty() && !mount_is_away(fstab_, entry.home);
    gatherer.finish(account.files, home_there, keys);
    std::erase_if(account.files, is_nothing);
  }

  void add(Account account) {
    Accounts& accounts = report_.accounts;
    const auto unknown = std::ranges::find(account.files, KeyFile::State::unknown, &KeyFile::state);
    if (unknown != account.files.end() && accounts.incomplete.empty())
      accounts.incomplete = unknown->object + ": " + unknown->why;
    const bool serves = std::ranges::any_of(account.files, &KeyFile::serves);
    if (serves || std::ranges::any_of(account.files, [](const KeyFile& file) {
          return file.keys > 0 || file.state == KeyFile::State::irregular;
        }))
      ++accounts.keyed;
    if (!serves && std::ranges::any_of(account.files, [](const KeyFile& file) {
          return file.state == KeyFile::State::refused && !file.wrong_owner && file.keys > 0;
        }))
      ++accounts.open;
    const bool wrong =
        std::ranges::any_of(account.files, [](const KeyFile& file) { return worth_telling(file); });
    // Where nobody gets in they are why; of ten thousand some are enough.
    const bool shut_out = !account.excluded.empty() && shut_out_++ < most_shut_out;
    if ((wrong || shut_out || worth_telling(account)) && accounts.accounts.size() < most_listed)
      accounts.accounts.push_back(std::move(account));
  }

  const AccountQuestion& question_;
  Mounts mounts_;
  Watches watches_;
  Shells shells_;
  std::vector<parse::PasswdEntry> accounts_;
  parse::Groups groups_;
  parse::SafePath strict_;
  std::optional<std::vector<parse::PamLine>> pam_;
  AccountStanding standing_;
  SshdVersion version_;
  std::map<std::string, std::optional<LoginRules>, std::less<>> asked_; // by class
  RevokedKeys revoked_;
  KeyLabels labels_;
  const parse::PeopleRange people_ = people_range();
  const std::vector<std::string> provisioned_ = provisioned_names();
  const std::int64_t now_ = std::time(nullptr);
  const std::string fstab_ = text_or_empty("/etc/fstab");
  std::size_t shut_out_ = 0; // accounts that a rule keeps out
  AccountReport report_;
};

} // namespace

AccountReport look_at_accounts(const AccountQuestion& question) {
  return Pass{question}.run();
}

} // namespace sshguardd::host
