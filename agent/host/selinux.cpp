#include "host/selinux.hpp"

#include "host/clock.hpp"
#include "host/files.hpp"
#include "parse/semanage_port.hpp"

#include <chrono>
#include <cstddef>
#include <utility>

namespace sshguardd::host {
namespace {

constexpr auto deadline = std::chrono::seconds{20};
constexpr auto ask_again = std::chrono::minutes{5};
constexpr const char* semanage = "/usr/sbin/semanage";

// Which policy is loaded: the kernel's status page counts the loads (the fourth of its numbers,
// security/selinux/ss/status.c).
std::string policy() {
  const auto text = read_proc("/sys/fs/selinux/status");
  constexpr std::size_t at = 12;
  constexpr std::size_t size = 4;
  return text && text->size() >= at + size ? text->substr(at, size) : std::string{};
}

} // namespace

bool selinux_enforces() {
  const auto text = read_proc("/sys/fs/selinux/enforce");
  return text && text->starts_with('1');
}

SelinuxReader::SelinuxReader(Loop& loop, std::function<void()> on_news)
    : loop_{loop}, on_news_{std::move(on_news)} {}

Fact<SelinuxPorts> SelinuxReader::read(const std::string& fingerprint) {
  if (!selinux_enforces()) return Unknown{"SELinux does not enforce"};
  if (child_) return ports_;
  std::string question = fingerprint + " " + policy();
  const bool again = failed_ != BootTime{} && now().boot - failed_ > ask_again;
  if (asked_ == question && !again) return ports_;
  asked_ = std::move(question);
  failed_ = {};
  ports_ = Unknown{"being asked"};
  if (!exists(semanage)) return ports_ = Unknown{"there is no semanage"};
  child_ = run_child(loop_, {.argv = {semanage, "port", "-l"}, .deadline = deadline},
                     [this](const ChildResult& result) {
                       child_.reset();
                       if (result.exit_status == 0)
                         ports_ = parse::semanage_port(result.out);
                       else {
                         ports_ = Unknown{"semanage gave no answer"};
                         failed_ = now().boot;
                       }
                       on_news_();
                     });
  return ports_;
}

} // namespace sshguardd::host
