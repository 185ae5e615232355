// Whether one of a few addresses is in a set of nftables in which SSHGuard or crowdsec keeps whom
// it bans. Asked address by address (nft get element): those sets may hold tens of thousands.
#pragma once

#include "host/child.hpp"
#include "host/loop.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace sshguardd::host {

class SetBans {
public:
  struct Found {
    std::string by; // "SSHGuard", "crowdsec"
    std::string address;
  };
  using Callback = std::function<void(const std::vector<Found>&)>;

  // on_answer: of whom was asked, those that are banned; nobody where neither is installed. It is
  // not called where nft gives no answer: what was known before is as good.
  SetBans(Loop& loop, Callback on_answer);

  // One question at a time; another one meanwhile is none.
  void ask(const std::vector<std::string>& addresses);

private:
  struct Question {
    std::string by;
    std::string address;
    std::vector<std::string> argv;
  };

  void next();
  void on_child(const ChildResult& result);

  Loop& loop_;
  Callback on_answer_;
  std::vector<Question> questions_; // the last one is under way
  std::vector<Found> found_;
  std::unique_ptr<Child> child_;
};

} // namespace sshguardd::host
