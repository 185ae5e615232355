#include "engine/auth_history.hpp"

#include <algorithm>
#include <tuple>

namespace sshguardd::engine {
namespace {

using parse::AuthLine;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::size_t most_sources = 64;
constexpr std::size_t most_names = 32;
constexpr std::size_t most_connections = 256;
constexpr std::size_t most_logins = 64;
constexpr std::size_t most_key_uses = 64;

constexpr auto connection_lives = minutes{3}; // LoginGraceTime is two
constexpr auto session_begins = seconds{10};  // what ends it later is no failed beginning
constexpr auto verdict_after = seconds{3};    // a login that nothing was said against is one
constexpr auto ban_lasts = minutes{2};        // since it last turned somebody away
constexpr auto attack_span = minutes{5};
constexpr std::uint32_t repeated = 3; // tries of a name from one source
constexpr std::size_t in_a_row = 2;   // broken sessions
constexpr std::size_t top_sources = 3;

std::int64_t minute_of(WallTime at) {
  return std::chrono::floor<minutes>(at.time_since_epoch()).count();
}

WallTime time_of(WallTime at) {
  return at;
}
template <class T> WallTime time_of(const T& entry) {
  if constexpr (requires { entry.last(); })
    return entry.last();
  else
    return entry.last;
}

// Room for one more: the one that was heard of longest ago goes.
template <class Map> void make_room(Map& map, const typename Map::key_type& key, std::size_t most) {
  if (map.size() < most || map.contains(key)) return;
  map.erase(
      std::ranges::min_element(map, {}, [](const auto& entry) { return time_of(entry.second); }));
}

// Likewise the one with the least, so that a flood of single ones does not hide who floods.
template <class Map>
void make_room_by_count(Map& map, const typename Map::key_type& key, std::size_t most,
                        WallTime from) {
  if (map.size() < most || map.contains(key)) return;
  map.erase(std::ranges::min_element(map, {}, [from](const auto& entry) {
    return std::tuple{entry.second.since(from), entry.second.last()};
  }));
}

// The keys of a map, the newest entry first.
template <class Map> auto newest_first(const Map& map) {
  std::vector<const typename Map::value_type*> entries;
  entries.reserve(map.size());
  for (const auto& entry : map)
    entries.push_back(&entry);
  std::ranges::stable_sort(entries, std::greater<>{},
                           [](const auto* entry) { return time_of(entry->second); });
  return entries;
}

} // namespace

void AuthHistory::Counts::add(WallTime at) {
  const std::int64_t minute = minute_of(at);
  const std::size_t place = static_cast<std::size_t>(std::max<std::int64_t>(minute, 0)) % minutes;
  if (which_[place] != minute) counts_[place] = 0;
  which_[place] = minute;
  ++counts_[place];
  last_ = std::max(last_, at);
}

std::uint32_t AuthHistory::Counts::since(WallTime from) const {
  std::uint32_t sum = 0;
  for (std::size_t place = 0; place < minutes; ++place) {
    if (which_[place] > minute_of(from)) sum += counts_[place];
  }
  return sum;
}

AuthHistory::Connection& AuthHistory::connection(std::uint32_t pid, WallTime at) {
  make_room(connections_, pid, most_connections);
  Connection& one = connections_[pid];
  if (at - one.last > connection_lives) one = {}; // another process by now
  one.last = at;
  return one;
}

void AuthHistory::failed(Connection& connection, const std::string& source, WallTime at) {
  connection.counted = true;
  failures_.add(at);
  if (source.empty()) return;
  make_room_by_count(sources_, source, most_sources, at - window);
  sources_[source].add(at);
}

void AuthHistory::on_accepted(const AuthLine& line, std::uint32_t pid, WallTime at) {
  Connection& one = connection(pid, at);
  one.refused.clear();
  if (!line.source.empty()) {
    make_room(known_sources_, line.source, most_names);
    known_sources_[line.source] = at;
  }
  refused_.erase(line.user);
  if (line.user.empty()) return;
  if (!line.key.empty()) {
    make_room(key_uses_, {line.user, line.key}, most_key_uses);
    key_uses_[{line.user, line.key}] = at;
  }
  if (logins_.size() == most_logins) logins_.erase(logins_.begin());
  logins_.push_back({.user = line.user, .pid = pid, .at = at, .failure = {}});
}

// Unauthenticated: what the connection said before was about this account.
void AuthHistory::on_end(const AuthLine& line, std::uint32_t pid, WallTime at) {
  Connection& one = connection(pid, at);
  if (!one.counted) failed(one, line.source, at);
  if (!one.refused.empty()) {
    const std::string& account = one.user.empty() ? line.user : one.user;
    make_room(refused_, account, most_names);
    refused_[account] = {at, one.refused};
    ++refusals_;
  }
  connections_.erase(pid);
}

// The process that says so is the one that let him in, or a child of it: then it is the login of
// moments ago, where there is one alone.
void AuthHistory::on_session_failure(const AuthLine& line, std::uint32_t pid, WallTime at) {
  Login* found = nullptr;
  for (Login& login : logins_) {
    if (at < login.at || at - login.at > session_begins) continue;
    if (login.pid == pid) {
      found = &login;
      break;
    }
    if (!login.failure.empty()) continue;
    if (found != nullptr && found->user != login.user) return;
    found = &login;
  }
  if (found == nullptr || !found->failure.empty()) return;
  // Of PAM's two lines the one that names the module.
  const auto one = connections_.find(found->pid);
  const bool named = one != connections_.end() && !one->second.faulty_module.empty() &&
                     line.detail.starts_with("PAM");
  found->failure = named ? one->second.faulty_module : line.detail;
}

void AuthHistory::add(const AuthLine& line, std::uint32_t pid, WallTime at) {
  using Kind = AuthLine::Kind;
  switch (line.kind) {
  case Kind::accepted:
    return on_accepted(line, pid, at);
  case Kind::failed:
    return failed(connection(pid, at), line.source, at);
  case Kind::ended:
    return on_end(line, pid, at);
  case Kind::invalid_user: {
    const Pair who{line.user, line.source};
    make_room_by_count(invalid_users_, who, most_names, at - window);
    return invalid_users_[who].add(at);
  }
  case Kind::keys_refused: {
    Connection& one = connection(pid, at);
    one.refused = line.detail;
    one.user = line.user;
    return;
  }
  case Kind::too_many_tries: {
    const Pair who{line.user, line.source};
    make_room(too_many_tries_, who, most_names);
    return too_many_tries_[who].add(at);
  }
  case Kind::no_common: {
    const Pair what{line.detail, line.source};
    make_room(no_common_, what, most_names);
    no_common_[what] = {at, line.offer};
    return;
  }
  case Kind::faulty_module: {
    Connection& one = connection(pid, at);
    if (one.faulty_module.empty()) one.faulty_module = line.detail; // the first says why
    return;
  }
  case Kind::account_refused: {
    // Who is merely not allowed in (an expired account, pam_access) has no broken session.
    const std::string why = connection(pid, at).faulty_module;
    if (why.empty() || line.user.empty()) return;
    if (logins_.size() == most_logins) logins_.erase(logins_.begin());
    logins_.push_back({.user = line.user, .pid = pid, .at = at, .failure = why});
    return;
  }
  case Kind::session_failed:
    return on_session_failure(line, pid, at);
  case Kind::session_opened:
    return;
  case Kind::penalised:
  case Kind::wrapped: {
    const Pair who{line.kind == Kind::wrapped ? "TCP wrappers" : "sshd", line.source};
    make_room(bans_, who, most_names);
    bans_[who] = {at, line.detail};
    return;
  }
  }
}

std::vector<std::string> AuthHistory::known_sources_that_failed() const {
  std::vector<std::string> sources;
  for (const auto& [source, counts] : sources_) {
    if (known_sources_.contains(source)) sources.push_back(source);
  }
  return sources;
}

void AuthHistory::set_banned(const std::string& by, const std::vector<parse::JailBan>& banned) {
  std::erase_if(banned_, [&by](const Ban& ban) { return ban.by == by; });
  for (const parse::JailBan& ban : banned) {
    if (known_sources_.contains(ban.address) && banned_.size() < AuthLog::most)
      banned_.push_back({.source = ban.address, .by = by, .why = ban.jail, .logged_in = true});
  }
}

std::vector<std::string> AuthHistory::banned_sources() const {
  std::vector<std::string> sources;
  std::ranges::transform(banned_, std::back_inserter(sources), &Ban::source);
  return sources;
}

void AuthHistory::forget(WallTime now) {
  // The clock was set back: what lies in the future would stay.
  if (now + minutes{1} < forgotten_) {
    auto known = std::move(known_sources_);
    auto uses = std::move(key_uses_);
    auto banned = std::move(banned_);
    const std::uint64_t refusals = refusals_;
    *this = {};
    known_sources_ = std::move(known);
    key_uses_ = std::move(uses);
    banned_ = std::move(banned);
    refusals_ = refusals;
  }
  forgotten_ = now;
  const auto old = [now](const auto& entry) { return time_of(entry.second) < now - window; };
  std::erase_if(sources_, old);
  std::erase_if(invalid_users_, old);
  std::erase_if(too_many_tries_, old);
  std::erase_if(refused_, old);
  std::erase_if(no_common_, old);
  std::erase_if(bans_, old);
  std::erase_if(connections_,
                [now](const auto& entry) { return entry.second.last < now - connection_lives; });
  std::erase_if(logins_, [now](const Login& login) { return login.at < now - window; });
}

std::vector<BrokenSession> AuthHistory::broken_sessions(WallTime now) const {
  std::vector<BrokenSession> broken;
  std::vector<std::string> seen;
  for (auto login = logins_.rbegin(); login != logins_.rend(); ++login) {
    if (std::ranges::find(seen, login->user) != seen.end()) continue;
    seen.push_back(login->user);
    BrokenSession one{.account = login->user, .words = {}, .logins = 0};
    for (auto older = login; older != logins_.rend(); ++older) {
      if (older->user != login->user) continue;
      // Nothing against it so far, but it has only just begun.
      if (older->failure.empty() && now - older->at < verdict_after) continue;
      if (older->failure.empty()) break;
      if (one.logins++ == 0) one.words = older->failure;
    }
    if (one.logins >= in_a_row && broken.size() < AuthLog::most) broken.push_back(one);
  }
  return broken;
}

std::vector<Ban> AuthHistory::bans(WallTime now) const {
  std::vector<Ban> list = banned_;
  for (const auto* entry : newest_first(bans_)) {
    const auto& [who, told] = *entry;
    if (told.last < now - ban_lasts || list.size() >= AuthLog::most) break;
    const auto known = known_sources_.find(who.second);
    const bool in = known != known_sources_.end();
    if (in && known->second > told.last) continue; // over
    list.push_back({.source = who.second, .by = who.first, .why = told.text, .logged_in = in});
  }
  return list;
}

AuthLog AuthHistory::summary(WallTime now) {
  forget(now);
  AuthLog log;
  for (const auto* entry : newest_first(refused_)) {
    if (log.refused.size() < AuthLog::most)
      log.refused.push_back({entry->first, entry->second.text});
  }
  const auto tries = [&](const std::map<Pair, Counts>& from, std::uint32_t least,
                         std::vector<AuthTries>& into) {
    for (const auto* entry : newest_first(from)) {
      const std::uint32_t count = entry->second.since(now - window);
      if (count >= least && into.size() < AuthLog::most)
        into.push_back({entry->first.first, entry->first.second, count});
    }
  };
  tries(invalid_users_, repeated, log.invalid_users);
  tries(too_many_tries_, 1, log.too_many_tries);
  for (const auto* entry : newest_first(no_common_)) {
    if (log.no_common_algorithm.size() < AuthLog::most)
      log.no_common_algorithm.push_back(
          {entry->first.second, entry->first.first, entry->second.text});
  }
  log.broken_sessions = broken_sessions(now);
  log.bans = bans(now);

  const auto from = now - attack_span;
  log.failures_per_minute = failures_.since(from) / static_cast<std::uint32_t>(attack_span.count());
  if (!log.attack()) return log;
  for (const auto& [source, counts] : sources_)
    log.top.push_back({{}, source, counts.since(from)});
  std::ranges::stable_sort(log.top, std::greater<>{}, &AuthTries::tries);
  if (log.top.size() > top_sources) log.top.resize(top_sources);
  return log;
}

} // namespace sshguardd::engine
