// sshguardctl resume: ends a pause.
#include "ctl/answers.hpp"
#include "ctl/commands.hpp"
#include "ctl/peer.hpp"
#include "ctl/source.hpp"
#include "ctl/text.hpp"

#include <cstdio>

namespace sshguardd::ctl {

int resume() {
  if (!is_root()) return needs_root("resume");
  const auto peer = agent_or_self();
  if (!peer) return exit_unknown;
  const auto answer = peer->call("Resume", "{}");
  const auto paused = answer ? read_was_paused(*answer) : Fact<bool>{Unknown{answer.why()}};
  if (!paused) return no_answer(paused.why());
  std::string text = *paused ? "the pause is over; what was given up is tried again\n"
                             : "there was no pause; what was given up is tried again\n";
  if (!peer->is_agent()) text += "sshguardd is not running: nothing is healed until it is\n";
  return print(text) ? exit_ok : exit_unknown;
}

int needs_root(const std::string& command) {
  std::fprintf(stderr, "sshguardctl: this needs root.\nrun: sudo sshguardctl %s\n",
               command.c_str());
  return exit_unknown;
}

int no_answer(const std::string& why) {
  std::fprintf(stderr, "sshguardctl: no answer of sshguardd: %s\n", why.c_str());
  return exit_unknown;
}

} // namespace sshguardd::ctl
