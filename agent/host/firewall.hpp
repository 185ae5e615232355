// What the guest's firewall lets in, asked of a child (host/flow_look) when its rules, the sources
// that matter or sshd's listeners are others.
#pragma once

#include "host/child.hpp"
#include "host/flow_look.hpp"
#include "host/let_in.hpp"
#include "host/loop.hpp"
#include "host/rule_watch.hpp"
#include "sshguardd/config.hpp"
#include "sshguardd/snapshot.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace sshguardd::host {

class FirewallReader {
public:
  // on_news: the answer is another: look again.
  FirewallReader(Loop& loop, std::function<void()> on_news);

  void configure(const Config& config);
  // Whether who got in is kept for the instance, across boots.
  void keep_record(bool keeps) { let_in_.keep(keeps); }

  // At each look, once sshd's listeners are known. event: something has changed, nobody tells what.
  // sources: from where people logged in.
  void consider(const Snapshot& look, const std::vector<std::string>& sources, bool event);

  // By which interface, and to which address, somebody comes may be another.
  void ways_changed() { stale_ = true; }

  // Files whose change may be another answer.
  [[nodiscard]] static std::vector<std::string> watched();

  [[nodiscard]] Fact<Firewall> firewall();
  // The first answer is still to come.
  [[nodiscard]] bool first() const { return child_ && !answered_; }

private:
  [[nodiscard]] FlowQuestion question(const Snapshot& look,
                                      const std::vector<std::string>& sources) const;
  [[nodiscard]] bool saved_changed(BootTime now);
  void read_unit_files(const Snapshot& look);
  void on_rules();
  // The answer is of the rules as they are, as far as events tell.
  [[nodiscard]] bool settled();
  [[nodiscard]] bool ufw_at_work(BootTime now);
  void ask();
  void on_answer(const ChildResult& result);
  static void take_shut_out(Firewall& now, const Firewall& before);
  void follow_expiry();
  void mark_known(bool lasts = false);
  void wait_for_lasting();

  Loop& loop_;
  std::function<void()> on_news_;
  std::vector<std::string> configured_; // sources
  std::chrono::seconds open_for_{};
  bool permanent_ = false; // [heal] open_firewall

  RuleWatch watch_;
  BootTime ufw_since_{}; // it has been seen at work; zero: it is not
  Source later_;         // asked again then
  Source lasting_;       // who got in all the time until then, has got in
  Source expiry_;        // an element that decides runs out
  std::array<BootTime, 30> asked_{};
  std::size_t asked_at_ = 0; // the oldest of them
  unsigned in_vain_ = 0;     // so many answers in a row were the same
  bool stale_ = true;        // the rules may be others than those of the answer
  bool answered_ = false;
  bool failed_ = false; // the last time
  BootTime answered_at_{};
  std::unique_ptr<Child> child_;

  std::vector<std::string> argv_; // of the question, without the word for what is saved
  std::string saved_;             // identity of what the next boot loads
  std::string saved_hint_;        // ... when that was looked at
  BootTime saved_at_{};
  bool ask_saved_ = true;     // it is to be asked for, too
  bool with_saved_ = false;   // ... of the child under way
  bool unit_filters_ = false; // sshd's units keep addresses from the sockets, as it seems
  std::string legacy_;        // iptables-legacy's tables, and links with XDP, by name
  std::string unit_files_;    // of sshd's units: which, and when they were changed
  BootTime looked_{};
  Fact<Firewall> firewall_;
  std::string answer_;

  LetIn let_in_;
};

} // namespace sshguardd::host
