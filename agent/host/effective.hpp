// The configuration as sshd itself understands it, by `sshd -G` (from 9.3 on) or `sshd -T`; asked
// once for each fingerprint of the files, beside the looks.
#pragma once

#include "host/child.hpp"
#include "host/sshd_files.hpp"
#include "sshguardd/snapshot.hpp"

#include <functional>
#include <memory>

namespace sshguardd::host {

class EffectiveReader {
public:
  // on_news: an answer has come: look again.
  EffectiveReader(Loop& loop, std::function<void()> on_news);

  // Only for files that `sshd -t` accepts. up: sshd runs, so that its /run/sshd is there.
  void consider(const SshdFiles& files, bool up);

  // The answer for this fingerprint; Unknown where there is none (yet).
  [[nodiscard]] Fact<Effective> answer(const std::string& fingerprint) const;
  // The newest answer, whatever files it is of.
  [[nodiscard]] const Fact<Effective>& last() const { return effective_; }
  [[nodiscard]] bool running() const { return static_cast<bool>(child_); }

private:
  void ask(const char* mode, bool last);

  Loop& loop_;
  std::function<void()> on_news_;
  SshdFiles files_;
  std::string asked_; // what was asked for last: the fingerprint, and whether sshd ran
  Fact<Effective> effective_;
  std::unique_ptr<Child> child_;
};

} // namespace sshguardd::host
