// sshguardctl heal: asks for remedies, by the agent; without one, does what it would have done.
#include "ctl/answers.hpp"
#include "ctl/commands.hpp"
#include "ctl/peer.hpp"
#include "ctl/source.hpp"
#include "ctl/text.hpp"
#include "engine/report.hpp"
#include "sshguardd/check.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>

namespace sshguardd::ctl {
namespace {

int failed(const std::string& why) {
  std::fprintf(stderr, "sshguardctl: %s\n", why.c_str());
  return exit_unknown;
}

struct Healable {
  std::vector<std::string> ids; // what has a remedy now, in the order of the report
  bool others = false;          // something was found that has none
  std::string unknown;          // why something could not be looked at
};

Fact<Healable> healable(Peer& peer) {
  const auto answer = peer.call("Check", "{}");
  if (!answer) return Unknown{answer.why()};
  const auto status = read_status(*answer);
  if (!status) return Unknown{status.why()};
  const auto document = parse_document(*status);
  if (!document) return Unknown{document.why()};
  Healable found;
  for (const Document::Finding& finding : document->findings) {
    if (!finding.remedy.kind.empty())
      found.ids.push_back(finding.id);
    else if (finding.severity != "info")
      found.others = true;
  }
  if (!document->unknown.empty()) found.unknown = document->unknown.front().why;
  return found;
}

// There is nothing to do; that is no good news where nobody could look.
int told_nothing(const Healable& found) {
  if (!found.unknown.empty()) return failed("could not look: " + found.unknown);
  if (!found.others) return print("nothing to heal\n") ? exit_ok : exit_unknown;
  (void)print("there is trouble, but nothing of it that the agent can heal: sshguardctl status\n");
  return exit_unknown;
}

std::string lasted(const HealAnswer& heal) {
  return engine::duration_text(std::chrono::milliseconds{heal.took_ms});
}

struct Verdict {
  std::string text;
  int status = exit_unknown;
};

// again: the agent tries it again by itself.
Verdict verdict(const std::string& id, const HealAnswer& heal, bool again) {
  if (heal.outcome == "healed") return {"healed in " + lasted(heal) + ": " + heal.why, exit_ok};
  if (heal.outcome == "still-broken")
    return {"still broken after " + lasted(heal) + ": " + heal.why, exit_critical};
  if (heal.outcome == "would-heal") {
    const bool sshd = !id.starts_with("disk.") && !id.starts_with("journal.");
    std::string text = std::string{"would be healed by these steps"} +
                       (sshd ? ", and then by waiting for sshd to answer:" : ":");
    for (const std::string& step : heal.steps)
      text += "\n    " + step;
    return {text, exit_ok};
  }
  if (heal.outcome == "NothingToHeal") return {"nothing to heal: it is not so now", exit_ok};
  if (heal.outcome == "NoRemedy")
    return {"the agent has no remedy for it: sshguardctl explain " + id, exit_unknown};
  if (heal.outcome == "Refused")
    return {
        "withheld: " + heal.why +
            (heal.retry_at.empty() ? ""
                                   : (again ? "; next try at " : "; not before ") + heal.retry_at) +
            (heal.once_helps ? "\n    sshguardctl heal " + id + " --once   does it this once" : ""),
        exit_unknown};
  if (heal.outcome == "CouldNotLook") return {"could not look: " + heal.why, exit_unknown};
  if (heal.outcome == "Busy") return {"busy: healing " + heal.why + " now", exit_unknown};
  return {"sshguardd answers " + heal.outcome, exit_unknown};
}

} // namespace

int heal(std::vector<std::string> ids, bool once, bool dry_run) {
  for (const std::string& id : ids) {
    if (find_info(id) == nullptr) return no_such_id(id);
  }
  if (once && ids.empty() && !dry_run) {
    std::fputs("sshguardctl: --once is consent to one remedy: name its finding.\n"
               "run: sshguardctl heal ID --once\n",
               stderr);
    return exit_usage;
  }
  if (!is_root()) return needs_root("heal");
  const auto peer = agent_or_self();
  if (!peer) return exit_unknown;
  if (!peer->is_agent())
    std::fputs("sshguardd is not running: sshguardctl does it itself.\n", stderr);
  if (ids.empty()) {
    const auto found = healable(*peer);
    if (!found) return failed("could not look: " + found.why());
    ids = found->ids;
    if (ids.empty()) return told_nothing(*found);
  }
  int status = exit_ok;
  for (const std::string& id : ids) {
    const auto answer = peer->call("Heal", heal_parameters(id, once, dry_run));
    if (!answer) return failed(id + ": no answer of sshguardd: " + answer.why());
    const auto heal = read_heal(*answer);
    if (!heal) return failed(id + ": the answer is not readable: " + heal.why());
    const Verdict one = verdict(id, *heal, peer->is_agent() && !once);
    if (!print(id + ": " + one.text + "\n")) return exit_unknown;
    // That it is still broken is worth more than that another one was withheld.
    if (one.status == exit_critical || status == exit_ok) status = one.status;
  }
  return status;
}

} // namespace sshguardd::ctl
