// sshd's lines in the journal, read in batches by a short-lived journalctl: a resident reader would
// wake for every foreign line. That somebody connects is an event (host/knocks); whether sshd did
// anything is told by one number, the processor time that its control group has used.
#pragma once

#include "engine/auth_history.hpp"
#include "host/child.hpp"
#include "host/fail2ban.hpp"
#include "host/knocks.hpp"
#include "host/loop.hpp"
#include "host/set_bans.hpp"
#include "sshguardd/snapshot.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace sshguardd::host {

class AuthLogReader {
public:
  // on_news: the lines say something else than before: look again.
  AuthLogReader(Loop& loop, std::function<void()> on_news);

  // At each look: where sshd has done something, its lines are read soon, beside the looks.
  // `program`: what sshd executes for each connection; empty: not known.
  void consider(const SshUnits& units, std::string program);

  [[nodiscard]] Fact<AuthLog> summary(WallTime now);

  // The first answer is still to come.
  [[nodiscard]] bool first() const { return child_ && !answered_; }

  [[nodiscard]] const engine::AuthHistory::KeyUses& key_uses() const { return history_.key_uses(); }

  // sshd has said that it takes no keys of somebody, since this was last asked: what is known of
  // homes may be old.
  [[nodiscard]] bool new_refusals();

private:
  [[nodiscard]] std::string activity() const;
  void on_knock();
  void read_at(BootTime time);
  void read_on();
  void follow_connection();
  void ask();
  void on_answer(const ChildResult& result);
  void take(const std::string& text);
  void ask_for_bans(BootTime due);
  void on_bans(const std::string& by, const std::vector<parse::JailBan>& bans);
  void on_set_bans(const std::vector<SetBans::Found>& found);

  Loop& loop_;
  std::function<void()> on_news_;
  engine::AuthHistory history_;
  std::unique_ptr<Child> child_;
  Knocks knocks_;
  Source due_;
  Fail2ban fail2ban_;
  SetBans set_bans_;
  Source bans_due_;
  std::string program_;
  BootTime knocked_{}; // the newest connection that was told of
  double tokens_ = 0;  // how often the lines may be read right now
  BootTime tokens_at_{};
  bool asked_ = false;
  bool answered_ = false;
  std::string problem_;  // why the last answer was none; or empty
  std::string group_;    // sshd's control group, when it last had one
  std::string activity_; // when the last answer was asked for
  std::string cursor_;   // of the newest entry that was read
  std::int64_t read_until_us_ = 0;
  std::uint64_t refusals_ = 0; // when last asked
};

} // namespace sshguardd::host
