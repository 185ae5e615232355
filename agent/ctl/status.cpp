// sshguardctl status: what the running agent says; without one, a look of its own.
#include "ctl/commands.hpp"
#include "ctl/render.hpp"
#include "ctl/source.hpp"
#include "ctl/text.hpp"

#include <cstdio>

namespace sshguardd::ctl {
namespace {

int show(const Document& document, const std::string& note, StatusForm form) {
  const bool shown =
      print(form == StatusForm::json    ? document.json
            : form == StatusForm::brief ? render_brief(document, note)
                                        : render(document, {.terminal = terminal(), .note = note}));
  return shown ? exit_status(document.state) : exit_unknown;
}

int needs_root(const AgentAnswer& answer) {
  std::string text =
      "sshguardctl: no answer of sshguardd (" + answer.document.why() +
      "), and looking at the machine itself needs root.\nrun: sudo sshguardctl status\n";
  if (!answer.group.empty())
    text +=
        "or, to read what the running agent says: be a member of the group " + answer.group + "\n";
  std::fputs(text.c_str(), stderr);
  return exit_unknown;
}

} // namespace

int status(StatusForm form) {
  const AgentAnswer answer = ask_agent();
  if (answer.document) return show(*answer.document, "", form);
  if (!is_root()) return needs_root(answer);

  const std::string what = answer.absent ? "sshguardd is not running" : "sshguardd does not answer";
  const std::string note = what + " (" + answer.document.why() +
                           "): this is a look of sshguardctl itself; nothing is healed.";
  const Fact<Document> own = document_of(look(), nullptr);
  if (own) return show(*own, note, form);
  std::fprintf(stderr, "sshguardctl: its own report is not readable: %s\n", own.why().c_str());
  return exit_unknown;
}

} // namespace sshguardd::ctl
