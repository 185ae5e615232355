// The accounts and their keys between the looks: asked again when something in a home, the account
// files or sshd's rules changes, and slowly in any case; by a child, for which nobody waits.
#pragma once

#include "host/account_report.hpp"
#include "host/child.hpp"
#include "host/fd.hpp"
#include "host/sshd_files.hpp"
#include "sshguardd/snapshot.hpp"

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

namespace sshguardd::host {

class AccountReader {
public:
  // on_news: what is known is another: look again.
  AccountReader(Loop& loop, std::function<void()> on_news);

  // As sshd understands its configuration now, or did at last; `record`: the agent's own of who
  // got in.
  void consider(const SshdFiles& files, const LoginRules& rules, std::string record);
  [[nodiscard]] bool asked() const { return known_rules_; }
  [[nodiscard]] const Fact<Accounts>& accounts() const { return accounts_; }

  // The first answer is still to come.
  [[nodiscard]] bool first() const { return child_ && !answered_; }

  // Asks anew, whatever is known, and calls `then` when that is answered; at once where it has
  // never been asked. For who is to act on it, or has.
  void refresh(std::function<void()> then);

private:
  void wish();
  void ask();
  void on_answer(const ChildResult& result);
  void follow(const std::vector<HomeWatch>& watches);
  void read_events();

  Loop& loop_;
  std::function<void()> on_news_;
  std::function<void()> then_;
  Fact<Accounts> accounts_;
  std::string text_; // of the last answer
  bool answered_ = false;
  SshdFiles files_;
  LoginRules rules_;
  std::string record_;
  bool known_rules_ = false;
  bool again_ = false; // something changed while it was being asked
  std::unique_ptr<Child> child_;
  BootTime began_{};
  std::chrono::microseconds took_{0};
  Source due_;
  Source slow_;
  Fd inotify_;
  Source events_;
  std::map<int, std::set<std::string>> watches_; // names that matter
};

} // namespace sshguardd::host
