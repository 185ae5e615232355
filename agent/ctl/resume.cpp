// sshguardctl resume: ends a pause.
#include "ctl/answers.hpp"
#include "ctl/commands.hpp"
#include "ctl/peer.hpp"
#include "ctl/source.hpp"
#include "ctl/text.hpp"
#include "engine/encode.hpp"
#include "host/files.hpp"
#include "parse/shell_word.hpp"

#include <algorithm>
#include <cstdio>
#include <string_view>

namespace sshguardd::ctl {

int resume() {
  if (!is_root()) return needs_root();
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

int needs_root(std::string_view why) {
  // As it was typed.
  const auto line = host::read_proc("/proc/self/cmdline");
  std::string command;
  std::string_view rest = line ? std::string_view{*line} : std::string_view{};
  for (bool first = true; !rest.empty(); first = false) {
    const std::string_view word = rest.substr(0, rest.find('\0'));
    rest.remove_prefix(std::min(rest.size(), word.size() + 1));
    const bool option = word.starts_with("-") && word.find_first_of(" '\"$`\\;&|<>") == word.npos;
    if (!first) command += " " + (option ? std::string{word} : parse::shell_word(word));
  }
  std::fprintf(stderr, "sshguardctl: %s needs root.\nrun: sudo sshguardctl%s\n",
               std::string{why}.c_str(), engine::encode(command, 400).c_str());
  return exit_unknown;
}

int no_answer(const std::string& why) {
  std::fprintf(stderr, "sshguardctl: no answer of sshguardd: %s\n", why.c_str());
  return exit_unknown;
}

} // namespace sshguardd::ctl
