// sshguardctl status --watch: the status, again at each change; in a pipe one line for each.
#include "ctl/answers.hpp"
#include "ctl/commands.hpp"
#include "ctl/peer.hpp"
#include "ctl/render.hpp"
#include "ctl/source.hpp"
#include "ctl/text.hpp"

#include <cstdio>

#include <unistd.h>

namespace sshguardd::ctl {
namespace {

// "2026-11-21T03:12:07Z CRITICAL SSH REFUSED: ... [sshd.failed]"
std::string change(const std::string& time, const std::string& state, const std::string& sentence,
                   const std::string& id) {
  return time + " " + state + " " + sentence + (id.empty() ? "" : " [" + id + "]") + "\n";
}

std::string first_line(const Document& document) {
  std::string id;
  for (const Document::Finding& finding : document.findings) {
    if (id.empty() && finding.root && finding.severity != "info") id = finding.id;
  }
  return change(document.time, capitals(to_string(document.state)), headline(document, {}), id);
}

bool draw(const Document& document) {
  const Terminal screen = terminal();
  // Home, then what is there is overwritten: no flicker. A dumb terminal just scrolls.
  const std::string clear = screen.colour ? "\x1b[H\x1b[J" : "\n";
  return print(clear + render(document, {.terminal = screen}));
}

// The present status on a connection of its own: the other one has events only.
bool draw_now() {
  const FoundPeer agent = running_agent();
  if (!agent.peer) return true; // the subscription will tell
  const auto answer = agent.peer->call("GetStatus", "{}");
  const auto status = answer ? read_status(*answer) : Fact<std::string>{Unknown{answer.why()}};
  const auto document = status ? parse_document(*status) : Fact<Document>{Unknown{status.why()}};
  return !document || draw(*document);
}

bool show_status(const std::string& status, bool screen) {
  const auto document = parse_document(status);
  if (!document) return true;
  return screen ? draw(*document) : print(first_line(*document));
}

} // namespace

int watch(bool json) {
  if (!is_root()) return needs_root();
  const FoundPeer agent = running_agent();
  if (!agent.peer) {
    std::fprintf(stderr, "sshguardctl: %s (%s); nobody can be watched.\n",
                 agent.absent ? "sshguardd is not running" : "sshguardd does not answer",
                 agent.why.c_str());
    return exit_unknown;
  }
  const bool screen = !json && isatty(STDOUT_FILENO) == 1;
  const std::string why = agent.peer->subscribe([&](const std::string& parameters) {
    if (json) return print(parameters + "\n");
    const auto told = read_told(parameters);
    if (!told) return true;
    if (!told->status.empty()) return show_status(told->status, screen);
    const Event& event = told->event;
    return screen ? draw_now() : print(change(event.time, event.state, event.sentence, event.id));
  });
  if (why.empty()) return exit_unknown; // standard output is gone, which was said
  std::fprintf(stderr, "sshguardctl: no more news of sshguardd: %s\n", why.c_str());
  return exit_unknown;
}

} // namespace sshguardd::ctl
