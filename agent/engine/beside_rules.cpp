// What is on a packet's way beside all rules: programs on its interface, and what the socket at the
// end of it takes.
#include "engine/packet_journey.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace sshguardd::firewall {
namespace {

using At = Program::At;

Cause program_cause(std::string_view name) {
  return {.where = {}, .doubt = {.of = Doubt::Of::words, .name = name, .field = {}}};
}

// bpf-firewall.c: the longest prefix plays no part, one that fits is enough.
const SocketFilter::Prefix* fitting(const std::vector<SocketFilter::Prefix>& prefixes,
                                    std::string_view address) {
  const auto fits = [address](const SocketFilter::Prefix& one) {
    const std::size_t whole = one.length / 8U;
    if (one.bytes.size() != address.size() || one.length > address.size() * 8) return false;
    if (address.substr(0, whole) != std::string_view{one.bytes}.substr(0, whole)) return false;
    if (one.length % 8U == 0) return true;
    const unsigned other_bits =
        static_cast<unsigned char>(one.bytes[whole]) ^ static_cast<unsigned char>(address[whole]);
    return other_bits >> (8U - one.length % 8U) == 0;
  };
  const auto found = std::find_if(prefixes.begin(), prefixes.end(), fits);
  return found == prefixes.end() ? nullptr : &*found;
}

} // namespace

// XDP before all, tc behind it and before netfilter's own ingress (__netif_receive_skb_core); on
// the way out tc comes last (__dev_queue_xmit).
void Journey::past_programs(const Packet& packet, std::vector<Path>& paths) {
  if (connection_.past_programs || paths.empty()) return;
  for (const Program& program : rules_.programs) {
    if ((program.at == At::egress) != packet.out || program.interface != connection_.interface)
      continue;
    past_program(packet, program.name, paths);
    // What tc gives a packet for a mark stays on it.
    if (!packet.out)
      for (Path& path : paths)
        path.state.mark.reset();
  }
}

void Journey::past_program(const Packet& packet, std::string_view name, std::vector<Path>& paths) {
  if (trace_)
    trace_->steps.push_back({.what = Trace::Step::What::may_fit,
                             .packet = packet.sort,
                             .out = packet.out,
                             .place = Place{.text = std::string{name}}});
  for (Path& path : paths) {
    Path other;
    fork(path, other, program_cause(name), std::nullopt);
    if (stopped_) continue;
    stopped_ = Outcome{.what = {}, .usual = other.usual, .open = other.open};
    stopped_->what.kind = Answer::Kind::dropped;
    stopped_->what.packet = packet.sort;
  }
}

// A packet that comes to a socket is asked for its source, silently (tcp_filter). Of the answer the
// same address is asked, which then changes nothing.
void Journey::to_socket(const Packet& packet, std::vector<Path>& paths) {
  if (packet.sort != Answer::Packet::syn || packet.out) return;
  for (const SocketFilter& filter : rules_.socket_filters) {
    std::vector<Path> here;
    const auto other_port = [&filter](const Path& path) {
      return filter.port != 0 && path.state.port != filter.port;
    };
    std::copy_if(paths.begin(), paths.end(), std::back_inserter(here),
                 [&](const Path& path) { return !other_port(path); });
    if (here.empty()) continue;
    std::erase_if(paths, [&](const Path& path) { return !other_port(path); });
    if (!connection_.past_programs && !filter.program.empty())
      past_program(packet, filter.program, here);
    const auto* denied = fitting(filter.allow, connection_.source) == nullptr
                             ? fitting(filter.deny, connection_.source)
                             : nullptr;
    for (Path& path : here) {
      if (denied != nullptr) deny(packet, filter, *denied, path);
      if (denied == nullptr || filter.unsure) paths.push_back(std::move(path));
    }
  }
}

void Journey::deny(const Packet& packet, const SocketFilter& filter,
                   const SocketFilter::Prefix& prefix, Path& path) {
  const std::string what = "IPAddressDeny=" + prefix.text + " of " + filter.unit;
  const Place place{.text = what};
  Path stopped = path;
  if (filter.unsure) {
    words_.push_back(what + ", if the kernel has it");
    fork(path, stopped, program_cause(words_.back()), std::nullopt);
  }
  if (trace_)
    trace_->steps.push_back(
        {.what = filter.unsure ? Trace::Step::What::may_fit : Trace::Step::What::fits,
         .packet = packet.sort,
         .out = packet.out,
         .place = place});
  Outcome outcome{.what = {}, .usual = stopped.usual, .open = stopped.open};
  outcome.what.kind = Answer::Kind::dropped;
  outcome.what.packet = packet.sort;
  outcome.what.by = place;
  outcome.what.port = stopped.state.port.value_or(0);
  add_outcome(outcomes_, std::move(outcome));
}

// What stops it counts where anything gets through: else nobody gets in whatever it does.
void Journey::count_programs() {
  const bool through = std::any_of(outcomes_.begin(), outcomes_.end(), [](const Outcome& outcome) {
    return outcome.what.kind == Answer::Kind::accepted ||
           outcome.what.kind == Answer::Kind::forwarded;
  });
  if (stopped_ && through) add_outcome(outcomes_, *std::move(stopped_));
}

} // namespace sshguardd::firewall
