#include "engine/access.hpp"

#include "engine/access_steps.hpp"
#include "parse/shell_word.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace sshguardd::engine {
namespace {

using parse::shell_word;

class Judge {
public:
  explicit Judge(const AccessFacts& facts) : facts_{facts}, word_{shell_word(facts.user)} {}

  Access run() {
    sshd();
    if (account() && configuration()) {
      before_keys();
      const Result gate = gate_;
      const Result in = authentication();
      after_keys();
      if (facts_.from.empty()) address();
      answer(gate, in);
    } else {
      answer(gate_, Result::unknown);
    }
    return std::move(access_);
  }

private:
  void step(Result result, std::string name, std::string says, std::vector<std::string> fix = {}) {
    access_.steps.push_back({result, std::move(name), std::move(says), std::move(fix)});
  }
  // A step that all have to pass, whatever key or password they have.
  void gate(Result result, std::string name, std::string says, std::vector<std::string> fix = {}) {
    if (result != Result::note) gate_ = both(gate_, result);
    step(result, std::move(name), std::move(says), std::move(fix));
  }
  [[nodiscard]] const LoginRules& rules() const { return *facts_.rules; }
  [[nodiscard]] bool root() const { return facts_.account->uid == 0; }

  void sshd() {
    if (!facts_.sshd_asked) return;
    if (facts_.sshd_alive)
      step(Result::passed, "sshd", "answers: " + facts_.sshd_said);
    else
      gate(Result::failed, "sshd", "does not answer: " + facts_.sshd_said,
           {facts_.sshd_fix.empty() ? "sshguardctl status" : facts_.sshd_fix});
  }

  bool account() {
    if (facts_.account) {
      gate(Result::passed, "account",
           "uid " + std::to_string(facts_.account->uid) + ", home " + facts_.account->home +
               ", shell " + facts_.shell + (facts_.named_elsewhere ? "; by the name service" : ""));
      return true;
    }
    if (!facts_.account_unknown.empty())
      gate(Result::unknown, "account", "not in /etc/passwd; " + facts_.account_unknown);
    else
      gate(Result::failed, "account", "there is none of that name",
           {"look for the right name: sshguardctl access --all"});
    return false;
  }

  bool configuration() {
    if (facts_.rules) return true;
    gate(Result::unknown, "configuration", facts_.rules.why(), {});
    return false;
  }

  // auth.c:allowed_user(), in its order.
  void before_keys() {
    if (facts_.standing && facts_.standing->key == parse::Bar::locked)
      gate(Result::failed, "lock", "the password is locked, and with UsePAM no sshd minds",
           {(facts_.standing->bare_lock ? "usermod -p '*' " : "passwd -u ") + word_});
    if (rules().chroot_directory.empty()) shell();
    if (!facts_.exclusion) return gate(Result::passed, "rules", rules_text());
    const bool root = facts_.exclusion->keyword == "PermitRootLogin";
    gate(Result::failed, root ? "root" : "rules",
         "it " + facts_.exclusion->why + (facts_.from.empty() ? "" : " (from " + facts_.from + ")"),
         root ? std::vector<std::string>{"log in as another account, and then sudo"}
              : change("change " + facts_.exclusion->keyword));
  }

  // Which part of sshd's work a session's end belongs to.
  static const char* part_of(std::string_view place) {
    if (place == "ChrootDirectory") return "chroot";
    return place == "ForceCommand" ? "command" : "pam";
  }

  void shell() {
    if (facts_.shell_state == ShellState::missing)
      gate(Result::failed, "shell", facts_.shell + " is not there",
           {"usermod -s /bin/sh " + word_});
    if (facts_.shell_state == ShellState::not_executable)
      gate(Result::failed, "shell", facts_.shell + " cannot be executed",
           {"usermod -s /bin/sh " + word_});
  }

  [[nodiscard]] std::string rules_text() const {
    std::string names;
    const auto add = [&](const char* name, const std::vector<std::string>& list) {
      if (!list.empty()) names += std::string{names.empty() ? "" : ", "} + name;
    };
    add("DenyUsers", rules().deny_users);
    add("AllowUsers", rules().allow_users);
    add("DenyGroups", rules().deny_groups);
    add("AllowGroups", rules().allow_groups);
    if (names.empty()) return "no AllowUsers, DenyUsers, AllowGroups or DenyGroups";
    return names + " let it in";
  }

  // What of the answer holds for some addresses alone.
  void address() {
    auto& depends = access_.depends;
    const auto has_host = [](const std::string& one) { return one.find('@') != one.npos; };
    if (facts_.match_by_client) depends.emplace_back("Match");
    if (std::ranges::any_of(rules().allow_users, has_host)) depends.emplace_back("AllowUsers");
    if (std::ranges::any_of(rules().deny_users, has_host)) depends.emplace_back("DenyUsers");
    bool bound = false;
    bool free = false;
    for (const AccessKey& key : facts_.keys) {
      if (lets_in(facts_, key)) (key.from ? bound : free) = true;
    }
    if (bound && !free) depends.emplace_back("from=");
    if (facts_.pam_access && facts_.pam_access->says == parse::AccessVerdict::Says::unknown)
      depends.emplace_back("pam_access");
    if (depends.empty()) return;
    std::string all;
    for (const std::string& one : depends)
      all += (all.empty() ? "" : ", ") + one;
    step(Result::note, "address",
         "from some addresses it may be otherwise (" + all + "): give one with --from");
  }

  // Which of the lists of AuthenticationMethods can be gone through.
  Result authentication() {
    const Result key = judge_keys(facts_, access_.steps);
    const Result password = by_password();
    const auto way = [&](std::string_view method) {
      method = method.substr(0, method.find(':'));
      if (method == "publickey") return key;
      if (method == "password" || method == "keyboard-interactive") return password;
      return Result::unknown; // hostbased, GSSAPI
    };
    if (rules().methods.empty()) {
      access_.by = key == Result::passed ? "key" : "password";
      return either(key, password);
    }
    Result best = Result::failed;
    for (const std::string& list : rules().methods) {
      Result worst = Result::passed;
      for (std::string_view rest = list; !rest.empty();) {
        const std::string_view method = rest.substr(0, rest.find(','));
        rest.remove_prefix(std::min(rest.size(), method.size() + 1));
        worst = both(worst, way(method));
      }
      if (best != Result::passed && worst == Result::passed) access_.by = list;
      best = either(best, worst);
    }
    std::string all;
    for (const std::string& list : rules().methods)
      all += " " + list;
    step(best == Result::passed ? Result::note : best, "methods", "AuthenticationMethods" + all);
    return best;
  }

  Result by_password() {
    if (facts_.key_given && rules().methods.empty()) return Result::failed;
    if (!rules().passwords) {
      step(Result::note, "password", "sshd takes none");
      return Result::failed;
    }
    if (root() && rules().permit_root != "yes") {
      step(Result::note, "password", "none of root's: PermitRootLogin " + rules().permit_root);
      return Result::failed;
    }
    if (!facts_.standing) {
      step(Result::unknown, "password", facts_.standing.why());
      return Result::unknown;
    }
    if (facts_.standing->password_lets_in()) {
      step(Result::note, "password", "sshd takes one, and the account has one");
      return Result::passed;
    }
    step(Result::note, "password",
         "the account " + std::string{parse::in_words(facts_.standing->password)});
    return Result::failed;
  }

  void after_keys() {
    if (!facts_.nologin.empty() && parse::nologin_keeps_out(facts_.account->uid))
      gate(Result::failed, "nologin", facts_.nologin + " is there: root alone gets in",
           {"rm " + facts_.nologin + ", unless the machine is going down"});
    if (facts_.pam_access) pam_access(*facts_.pam_access);
    for (const SessionObstacle& obstacle : facts_.obstacles) {
      gate(Result::failed, part_of(obstacle.place),
           obstacle.place + ": " + obstacle.why + ": authenticated, then ended", {obstacle.mend});
    }
    if (facts_.shell_state == ShellState::says_goodbye &&
        !rules().force_command.starts_with("internal-sftp"))
      gate(Result::failed, "shell", "logged in, and sent away at once by " + facts_.shell,
           {"usermod -s /bin/sh " + word_ + ", if it is to log in"});
    if (!facts_.home_problem.empty()) gate(Result::note, "home", facts_.home_problem);
  }

  void pam_access(const parse::AccessAnswer& told) {
    using Says = parse::AccessVerdict::Says;
    const std::string name = "pam_access";
    const std::string from = facts_.from.empty() ? "" : " from " + facts_.from;
    if (told.says == Says::allowed)
      return gate(Result::passed, name,
                  told.place.empty() ? "no rule of its denies it" : told.place + " lets it in");
    if (told.says == Says::denied && told.file_missing)
      return gate(Result::failed, name, told.place + " is not there, and so it denies everybody",
                  {"put the file back, or mend " + told.line});
    if (told.says == Says::denied)
      return gate(Result::failed, name, told.place + " denies it" + from,
                  {"put a line above it that lets it in: + : " + facts_.user + " : " +
                   (facts_.from.empty() ? "ALL" : facts_.from)});
    std::string says = told.place;
    if (!told.certain)
      says += " denies it" + from + ", and whether PAM minds is not known: " + told.line;
    else if (facts_.from.empty())
      says += " may be about it: give the client's address with --from";
    else
      says += " asks for what is not known here, as a host's name";
    gate(Result::unknown, name, says);
  }

  void answer(Result before, Result in) {
    using Answer = Access::Answer;
    const Result all = both(both(before, in), gate_);
    access_.answer = all == Result::passed   ? Answer::in
                     : all == Result::failed ? Answer::out
                                             : Answer::unknown;
    if (all == Result::passed) return;
    access_.by.clear();
    const auto first = std::ranges::find(access_.steps, all, &AccessStep::result);
    if (first != access_.steps.end()) access_.blocked = first->name;
  }

  const AccessFacts& facts_;
  std::string word_; // the account's name, as one would type it
  Access access_;
  Result gate_ = Result::passed;
};

} // namespace

Access access(const AccessFacts& facts) {
  return Judge{facts}.run();
}

} // namespace sshguardd::engine
