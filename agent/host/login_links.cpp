#include "host/login_links.hpp"

#include "parse/host_pattern.hpp"
#include "parse/lines.hpp"

#include <algorithm>
#include <cstddef>

#include <net/if.h>

namespace sshguardd::host {
namespace {

constexpr std::size_t most = 64;

// What is behind it comes by no other. Not so of one that everything goes into (a VPN with a
// default route): who comes by another link may be answered by that one all the same.
bool leads_inside(const NetworkState& state, const std::string& name) {
  const parse::LinkMessage* link = link_named(state, name);
  return link != nullptr && !leads_out(state, name) &&
         std::ranges::find(state.defaults, link->index, &parse::RouteMessage::out) ==
             state.defaults.end();
}

} // namespace

void LoginLinks::read(const Fact<Instance>& instance) {
  const auto text = kept_.open(instance);
  if (text || !kept_.known()) links_.clear();
  if (!text) return;
  std::string_view rest = *text;
  while (!rest.empty() && links_.size() < most) {
    const std::string_view line = parse::take_line(rest);
    const std::size_t blank = line.find(' ');
    if (blank == std::string_view::npos) continue;
    const std::string_view name = line.substr(blank + 1);
    if (parse::is_address(line.substr(0, blank)) && !name.empty() && name.size() < IFNAMSIZ)
      links_.emplace(line.substr(0, blank), name);
  }
}

std::vector<std::string>
LoginLinks::present(const std::vector<std::string>& sources, bool logged_in,
                    const NetworkState& state,
                    const std::function<Fact<Way>(std::string_view destination)>& way) {
  const auto now = [&way](const std::string& source) -> std::string {
    const auto found = way(address_bytes(source));
    if (!found || found->local || !found->problem.empty()) return {};
    return found->interface;
  };
  if (logged_in && !sources.empty()) learn(sources, now(sources.front()), state);
  std::vector<std::string> list;
  for (const std::string& source : sources) {
    const auto inside = links_.find(source);
    if (inside == links_.end() || now(source) == inside->second) list.push_back(source);
  }
  return list;
}

// The first of them has come by that link.
void LoginLinks::learn(const std::vector<std::string>& sources, const std::string& link,
                       const NetworkState& state) {
  const auto before = links_;
  // Nobody asks about the others any more.
  if (links_.size() >= most)
    std::erase_if(links_, [&sources](const auto& one) {
      return std::ranges::find(sources, one.first) == sources.end();
    });
  links_.erase(sources.front());
  if (leads_inside(state, link)) links_.emplace(sources.front(), link);
  if (links_ != before) write();
}

void LoginLinks::write() const {
  std::string text;
  for (const auto& [source, link] : links_)
    text += source + " " + link + "\n";
  kept_.write(text);
}

} // namespace sshguardd::host
