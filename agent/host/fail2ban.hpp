// fail2ban's list of banned addresses, asked on its socket: never waited for, one question at a
// time.
#pragma once

#include "host/fd.hpp"
#include "host/loop.hpp"
#include "parse/fail2ban.hpp"

#include <functional>
#include <string>
#include <vector>

namespace sshguardd::host {

class Fail2ban {
public:
  using Callback = std::function<void(const std::vector<parse::JailBan>&)>;

  // on_answer: nobody is banned where there is no fail2ban. It is not called where fail2ban gives
  // no answer in time, or one that is not understood: what was known before is as good.
  Fail2ban(Loop& loop, Callback on_answer, std::string path = "/run/fail2ban/fail2ban.sock");

  void ask();

private:
  void ready();
  void finish();

  Loop& loop_;
  Callback on_answer_;
  std::string path_;
  Fd fd_;
  Source io_;
  Source deadline_;
  std::string received_;
};

} // namespace sshguardd::host
