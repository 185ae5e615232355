// All that a remedy does to the machine: units by systemd, files by the parts beside this one.
#pragma once

#include "host/child.hpp"
#include "host/grower.hpp"
#include "host/host_key_files.hpp"
#include "host/loop.hpp"
#include "host/opener.hpp"
#include "host/rollback_run.hpp"
#include "host/systemd.hpp"
#include "sshguardd/host.hpp"

#include <memory>
#include <string>

namespace sshguardd::host {

class Actions final : public HostActions {
public:
  Actions(Loop& loop, Systemd& systemd) : loop_{loop}, systemd_{systemd} {}

  void unit(UnitVerb verb, const std::string& name, Done done) override {
    systemd_.unit(verb, name, std::move(done));
  }
  void mend(const Remedy& remedy, Done done) override;
  [[nodiscard]] std::string kept() const override { return kept_; }
  [[nodiscard]] std::string brought() const override { return brought_; }

private:
  void roll_back(const RollBackConfig& remedy, Done done);
  void clear_key_modes(const ClearKeyMode& remedy, Done done);
  void make_room(const MakeRoom& remedy, Done done);
  void grow(const GrowFileSystem& remedy, Done done);
  void open(const OpenFirewall& remedy, Done done);
  // For the commands of a remedy that this unit of systemd's has done.
  std::function<void(const StepsEnd&)> ended(const char* unit, Done done);

  Loop& loop_;
  Systemd& systemd_;
  std::unique_ptr<HostKeyMaker> maker_; // the one that was asked for last
  std::unique_ptr<RollbackRun> rollback_;
  std::unique_ptr<Grower> grower_;
  std::unique_ptr<Opener> opener_;
  std::unique_ptr<Child> child_;
  std::string kept_;
  std::string brought_;
};

} // namespace sshguardd::host
