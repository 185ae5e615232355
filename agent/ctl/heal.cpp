// sshguardctl heal: asks for remedies, by the agent; without one, does what it would have done.
#include "ctl/answers.hpp"
#include "ctl/commands.hpp"
#include "ctl/peer.hpp"
#include "ctl/source.hpp"
#include "ctl/text.hpp"
#include "engine/evaluate.hpp"
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

// A finding that is meant.
struct Wanted {
  std::string id;
  std::string subject; // of several with that id; empty: any
  [[nodiscard]] std::string name() const { return subject.empty() ? id : id + " " + subject; }
};

struct Healable {
  std::vector<Wanted> wanted; // what has a remedy now, in the order of the report
  bool others = false;        // something was found that has none
  std::string unknown;        // why something could not be looked at
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
      found.wanted.push_back(
          {finding.id, engine::by_subject(finding.id) ? finding.subject : std::string{}});
    else if (finding.severity != "info")
      found.others = true;
  }
  if (!document->unknown.empty()) found.unknown = document->unknown.front().why;
  return found;
}

// There is nothing to do; that is no good news where nobody could look.
int told_nothing(const Healable& found) {
  if (!found.others && !found.unknown.empty()) return failed("could not look: " + found.unknown);
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

std::string listed(const std::vector<std::string>& steps) {
  std::string text;
  for (const std::string& step : steps)
    text += "\n    " + step;
  return text;
}

std::string no_remedy(const std::string& id) {
  const FindingInfo* info = find_info(id);
  if (info == nullptr || info->remedy == "-") return "the agent has no remedy for it";
  return "its remedy (" + std::string{info->remedy} + ") is not for this case";
}

// again: the agent tries it again by itself. dry_run: what is withheld is told, too.
Verdict verdict(const Wanted& finding, const HealAnswer& heal, bool again, bool dry_run) {
  if (heal.outcome == "healed") return {"healed in " + lasted(heal) + ": " + heal.why, exit_ok};
  if (heal.outcome == "still-broken")
    return {"still broken after " + lasted(heal) + ": " + heal.why, exit_critical};
  if (heal.outcome == "would-heal") {
    const bool sshd = !finding.id.starts_with("disk.") && !finding.id.starts_with("journal.") &&
                      !finding.id.starts_with("firewall.");
    return {std::string{"would be healed by these steps"} +
                (sshd ? ", and then by waiting for sshd to answer:" : ":") + listed(heal.steps),
            exit_ok};
  }
  if (heal.outcome == "NothingToHeal") return {"nothing to heal: it is not so now", exit_ok};
  if (heal.outcome == "NoRemedy")
    return {no_remedy(finding.id) + ": sshguardctl explain " + finding.id +
                (heal.steps.empty() ? "" : "\n  for a person:" + listed(heal.steps)),
            exit_unknown};
  if (heal.outcome == "Refused")
    return {"withheld: " + heal.why +
                (heal.retry_at.empty()
                     ? ""
                     : (again ? "; next try at " : "; not before ") + heal.retry_at) +
                (heal.once_helps ? "\n    sshguardctl heal " + printable(finding.name()) +
                                       " --once   does it this once"
                                 : "") +
                (dry_run && !heal.steps.empty() ? "\n  these steps:" + listed(heal.steps) : ""),
            exit_unknown};
  if (heal.outcome == "CouldNotLook") return {"could not look: " + heal.why, exit_unknown};
  if (heal.outcome == "Busy") return {"busy: healing " + heal.why + " now", exit_unknown};
  return {"sshguardd answers " + heal.outcome, exit_unknown};
}

// Of the file systems' a path; of accounts' none.
bool may_be_subject(const std::string& id, const std::string& word) {
  return engine::by_subject(id) && id.starts_with("disk.") == word.starts_with('/');
}

// "disk.full /home keys.mode": what is no id says which of the one before it. Unknown: that word.
Fact<std::vector<Wanted>> wanted_by(const std::vector<std::string>& words) {
  std::vector<Wanted> wanted;
  for (const std::string& word : words) {
    if (find_info(word) != nullptr)
      wanted.push_back({word, {}});
    else if (!wanted.empty() && wanted.back().subject.empty() &&
             may_be_subject(wanted.back().id, word))
      wanted.back().subject = word;
    else
      return Unknown{word};
  }
  return wanted;
}

} // namespace

int heal(const std::vector<std::string>& words, bool once, bool dry_run) {
  const auto meant = wanted_by(words);
  if (!meant) return no_such_id(meant.why());
  std::vector<Wanted> wanted = *meant;
  if (once && wanted.empty() && !dry_run) {
    std::fputs("sshguardctl: --once is consent to one remedy: name its finding.\n"
               "run: sshguardctl heal ID --once\n",
               stderr);
    return exit_usage;
  }
  if (!is_root()) return needs_root();
  const auto peer = agent_or_self();
  if (!peer) return exit_unknown;
  if (!peer->is_agent())
    std::fputs("sshguardd is not running: sshguardctl does it itself.\n", stderr);
  if (wanted.empty()) {
    const auto found = healable(*peer);
    if (!found) return failed("could not look: " + found.why());
    wanted = found->wanted;
    if (wanted.empty()) return told_nothing(*found);
  }
  int status = exit_ok;
  for (const Wanted& finding : wanted) {
    const std::string name = printable(finding.name());
    const auto answer =
        peer->call("Heal", heal_parameters(finding.id, finding.subject, once, dry_run));
    if (!answer) return failed(name + ": no answer of sshguardd: " + answer.why());
    const auto heal = read_heal(*answer);
    if (!heal) return failed(name + ": the answer is not readable: " + heal.why());
    const Verdict one = verdict(finding, *heal, peer->is_agent() && !once, dry_run);
    if (!print(name + ": " + one.text + "\n")) return exit_unknown;
    // That it is still broken is worth more than that another one was withheld.
    if (one.status == exit_critical || status == exit_ok) status = one.status;
  }
  return status;
}

} // namespace sshguardd::ctl
