// What the statements of one rule do: the other half of chain_walk.cpp.
#include "engine/chain_walk.hpp"

#include <algorithm>
#include <utility>

namespace sshguardd::firewall {
namespace {

using Kind = Verdict::Kind;

constexpr std::size_t deepest = 64;       // jumps; nftables allows 16
constexpr std::size_t most_verdicts = 64; // different ones that may be a map's

bool loopback(const std::string& address) {
  if (address.size() == 4) return address[0] == 127;
  return address == std::string(15, '\0') + '\1';
}

std::optional<std::uint32_t> number(const std::optional<std::string>& bytes) {
  if (!bytes || bytes->size() != 4) return std::nullopt;
  std::uint32_t value = 0;
  for (const char byte : *bytes)
    value = value << 8 | static_cast<unsigned char>(byte);
  return value;
}

} // namespace

struct ChainWalk::Step {
  Where where;
  Path path; // that goes on in the rule
  Ends ends;
  const Element* element = nullptr; // that it fits
  std::size_t at = 0;               // the statement
  bool sure = true;                 // that it came here
  bool traced = false;

  void end(End::Kind kind, RejectKind reject = {}) { end(kind, reject, path); }
  void end(End::Kind kind, RejectKind reject, Path of) {
    add_end(ends, {.kind = kind,
                   .reject = reject,
                   .path = std::move(of),
                   .by = where,
                   .expires_s = element ? element->expires_s : std::nullopt});
  }
};

ChainWalk::Ends ChainWalk::rule(const Chain& chain, const Rule& rule, Path path) {
  ++work_.rules;
  ++work_.compared;
  const Path before = path;
  Step step;
  step.where = {.table = table_, .chain = &chain, .rule = &rule};
  step.path = std::move(path);
  run_from(step, 0);
  forget_open(step.ends, before);
  return std::move(step.ends);
}

// That statement of the rule and those behind it.
void ChainWalk::run_from(Step& step, std::size_t first) {
  const auto& statements = step.where.rule->statements;
  for (step.at = first; step.at < statements.size(); ++step.at) {
    const Statement& statement = statements[step.at];
    if (std::holds_alternative<Verdict>(statement)) trace_rule(step);
    if (!std::visit([&](const auto& one) { return run(step, one); }, statement)) return;
  }
  trace_rule(step);
  step.end(End::Kind::next);
}

void ChainWalk::trace_rule(Step& step) const {
  if (!step.traced)
    add_step(trace_, step.sure ? Trace::Step::What::fits : Trace::Step::What::may_fit, packet_,
             step.where);
  step.traced = true;
}

bool ChainWalk::run(Step& step, const Match& match) {
  const Set* set = match.set.empty() ? nullptr : names_.set(*table_, match.set);
  const Fit fits = fit(match, set, moment(), step.path.state, work_.compared);
  if (fits.fits == Fits::no) {
    step.end(End::Kind::next);
    return false;
  }
  if (fits.element && fits.element->expires_s) step.element = fits.element;
  if (fits.fits == Fits::maybe) {
    Path other;
    fork(step.path, other, {.where = step.where, .doubt = fits.doubt}, fits.usually);
    step.end(End::Kind::next, {}, std::move(other));
    step.sure = false;
  }
  return true;
}

bool ChainWalk::run(Step& step, const Open& open) {
  const Doubt doubt{.of = Doubt::Of::words, .name = open.why, .field = {}};
  if (open.anything) {
    anything(step, doubt);
    return true;
  }
  Path other;
  fork(step.path, other, {.where = step.where, .doubt = doubt}, open.usually);
  step.end(End::Kind::next, {}, std::move(other));
  step.sure = false;
  return true;
}

bool ChainWalk::run(Step& step, const Verdict& verdict) {
  switch (verdict.kind) {
  case Kind::go_on:
    return true;
  case Kind::accept:
    step.end(End::Kind::accept);
    break;
  case Kind::drop:
    step.end(End::Kind::drop);
    break;
  case Kind::back:
    step.end(End::Kind::back);
    break;
  case Kind::reject: {
    // Listings leave out the test for the family, and for TCP, that such a reject implies.
    const bool other_family =
        verdict.only && *verdict.only != (connection_.ipv6 ? Family::ip6 : Family::ip);
    const bool other_protocol =
        verdict.reject == RejectKind::tcp_reset && packet_.sort == Answer::Packet::neighbour;
    if (other_family || other_protocol)
      step.end(End::Kind::next);
    else
      step.end(End::Kind::reject, verdict.reject);
    break;
  }
  case Kind::queue: {
    Path other;
    const Doubt doubt{
        .of = Doubt::Of::words, .name = "what a program decides (queue)", .field = {}};
    fork(step.path, other, {.where = step.where, .doubt = doubt}, std::nullopt);
    step.end(End::Kind::accept);
    step.end(End::Kind::drop);
    break;
  }
  case Kind::jump:
  case Kind::go_to:
    jump(step, verdict);
    break;
  }
  return false;
}

// A chain that was gone to goes back to where the one that went was jumped to.
void ChainWalk::jump(Step& step, const Verdict& verdict) {
  const Chain* target = names_.chain(*table_, verdict.chain);
  const bool circle = target && inside_.count(target) > 0;
  if (!target || circle || inside_.size() >= deepest) {
    anything(step, {.of = circle   ? Doubt::Of::circle
                          : target ? Doubt::Of::depth
                                   : Doubt::Of::chain,
                    .name = verdict.chain,
                    .field = {}});
    step.end(End::Kind::next);
    return;
  }
  for (End& end : chain(*target, step.path.state)) {
    end.path = behind(step.path, std::move(end.path));
    if (end.kind == End::Kind::back)
      end.kind = verdict.kind == Kind::jump ? End::Kind::next : End::Kind::back;
    if (!end.expires_s && step.element) end.expires_s = step.element->expires_s;
    add_end(step.ends, std::move(end));
  }
}

// Where it finds nothing the rule ends, whatever is behind it (NFT_BREAK).
bool ChainWalk::run(Step& step, const VerdictMap& map) {
  const Set* set = map.set.empty() ? nullptr : names_.set(*table_, map.set);
  const Found found = find(map, set, moment(), step.path.state, work_.compared);
  const Cause cause{.where = step.where, .doubt = found.doubt};
  std::vector<const Element*> tried;
  step.sure = step.sure && found.sure;
  for (const Element* element : found.maybe) {
    ++work_.compared;
    const auto same = [&](const Element* other) { return other->verdict == element->verdict; };
    if (std::any_of(tried.begin(), tried.end(), same) || (found.sure && same(found.sure))) continue;
    if (tried.size() >= most_verdicts) {
      anything(step, found.doubt);
      break;
    }
    tried.push_back(element);
    on_other_path(step, cause, *element);
  }
  if (found.sure) {
    trace_rule(step);
    step.element = found.sure;
    if (found.sure->verdict) return run(step, *found.sure->verdict);
    anything(step, {.of = Doubt::Of::words, .name = "a map without verdicts", .field = {}});
    return true;
  }
  if (!found.all) anything(step, found.doubt);
  step.end(End::Kind::next);
  return false;
}

// What an element leads to that may be the one. The rule goes without it besides.
void ChainWalk::on_other_path(Step& step, const Cause& cause, const Element& element) {
  Path other;
  fork(step.path, other, cause, std::nullopt);
  step.sure = false;
  trace_rule(step);
  if (!element.verdict) {
    anything(step, cause.doubt);
    return;
  }
  std::swap(step.path, other);
  const std::size_t at = step.at;
  if (run(step, *element.verdict)) run_from(step, at + 1);
  step.at = at;
  std::swap(step.path, other);
}

// All that a rule can do, and on with what it may have changed.
void ChainWalk::anything(Step& step, const Doubt& doubt) {
  step.sure = false;
  trace_rule(step);
  State& state = step.path.state;
  if (!step.path.open) step.path.open = Cause{.where = step.where, .doubt = doubt};
  state.mark.reset();
  state.connection_mark.reset();
  if (state.tracked == State::Tracked::yes && before_conntrack(moment()) != false)
    state.tracked = State::Tracked::unsure;
  const bool nat = base_->type == "nat";
  if (nat && connection_.outgoing && base_->hook == Hook::postrouting) state.source_changed = true;
  if (nat && base_->hook == (connection_.outgoing ? Hook::output : Hook::prerouting)) {
    Path other = step.path;
    other.translated_by = step.where;
    other.state.bound = other.state.foreign = true;
    other.state.translated = true;
    step.end(End::Kind::accept, {}, std::move(other));
    if (!connection_.outgoing) {
      state.port.reset();
      state.destination.reset();
    }
    state.translated.reset();
  }
  step.end(End::Kind::accept);
  step.end(End::Kind::drop);
  step.end(End::Kind::reject, RejectKind::other);
  step.end(End::Kind::back);
}

// Whether it stays on the machine. Packets from outside to 127.0.0.1 depend on a sysctl.
std::optional<bool> ChainWalk::own(const std::string& address) const {
  if (loopback(address)) return std::nullopt;
  const auto& local = connection_.local;
  if (address == connection_.destination) return true;
  if (std::find(local.begin(), local.end(), address) != local.end()) return true;
  if (local.empty()) return std::nullopt;
  return false;
}

void ChainWalk::translate_to(Step& step, const std::string& address) {
  const auto ours = own(address);
  Path other;
  if (!ours) {
    const Doubt doubt{.of = Doubt::Of::local, .name = {}, .field = {}};
    fork(step.path, other, {.where = step.where, .doubt = doubt}, std::nullopt);
  }
  if (ours != false) step.end(End::Kind::accept);
  if (ours == true) return;
  if (ours == false) other = step.path;
  other.state.foreign = true;
  other.translated_by = step.where;
  step.end(End::Kind::accept, {}, std::move(other));
}

// Of what comes in only the hook of input does it; of what the machine asks itself, what is behind
// routing.
bool ChainWalk::translate_source(Step& step) {
  State& state = step.path.state;
  state.bound = true;
  const Hook at = connection_.outgoing ? Hook::postrouting : Hook::input;
  if (base_->hook == at) state.source_changed = true;
  step.end(End::Kind::accept);
  return false;
}

bool ChainWalk::run(Step& step, const Translate& translate) {
  if (base_->type != "nat") {
    anything(step, {.of = Doubt::Of::words, .name = "which socket takes it (tproxy)", .field = {}});
    return true;
  }
  // One of the other family does nothing (nft_nat_inet_eval).
  const std::string& address = translate.address;
  if (translate.source) return translate_source(step);
  if (!address.empty() && address.size() != (connection_.ipv6 ? 16U : 4U)) return true;
  State& state = step.path.state;
  state.bound = true;
  if (connection_.outgoing) return translate_outgoing(step, translate);
  if (translate.port && state.port != translate.port) {
    state.port = translate.port;
    state.translated = true;
    step.path.translated_by = step.where;
  }
  if (!address.empty()) {
    if (state.destination != address) state.translated = true;
    state.destination = address;
    translate_to(step, address);
    return false;
  }
  if (translate.redirect) {
    state.destination.reset(); // the first address of the interface
    if (state.translated == false) state.translated.reset();
  }
  step.end(End::Kind::accept);
  return false;
}

// Somebody else is to answer in the server's place, or it is to see another client.
bool ChainWalk::translate_outgoing(Step& step, const Translate& translate) {
  State& state = step.path.state;
  if (translate.redirect || (translate.port && *translate.port != connection_.port) ||
      (!translate.address.empty() && translate.address != connection_.source)) {
    state.foreign = true;
    state.translated = true;
    step.path.translated_by = step.where;
  }
  step.end(End::Kind::accept);
  return false;
}

bool ChainWalk::run(Step& step, const SetMark& set) {
  State& state = step.path.state;
  auto& to = set.of_connection ? state.connection_mark : state.mark;
  auto from = number(set.mark);
  if (set.of_connection || set.copies) {
    // Without an entry nothing is done.
    const auto entry = value_of(Field::ct_direction, moment(), state).known;
    if (entry == Value::Known::absent) return true;
    if (set.copies) from = set.of_connection ? state.mark : state.connection_mark;
    if (entry != Value::Known::yes) from.reset();
  }
  if (!from || (set.keep != 0 && !to))
    to.reset();
  else
    to = (to.value_or(0) & set.keep) ^ (set.copies ? *from & ~set.keep : *from);
  return true;
}

// Like notrack it comes too late for a packet that conntrack knows (nft_ct_set_zone_eval).
bool ChainWalk::run(Step& step, const SetZone& set) {
  const auto before = before_conntrack(moment());
  State& state = step.path.state;
  if (before == false) return true;
  if (before == true && set.zone && state.tracked == State::Tracked::yes)
    state.zone = *set.zone;
  else
    state.followed = false;
  state.zoned = true;
  return true;
}

// It comes too late for a packet that conntrack knows (nft_notrack_eval).
bool ChainWalk::run(Step& step, const NoTrack&) {
  const auto before = before_conntrack(moment());
  State::Tracked& tracked = step.path.state.tracked;
  if (step.path.state.zoned) return true;
  if (before == true) tracked = State::Tracked::no;
  if (!before && tracked == State::Tracked::yes) tracked = State::Tracked::unsure;
  return true;
}

} // namespace sshguardd::firewall
