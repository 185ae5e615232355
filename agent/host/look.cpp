#include "host/look.hpp"

#include "host/bindable.hpp"
#include "host/clock.hpp"
#include "host/files.hpp"
#include "host/instance.hpp"
#include "host/known_good.hpp"
#include "host/limits.hpp"
#include "host/liveness.hpp"
#include "host/own_listeners.hpp"
#include "host/privsep_dir.hpp"
#include "host/sockets.hpp"
#include "parse/sshd_messages.hpp"

#include <algorithm>
#include <csignal>
#include <map>

#include <unistd.h>

namespace sshguardd::host {
namespace {

constexpr auto config_test_deadline = std::chrono::seconds{5};
constexpr auto journal_deadline = std::chrono::seconds{2};
constexpr std::size_t log_lines = 5;
// A test that hangs is asked again after this, or when the files change.
constexpr auto hung_again = std::chrono::seconds{30};

std::string host_name() {
  char name[256] = {};
  return gethostname(name, sizeof name - 1) == 0 ? name : "";
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::size_t start = 0;
  while (start < text.size()) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    if (end > start) lines.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return lines;
}

// The program itself is broken: it crashed, or its loader found no library (exit status 127).
std::string cannot_run(const ChildResult& result) {
  if (!result.error.empty() || result.timed_out) return {};
  const bool crashed = result.signal == SIGSEGV || result.signal == SIGBUS ||
                       result.signal == SIGILL || result.signal == SIGABRT ||
                       result.signal == SIGFPE || result.signal == SIGSYS;
  if (result.exit_status < 0 && crashed) return "ended by signal " + std::to_string(result.signal);
  if (result.exit_status != 127) return {};
  const auto lines = lines_of(result.err);
  return lines.empty() ? "exit status 127" : lines.front();
}

bool failed(const SshUnits& units) {
  return units.service.active_state == "failed" || units.socket.active_state == "failed";
}

// What sshd executes for each connection; empty: not known.
std::string connection_program(const Snapshot& snapshot) {
  if (snapshot.binary && !snapshot.binary->helpers.empty()) return snapshot.binary->helpers.front();
  return snapshot.config ? snapshot.config->binary : "";
}

} // namespace

Look::Look(Loop& loop, Systemd& systemd, SelfTest self, std::function<void()> on_late)
    : loop_{loop}, systemd_{systemd}, self_{std::move(self)}, on_late_{std::move(on_late)},
      effective_{loop, [this] { on_late_(); }}, host_keys_{loop, [this] { on_late_(); }},
      accounts_{loop, [this] { on_late_(); }}, auth_log_{loop, [this] { on_late_(); }},
      disks_{loop, [this] { on_late_(); }}, mounts_{loop, [this] { on_late_(); }},
      logs_reader_{loop, [this] { on_late_(); }}, firewall_{loop, [this] { on_late_(); }},
      memory_{loop, [this] { on_late_(); }}, network_{loop, [this] { on_late_(); }},
      prober_{loop, [this] { on_late_(); }}, selinux_{loop, [this] { on_late_(); }} {}

void Look::start(Why why, Callback callback) {
  why_ = why;
  callback_ = std::move(callback);
  next_ = {};
  next_.host = host_name();
  next_.self = self_;
  next_.failure_reset = failure_reset_;
  const auto depth = why == Why::slow_timer ? Systemd::Depth::changes : Systemd::Depth::everything;
  systemd_.read(depth, [this](Fact<SshUnits> units) { on_units(std::move(units)); });
}

void Look::on_units(Fact<SshUnits> units) {
  next_.taken = now();
  next_.units = std::move(units);
  const Unit* service = next_.units ? &next_.units->service : nullptr;
  next_.intent = intent_.read(service, next_.taken.boot);
  if (service == nullptr) {
    next_.config = Unknown{next_.units.why()};
    next_.config_test = Unknown{next_.units.why()};
    return look_without_systemd();
  }

  auto files = read_sshd_files(*service);
  if (!files) {
    next_.config = Unknown{files.why()};
    next_.config_test = Unknown{files.why()};
    return read_log();
  }
  files_ = *files;
  next_.config = files_.config;
  host_keys_.consider(files_, effective_.answer(files_.config.fingerprint));
  next_.host_keys = host_keys_.keys();
  if (!files_.config.binary_exists) {
    next_.config_test = Unknown{files_.config.binary + " is not there"};
    return read_log();
  }
  // sshd -t is asked when its files changed, when sshd has gone down, and before acting. One that
  // failed is asked again each time: accounts and names it resolves are not in the fingerprint; nor
  // are files that are too many to follow, so that it is asked each time then too. Host keys are
  // not of the configuration, which a change of them does not make another.
  const bool up = next_.units->up();
  const std::string privsep = privsep_state();
  const bool remembered = config_test_ && config_test_->passed &&
                          config_test_->privsep_dir.empty() && unchanged_privsep(privsep) &&
                          keys_state_ == host_keys_.state() && files_.config.incomplete.empty() &&
                          config_test_->fingerprint == files_.config.fingerprint;
  if (remembered && (up || (!was_up_ && why_ != Why::before_acting))) {
    next_.config_test = config_test_;
    return read_log();
  }
  if (hung_for_ == files_.config.fingerprint && next_.taken.boot - hung_at_ < hung_again) {
    next_.config_test = config_test_;
    next_.test_hangs = true;
    return read_log();
  }
  privsep_state_ = privsep;
  keys_state_ = host_keys_.state();
  test_config();
}

// The directory is the unit's own (RuntimeDirectory=) and goes whenever the unit does: only while
// sshd's main process lives is its change worth asking.
bool Look::unchanged_privsep(const std::string& state) const {
  const bool lives = next_.units->service.active() && !next_.units->service.moving();
  return !lives || state == privsep_state_;
}

// The kernel still tells who listens, and sshd whether it answers.
void Look::look_without_systemd() {
  next_.listeners = read_listeners(control_groups_);
  prober_.consider(next_);
  finish();
}

void Look::test_config() {
  ChildSpec spec{.argv = files_.test_argv,
                 .environment = files_.test_environment,
                 .deadline = config_test_deadline};
  child_ = run_child(loop_, std::move(spec),
                     [this](const ChildResult& result) { on_config_test(result); });
}

void Look::on_config_test(const ChildResult& result) {
  hung_for_.clear();
  cannot_run_ = cannot_run(result);
  if (!result.error.empty()) {
    config_test_ = Unknown{result.error};
  } else if (result.timed_out) {
    config_test_ = Unknown{"no answer in " + std::to_string(config_test_deadline.count()) + "s"};
    hung_for_ = files_.config.fingerprint;
    hung_at_ = now().boot;
    next_.test_hangs = true;
  } else if (result.exit_status < 0) {
    config_test_ = Unknown{"ended by signal " + std::to_string(result.signal)};
  } else {
    const auto output = parse::sshd_test_output(result.err, result.exit_status);
    if (result.exit_status != 0 && output.permission_denied) {
      config_test_ = Unknown{"permission denied in our own test: " +
                             (output.errors.empty() ? "" : output.errors.front().message)};
    } else {
      config_test_ = ConfigTest{.fingerprint = files_.config.fingerprint,
                                .passed = result.exit_status == 0 || output.privsep_dir_only,
                                .errors = output.errors,
                                .command = files_.test_argv,
                                .privsep_dir = output.privsep_dir,
                                .no_hostkeys = result.exit_status != 0 && output.no_hostkeys,
                                .keys = output.keys};
    }
  }
  next_.config_test = config_test_;
  read_log();
}

void Look::read_log() {
  // Evidence for people, read once for each failure. Nothing waits for it: a slow journal must not
  // hold up a heal.
  if (!failed(*next_.units)) {
    logged_for_.clear();
    log_ = Unknown{"not read yet"};
    return read_liveness();
  }
  const Unit& service = next_.units->service;
  const std::string failure = service.result + " " + std::to_string(service.active_enter_us) + " " +
                              std::to_string(service.exec_main_status);
  if (failure != logged_for_) {
    logged_for_ = failure;
    log_ = Unknown{"not read yet"};
    ChildSpec spec{.argv = {"/usr/bin/journalctl", "--boot", "--no-pager", "--quiet",
                            "--output=cat", "--since=-10min", "--priority=warning",
                            "--lines=" + std::to_string(log_lines), "--unit=" + service.id},
                   .deadline = journal_deadline};
    log_child_ =
        run_child(loop_, std::move(spec), [this](const ChildResult& result) { on_log(result); });
  }
  next_.log = log_;
  read_liveness();
}

void Look::on_log(const ChildResult& result) {
  log_child_.reset();
  if (result.exit_status == 0)
    log_ = lines_of(result.out);
  else
    log_ = Unknown{"journalctl gave no answer"};
  on_late_();
}

// Passive signs first; whether sshd is to be knocked at follows from them.
void Look::read_liveness() {
  const SshUnits& units = *next_.units;
  control_groups_ = {units.service.control_group, units.socket.control_group};
  next_.listeners = own_listeners(units);
  next_.daemon = read_daemon(units.service.main_pid, units.service.control_group);
  next_.pressure = read_pressure();
  next_.limits = read_limits(units.service);
  next_.addresses = read_addresses();
  if (next_.config && next_.config_test && next_.config_test->passed) {
    effective_.consider(files_, units.service.active());
    next_.effective = effective_.answer(next_.config->fingerprint);
    next_.selinux = selinux_.read(next_.config->fingerprint);
  }
  next_.instance = read_instance();
  if (next_.effective)
    accounts_.consider(files_, next_.effective->login,
                       next_.instance ? logins_path(*next_.instance) : "");
  read_ports(units);
  if (next_.config) {
    auto binary = binary_.read(next_.config->binary, units.service.main_pid);
    if (binary && !cannot_run_.empty()) {
      SshdBinary broken = *binary;
      broken.cannot_run = cannot_run_;
      binary = std::move(broken);
    }
    next_.binary = std::move(binary);
  }
  auth_log_.consider(units, connection_program(next_));
  if (next_.config_test && !next_.config_test->privsep_dir.empty())
    next_.privsep_dir = read_privsep_dir(next_.config_test->privsep_dir);
  if (next_.config_test && !next_.config_test->passed && next_.instance && next_.config)
    next_.known_good = compare_known_good(*next_.instance, units.service, *next_.config);
  remember_lasting();
  prober_.consider(next_);
  host_keys_.compare(next_);
  history_.follow(next_);
  refresh_accounts();
}

// Before something is changed in a home, and to see what came of it, what is known of homes is not
// enough.
void Look::refresh_accounts() {
  const bool wrong = accounts_.accounts() && accounts_.accounts()->open > 0;
  const bool refused = auth_log_.new_refusals();
  if (why_ == Why::before_acting && wrong) return accounts_.refresh([this] { finish(); });
  // sshd's words are a reason to look, no more.
  if (refused) accounts_.refresh([this] { on_late_(); });
  finish();
}

// Where sshd is to listen, and who does so in its place.
void Look::read_ports(const SshUnits& units) {
  const auto add = [this](std::uint16_t port) {
    if (port != 0 && std::ranges::find(next_.ports, port) == next_.ports.end())
      next_.ports.push_back(port);
  };
  if (units.owner == PortOwner::socket || units.socket.active()) {
    next_.listen = socket_addresses(units.socket);
  } else if (const auto& known = effective_.last()) {
    next_.listen = known->listen;
  }
  for (const ListenAddress& listen : next_.listen)
    add(listen.port);
  if (next_.addresses) {
    next_.unbindable = unbindable(next_.listen, *next_.addresses);
    if (next_.effective) {
      const auto more = unbindable(next_.effective->listen, *next_.addresses);
      next_.unbindable.insert(next_.unbindable.end(), more.begin(), more.end());
    }
  }
  if (!next_.listeners) return;
  std::vector<Listener> listeners = *next_.listeners;
  holders_.name(listeners, [&](const Listener& one) {
    // A socket unit's sockets are known by their ports alone: so may be another's.
    return next_.is_ssh_port(one.port) && (!one.ours || !units.up() || units.socket.active());
  });
  next_.listeners = std::move(listeners);
}

void Look::remember_lasting() {
  const std::uint32_t pid = next_.units->service.main_pid;
  if (std::exchange(lasting_pid_, pid) != pid) lasting_ = {};
  const auto follow = [this](bool so, std::optional<BootTime>& since) {
    if (!so) since.reset();
    if (so && !since) since = next_.taken.boot;
  };
  // Could not look is no change.
  if (next_.daemon) {
    const auto& startups = next_.daemon->startups;
    follow(next_.daemon->stopped(), lasting_.stopped);
    follow(startups && startups->current >= startups->begin, lasting_.startups_full);
  }
  if (next_.listeners) {
    follow(std::ranges::any_of(*next_.listeners,
                               [](const Listener& one) { return one.ours && one.waiting > 0; }),
           lasting_.waiting);
    lasting_.listened = lasting_.listened || std::ranges::any_of(*next_.listeners, &Listener::ours);
  }
  next_.lasting = lasting_;

  std::optional<BootTime> due;
  const auto second_look = [&](const std::optional<BootTime>& since, std::chrono::seconds after) {
    if (since && *since + after > next_.taken.boot)
      due = due ? std::min(*due, *since + after) : *since + after;
  };
  second_look(lasting_.stopped, Lasting::stopped_for);
  second_look(lasting_.waiting, Lasting::waiting_for);
  second_look(lasting_.startups_full, Lasting::startups_full_for);
  if (due)
    lasting_due_ = loop_.at(*due, on_late_);
  else
    lasting_due_.reset();
}

void Look::resume(const engine::Ledger& ledger) {
  disks_.resume(engine::told_before(ledger.episodes));
}

bool Look::pending() const {
  return log_child_ || effective_.running() || host_keys_.asking() || accounts_.first() ||
         auth_log_.first() || disks_.asking() || mounts_.asking() || logs_reader_.first() ||
         firewall_.first() || network_.first() || prober_.undecided() ||
         (lasting_.stopped && lasting_due_);
}

Fact<Accounts> Look::known_accounts() const {
  if (accounts_.asked() && !accounts_.first()) return accounts_.accounts();
  // The first answer is awaited before anything is told.
  if (accounts_.asked() || effective_.running()) return Accounts{};
  if (!next_.units) return Unknown{next_.units.why()};
  if (!next_.config_test) return Unknown{"sshd -t: " + next_.config_test.why()};
  if (!next_.config_test->passed)
    return Unknown{"sshd refuses its configuration: how it judges accounts is not known"};
  if (next_.units->service.active()) return Unknown{next_.effective.why()};
  // `sshd -T` before 9.3 says nothing while its socket unit waits alone.
  if (next_.units->up()) return Accounts{};
  return Unknown{"sshd is down: how it judges accounts is not known"};
}

void Look::finish() {
  if (next_.units) was_up_ = next_.units->up();
  next_.accounts = known_accounts();
  keys_.compare(next_, auth_log_.key_uses());
  next_.auth = auth_log_.summary(next_.taken.wall);
  next_.disks = disks_.read();
  next_.mounts = mounts_.read(next_, disks_.table(), disks_.generation());
  disks_.follow_points(mounts_.points());
  // What was told before the agent's restart is not taken back meanwhile.
  if (mounts_.first()) next_.disks = Unknown{"findmnt has not answered yet"};
  if (mounts_.homes_moved()) accounts_.refresh([this] { on_late_(); });
  logs_reader_.consider(next_.taken.boot);
  next_.logs = logs_reader_.logs();
  const bool logged_in = login_sources_.refresh(next_.instance, next_.taken.wall);
  std::vector<std::string> sources = login_sources_.list();
  next_.network = network_.read(sources, logged_in, next_.instance);
  firewall_.consider(next_, sources, why_ != Why::slow_timer);
  next_.firewall = firewall_.firewall();
  if (next_.units) next_.memory = memory_.read(next_.units->service, next_.taken.boot);
  // The owner may start the next look from the callback, and the child or probe that led here is
  // done.
  const Callback callback = std::exchange(callback_, nullptr);
  callback(std::make_shared<const Snapshot>(next_));
}

std::vector<std::string> Look::watched() const {
  const Unit* service = next_.units ? &next_.units->service : nullptr;
  const bool locked = next_.intent && !next_.intent->package_locks.empty();
  std::vector<std::string> paths = IntentReader::watched(service, locked);
  paths.emplace_back("/etc/fstab");
  const auto rules = FirewallReader::watched();
  paths.insert(paths.end(), rules.begin(), rules.end());
  if (next_.privsep_dir) paths.push_back(next_.privsep_dir->path);
  for (const std::string_view path : parse::privsep_dirs()) {
    if (exists(std::string{path})) paths.emplace_back(path); // one that is not there is not sshd's
  }
  paths.insert(paths.end(), host_keys_.watched().begin(), host_keys_.watched().end());
  paths.insert(paths.end(), binary_.helpers().begin(), binary_.helpers().end());
  if (next_.config) {
    for (const WatchedPath& path : next_.config->paths)
      paths.push_back(path.path);
  }
  return paths;
}

} // namespace sshguardd::host
