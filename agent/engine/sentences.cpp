// The sentences for people: what is so, what happens next, how it ended.
#include "engine/report.hpp"

namespace sshguardd::engine {
namespace {

// The worst first: what a client meets, or when it will.
std::string_view opening(const Finding& finding, State state) {
  if (finding.severity == Severity::critical && finding.when == When::now) {
    switch (finding.sees) {
    case Sees::refused:
      return "SSH REFUSED: ";
    case Sees::timeout:
      return "SSH TIMES OUT: ";
    case Sees::unreachable:
      return "SSH UNREACHABLE: ";
    case Sees::prohibited:
      return "SSH PROHIBITED: ";
    case Sees::reset:
      return "SSH RESETS: ";
    case Sees::denied:
      return "LOGIN DENIED: ";
    case Sees::closed:
      return "LOGIN CLOSED: ";
    case Sees::hostkey:
      return "HOST KEY CHANGED: ";
    case Sees::none:
      return "";
    }
  }
  // Not known to lock anybody out: the summary says what may come.
  if (finding.sees == Sees::none) return "";
  const bool works = state == State::warning;
  switch (finding.when) {
  case When::restart:
    if (finding.sees == Sees::hostkey) // of those who know that key
      return works ? "SSH works now; from the NEXT sshd RESTART on some clients refuse it: "
                   : "From the NEXT sshd RESTART on some clients refuse it: ";
    if (by_subject(finding.id))
      return works ? "SSH works now; the NEXT sshd RESTART shuts out: "
                   : "The NEXT sshd RESTART shuts out: ";
    return works ? "SSH works now; the NEXT sshd RESTART locks everyone out: "
                 : "The NEXT sshd RESTART would fail: ";
  case When::reboot:
    if (finding.sees == Sees::denied || finding.sees == Sees::hostkey) // of some, and perhaps
      return works ? "SSH works now; the NEXT REBOOT or stop may lock people out: "
                   : "The NEXT REBOOT or stop may lock people out: ";
    return works ? "SSH works now; the NEXT REBOOT locks everyone out: "
                 : "The NEXT REBOOT would not start SSH: ";
  case When::soon:
    return works ? "SSH works now, but SOON: " : "SOON: ";
  case When::now:
    return "";
  }
  return "";
}

bool concerns(const Finding& finding, const Finding& root) {
  if (finding.id == root.id) return !by_subject(root.id) || finding.subject == root.subject;
  return finding.root == root.id;
}

// "the agent (then) ..."
std::string promise(const Remedy& remedy) {
  if (const auto* restart = std::get_if<RestartSshd>(&remedy))
    return restart->running ? "restarts sshd" : "starts sshd";
  if (const auto* directory = std::get_if<MakePrivsepDir>(&remedy))
    return "mends " + directory->path;
  if (std::holds_alternative<ClearHostKeyMode>(remedy) ||
      std::holds_alternative<ClearKeyMode>(remedy))
    return "mends the mode";
  if (std::holds_alternative<GenerateHostKeys>(remedy)) return "generates host keys";
  if (std::holds_alternative<MakeRoom>(remedy)) return "makes room";
  if (const auto* growth = std::get_if<GrowFileSystem>(&remedy)) return "grows " + growth->mount;
  if (const auto* open = std::get_if<OpenFirewall>(&remedy))
    return "has " + open->owner + " let it in";
  return "rolls the configuration back";
}

// Where to read why: the remedy itself has been tried often enough.
std::string journal_of(const Remedy& remedy) {
  const auto* restart = std::get_if<RestartSshd>(&remedy);
  if (restart == nullptr) return "sshguardctl history";
  return "journalctl -u " + (restart->service.empty() ? restart->socket : restart->service);
}

} // namespace

std::string headline(const Finding& finding, State state) {
  return std::string{opening(finding, state)} + finding.summary;
}

std::string accepted_text(const Accepted& accepted) {
  return (accepted.until ? "until " + rfc3339(*accepted.until) + ": " : "") + accepted.reason;
}

std::string action(const Finding& finding, const Evaluation& evaluation,
                   const RemedyStates& remedies) {
  if (finding.accepted) return "";
  const std::string fix = finding.fix.empty() ? "" : finding.fix.front();
  for (const Finding& one : evaluation.findings) {
    if (!concerns(one, finding) || !one.remedy) continue;
    const auto found = remedies.find(remedy_key(one));
    if (found == remedies.end()) continue;
    const Decision& decision = found->second.decision;
    if (decision.hold == Hold::opt_in) continue;
    const std::string what = promise(*one.remedy);
    // A person mends the root; only then is it the agent's turn, whatever else holds it back.
    if (one.id != finding.id && decision.hold != Hold::none && !decision.brief)
      return "DO: " + fix +
             (decision.hold == Hold::off || decision.hold == Hold::guard
                  ? "."
                  : "; the agent then " + what + ".");
    if (decision.brief) return "NEXT: the agent " + what + ".";
    switch (decision.hold) {
    case Hold::none:
      return "NEXT: the agent " + what + ".";
    case Hold::cause: {
      // What is to be mended is the cause, where it is known.
      const Finding* root = finding.root ? evaluation.find(*finding.root) : nullptr;
      return "DO: " + (root != nullptr && !root->fix.empty() ? root->fix.front() : fix) +
             "; the agent then " + what + ".";
    }
    case Hold::paused:
      return "DO: sshguardctl resume (" + decision.why + "); the agent then " + what + ".";
    case Hold::intent:
    case Hold::unknown:
      return "WAITS: " + decision.why + "; the agent then " + what + ".";
    case Hold::budget:
      return "NEXT: the agent " + what + " again; " + decision.why + ".";
    case Hold::grace:
      return "NEXT: the agent " + what + " " + decision.why + ".";
    case Hold::frozen: // short enough to stand beside what is wrong
      return "DO: " + journal_of(*one.remedy) + "; the agent gave up after " + decision.why + ".";
    case Hold::fight:
      return "DO: " + journal_of(*one.remedy) + "; " + decision.why + ", the agent leaves it.";
    case Hold::off:
    case Hold::guard:
      return "DO: " + fix + " (" + decision.why + ").";
    case Hold::opt_in:
      break;
    }
  }
  return fix.empty() ? "" : "DO: " + fix + ".";
}

} // namespace sshguardd::engine
