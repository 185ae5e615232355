#include "host/firewall.hpp"

#include "host/clock.hpp"
#include "host/fd.hpp"
#include "host/files.hpp"
#include "host/log.hpp"
#include "host/saved_rules.hpp"

#include <algorithm>
#include <chrono>
#include <set>
#include <utility>

#include <fcntl.h>

namespace sshguardd::host {
namespace {

// Rules that change all the time (containers, bans) are read the more rarely, the longer that comes
// to nothing: nine times in the first minute. Each change that means something to a login is told
// at once, up to thirty of them in a minute.
constexpr auto spell = std::chrono::seconds{60};
constexpr unsigned patient_from = 3; // answers in a row that were the same
constexpr auto longest_gap = std::chrono::seconds{30};
// No event tells of them: what packets add to sets, rules of iptables-legacy.
constexpr auto again = std::chrono::minutes{10};
constexpr auto again_legacy = std::chrono::seconds{60};
constexpr auto patience = std::chrono::seconds{30};
// So old an answer is taken for one of now where nobody tells of changes, or where they never end.
constexpr auto fresh = std::chrono::seconds{2};
constexpr std::size_t most_answer = 1 << 20;
constexpr std::size_t most_listeners = 8;
// A firewall that is started anew has no rules for a moment, and nobody was meant to get in by
// that.
constexpr auto open_for_all = std::chrono::seconds{5};
constexpr const char* ufw_lock = "/run/ufw.lock";
constexpr auto ufw_patience = std::chrono::seconds{10};
constexpr auto ufw_step = std::chrono::milliseconds{250};
constexpr const char* xtables_lock = "/run/xtables.lock";

BootClock::duration gap_after(unsigned in_vain) {
  if (in_vain < patient_from) return {};
  const auto gap = std::chrono::seconds{1U << std::min(in_vain - patient_from, 5U)};
  return std::min<BootClock::duration>(gap, longest_gap);
}

std::string legacy_tables() {
  std::string names;

  for (const char* path : {"/proc/net/ip_tables_names", "/proc/net/ip6_tables_names"}) {
    const auto read = read_proc(path);
    names += (read ? *read : "") + "|";
  }
  return names;
}

// The kernel tells of them in its messages about links, of tc's filters it does not.
std::string links_with_xdp(const Snapshot& look) {
  std::string names;
  if (!look.network) return names;
  for (const NetworkLink& link : look.network->links)
    if (link.xdp) names += link.name + "|";
  return names;
}

std::vector<std::string> unit_files(const Snapshot& look) {
  std::vector<std::string> paths;
  if (!look.units) return paths;
  for (const Unit* unit : {&look.units->service, &look.units->socket}) {
    if (!unit->fragment_path.empty()) paths.push_back(unit->fragment_path);
    paths.insert(paths.end(), unit->drop_in_paths.begin(), unit->drop_in_paths.end());
  }
  return paths;
}

// IPAddressDeny=, IPAddressAllow=, IPIngressFilterPath=, IPEgressFilterPath=.
bool filters_addresses(const std::vector<std::string>& files) {
  return std::ranges::any_of(files, [](const std::string& path) {
    const auto text = read_file(path);
    return text && (text->find("IPAddress") != std::string::npos ||
                    text->find("FilterPath") != std::string::npos);
  });
}

} // namespace

FirewallReader::FirewallReader(Loop& loop, std::function<void()> on_news)
    : loop_{loop}, on_news_{std::move(on_news)}, watch_{loop, [this] { on_rules(); }},
      firewall_{Unknown{"firewall: not looked at yet"}} {}

void FirewallReader::configure(const Config& config) {
  configured_ = config.firewall_sources;
  permanent_ = config.open_firewall == FirewallOpening::permanent;
  open_for_ = config.open_firewall_for;
  mark_known();
}

FlowQuestion FirewallReader::question(const Snapshot& look,
                                      const std::vector<std::string>& sources) const {
  FlowQuestion question;
  for (const std::string& source : configured_)
    question.sources.push_back({.address = source, .whose = Flow::Whose::configured});
  for (const std::string& source : sources)
    if (std::ranges::find(configured_, source) == configured_.end())
      question.sources.push_back({.address = source, .whose = Flow::Whose::login});
  const auto add = [&question](const std::string& address, std::uint16_t port) {
    const auto same = [&](const FlowQuestion::Listener& one) {
      return one.address == address && one.port == port;
    };
    if (question.listeners.size() < most_listeners &&
        std::ranges::none_of(question.listeners, same))
      question.listeners.push_back({.address = address, .port = port});
  };
  if (look.listeners)
    for (const Listener& one : *look.listeners)
      if (one.ours && !one.loopback() && look.is_ssh_port(one.port)) add(one.address, one.port);
  // While it is down: where it would be.
  if (question.listeners.empty())
    for (const ListenAddress& one : look.listen)
      if (!one.address.starts_with("127.") && one.address != "::1") add(one.address, one.port);
  return question;
}

void FirewallReader::consider(const Snapshot& look, const std::vector<std::string>& sources,
                              bool event) {
  if (let_in_.read(look.instance)) mark_known();
  FlowQuestion asked = question(look, sources);
  // Without a listener nobody gets as far as to meet a rule.
  if (asked.listeners.empty()) {
    if (!child_ && !answered_) firewall_ = Firewall{};
    return;
  }
  std::set<std::string> bound;
  for (const FlowQuestion::Listener& one : asked.listeners)
    bound.insert(one.address);
  let_in_.bind(std::move(bound));
  const bool legacy = firewall_ && firewall_->legacy;
  // Any event may be its lock's, or systemd's that has read its files again.
  read_unit_files(look);
  if ((legacy || unit_filters_) && event && look.taken.boot - answered_at_ >= fresh) stale_ = true;
  const auto due = legacy ? BootClock::duration{again_legacy} : BootClock::duration{again};
  std::string names = legacy_tables() + links_with_xdp(look);
  std::vector<std::string> argv = look_at_flows_argv(asked);
  if (saved_changed(look.taken.boot) || argv != argv_) ask_saved_ = true;
  if (names != legacy_ || (ask_saved_ && !failed_) || look.taken.boot - looked_ >= due)
    stale_ = true;
  legacy_ = std::move(names);
  argv_ = std::move(argv);
  if (stale_) ask();
}

bool FirewallReader::saved_changed(BootTime now) {
  std::string hint = saved_rules_hint();
  if (hint == saved_hint_ && now - saved_at_ < BootClock::duration{again}) return false;
  saved_hint_ = std::move(hint);
  saved_at_ = now;
  std::string saved = saved_rules_identity();
  if (saved == saved_) return false;
  saved_ = std::move(saved);
  return true;
}

void FirewallReader::read_unit_files(const Snapshot& look) {
  const auto files = unit_files(look);
  std::string identity;
  for (const std::string& path : files)
    identity += path + " " + identity_of(path) + "\n";
  if (identity == unit_files_ || !look.units) return;
  unit_files_ = std::move(identity);
  const bool filters = filters_addresses(files);
  if (std::exchange(unit_filters_, filters) || filters) stale_ = true;
}

// iptables-legacy takes its lock for each change, and closes it.
std::vector<std::string> FirewallReader::watched() {
  std::vector<std::string> paths = saved_rules_watched();
  if (exists(xtables_lock)) paths.emplace_back(xtables_lock);
  return paths;
}

Fact<Firewall> FirewallReader::firewall() {
  if (!firewall_ || settled()) return firewall_;
  Firewall moving = *firewall_;
  moving.settled = false;
  return moving;
}

bool FirewallReader::settled() {
  const BootTime now = host::now().boot;
  if (!answered_ || child_ || ufw_at_work(now)) return false;
  // While there is no end of changes that come to nothing, what was read last has to do.
  const bool endless = watch_.endless() || (in_vain_ >= patient_from && later_);
  if (endless && now - answered_at_ < fresh) return true;
  return !stale_ && !later_ && watch_.quiet();
}

void FirewallReader::on_rules() {
  stale_ = true;
  ask();
}

// Each of its commands holds the lock until all rules are there (ufw's main program: create_lock);
// one that waits for a person's answer holds it, too.
bool FirewallReader::ufw_at_work(BootTime now) {
  const Fd lock{open(ufw_lock, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW)};
  struct flock who {};
  who.l_type = F_WRLCK;
  who.l_whence = SEEK_SET;
  if (!lock || fcntl(lock.get(), F_GETLK, &who) != 0 || who.l_type == F_UNLCK) {
    ufw_since_ = {};
    return false;
  }
  if (ufw_since_ == BootTime{}) ufw_since_ = now;
  return now - ufw_since_ < ufw_patience;
}

void FirewallReader::ask() {
  if (child_ || argv_.empty()) return; // the answer of one under way asks again
  const BootTime now = host::now().boot;
  if (ufw_at_work(now)) {
    if (!later_) later_ = loop_.at(now + ufw_step, [this] { later_.reset(), ask(); });
    return;
  }
  if (now - looked_ >= spell) in_vain_ = 0;
  const bool spent = asked_[asked_at_] != BootTime{};
  const BootTime allowed =
      std::max(looked_ + gap_after(in_vain_), spent ? asked_[asked_at_] + spell : BootTime{});
  if (allowed > now) {
    if (!later_) later_ = loop_.at(allowed, [this] { later_.reset(), ask(); });
    return;
  }
  asked_[asked_at_] = now;
  asked_at_ = (asked_at_ + 1) % asked_.size();
  looked_ = now;
  stale_ = false;
  with_saved_ = std::exchange(ask_saved_, false);
  log_debug(with_saved_ ? "firewall rules are read, and saved ones" : "firewall rules are read");
  std::vector<std::string> argv = argv_;
  if (with_saved_) argv.emplace_back(look_at_saved_flows);
  ChildSpec spec{.argv = std::move(argv),
                 .environment = {},
                 .deadline = patience,
                 .output_limit = most_answer};
  child_ =
      run_child(loop_, std::move(spec), [this](const ChildResult& result) { on_answer(result); });
}

void FirewallReader::on_answer(const ChildResult& result) {
  child_.reset();
  const bool first = !std::exchange(answered_, true);
  auto firewall =
      result.exit_status == 0
          ? decode_firewall(result.out)
          : Fact<Firewall>{Unknown{result.timed_out ? "firewall: its rules were not told in time"
                                                    : "firewall: its rules could not be read"}};
  answered_at_ = now().boot;
  failed_ = !firewall;
  if (failed_) {
    ask_saved_ = true; // with the next one
  } else {
    Firewall whole = *firewall;
    if (firewall_) take_shut_out(whole, *firewall_);
    if (!with_saved_ && firewall_) {
      whole.saved = firewall_->saved;
      whole.saved_by = firewall_->saved_by;
      whole.platform_saved = firewall_->platform_saved;
    } else if (!with_saved_) {
      whole.saved = Unknown{"the saved rules were not asked for"};
    }
    firewall = std::move(whole);
  }
  std::string answer = firewall ? encode(*firewall) : firewall.why();
  const bool news = first || answer != answer_;
  answer_ = std::move(answer);
  in_vain_ = news ? 0 : in_vain_ + 1;
  if (news) {
    firewall_ = std::move(firewall);
    mark_known();
  }
  follow_expiry();
  if (news) on_news_();
  if (stale_) ask();
}

// That nobody can tell any more does not make it let in again.
void FirewallReader::take_shut_out(Firewall& now, const Firewall& before) {
  for (Flow& flow : now.flows) {
    const auto same = std::ranges::find_if(before.flows, [&flow](const Flow& one) {
      return one.whose == flow.whose && one.source == flow.source && one.port == flow.port &&
             one.destination == flow.destination;
    });
    flow.shut_out_before = same != before.flows.end() && !flow.gets_in() &&
                           (same->shut_out() || same->shut_out_before);
  }
}

// An element of a set goes without an event.
void FirewallReader::follow_expiry() {
  expiry_.reset();
  if (!firewall_) return;
  std::uint32_t next = 0;
  for (const Flow& flow : firewall_->flows)
    if (flow.expires_s != 0) next = next == 0 ? flow.expires_s : std::min(next, flow.expires_s);
  if (next == 0) return;
  expiry_ = loop_.at(now().boot + std::chrono::seconds{next + 1}, [this] { on_rules(); });
}

// That everybody gets in is kept once it has been so for a while, by rules that are at rest.
void FirewallReader::wait_for_lasting() {
  lasting_.reset();
  if (!let_in_.everybody_is_new(*firewall_)) return;
  lasting_ = loop_.at(now().boot + open_for_all, [this] {
    lasting_.reset();
    if (settled())
      mark_known(true);
    else
      wait_for_lasting();
  });
}

// What was let in before is told with what is now, and what is let in now is kept.
void FirewallReader::mark_known(bool lasts) {
  if (!firewall_) return;
  Firewall firewall = *firewall_;
  let_in_.mark(firewall, lasts);
  firewall.writer = watch_.writer();
  firewall.open_permanent = permanent_;
  firewall.open_for_s = static_cast<std::uint32_t>(open_for_.count());
  firewall_ = std::move(firewall);
  if (!lasts) wait_for_lasting();
}

} // namespace sshguardd::host
