#include "daemon/login_keeper.hpp"

#include "host/clock.hpp"
#include "host/instance.hpp"
#include "host/log.hpp"
#include "host/logins.hpp"
#include "parse/login_record.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace sshguardd::daemon {
namespace {

using std::chrono::milliseconds;

// logind tells of a session before its processes are in it, and a command may be over in a moment.
// A search reads a few small files of /proc for each connection.
constexpr unsigned searches = 110;
constexpr milliseconds search_every(unsigned tries) {
  return tries < 100 ? milliseconds{3} : milliseconds{100};
}

} // namespace

void LoginKeeper::on_look(const Snapshot& snapshot) {
  // Without an identity the machine is an image, of which nothing is kept; until it is provisioned
  // the identity may be its template's.
  if (!snapshot.instance || !snapshot.instance->provisioned) {
    instance_.reset();
    main_pid_ = 0;
    return;
  }
  instance_ = *snapshot.instance;
  if (std::string directory = host::instance_directory(*instance_); directory != directory_) {
    directory_ = std::move(directory);
    const auto text = host::read_state(*instance_, host::logins_file);
    record_ = parse::login_record(text ? *text : "");
    scopes_.clear();
    main_pid_ = 0;
  }
  if (snapshot.accounts) {
    // Told until accounts are looked at anew; what was noted since is newer.
    std::vector<Login> seen = snapshot.accounts->seen;
    std::erase_if(seen, [this](const Login& login) {
      return std::ranges::find(record_, login.uid, &Login::uid) != record_.end();
    });
    note(seen);
  }
  if (!snapshot.units) return;
  const std::uint32_t main_pid = snapshot.units->service.main_pid;
  if (std::exchange(main_pid_, main_pid) == main_pid || main_pid == 0) return;
  // Who is in already.
  tries_ = searches;
  search();
}

void LoginKeeper::on_session() {
  if (!instance_ || main_pid_ == 0) return;
  tries_ = 0;
  search();
}

void LoginKeeper::search() {
  again_.reset();
  if (!instance_ || main_pid_ == 0) return; // sshd has gone meanwhile
  const host::SshSessions sessions = host::ssh_sessions(main_pid_);
  const std::int64_t now =
      std::chrono::duration_cast<std::chrono::seconds>(host::now().wall.time_since_epoch()).count();
  std::vector<Login> logins;
  std::set<std::string> scopes;
  for (const host::SshSession& session : sessions.in) {
    if (!scopes_.contains(session.scope))
      logins.push_back({.uid = session.uid, .time = now, .from = session.from});
    scopes.insert(session.scope);
  }
  scopes_ = std::move(scopes);
  if (!logins.empty()) return note(logins);
  // Another service's session: sshd has nobody who could be on his way in.
  if (!sessions.others || tries_ >= searches) return;
  again_ = loop_.at(host::now().boot + search_every(tries_++), [this] { search(); });
}

void LoginKeeper::note(const std::vector<Login>& logins) {
  bool worth = false;
  for (const Login& login : logins)
    worth = parse::note_login(record_, login) || worth;
  if (!worth || !instance_) return;
  const auto problem = host::write_state(*instance_, host::logins_file, parse::text_of(record_));
  if (problem && *problem != problem_) host::log_warning("who got in is not kept: " + *problem);
  problem_ = problem.value_or("");
}

} // namespace sshguardd::daemon
