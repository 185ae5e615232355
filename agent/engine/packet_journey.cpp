#include "engine/packet_journey.hpp"

#include <algorithm>
#include <utility>

namespace sshguardd::firewall {
namespace {

using Kind = Answer::Kind;

constexpr std::size_t most_paths = 32; // that go on from one chain to the next

bool same(const Answer::Possible& a, const Answer::Possible& b) {
  return a.kind == b.kind && (a.kind != Kind::rejected || a.reject == b.reject) &&
         (a.kind != Kind::accepted || a.port == b.port);
}

std::optional<Place> place(const Where& where) {
  if (!where.chain) return std::nullopt;
  return place_of(where);
}

// It is the very rule that nobody can tell of.
bool only_may(const Outcome& outcome) {
  if (!outcome.what.by || !outcome.open || !outcome.open->where.rule) return false;
  const Place &by = *outcome.what.by, open = place_of(outcome.open->where);
  return by.rule == open.rule && by.chain == open.chain && by.table == open.table &&
         by.family == open.family && by.legacy == open.legacy;
}

// A new packet of the same connection: no mark, and conntrack remembers.
State after(State state, const Packet& packet) {
  state.followed = state.followed && state.tracked == State::Tracked::yes;
  if (packet.sort == Answer::Packet::syn && !packet.again)
    state.entry_zone = state.zone;
  else
    state.missed = state.missed || state.zone != state.entry_zone;
  state.zone = 0;
  state.zoned = false;
  state.tracked = State::Tracked::yes;
  state.mark = 0;
  state.bound = false;
  return state;
}

End passed_by(Path path) {
  return {
      .kind = End::Kind::accept, .reject = {}, .path = std::move(path), .by = {}, .expires_s = {}};
}

} // namespace

void add_outcome(std::vector<Outcome>& outcomes, Outcome outcome) {
  const auto known = std::find_if(outcomes.begin(), outcomes.end(), [&](const Outcome& other) {
    return same(other.what, outcome.what);
  });
  if (known == outcomes.end()) {
    outcomes.push_back(std::move(outcome));
    return;
  }
  // A client is told of the first packet's refusal, of later ones he may not be.
  if (known->what.told != outcome.what.told ||
      (outcome.what.kind == Kind::rejected && known->what.packet != outcome.what.packet))
    known->what.told = outcome.what.told = std::nullopt;
  // Where it comes to the same, a rule that does it for sure says more than what may.
  const bool surer = only_may(*known) && outcome.what.by && !only_may(outcome);
  const bool says_more =
      outcome.usual == known->usual &&
      (surer || (!known->what.by && outcome.what.by && outcome.what.kind != Kind::accepted));
  if ((outcome.usual && !known->usual) || says_more) *known = std::move(outcome);
}

std::vector<Outcome> Journey::go(const std::vector<Packet>& packets) {
  std::vector<Path> paths{start()};
  if (!rules_.unread.empty()) leave_unread(paths[0]);
  for (const Packet& packet : packets) {
    const Order order = hook_order(rules_, connection_, packet, other_way_);
    ties_ = ties_ || order.ties;
    if (!packet.out) past_programs(packet, paths);
    std::vector<Path> next;
    for (Path& path : paths)
      for (Path& through : pass(order, packet, std::move(path)))
        keep(next, std::move(through));
    paths = std::move(next);
    if (packet.out) past_programs(packet, paths);
    leave_untranslated(packet, paths);
    to_socket(packet, paths);
    for (Path& path : paths)
      path.state = after(path.state, packet);
  }
  for (const Path& path : paths)
    accepted(path);
  count_programs();
  return std::move(outcomes_);
}

Path Journey::start() const {
  Path path;
  path.state.port = connection_.port;
  if (!connection_.destination.empty()) path.state.destination = connection_.destination;
  return path;
}

// What conntrack does not find it does not translate back: nobody waits for such an answer.
void Journey::leave_untranslated(const Packet& packet, std::vector<Path>& paths) {
  if (packet.sort == Answer::Packet::syn) return;
  std::erase_if(paths, [&](Path& path) {
    const State& state = path.state;
    const bool sure = state.followed && state.translated == true;
    if (state.zone == state.entry_zone || (state.translated == false && !state.source_changed))
      return false;
    if (!sure && !path.open)
      path.open = Cause{.where = path.translated_by,
                        .doubt = {.of = Doubt::Of::field, .name = {}, .field = Field::ct_state}};
    Outcome outcome{.what = {}, .usual = path.usual, .open = path.open};
    outcome.what.kind = Kind::dropped;
    outcome.what.packet = packet.sort;
    outcome.what.by = place(path.translated_by);
    outcome.what.port = state.port.value_or(0);
    add_outcome(outcomes_, std::move(outcome));
    return sure;
  });
}

void Journey::leave_unread(Path& path) {
  path.open =
      Cause{.where = {}, .doubt = {.of = Doubt::Of::words, .name = rules_.unread[0], .field = {}}};
  path.state.mark.reset();
  path.state.connection_mark.reset();
  for (const Kind kind : {Kind::dropped, Kind::rejected}) {
    Answer::Possible what;
    what.kind = kind;
    what.reject = RejectKind::other;
    add_outcome(outcomes_, {.what = what, .usual = true, .open = path.open});
  }
}

void Journey::keep(std::vector<Path>& paths, Path path) {
  const auto known = std::find_if(paths.begin(), paths.end(),
                                  [&](const Path& other) { return other.state == path.state; });
  if (known == paths.end()) {
    paths.push_back(std::move(path));
  } else if (path.usual && !known->usual) {
    *known = std::move(path);
  }
  if (paths.size() > most_paths) forget_marks(paths);
  if (paths.size() > most_paths) work_.over = true;
}

std::vector<Path> Journey::pass(const Order& order, const Packet& packet, Path path,
                                std::vector<Lost>* lost) {
  std::vector<Path> paths{std::move(path)};
  std::optional<Hook> hook;
  for (const Station& station : order.stations) {
    const Hook at = station.chain->base->hook;
    if (hook && *hook != at) new_hook(packet, at, paths);
    hook = at;
    std::vector<Path> next;
    for (const Path& one : paths) {
      if (work_.over) return {};
      for (End& end : ask(station, packet, one)) {
        if (end.kind == End::Kind::accept)
          keep(next, std::move(end.path));
        else if (lost)
          lost->push_back({.station = station, .end = std::move(end)});
        else
          ended(station, packet, end);
      }
    }
    paths = std::move(next);
  }
  if (packet.out == connection_.outgoing) new_hook(packet, routed(), paths);
  return paths;
}

void Journey::new_hook(const Packet& packet, Hook hook, std::vector<Path>& paths) {
  for (Path& path : paths) {
    path.state.bound = false;
    if (hook != routed() || !path.state.foreign) continue;
    Outcome outcome{.what = {}, .usual = path.usual, .open = path.open};
    outcome.what.kind = Kind::forwarded;
    outcome.what.packet = packet.sort;
    outcome.what.by = place(path.translated_by);
    outcome.what.port = path.state.port.value_or(0);
    add_outcome(outcomes_, std::move(outcome));
  }
  if (hook == routed()) std::erase_if(paths, [](const Path& path) { return path.state.foreign; });
}

// conntrack picks up what it comes to see in the middle (nf_conntrack_tcp_loose): where the first
// packet went by untracked, or was of another zone, the next one is translated, away from the
// connection.
std::vector<End> Journey::late_translation(const Station& station, const Packet& packet,
                                           const Path& path) {
  if (path.state.followed && path.state.zone == path.state.entry_zone) return {passed_by(path)};
  const auto ends = walk_.base(*station.table, *station.chain, packet, path);
  const auto away = std::find_if(ends.begin(), ends.end(), [&](const End& end) {
    const State &now = end.path.state, &before = path.state;
    return now.port != before.port || now.destination != before.destination ||
           now.source_changed != before.source_changed || now.foreign != before.foreign;
  });
  if (away == ends.end()) return {passed_by(path)};
  const Where& where = away->path.translated_by;
  Path lost = path, other;
  fork(lost, other,
       {.where = where, .doubt = {.of = Doubt::Of::field, .name = {}, .field = Field::ct_state}},
       std::nullopt);
  End reset{.kind = End::Kind::reject,
            .reject = RejectKind::tcp_reset, // of whoever knows no such connection
            .path = lost,
            .by = where,
            .expires_s = {}};
  End gone{
      .kind = End::Kind::drop, .reject = {}, .path = std::move(lost), .by = where, .expires_s = {}};
  return {std::move(reset), std::move(gone), passed_by(std::move(other))};
}

std::vector<End> Journey::ask(const Station& station, const Packet& packet, const Path& path) {
  const bool nat = station.chain->base->type == "nat";
  // What conntrack does not know is not translated, and nothing is translated twice.
  if (nat && (path.state.bound || path.state.tracked == State::Tracked::no))
    return {passed_by(path)};
  if (nat && packet.sort != Answer::Packet::syn) return late_translation(station, packet, path);
  std::optional<Doubt> doubt = station.unsure;
  std::optional<bool> usually;
  if (station.usually_skipped) usually = !*station.usually_skipped;
  // Without conntrack nothing comes to them (nf_nat_inet_fn), and it looks only while somebody
  // needs it.
  if (nat && !conntrack_) conntrack_ = needs_conntrack(rules_, connection_.ipv6);
  if (nat && !*conntrack_) {
    doubt = {.of = Doubt::Of::words, .name = "whether conntrack looks at it", .field = {}};
    usually = false;
  }
  if (nat && path.state.tracked == State::Tracked::unsure)
    doubt = {.of = Doubt::Of::field, .name = {}, .field = Field::ct_state};
  if (!doubt) return walk_.base(*station.table, *station.chain, packet, path);

  Path asked = path, other;
  const Where where{.table = station.table, .chain = station.chain, .rule = nullptr};
  fork(asked, other, {.where = where, .doubt = *doubt}, usually);
  auto ends = walk_.base(*station.table, *station.chain, packet, asked);
  add_end(ends, passed_by(std::move(other)));
  forget_open(ends, path);
  return ends;
}

Moment Journey::moment_at(const Station& station, const Packet& packet) const {
  const Chain::Base& base = *station.chain->base;
  return {.connection = connection_,
          .packet = packet,
          .family = station.table->family,
          .hook = base.hook,
          .priority = base.priority,
          .nat = base.type == "nat"};
}

std::optional<bool> Journey::told(const Station& station, const Packet& packet, const End& end) {
  if (end.kind != End::Kind::reject || packet.out || end.reject == RejectKind::other) return true;
  if (connection_.outgoing) return true; // it is for whoever answered
  Packet refusal;
  refusal.sort = Answer::Packet::syn_ack;
  refusal.out = refusal.refusal = true;
  refusal.reset = end.reject == RejectKind::tcp_reset;
  Path path = end.path;
  path.state = after(path.state, packet);
  if (before_conntrack(moment_at(station, packet)) != false) path.state.followed = false;
  std::vector<Lost> lost;
  const Order order = hook_order(rules_, connection_, refusal, other_way_);
  const bool through = !pass(order, refusal, std::move(path), &lost).empty();
  if (through && !lost.empty()) return std::nullopt;
  return through;
}

bool Journey::refused_again(const Station& station, const Packet& packet, const End& end) {
  if (packet.sort != Answer::Packet::syn_ack || connection_.outgoing) return false;
  // Only where conntrack has seen the answer the first packet is no new one then.
  if (before_conntrack(moment_at(station, packet)) == true) return false;
  const Packet again{.sort = Answer::Packet::syn, .again = true};
  Path path = end.path;
  path.state = after(path.state, packet);
  std::vector<Lost> lost;
  pass(hook_order(rules_, connection_, again, other_way_), again, std::move(path), &lost);
  return std::any_of(lost.begin(), lost.end(), [&](const Lost& one) {
    return one.end.kind == End::Kind::reject && told(one.station, again, one.end) != false;
  });
}

void Journey::ended(const Station& station, const Packet& packet, const End& end) {
  Outcome outcome{.what = {}, .usual = end.path.usual, .open = end.path.open};
  outcome.what.kind = end.kind == End::Kind::drop ? Kind::dropped : Kind::rejected;
  outcome.what.reject = end.reject;
  outcome.what.by = place(end.by);
  outcome.what.packet = packet.sort;
  outcome.what.port = end.path.state.port.value_or(0);
  outcome.what.expires_s = end.expires_s;
  outcome.what.told = told(station, packet, end);
  if (refused_again(station, packet, end)) outcome.what.told = std::nullopt;
  add_outcome(outcomes_, std::move(outcome));
}

void Journey::accepted(const Path& path) {
  Outcome outcome{.what = {}, .usual = path.usual, .open = path.open};
  outcome.what.port = path.state.port.value_or(0);
  // To another port: that is what decides who answers there.
  outcome.what.by =
      place(path.state.port && *path.state.port != connection_.port ? path.translated_by
                                                                    : path.accepted_by);
  add_outcome(outcomes_, std::move(outcome));
}

} // namespace sshguardd::firewall
