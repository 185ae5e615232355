// What stands: the present state in words, that nobody could look, and when either is told again.
#include "engine/encode.hpp"
#include "engine/harmless.hpp"
#include "engine/report.hpp"

#include <algorithm>
#include <limits>

namespace sshguardd::engine {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

// Not knowing for a moment (a bus that restarts) is no news.
constexpr auto blind_for = minutes{1};

std::string ports_of(const Snapshot& snapshot) {
  std::string ports;
  if (!snapshot.listeners) return ports;
  for (const Listener& listener : *snapshot.listeners) {
    const std::string port = ":" + std::to_string(listener.port);
    if (!listener.ours || (ports + ",").find(port + ",") != std::string::npos) continue;
    ports += (ports.empty() ? "" : ", ") + port;
  }
  return ports;
}

std::string blind_sentence(const Evaluation& evaluation) {
  const auto first = std::ranges::find(evaluation.unknown, false, &UnknownCheck::told);
  const std::string why = first == evaluation.unknown.end() ? "nobody knows why" : first->why;
  return "Could not look: " + why +
         ". DO: run systemctl status here; where it hangs too, restart the VM from outside.";
}

// What locks people out, and somebody lives with; nullptr where there is none.
const Finding* accepted_lockout(const Evaluation& evaluation) {
  const auto found = std::ranges::find_if(evaluation.findings, [](const Finding& finding) {
    return finding.accepted && finding.severity == Severity::critical;
  });
  return found == evaluation.findings.end() ? nullptr : &*found;
}

std::string state_sentence(const Evaluation& evaluation, const Snapshot& snapshot) {
  if (evaluation.state == State::unknown) return blind_sentence(evaluation);
  const std::string ports = ports_of(snapshot);
  if (snapshot.probe && snapshot.probe->alive)
    return "SSH answers on " + (ports.empty() ? "its port" : ports) +
           ". Refused or timeout all the same? Look outside: security group, route, public IP.";
  if (!evaluation.sshd_expected)
    return "Watching; no sshd is expected here ([sshd] expected = no).";
  if (const Finding* finding = accepted_lockout(evaluation))
    return finding->summary + ", which is accepted: " + accepted_text(*finding->accepted) + ".";
  if (snapshot.units && snapshot.units->socket.active())
    return "SSH is started on demand by " + snapshot.units->socket.id + ".";
  if (snapshot.units && snapshot.units->up())
    return "sshd is running; no answer from it was seen yet.";
  return "Watching; sshd is not up yet.";
}

// The episode that is about this root now.
const Episode* episode_about(const Ledger& ledger, const Finding& root) {
  const auto found = std::ranges::find_if(ledger.episodes, [&](const Episode& episode) {
    return !episode.ids.empty() && episode.ids.back() == root.id && episode.seq != 0;
  });
  return found == ledger.episodes.end() ? nullptr : &*found;
}

std::vector<const Episode*> present_episodes(const Ledger& ledger, const Evaluation& evaluation) {
  std::vector<const Episode*> episodes; // the worst first, as the findings are
  for (const Finding& finding : evaluation.findings) {
    if (finding.root || finding.severity == Severity::info) continue;
    const Episode* episode = episode_about(ledger, finding);
    if (episode != nullptr && episodes.size() < max_standing) episodes.push_back(episode);
  }
  return episodes;
}

// Not looking is told after a minute, and so is its end, where it was told. A warning that stands
// for months is not to hide that nobody sees sshd any more; what is critical is enough to know.
void watch_sight(Ledger& ledger, const Evaluation& evaluation, const Snapshot& snapshot,
                 std::vector<Line>& lines) {
  const BootTime now = snapshot.taken.boot;
  if (evaluation.state == State::critical && evaluation.blind()) return;
  if (!evaluation.blind()) {
    if (ledger.blind_seq) {
      Line line = new_line(ledger, Line::Kind::sighted, evaluation.state);
      line.sentence =
          "Can look again after " + duration_text(now - ledger.blind_since.value_or(now)) + "." +
          (evaluation.state == State::ok ? " " + state_sentence(evaluation, snapshot) : "");
      line.ends = ledger.blind_seq;
      line.by = "recovered";
      // What was found stands last.
      lines.insert(lines.begin(), std::move(line));
    }
    ledger.blind_since.reset();
    ledger.blind_seq.reset();
    return;
  }
  if (!ledger.blind_since) ledger.blind_since = now;
  if (ledger.blind_seq) return;
  const BootTime due = *ledger.blind_since + blind_for;
  if (now < due) {
    ledger.tell_at = ledger.tell_at ? std::min(*ledger.tell_at, due) : due;
    return;
  }
  Line line = new_line(ledger, Line::Kind::blind, evaluation.state);
  line.sentence = blind_sentence(evaluation);
  ledger.blind_seq = line.seq;
  lines.push_back(std::move(line));
}

// agetty takes a backslash for the begin of an escape (issue(5)).
std::string issue_line(std::string_view text) {
  constexpr std::size_t limit = 200;
  std::string line;
  for (const char c : harmless(encode(text, limit)))
    line += c == '\\' ? "\\\\" : std::string(1, c);
  return line + "\n";
}

} // namespace

unsigned repeats_until(State state, std::chrono::microseconds since_change) {
  constexpr auto day = hours{24};
  const auto whole = since_change / day;
  const auto days = static_cast<unsigned>(
      std::clamp<std::int64_t>(whole, 0, std::numeric_limits<unsigned>::max() / 2));
  if (state == State::ok) return days;
  unsigned early = 0;
  for (const auto after : {minutes{10}, minutes{60}, minutes{360}}) {
    if (since_change >= after) ++early;
  }
  return early + days;
}

void note_told(Ledger& ledger, BootTime now) {
  ledger.told_at = now;
  ledger.repeats = 0;
}

Line alive_line(Ledger& ledger, const Evaluation& evaluation, const Snapshot& snapshot) {
  Line line = new_line(ledger, Line::Kind::alive, told_state(ledger, evaluation));
  line.sentence = state_sentence(evaluation, snapshot);
  // That says it: it is not told again after a minute, and has an end.
  if (evaluation.state == State::unknown && !ledger.blind_seq) {
    ledger.blind_seq = line.seq;
    if (!ledger.blind_since) ledger.blind_since = snapshot.taken.boot;
  }
  return line;
}

std::vector<Line> standing_lines(Ledger& ledger, const Evaluation& evaluation,
                                 const Snapshot& snapshot) {
  std::vector<Line> lines;
  auto episodes = present_episodes(ledger, evaluation);
  std::ranges::reverse(episodes);
  for (const Episode* episode : episodes) {
    Line line = new_line(ledger, Line::Kind::repeated, evaluation.state);
    line.sentence = episode->told;
    line.id = episode->ids.back();
    line.subject = episode->subject;
    line.about = episode->seq;
    lines.push_back(std::move(line));
  }
  if (!lines.empty()) return lines;
  const auto about = ledger.blind_seq;
  lines.push_back(alive_line(ledger, evaluation, snapshot));
  if (evaluation.state == State::unknown && about) {
    lines.back().kind = Line::Kind::blind;
    lines.back().about = about;
  }
  return lines;
}

void stand(Ledger& ledger, const Evaluation& evaluation, const Snapshot& snapshot,
           std::vector<Line>& lines) {
  const BootTime now = snapshot.taken.boot;
  watch_sight(ledger, evaluation, snapshot, lines);
  if (!lines.empty() || !ledger.told_at) return note_told(ledger, now);
  const unsigned due = repeats_until(evaluation.state, now - *ledger.told_at);
  if (due <= ledger.repeats) return;
  // What was missed meanwhile (a suspended VM) is one repetition.
  ledger.repeats = due;
  lines = standing_lines(ledger, evaluation, snapshot);
  for (Line& line : lines) {
    if (line.kind == Line::Kind::repeated || line.state != State::ok) line.repeat = due;
  }
}

std::string issue_text(const Evaluation& evaluation, const Ledger& ledger,
                       const Snapshot& snapshot) {
  const auto episodes = present_episodes(ledger, evaluation);
  std::string sentence;
  if (!episodes.empty() && !episodes.front()->told.empty()) {
    sentence = episodes.front()->told;
  } else if (evaluation.state == State::critical || evaluation.state == State::warning) {
    const auto worst = std::ranges::find_if(evaluation.findings, [](const Finding& finding) {
      return finding.severity != Severity::info && !finding.accepted;
    });
    if (worst != evaluation.findings.end()) sentence = headline(*worst, evaluation.state) + ".";
  } else {
    sentence = state_sentence(evaluation, snapshot);
  }
  const std::size_t next = action_start(sentence);
  std::string text = issue_line("sshguardd: " + capitals(to_string(evaluation.state)) + ": " +
                                sentence.substr(0, next));
  if (next != std::string::npos) text += issue_line("  " + sentence.substr(next + 1));
  return text;
}

} // namespace sshguardd::engine
