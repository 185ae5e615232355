// sshguardctl pause DURATION: no remedy for a while but with a person's consent.
#include "config/keys.hpp"
#include "ctl/answers.hpp"
#include "ctl/commands.hpp"
#include "ctl/peer.hpp"
#include "ctl/source.hpp"
#include "ctl/text.hpp"
#include "engine/control.hpp"
#include "engine/encode.hpp"

#include <chrono>
#include <cstdio>
#include <optional>

namespace sshguardd::ctl {

namespace {

// With its unit: a bare number may be meant as minutes.
std::optional<std::chrono::seconds> parse_duration(std::string_view text) {
  const auto amount = config::parse_seconds(text);
  if (!amount || (text.back() >= '0' && text.back() <= '9')) return std::nullopt;
  return std::chrono::seconds{*amount};
}

} // namespace

int pause(const std::string& duration) {
  const auto length = parse_duration(duration);
  if (!length || *length < engine::shortest_pause || *length > engine::longest_pause) {
    std::fprintf(stderr,
                 "sshguardctl: \"%s\" is no duration from 1s to 7d, as 90s, 15m, 2h or 1d\n",
                 engine::encode(duration, 100).c_str());
    return exit_usage;
  }
  if (!is_root()) return needs_root();
  const auto peer = agent_or_self();
  if (!peer) return exit_unknown;
  const auto answer = peer->call("Pause", "{\"seconds\":" + std::to_string(length->count()) + "}");
  const auto until = answer ? read_until(*answer) : Fact<std::string>{Unknown{answer.why()}};
  if (!until) return no_answer(until.why());
  std::string text = "healing is paused until " + *until + "; before that: sshguardctl resume\n";
  if (!peer->is_agent()) text += "sshguardd is not running: it keeps that when it starts\n";
  return print(text) ? exit_ok : exit_unknown;
}

} // namespace sshguardd::ctl
