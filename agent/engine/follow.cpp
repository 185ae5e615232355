// Episodes: from evaluation to evaluation, what opened, what changed its face, what ended and by
// whom.
#include "engine/report.hpp"

#include <algorithm>

namespace sshguardd::engine {
namespace {

// Changes of what happens next, so soon after the last line, wait: they are often on their way to
// something else.
constexpr auto fold = std::chrono::seconds{2};

bool knows(const Episode& episode, std::string_view id) {
  return std::ranges::find(episode.ids, id) != episode.ids.end();
}

// The episode that a root goes on with: the one whose present root it is, else one that knows it or
// what it explains, whichever was told first. Each episode follows one root: `taken` are the
// others'.
Episode* episode_of(Ledger& ledger, const Finding& root, const Evaluation& evaluation,
                    const std::vector<std::uint32_t>& taken) {
  const auto is_free = [&taken](const Episode& episode) {
    return std::ranges::find(taken, episode.seq) == taken.end();
  };
  for (Episode& episode : ledger.episodes) {
    if (is_free(episode) && !episode.ids.empty() && episode.ids.back() == root.id) return &episode;
  }
  for (Episode& episode : ledger.episodes) {
    const bool related = std::ranges::any_of(evaluation.findings, [&](const Finding& finding) {
      return (finding.id == root.id || finding.root == root.id) && knows(episode, finding.id);
    });
    if (is_free(episode) && related) return &episode;
  }
  return nullptr;
}

void remember(Episode& episode, std::string_view id) {
  std::erase(episode.ids, id);
  episode.ids.emplace_back(id);
}

// Effects first, then the root: the last is what the trouble is now.
void remember_all(Episode& episode, const Finding& root, const Evaluation& evaluation) {
  for (const Finding& finding : evaluation.findings) {
    if (finding.root == root.id && !finding.accepted && !knows(episode, finding.id))
      remember(episode, finding.id);
  }
  remember(episode, root.id);
  episode.subject = root.subject;
  episode.severity = std::max(episode.severity, root.severity);
  episode.when = root.when;
}

bool settled(Ledger& ledger, const Finding& finding, BootTime now) {
  if (finding.settle.count() == 0) return true;
  const auto [entry, first] = ledger.settling.try_emplace(std::string{finding.id}, now);
  return !first && now - entry->second >= finding.settle;
}

// A remedy that is under way, or is about to be: its outcome is the next line.
bool under_way(const Finding& root, const Evaluation& evaluation, const RemedyStates& remedies) {
  return std::ranges::any_of(evaluation.findings, [&](const Finding& finding) {
    if (finding.id != root.id && finding.root != root.id) return false;
    const auto found = remedies.find(finding.id);
    return found != remedies.end() &&
           (found->second.phase == RemedyState::Phase::applying || found->second.decision.brief);
  });
}

// "sshd started by the agent, config mended by a person": what mended it last stands first.
std::string who_mended(const Episode& episode) {
  std::string text; // the agent's part, then the others'
  std::string others;
  for (const std::string& id : episode.ids) {
    const FindingInfo* info = find_info(id);
    if (info == nullptr) continue;
    if (id == episode.healed) {
      text = std::string{info->mended} + " by the agent" +
             (episode.asked ? ", asked by a person" : "");
      continue;
    }
    // What a root explains goes with the root, unless it is all there was.
    if (id != episode.id && id != episode.ids.back()) continue;
    const std::string by = episode.recovered ? "" : " by a person";
    // After the agent's own start of sshd nobody else has started it too.
    if (!episode.healed.empty() && info->mended == std::string_view{"sshd started"}) continue;
    others += (others.empty() ? "" : ", ") + std::string{info->mended} + by;
  }
  if (!others.empty()) text += (text.empty() ? "" : ", ") + others;
  return text;
}

std::string end_sentence(const Episode& episode, const Evaluation& evaluation,
                         const Snapshot& snapshot) {
  const std::string after = " after " + duration_text(snapshot.taken.boot - episode.since);
  const std::string who = who_mended(episode);
  const std::string tail = who.empty() ? "." : ": " + who + ".";
  if (episode.severity == Severity::critical) {
    if (evaluation.state == State::critical)
      return "One trouble ended" + after + tail + " Another one still locks people out.";
    if (snapshot.probe && snapshot.probe->alive) return "SSH works again" + after + tail;
    if (snapshot.units && snapshot.units->up())
      return "sshd runs again" + after + tail + " No answer from it was seen yet.";
    return "Ended" + after + tail;
  }
  std::string sentence = "Ended" + after + tail;
  if (episode.when == When::restart) sentence += " The next sshd restart is safe again.";
  if (episode.when == When::reboot) sentence += " The next reboot is safe again.";
  return sentence;
}

// It is still so, and somebody has said that he lives with it.
std::string accepted_sentence(const Episode& episode, const Finding& finding,
                              const Snapshot& snapshot) {
  return "Accepted after " + duration_text(snapshot.taken.boot - episode.since) + ", " +
         accepted_text(*finding.accepted) + ". It is still so: " + finding.summary + ".";
}

Line new_line(Ledger& ledger, Line::Kind kind, const Evaluation& evaluation) {
  Line line;
  line.kind = kind;
  line.state = evaluation.state;
  line.seq = ++ledger.seq;
  return line;
}

Episode* open_episode(Ledger& ledger, const Finding& root, const Snapshot& snapshot) {
  if (!settled(ledger, root, snapshot.taken.boot)) return nullptr;
  // Another episode may have known it in passing.
  for (Episode& other : ledger.episodes)
    std::erase(other.ids, root.id);
  Episode& episode = ledger.episodes.emplace_back();
  episode.id = root.id;
  episode.since = snapshot.taken.boot;
  episode.since_wall = snapshot.taken.wall;
  return &episode;
}

// Is this worth a line of its own, now?
bool worth_a_line(Ledger& ledger, const Episode& episode, const std::string& what, BootTime now) {
  // What is wrong has changed: at once. What happens next has, a moment ago too: when it lasts.
  if (episode.headline != what || now - episode.told_at >= fold) return true;
  const BootTime later = episode.told_at + fold;
  ledger.tell_at = ledger.tell_at ? std::min(*ledger.tell_at, later) : later;
  return false;
}

// The episode of this root after it; nothing where it is not told yet.
Episode* open_or_update(Ledger& ledger, const Finding& root, const Evaluation& evaluation,
                        const RemedyStates& remedies, const Snapshot& snapshot,
                        const std::vector<std::uint32_t>& taken, std::vector<Line>& lines) {
  const BootTime now = snapshot.taken.boot;
  const std::string what = headline(root, evaluation.state);
  const std::string next = action(root, evaluation, remedies);
  const std::string told = what + (next.empty() ? "." : ". " + next);
  Episode* episode = episode_of(ledger, root, evaluation, taken);
  const bool opened = episode == nullptr;
  if (opened) episode = open_episode(ledger, root, snapshot);
  if (episode == nullptr) return nullptr;
  remember_all(*episode, root, evaluation);
  if (!opened && (episode->told == told || under_way(root, evaluation, remedies) ||
                  !worth_a_line(ledger, *episode, what, now)))
    return episode;

  episode->told = told;
  episode->headline = what;
  episode->told_at = now;
  Line line = new_line(ledger, opened ? Line::Kind::opened : Line::Kind::changed, evaluation);
  if (opened)
    episode->seq = line.seq;
  else
    line.about = episode->seq;
  line.sentence = told;
  line.id = root.id;
  line.subject = root.subject;
  lines.push_back(std::move(line));
  return episode;
}

// sshd is between two states: what locked people out is gone, but they are not in yet.
bool in_between(const Episode& episode, const Snapshot& snapshot) {
  if (episode.severity != Severity::critical || !snapshot.units) return false;
  if (snapshot.units->up()) return snapshot.probing; // its banner is a moment away
  return snapshot.units->service.moving() || snapshot.units->socket.moving();
}

// Its finding that is there and accepted now; nullptr where there is none.
const Finding* accepted_in(const Episode& episode, const Evaluation& evaluation) {
  const auto found = std::ranges::find_if(evaluation.findings, [&](const Finding& finding) {
    return finding.accepted && knows(episode, finding.id);
  });
  return found == evaluation.findings.end() ? nullptr : &*found;
}

// Something that is told, as long as it is there.
bool counts(const Finding& finding) {
  return finding.severity != Severity::info && !finding.accepted;
}

bool still_there(const Episode& episode, const Evaluation& evaluation) {
  return std::ranges::any_of(episode.ids, [&](const std::string& id) {
    const Finding* finding = evaluation.find(id);
    // An effect that has got another cause belongs to that one's episode, which is this one.
    return (finding != nullptr && counts(*finding)) || evaluation.is_unknown(id);
  });
}

// People are still locked out, and for another reason than a moment ago: that is the same trouble
// with another face (a broken configuration that was mended before systemd gave up on the unit).
void carry_on(Ledger& ledger, const Evaluation& evaluation) {
  for (const Finding& finding : evaluation.findings) {
    if (finding.root || finding.accepted || finding.severity != Severity::critical ||
        finding.settle.count() != 0 || episode_of(ledger, finding, evaluation, {}) != nullptr)
      continue;
    const auto over = std::ranges::find_if(ledger.episodes, [&](const Episode& episode) {
      return episode.severity == Severity::critical && !still_there(episode, evaluation);
    });
    if (over != ledger.episodes.end()) remember(*over, finding.id);
  }
}

void end(Ledger& ledger, const Evaluation& evaluation, const Snapshot& snapshot,
         std::vector<Line>& lines) {
  std::vector<Episode> ended;
  std::erase_if(ledger.episodes, [&](const Episode& episode) {
    if (still_there(episode, evaluation) || in_between(episode, snapshot)) return false;
    ended.push_back(episode);
    return true;
  });
  for (const Episode& episode : ended) {
    Line line = new_line(ledger, Line::Kind::ended, evaluation);
    const Finding* accepted = accepted_in(episode, evaluation);
    line.sentence = accepted != nullptr ? accepted_sentence(episode, *accepted, snapshot)
                                        : end_sentence(episode, evaluation, snapshot);
    line.id = episode.id;
    line.subject = episode.subject;
    line.ends = episode.seq;
    line.by = accepted != nullptr       ? "person"
              : !episode.healed.empty() ? "agent"
              : episode.recovered       ? "recovered"
                                        : "person";
    lines.push_back(std::move(line));
  }
}

} // namespace

std::vector<Line> follow(Ledger& ledger, const Evaluation& evaluation, const RemedyStates& remedies,
                         const Snapshot& snapshot) {
  std::vector<Line> lines;
  std::vector<std::uint32_t> taken;
  ledger.tell_at.reset();
  carry_on(ledger, evaluation);
  end(ledger, evaluation, snapshot, lines);
  for (const Finding& finding : evaluation.findings) {
    if (finding.root || !counts(finding)) continue;
    const Episode* episode =
        open_or_update(ledger, finding, evaluation, remedies, snapshot, taken, lines);
    if (episode != nullptr) taken.push_back(episode->seq);
  }
  std::erase_if(ledger.settling, [&](const auto& entry) {
    const Finding* finding = evaluation.find(entry.first);
    return finding == nullptr || finding->accepted;
  });
  for (Line& line : lines)
    line.open = ledger.episodes.size();
  return lines;
}

Line alive_line(Ledger& ledger, const Evaluation& evaluation, const Snapshot& snapshot) {
  Line line = new_line(ledger, Line::Kind::alive, evaluation);
  line.open = ledger.episodes.size();
  std::string ports;
  if (snapshot.listeners) {
    for (const Listener& listener : *snapshot.listeners) {
      const std::string port = ":" + std::to_string(listener.port);
      if (listener.ours && ports.find(port) == std::string::npos)
        ports += (ports.empty() ? "" : ", ") + port;
    }
  }
  if (evaluation.state == State::unknown && !evaluation.unknown.empty())
    line.sentence = "Could not look: " + evaluation.unknown.front().why + ".";
  else if (snapshot.probe && snapshot.probe->alive)
    line.sentence = "SSH answers on " + (ports.empty() ? "its port" : ports) +
                    ". Refused or timeout all the same? Look outside: security group, route, "
                    "public IP.";
  else if (!evaluation.sshd_expected)
    line.sentence = "Watching; no sshd is expected here ([sshd] expected = no).";
  else if (snapshot.units && snapshot.units->socket.active())
    line.sentence = "SSH is started on demand by " + snapshot.units->socket.id + ".";
  else if (snapshot.units && snapshot.units->up())
    line.sentence = "sshd is running; no answer from it was seen yet.";
  else
    line.sentence = "Watching; sshd is not up yet.";
  return line;
}

} // namespace sshguardd::engine
