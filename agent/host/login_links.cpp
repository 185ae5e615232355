#include "host/login_links.hpp"

#include "engine/network_links.hpp"
#include "host/instance.hpp"
#include "host/log.hpp"
#include "parse/host_pattern.hpp"
#include "parse/lines.hpp"

#include <algorithm>
#include <cstddef>

#include <net/if.h>

namespace sshguardd::host {
namespace {

constexpr std::string_view file = "login-links";
constexpr std::size_t most = 64;

// What is behind it comes by no other. Not so of one that everything goes into (a VPN with a
// default route): who comes by another link may be answered by that one all the same.
bool leads_inside(const NetworkState& state, const std::string& name) {
  const auto link = std::ranges::find(state.links, name, &parse::LinkMessage::name);
  return link != state.links.end() && !std::ranges::binary_search(state.outward, link->index) &&
         std::ranges::find(state.defaults, link->index, &parse::RouteMessage::out) ==
             state.defaults.end();
}

} // namespace

void LoginLinks::read(const Fact<Instance>& instance) {
  if (!instance || !instance->provisioned) {
    instance_.reset();
    links_.clear();
    return;
  }
  if (instance_ && instance_->machine_id == instance->machine_id &&
      instance_->instance_id == instance->instance_id)
    return;
  instance_ = *instance;
  links_.clear();
  const auto text = read_state(*instance_, file);
  std::string_view rest = text ? std::string_view{*text} : std::string_view{};
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
  const auto before = links_;
  if (links_.size() >= most)
    std::erase_if(links_, [&sources](const auto& one) {
      return std::ranges::find(sources, one.first) == sources.end();
    });
  const auto now = [&way](const std::string& source) {
    const auto found = way(address_bytes(source));
    return found && !found->local && found->problem.empty() ? found->interface : std::string {};
  };
  if (logged_in && !sources.empty()) {
    const std::string& source = sources.front();
    links_.erase(source);
    if (const std::string link = now(source); leads_inside(state, link))
      links_.emplace(source, link);
  }
  if (links_ != before) write();
  std::vector<std::string> list;
  for (const std::string& source : sources) {
    const auto inside = links_.find(source);
    if (inside == links_.end() || now(source) == inside->second) list.push_back(source);
  }
  return list;
}

void LoginLinks::write() const {
  if (!instance_ || !keeps_) return;
  std::string text;
  for (const auto& [source, link] : links_)
    text += source + " " + link + "\n";
  if (const auto problem = write_state(*instance_, file, text))
    log_warning("by which links people log in is not kept: " + *problem);
}

} // namespace sshguardd::host
