// sshguardctl check: always a fresh look of its own, of all checks or of the ids given.
#include "sshguardd/check.hpp"
#include "ctl/commands.hpp"
#include "ctl/render.hpp"
#include "ctl/source.hpp"
#include "ctl/text.hpp"

#include <algorithm>
#include <cstdio>

namespace sshguardd::ctl {
namespace {

bool asked_for(const std::vector<std::string>& ids, std::string_view id) {
  return ids.empty() || std::ranges::find(ids, id) != ids.end();
}

// Everything was looked at, so that causes are known; what was not asked for goes only now. The
// state is then that of what was asked for.
void keep_only(engine::Evaluation& evaluation, const std::vector<std::string>& ids) {
  std::erase_if(evaluation.findings,
                [&](const Finding& finding) { return !asked_for(ids, finding.id); });
  std::erase_if(evaluation.unknown, [&](const engine::UnknownCheck& unknown) {
    return std::ranges::none_of(unknown.check->ids,
                                [&](const FindingInfo& info) { return asked_for(ids, info.id); });
  });
  if (!asked_for(ids, evaluation.client.because)) evaluation.client = {};
  evaluation.state = evaluation.unknown.empty() ? engine::State::ok : engine::State::unknown;
  for (const Finding& finding : evaluation.findings) {
    if (finding.accepted) continue;
    if (finding.severity == Severity::warning && evaluation.state != engine::State::critical)
      evaluation.state = engine::State::warning;
    if (finding.severity == Severity::critical) evaluation.state = engine::State::critical;
  }
}

} // namespace

int check(const std::vector<std::string>& ids, bool json) {
  for (const std::string& id : ids) {
    if (find_info(id) == nullptr) return no_such_id(id);
  }
  if (!is_root()) {
    std::fputs("sshguardctl: check looks at the machine itself, which needs root.\n"
               "run: sudo sshguardctl check\n",
               stderr);
    return exit_unknown;
  }
  Look fresh = look();
  keep_only(fresh.evaluation, ids);
  const AgentAnswer agent = ask_agent();
  const Fact<Document> document = document_of(fresh, agent.document ? &*agent.document : nullptr);
  if (!document) {
    std::fprintf(stderr, "sshguardctl: its own report is not readable: %s\n",
                 document.why().c_str());
    return exit_unknown;
  }
  const Rendering rendering{.terminal = terminal(),
                            .note = "A fresh look of sshguardctl itself; it heals nothing.",
                            .ids = ids};
  const bool shown = print(json ? document->json : render(*document, rendering));
  return shown ? exit_status(document->state) : exit_unknown;
}

} // namespace sshguardd::ctl
