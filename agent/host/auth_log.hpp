// sshd's lines in the journal, read in batches by a short-lived journalctl: a resident reader would
// wake for every foreign line. Whether there is anything to read is told by one number, the
// processor time that sshd's control group has used.
#pragma once

#include "engine/auth_history.hpp"
#include "host/child.hpp"
#include "host/fail2ban.hpp"
#include "host/loop.hpp"
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
  void consider(const SshUnits& units);

  [[nodiscard]] Fact<AuthLog> summary(WallTime now);

  // The first answer is still to come.
  [[nodiscard]] bool first() const { return child_ && !answered_; }

  // sshd has said that it takes no keys of somebody, since this was last asked: what is known of
  // homes may be old.
  [[nodiscard]] bool new_refusals();

private:
  [[nodiscard]] std::string activity() const;
  void ask();
  void on_answer(const ChildResult& result);
  void take(const std::string& text);
  void ask_for_bans(BootTime due);
  void on_bans(const std::vector<parse::JailBan>& bans);

  Loop& loop_;
  std::function<void()> on_news_;
  engine::AuthHistory history_;
  std::unique_ptr<Child> child_;
  Source due_;
  Fail2ban fail2ban_;
  Source bans_due_;
  BootTime began_{};
  bool answered_ = false;
  std::string problem_;  // why the last answer was none; or empty
  std::string group_;    // sshd's control group, when it last had one
  std::string activity_; // when the last answer was asked for
  std::string cursor_;   // of the newest entry that was read
  std::int64_t read_until_us_ = 0;
  std::uint64_t refusals_ = 0; // when last asked
};

} // namespace sshguardd::host
