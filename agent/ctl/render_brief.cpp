// The status in less than 4 KB, whatever was found: for channels that run one command and cut its
// answer.
#include "ctl/render.hpp"
#include "engine/encode.hpp"

namespace sshguardd::ctl {
namespace {

constexpr std::size_t max_text = 4000;
constexpr std::size_t max_line = 320;
constexpr std::size_t room_for_rest =
    700; // what is not known, the last heal, how much was left out

std::string cut(const std::string& line) {
  return engine::cut_encoded(line, max_line) + "\n";
}

std::string finding_line(const Document::Finding& finding) {
  const std::string next = finding.next.empty() ? "" : ". " + finding.next;
  // What to do is worth more than the end of a quotation.
  const std::string what = engine::cut_encoded(finding.summary, max_line / 2);
  return cut("- " + finding.id + " (" + finding.severity + ", " + finding.when + "): " + what +
             next);
}

} // namespace

std::string render_brief(const Document& document, const std::string& note) {
  std::string text = cut(capitals(to_string(document.state)) + "  " + headline(document, {}));
  text += cut(document.host + ", " + document.time + "; agent: " +
              (document.agent_running ? "running, healing " + document.healing : "not running"));
  if (!note.empty()) text += cut(note);
  if (!document.client_message.empty()) text += cut("A client sees: " + document.client_message);
  std::size_t left = 0;
  for (const Document::Finding& finding : document.findings) {
    const std::string line = finding_line(finding);
    if (left > 0 || text.size() + line.size() > max_text - room_for_rest)
      ++left;
    else
      text += line;
  }
  if (left > 0) text += "and " + std::to_string(left) + " more: sshguardctl status --json\n";
  if (!document.unknown.empty())
    text += cut("not known: " + std::to_string(document.unknown.size()) + ", the first: " +
                document.unknown.front().id + ": " + document.unknown.front().why);
  if (!document.heals.empty()) {
    const Document::Heal& heal = document.heals.back();
    text +=
        cut("last heal: " + heal.time + " " + heal.id + ": " + heal.remedy + ", " + heal.outcome);
  }
  return text;
}

} // namespace sshguardd::ctl
