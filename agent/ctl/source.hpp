// Where sshguardctl knows the state from: the running agent's document, or a look of its own.
#pragma once

#include "ctl/document.hpp"
#include "engine/evaluate.hpp"
#include "sshguardd/snapshot.hpp"

#include <string>

namespace sshguardd::ctl {

struct AgentAnswer {
  Fact<Document> document; // Unknown says why the agent does not answer
  bool absent = false;     // Unknown because no agent runs, as far as can be seen
  std::string group;       // whose members may read the document; empty where nobody else may
};

[[nodiscard]] AgentAnswer ask_agent();

struct Look {
  Snapshot snapshot;
  engine::Evaluation evaluation;
};

// Takes up to some seconds. Heals nothing.
[[nodiscard]] Look look();

// `running` is the document of the agent that runs beside this look; nullptr where none does.
[[nodiscard]] Fact<Document> document_of(const Look& look, const Document* running);

[[nodiscard]] bool is_root();

} // namespace sshguardd::ctl
