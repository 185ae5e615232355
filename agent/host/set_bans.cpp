#include "host/set_bans.hpp"

#include "host/files.hpp"

#include <chrono>
#include <cstddef>
#include <utility>

namespace sshguardd::host {
namespace {

constexpr auto deadline = std::chrono::seconds{2};
constexpr const char* nft = "/usr/sbin/nft";
constexpr std::size_t most_addresses = 8;

// Who bans, the program that shows that it is installed, and its sets (sshg-fw-nft-sets;
// crowdsec-firewall-bouncer's default configuration).
struct Blocker {
  const char* name;
  const char* program;
  std::vector<std::string> set4;
  std::vector<std::string> set6;
};
const Blocker blockers[] = {
    {"SSHGuard",
     "/usr/sbin/sshguard",
     {"ip", "sshguard", "attackers"},
     {"ip6", "sshguard", "attackers"}},
    {"crowdsec",
     "/usr/bin/crowdsec-firewall-bouncer",
     {"ip", "crowdsec", "crowdsec-blacklists"},
     {"ip6", "crowdsec6", "crowdsec6-blacklists"}},
};

} // namespace

SetBans::SetBans(Loop& loop, Callback on_answer) : loop_{loop}, on_answer_{std::move(on_answer)} {}

void SetBans::ask(const std::vector<std::string>& addresses) {
  if (child_) return;
  questions_.clear();
  found_.clear();
  for (const Blocker& blocker : blockers) {
    if (!exists(blocker.program) || !exists(nft)) continue;
    for (std::size_t at = 0; at < addresses.size() && at < most_addresses; ++at) {
      const std::string& address = addresses[at];
      // One with a zone ("fe80::1%eth0") is none for a set.
      if (address.find_first_not_of("0123456789abcdef.:") != std::string::npos) continue;
      Question question{blocker.name, address, {nft, "get", "element"}};
      const auto& set = address.find(':') == std::string::npos ? blocker.set4 : blocker.set6;
      question.argv.insert(question.argv.end(), set.begin(), set.end());
      question.argv.push_back("{ " + address + " }");
      questions_.push_back(std::move(question));
    }
  }
  next();
}

void SetBans::next() {
  if (questions_.empty()) return on_answer_(found_);
  child_ = run_child(loop_, {.argv = questions_.back().argv, .deadline = deadline},
                     [this](const ChildResult& result) { on_child(result); });
}

void SetBans::on_child(const ChildResult& result) {
  child_.reset();
  // ENOENT: no such table, set or element.
  const bool answered =
      result.exit_status == 0 || result.err.find("No such file or directory") != std::string::npos;
  if (!answered) return questions_.clear();
  Question& question = questions_.back();
  if (result.exit_status == 0)
    found_.push_back({std::move(question.by), std::move(question.address)});
  questions_.pop_back();
  next();
}

} // namespace sshguardd::host
