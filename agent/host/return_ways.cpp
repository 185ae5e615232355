#include "host/return_ways.hpp"

#include "engine/network_links.hpp"

#include <algorithm>
#include <utility>

#include <linux/if.h>

namespace sshguardd::host {
namespace {

// Which link has it now; empty: none that is up.
std::string holder_of(const NetworkState& state, const std::string& own) {
  for (const parse::AddressMessage& address : state.addresses) {
    if (address.bytes != own || !engine::usable(address)) continue;
    const parse::LinkMessage* link = engine::link_of(state.links, address.index);
    if (link != nullptr && (link->flags & IFF_UP) != 0 && (link->flags & IFF_LOWER_UP) != 0)
      return link->name;
  }
  return {};
}

std::string text_of(const Way& way, const ReturnWay& to) {
  std::string text = "ip route get " + to.source + ": ";
  if (!way.problem.empty()) return text + way.problem;
  if (!way.gateway.empty()) text += "via " + address_text(way.gateway) + " ";
  return text + "dev " + way.interface;
}

std::string words_for(const std::string& problem, const std::string& source) {
  if (problem == "no route") return "there is no route to " + source;
  return "a route to " + source + " is \"" + problem + "\"";
}

bool loopback(std::string_view bytes) {
  return (bytes.size() == 4 && bytes[0] == 127) ||
         (bytes.size() == 16 && bytes == std::string(15, '\0') + '\1');
}

bool several_defaults(const NetworkState& state) {
  return std::ranges::any_of(state.defaults, &parse::RouteMessage::several);
}

// Answers leave by another link than they did: why nothing comes back of that; empty: it may.
std::string problem_of(const ReturnWay& to, const Way& way, bool was_physical,
                       const NetworkState& state, const NetworkQuestions& questions) {
  const parse::LinkMessage* link = link_named(state, way.interface);
  if (link == nullptr || !was_physical) return {};
  const bool strict = !to.ipv6 && questions.rp_filter(to.comes_by) == 1;
  const std::string filtered =
      strict ? "; rp_filter on " + to.comes_by + " is strict" : std::string{};
  if (!leads_out(state, way.interface)) {
    // A firewall's marks may lead them back.
    if (state.marks) return {};
    if (link->kind == "bridge" && way.gateway.empty())
      return "the network of " + way.interface + " contains " + to.source +
             ": answers stay in there";
    return "answers to " + to.source + " go into " + way.interface + filtered;
  }
  // Of two links to the same world either will do, but for the filter (ip-sysctl, rp_filter).
  if (strict && !several_defaults(state))
    return "answers to " + to.source + " leave by " + way.interface + filtered;
  return {};
}

} // namespace

const parse::LinkMessage* link_named(const NetworkState& state, const std::string& name) {
  const auto found = std::ranges::find(state.links, name, &parse::LinkMessage::name);
  return found == state.links.end() ? nullptr : &*found;
}

bool leads_out(const NetworkState& state, const std::string& interface) {
  const parse::LinkMessage* link = link_named(state, interface);
  return link != nullptr && std::ranges::binary_search(state.outward, link->index);
}

std::vector<ReturnWay> ReturnWays::look(const std::vector<std::string>& sources, bool logged_in,
                                        const NetworkState& state,
                                        const NetworkQuestions& questions) {
  std::erase_if(seen_, [&sources](const auto& one) {
    return std::ranges::find(sources, one.first) == sources.end();
  });
  std::vector<ReturnWay> list;
  for (const std::string& source : sources) {
    // Of a link-local one the zone is not known any more.
    const std::string bytes = address_bytes(source);
    if (bytes.empty() || loopback(bytes)) continue;
    ReturnWay to;
    to.source = source;
    to.ipv6 = bytes.size() == 16;
    // It came in since: by whatever way it is now.
    if (logged_in && source == sources.front()) seen_.erase(source);
    auto seen = seen_.find(source);
    if (seen != seen_.end()) {
      to.comes_by = holder_of(state, seen->second.own);
      // The address that it came to is gone: nothing is known of the next one.
      if (to.comes_by.empty()) seen_.erase(std::exchange(seen, seen_.end()));
    }
    const bool known = seen != seen_.end();
    const auto way = questions.way(bytes, known ? seen->second.own : std::string{});
    if (!way || way->local) continue;
    to.worked_before = known;
    to.evidence = text_of(*way, to);
    to.leaves_by = way->interface;
    to.gateway = address_text(way->gateway);
    if (!way->problem.empty()) {
      to.problem = words_for(way->problem, source);
      to.ban = way->problem != "no route" && questions.banned(bytes);
    } else if (!known) {
      to.comes_by = way->interface;
      seen_[source] = {.own = way->own,
                       .interface = way->interface,
                       .physical = leads_out(state, way->interface)};
      to.worked_before = true;
    } else {
      // An address that is on no link that leads out (a router's loopback) is behind any.
      if (!leads_out(state, to.comes_by)) to.comes_by = seen->second.interface;
      if (way->interface != to.comes_by)
        to.problem = problem_of(to, *way, seen->second.physical, state, questions);
      if (to.problem.empty()) seen->second.interface = way->interface;
    }
    list.push_back(std::move(to));
  }
  return list;
}

} // namespace sshguardd::host
