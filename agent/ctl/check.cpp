// sshguardctl check: always a fresh look of its own, of all checks or of the ids given.
#include "sshguardd/check.hpp"
#include "ctl/commands.hpp"
#include "ctl/render.hpp"
#include "ctl/source.hpp"
#include "ctl/text.hpp"
#include "engine/control.hpp"

#include <cstdio>

namespace sshguardd::ctl {
int check(const std::vector<std::string>& ids, bool json) {
  for (const std::string& id : ids) {
    if (find_info(id) == nullptr) return no_such_id(id);
  }
  if (!is_root()) return needs_root("check looks at the machine itself, which");
  Look fresh = look();
  // Everything was looked at, so that causes are known; what was not asked for goes only now.
  engine::keep_only(fresh.evaluation, ids);
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
