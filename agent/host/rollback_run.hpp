// A rollback from the question to the answer: which files would change, then the change itself,
// tested by `sshd -t` as sshd's unit would run it, and undone where that fails.
#pragma once

#include "engine/config_change.hpp"
#include "host/child.hpp"
#include "host/loop.hpp"
#include "host/rollback.hpp"
#include "host/systemd.hpp"
#include "sshguardd/snapshot.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sshguardd::host {

class RollbackRun {
public:
  struct To {
    // undo: what the last rollback replaced; where one was killed half way, that is undone instead.
    enum class Kind { newest, numbered, distribution, undo } kind = Kind::newest;
    unsigned number = 0; // numbered: of a known good configuration
  };
  using Done = std::function<void(std::optional<std::string>)>;

  RollbackRun(Loop& loop, Systemd& systemd) : loop_{loop}, systemd_{systemd} {}

  struct Plan {
    SshUnits units;
    Instance instance;
    std::int64_t saved_us = 0; // known good: when it was recorded; undo: when it was replaced
    std::vector<engine::ConfigChange> changes;
    std::vector<std::string> left; // other files that differ, which are not sshd's alone
    std::string fingerprint;       // of what is replaced
  };
  // Unknown: there is nothing to go back to, or it cannot be done or seen. Undoes a killed one
  // first, or, where it is only to look, is Unknown for that.
  void plan(To to, bool only_look, std::function<void(Fact<Plan>)> done);

  // Why what is there now could not become known good; nullopt: it could.
  void unkeepable(std::function<void(std::optional<std::string>)> done);

  // Asked right before the first change; what it returns, if anything, is why not.
  void set_veto(std::function<std::string()> veto) { veto_ = std::move(veto); }

  // Refuses where the configuration is not what it was when it was planned. The reason of a
  // failure: then all is as it was before, or the reason names what is not.
  void carry_out(const Plan& plan, Done done);

  // After it was carried out: what was there before comes back, as far as the files are still what
  // was written.
  void reverse(const Plan& plan, Done done);

  // What is under way is undone, and never answered. What could not be put back.
  [[nodiscard]] std::optional<std::string> abandon();

  // After it failed: whether nothing is left of it.
  [[nodiscard]] bool as_it_was() const { return as_it_was_; }
  // After it was carried out.
  [[nodiscard]] const std::string& aside() const { return aside_; }
  [[nodiscard]] bool recovered() const { return recovered_; }

private:
  [[nodiscard]] Fact<Plan> plan_now(To to, bool only_look, const SshUnits& units);
  void on_tested(const ChildResult& result);
  [[nodiscard]] std::string undone(const std::string& why);

  Loop& loop_;
  Systemd& systemd_;
  std::function<std::string()> veto_;
  std::unique_ptr<Transaction> transaction_;
  std::unique_ptr<Child> child_;
  Done done_;
  std::string aside_;
  bool as_it_was_ = true;
  bool recovered_ = false;
};

} // namespace sshguardd::host
