#include "ctl/render.hpp"

#include "engine/encode.hpp"
#include "engine/report.hpp"

#include <algorithm>
#include <array>

namespace sshguardd::ctl {
namespace {

using Finding = Document::Finding;

constexpr std::size_t label_width = 12; // two spaces, the label, spaces up to here
constexpr std::size_t max_value = 400;  // of one evidence; all of it is in --json
constexpr std::size_t max_evidence = 12;
constexpr std::size_t max_heals = 3;

class Page {
public:
  explicit Page(std::size_t width) : width_{width} {}

  void paragraph(std::string_view text) { out_ += wrap("", text, 0, width_); }
  void gap() { out_ += '\n'; }
  void raw(std::string_view text) { out_ += text; }
  void item(std::string_view text) { out_ += wrap("  ", text, 6, width_); }

  void labelled(std::string_view label, std::string_view text) {
    if (!text.empty()) out_ += wrap(start(label), text, label_width, width_);
  }

  // A command stays on one line, however long it is: it is there to be copied.
  void command(std::string_view label, std::string_view text) {
    std::string first = start(label);
    if (first.size() + text.size() > width_)
      first = (label.empty() ? "" : "  " + std::string{label} + "\n") + "    ";
    out_ += first.append(text).append("\n");
  }

  [[nodiscard]] std::size_t width() const { return width_; }
  [[nodiscard]] std::string take() { return std::move(out_); }

private:
  static std::string start(std::string_view label) {
    std::string text = "  " + std::string{label};
    text.resize(std::max(label_width, text.size() + 1), ' ');
    return text;
  }

  std::string out_;
  std::size_t width_;
};

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words)
    text += (text.empty() ? "" : ", ") + word;
  return text;
}

bool told(const Finding& finding) {
  return finding.severity != "info" && !finding.accepted;
}

const Finding* first_root(const Document& document) {
  for (const Finding& finding : document.findings) {
    if (finding.root && told(finding)) return &finding;
  }
  return nullptr;
}

std::string coloured(std::string_view word, engine::State state) {
  constexpr std::string_view reset = "\x1b[0m";
  std::string_view colour = "\x1b[1;35m"; // unknown: neither good nor bad
  if (state == engine::State::ok) colour = "\x1b[1;32m";
  if (state == engine::State::warning) colour = "\x1b[1;33m";
  if (state == engine::State::critical) colour = "\x1b[1;31m";
  return std::string{colour}.append(word).append(reset);
}

void state_line(Page& page, const Document& document, const Rendering& rendering) {
  const std::string word = capitals(to_string(document.state));
  // Colour has no width: it is put in once the line is broken.
  std::string line = wrap(word + "  ", headline(document, rendering), 4, page.width());
  if (rendering.terminal.colour) line.replace(0, word.size(), coloured(word, document.state));
  page.raw(line);
}

std::string_view bites(const Finding& finding) {
  if (finding.when == "restart") return ", at the next sshd restart";
  if (finding.when == "reboot") return ", at the next reboot";
  return finding.when == "soon" ? ", soon" : "";
}

std::string since(const Finding& finding, const Document& document) {
  if (finding.since.empty()) return {};
  const auto begin = parse_rfc3339(finding.since);
  const auto now = parse_rfc3339(document.time);
  return ", since " + finding.since +
         (begin && now ? " (" + engine::duration_text(*now - *begin) + ")" : "");
}

std::string remedy_text(const Document::Remedy& remedy, const Document& document) {
  if (remedy.kind.empty()) return {};
  std::string text = remedy.kind;
  if (!remedy.remedy_class.empty()) text += " (" + remedy.remedy_class + ")";
  if (remedy.state == "applying") return text + " is being applied now";
  if (remedy.state == "withheld") {
    text += " is withheld" + (remedy.why.empty() ? "" : ": " + remedy.why);
    return remedy.retry_at.empty() ? text : text + "; next try at " + remedy.retry_at;
  }
  return text + " by sshguardd" + (document.agent_running ? "" : ", which is not running");
}

// The console's "DO: ...", "NEXT: ...", "WAITS: ..." under a label of that name.
void next_step(Page& page, const Finding& finding) {
  // The fix alone stands below, without the full stop: there it can be copied.
  if (!finding.fix.empty() && finding.next == "DO: " + finding.fix.front() + ".") return;
  constexpr std::array<std::pair<std::string_view, std::string_view>, 3> marks{
      {{"DO: ", "do"}, {"NEXT: ", "next"}, {"WAITS: ", "waits"}}};
  const std::string_view next = finding.next;
  for (const auto& [mark, label] : marks) {
    if (next.starts_with(mark)) return page.labelled(label, next.substr(mark.size()));
  }
  page.labelled("next", next);
}

void evidence(Page& page, const Finding& finding) {
  std::string_view label = "evidence";
  const std::size_t shown = std::min(finding.evidence.size(), max_evidence);
  for (std::size_t at = 0; at < shown; ++at) {
    const auto& [what, value] = finding.evidence[at];
    page.labelled(label, what + ": " + engine::cut_encoded(value, max_value));
    label = "";
  }
  if (shown < finding.evidence.size())
    page.labelled("", "and " + std::to_string(finding.evidence.size() - shown) +
                          " more: sshguardctl status --json");
}

void finding_block(Page& page, const Finding& finding, const Document& document) {
  page.gap();
  page.raw(wrap("",
                finding.id + " (" + finding.severity + ")" + std::string{bites(finding)} +
                    since(finding, document),
                4, page.width()));
  page.labelled("what", finding.summary);
  if (!finding.caused_by.empty()) page.labelled("cause", finding.caused_by);
  evidence(page, finding);
  next_step(page, finding);
  page.labelled("remedy", remedy_text(finding.remedy, document));
  std::string_view label = "fix";
  for (const std::string& fix : finding.fix) {
    page.command(label, fix);
    label = "";
  }
  label = "causes";
  for (const Finding& effect : document.findings) {
    if (effect.root || effect.accepted || effect.caused_by != finding.id) continue;
    page.labelled(label, effect.id + ": " + effect.summary);
    page.labelled("", remedy_text(effect.remedy, document));
    label = "";
  }
}

bool shown_beneath(const Finding& finding, const Document& document) {
  return !finding.root && std::ranges::any_of(document.findings, [&](const Finding& other) {
    return other.id == finding.caused_by && other.root;
  });
}

void findings(Page& page, const Document& document) {
  for (const Finding& finding : document.findings) {
    if (told(finding) && !shown_beneath(finding, document)) finding_block(page, finding, document);
  }
  bool first = true;
  for (const Finding& finding : document.findings) {
    if (told(finding) || finding.accepted || shown_beneath(finding, document)) continue;
    if (first) page.raw("\nWorth knowing:\n");
    first = false;
    page.item(finding.id + ": " + finding.summary);
  }
}

void accepted(Page& page, const Document& document) {
  bool first = true;
  for (const Finding& finding : document.findings) {
    if (!finding.accepted) continue;
    if (first) page.raw("\nAccepted, without effect on the state:\n");
    first = false;
    const std::string until =
        finding.accepted_until.empty() ? "" : " until " + finding.accepted_until;
    page.item(finding.id + ": " + finding.summary + "; accepted" + until + ": " +
              engine::cut_encoded(finding.accepted_reason, max_value));
  }
}

// One line for all ids that share a reason: systemd away makes half of the catalog unknown.
void unknowns(Page& page, const Document& document) {
  if (document.unknown.empty()) return;
  page.raw("\nNot known, could not look:\n");
  std::vector<std::string> reasons;
  for (const auto& entry : document.unknown) {
    if (std::ranges::find(reasons, entry.why) == reasons.end()) reasons.push_back(entry.why);
  }
  for (const std::string& why : reasons) {
    std::vector<std::string> ids;
    for (const auto& entry : document.unknown) {
      if (entry.why == why) ids.push_back(entry.id);
    }
    page.item(why + ": " + joined(ids));
  }
}

void incomplete(Page& page, const Document& document) {
  if (document.incomplete.empty()) return;
  page.raw("\nLooked at in part:\n");
  for (const std::string& what : document.incomplete)
    page.item(engine::cut_encoded(what, max_value));
}

void heals(Page& page, const Document& document) {
  if (document.heals.empty()) return;
  page.raw("\nLast heals, the newest first:\n");
  std::size_t shown = 0;
  for (auto heal = document.heals.rbegin(); heal != document.heals.rend() && shown < max_heals;
       ++heal, ++shown) {
    page.item(heal->time + " " + heal->id + ", " + heal->subject + ": " + heal->remedy + ", " +
              heal->outcome + " in " +
              engine::duration_text(std::chrono::milliseconds{heal->took_ms}) +
              "; before: " + engine::cut_encoded(heal->before, max_value) +
              "; after: " + engine::cut_encoded(heal->after, max_value));
  }
}

// Whole: they are compared with what a client shows.
void host_keys(Page& page, const Document& document) {
  if (document.host_keys.empty()) return;
  page.raw("\nHost keys:\n");
  for (const std::string& key : document.host_keys)
    page.raw("  " + key + "\n");
}

void hints(Page& page, const Document& document) {
  std::string id;
  if (const Finding* root = first_root(document))
    id = root->id;
  else if (!document.findings.empty())
    id = document.findings.front().id;
  if (id.empty()) return;
  page.gap();
  page.paragraph("More: sshguardctl explain " + id);
}

} // namespace

std::string headline(const Document& document, const Rendering& rendering) {
  if (const Finding* root = first_root(document)) return root->headline;
  // Asked for one id, its effect may be found where the cause was not asked for.
  for (const Finding& finding : document.findings) {
    if (told(finding)) return finding.headline;
  }
  if (document.state == engine::State::unknown)
    return document.unknown.empty() ? "nothing was looked at"
                                    : "could not look: " + document.unknown.front().why;
  if (!rendering.ids.empty()) return "not found: " + joined(rendering.ids);
  if (document.answers && !document.listeners.empty())
    return "SSH answers on " + joined(document.listeners);
  if (!document.sshd_expected) return "no sshd is expected here";
  return "nothing found that keeps anybody out";
}

std::string render(const Document& document, const Rendering& rendering) {
  Page page{rendering.terminal.width};
  state_line(page, document, rendering);
  std::string where = document.host + ", " + document.time;
  if (document.agent_running)
    where += "; agent: running, healing " + document.healing;
  else if (rendering.note.empty())
    where += "; agent: not running";
  page.paragraph(where);
  if (!document.sshd_expected) page.paragraph("No sshd is expected here: [sshd] expected = no.");
  if (!rendering.note.empty()) page.paragraph(rendering.note);
  if (!document.client_message.empty()) {
    page.gap();
    page.raw(wrap("A client sees  ", document.client_message, 15, page.width()));
  }
  findings(page, document);
  accepted(page, document);
  unknowns(page, document);
  incomplete(page, document);
  if (rendering.ids.empty()) host_keys(page, document);
  heals(page, document);
  hints(page, document);
  return page.take();
}

} // namespace sshguardd::ctl
