#include "host/let_in.hpp"

#include "parse/lines.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>

namespace sshguardd::host {
namespace {

constexpr std::size_t most = 64;

// Whether it gets in, to be remembered; of everybody only what is sure.
bool lets_in(const Flow& flow) {
  if (flow.whose != Flow::Whose::anyone) return flow.gets_in();
  return flow.accepted() || flow.rules_accept;
}

} // namespace

// Whom a flow stands for: "203.0.113.7 22"; where sshd does not listen everywhere,
// and for those of the machine's addresses that routes go by, "203.0.113.7 22 10.0.0.5".
std::string LetIn::key_of(const Flow& flow) const {
  const bool anyone = flow.whose == Flow::Whose::anyone;
  return (anyone ? flow.ipv6 ? "anyone6" : "anyone4" : flow.source) + " " +
         std::to_string(flow.port) +
         (flow.other_address || bound_.contains(flow.destination) ? " " + flow.destination : "");
}

bool LetIn::full() const {
  return keys_.size() >= most;
}

bool LetIn::read(const Fact<Instance>& instance) {
  const auto text = kept_.open(instance);
  if (!text) return false;
  keys_.clear();
  std::string_view rest = *text;
  while (!rest.empty() && !full()) {
    const std::string_view key = parse::take_line(rest);
    if (key.find(' ') != std::string_view::npos) keys_.emplace(key);
  }
  return true;
}

bool LetIn::everybody_is_new(const Firewall& firewall) const {
  return !full() && std::ranges::any_of(firewall.flows, [this](const Flow& flow) {
    return flow.whose == Flow::Whose::anyone && lets_in(flow) && !keys_.contains(key_of(flow));
  });
}

void LetIn::mark(Firewall& firewall, bool lasts) {
  std::set<std::string> new_ones;
  std::set<std::string> asked;
  for (Flow& flow : firewall.flows) {
    std::string key = key_of(flow);
    flow.accepted_before = keys_.contains(key);
    const bool in = lets_in(flow) && (lasts || flow.whose != Flow::Whose::anyone);
    if (in && !flow.accepted_before) new_ones.insert(key);
    asked.insert(std::move(key));
  }
  if (new_ones.empty()) return;
  // Nobody asks about the others any more.
  if (keys_.size() + new_ones.size() > most)
    std::erase_if(keys_, [&](const std::string& key) { return !asked.contains(key); });
  const std::size_t before = keys_.size();
  for (const std::string& key : new_ones)
    if (!full()) keys_.insert(key);
  if (keys_.size() != before) write();
}

void LetIn::write() const {
  std::string text;
  for (const std::string& key : keys_)
    text += key + "\n";
  kept_.write(text);
}

} // namespace sshguardd::host
