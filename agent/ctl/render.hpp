// The status document for somebody who cannot log in, at three in the morning. Pure.
#pragma once

#include "ctl/document.hpp"
#include "ctl/text.hpp"

#include <string>
#include <vector>

namespace sshguardd::ctl {

struct Rendering {
  Terminal terminal;
  std::string note;             // whose look this is, where it is not the agent's
  std::vector<std::string> ids; // only these were asked for; empty = all
};

// What is so, in one sentence.
[[nodiscard]] std::string headline(const Document& document, const Rendering& rendering);
// Less than 4 KB, whatever was found.
[[nodiscard]] std::string render_brief(const Document& document, const std::string& note);
[[nodiscard]] std::string render(const Document& document, const Rendering& rendering);

} // namespace sshguardd::ctl
