// One look at the machine: all collectors, each with its deadline, into one immutable Snapshot.
// What is costly (sshd -t, a probe, the journal) runs only when something says that its answer may
// be another.
#pragma once

#include "engine/ledger.hpp"
#include "host/accounts.hpp"
#include "host/auth_log.hpp"
#include "host/binary.hpp"
#include "host/child.hpp"
#include "host/disks.hpp"
#include "host/effective.hpp"
#include "host/firewall.hpp"
#include "host/holder.hpp"
#include "host/host_keys.hpp"
#include "host/intent.hpp"
#include "host/key_keeper.hpp"
#include "host/listen_history.hpp"
#include "host/login_sources.hpp"
#include "host/logs.hpp"
#include "host/loop.hpp"
#include "host/memory.hpp"
#include "host/mount_reader.hpp"
#include "host/network.hpp"
#include "host/prober.hpp"
#include "host/selinux.hpp"
#include "host/sshd_files.hpp"
#include "host/systemd.hpp"
#include "sshguardd/snapshot.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace sshguardd::host {

class Look {
public:
  using Callback = std::function<void(std::shared_ptr<const Snapshot>)>;

  // on_late: evidence came that no look waited for: look again.
  Look(Loop& loop, Systemd& systemd, SelfTest self, std::function<void()> on_late);

  // slow_timer: nothing told of a change, so one question to systemd is enough where nothing
  // changed. event: everything is read again, but what is costly is asked only where its answer may
  // be another. before_acting: sshd -t too is asked again while sshd is down.
  enum class Why { slow_timer, event, before_acting };
  // One at a time: busy() tells.
  void start(Why why, Callback callback);
  [[nodiscard]] bool busy() const { return static_cast<bool>(callback_); }

  // Evidence is still to come: a probe, sshd's own account of its configuration, log lines, a
  // second look at a passive sign.
  [[nodiscard]] bool pending() const;

  // What to watch so that a change of the last look's answers is an event.
  [[nodiscard]] std::vector<std::string> watched() const;

  void set_self(SelfTest self) { self_ = std::move(self); }
  void set_failure_reset(bool reset) { failure_reset_ = reset; }
  // Before the first look: what an earlier run of the agent has told and not taken back.
  void resume(const engine::Ledger& ledger);
  void keep_record(bool keeps) {
    host_keys_.keep_record(keeps);
    keys_.keep_record(keeps);
    firewall_.keep_record(keeps);
    network_.keep_record(keeps);
  }
  // Addresses, routes or rules of routing are others.
  void network_changed() { firewall_.ways_changed(); }
  void configure(const Config& config) {
    prober_.configure(engine::probe_settings(config));
    disks_.configure(config);
    logs_reader_.configure(config);
    firewall_.configure(config);
  }

private:
  void on_units(Fact<SshUnits> units);
  void look_without_systemd();
  [[nodiscard]] bool unchanged_privsep(const std::string& state) const;
  void test_config();
  void on_config_test(const ChildResult& result);
  void read_log();
  void on_log(const ChildResult& result);
  void read_liveness();
  void read_ports(const SshUnits& units);
  void remember_lasting();
  void refresh_accounts();
  [[nodiscard]] Fact<Accounts> known_accounts() const;
  void finish();

  Loop& loop_;
  Systemd& systemd_;
  SelfTest self_;
  std::function<void()> on_late_;
  bool failure_reset_ = false;
  IntentReader intent_;

  Why why_ = Why::event;
  Callback callback_;
  Snapshot next_;
  std::unique_ptr<Child> child_;
  std::unique_ptr<Child> log_child_;
  EffectiveReader effective_;
  HostKeyReader host_keys_;
  AccountReader accounts_;
  AuthLogReader auth_log_;
  KeyKeeper keys_;
  DiskReader disks_;
  MountReader mounts_;
  LogsReader logs_reader_;
  LoginSources login_sources_;
  FirewallReader firewall_;
  MemoryReader memory_;
  NetworkReader network_;
  Prober prober_;
  Holders holders_;
  BinaryReader binary_;
  SelinuxReader selinux_;
  ListenHistory history_;
  Source lasting_due_; // the second look at a passive sign

  // Remembered between looks.
  SshdFiles files_;
  std::vector<std::string> control_groups_; // of sshd's units
  Fact<ConfigTest> config_test_;
  std::string hung_for_; // the fingerprint for which sshd -t did not end
  BootTime hung_at_{};
  std::string cannot_run_;    // how the last sshd -t died, that said nothing of the configuration
  std::string privsep_state_; // at the last sshd -t
  std::string keys_state_;    // likewise
  Lasting lasting_;
  std::uint32_t lasting_pid_ = 0; // of the process that `lasting_` is about
  bool was_up_ = false;           // at the last look
  std::string logged_for_;        // the failure that `log_` belongs to
  Fact<std::vector<std::string>> log_;
};

} // namespace sshguardd::host
