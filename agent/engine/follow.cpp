// Episodes: from evaluation to evaluation, what opened, what changed its face, what ended and by
// whom.
#include "engine/report.hpp"

#include <algorithm>
#include <utility>

namespace sshguardd::engine {
namespace {

// Changes of what happens next, so soon after the last line, wait: they are often on their way to
// something else.
using std::chrono::seconds;
constexpr auto fold = seconds{2};
// A trouble that came back within `fold` so often in a row flaps, until it has been away this long.
constexpr int quick_returns = 3;
constexpr auto calm = seconds{10};

// Something that is told, as long as it is there.
bool counts(const Finding& finding) {
  return finding.severity != Severity::info && !finding.accepted;
}

bool knows(const Episode& episode, std::string_view id) {
  return std::ranges::find(episode.ids, id) != episode.ids.end();
}

// The same trouble of another account, or any of another file system.
bool is_anothers(const Episode& episode, const Finding& finding) {
  if (!by_subject(finding.id) || episode.ids.empty()) return false;
  const std::string& last = episode.ids.back();
  const bool disks = last.starts_with("disk.") && finding.id.starts_with("disk.");
  return (last == finding.id || disks) && episode.subject != finding.subject;
}

// The episode that a root goes on with: the one whose present root it is, else one that knows it or
// what it explains, whichever was told first. Each episode follows one root: `taken` are the
// others'.
Episode* episode_of(Ledger& ledger, const Finding& root, const Evaluation& evaluation,
                    const std::vector<std::uint32_t>& taken) {
  const auto is_free = [&](const Episode& episode) {
    return std::ranges::find(taken, episode.seq) == taken.end() && !is_anothers(episode, root);
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

void at_latest(Ledger& ledger, BootTime time) {
  ledger.tell_at = ledger.tell_at ? std::min(*ledger.tell_at, time) : time;
}

bool settled(Ledger& ledger, const Finding& finding, BootTime now) {
  // What came and went several times within moments is told again only when it stays.
  const auto ended = ledger.ended.find(std::string{finding.id});
  const bool flaps = ended != ledger.ended.end() && ended->second.quick >= quick_returns &&
                     now - ended->second.at < calm;
  const auto settle = std::max<BootClock::duration>(finding.settle, flaps ? fold : seconds{0});
  if (settle.count() == 0) return true;
  const auto [entry, first] = ledger.settling.try_emplace(remedy_key(finding), now);
  if (!first && now - entry->second >= settle) return true;
  at_latest(ledger, entry->second + settle);
  return false;
}

// A remedy that is under way, or is about to be: its outcome is the next line.
bool under_way(const Finding& root, const Evaluation& evaluation, const RemedyStates& remedies) {
  return std::ranges::any_of(evaluation.findings, [&](const Finding& finding) {
    if (finding.id != root.id && finding.root != root.id) return false;
    const auto found = remedies.find(remedy_key(finding.id == root.id ? root : finding));
    return found != remedies.end() &&
           (found->second.phase == RemedyState::Phase::applying || found->second.decision.brief);
  });
}

// Whether the agent healed this finding in the episode.
bool healed_in(const Episode& episode, const std::string& id) {
  return (" " + episode.healed + " ").find(" " + id + " ") != std::string::npos;
}

// "freed 120 MiB in /var/cache/apt/archives", "grew / by 10 GiB", "ran ufw prepend allow 22/tcp":
// what the newest try to make room there, or to open it, has brought, since that time.
std::string made_room(const Ledger& ledger, const std::string& subject, WallTime since) {
  const auto last = std::find_if(ledger.heals.rbegin(), ledger.heals.rend(), [&](const Heal& heal) {
    return (heal.remedy == name_of(MakeRoom{}) || heal.remedy == name_of(GrowFileSystem{}) ||
            heal.remedy == name_of(OpenFirewall{})) &&
           heal.subject == subject;
  });
  if (last == ledger.heals.rend() || last->time < since) return "";
  // Its bytes to the last one are for the history.
  if (last->after.starts_with("grew ") || last->after.starts_with("ran "))
    return last->after.substr(0, last->after.find(" ("));
  if (!last->after.starts_with("freed ")) return "";
  return last->after.substr(0, last->after.find(';'));
}

// "sshd started by the agent, config mended by a person": what mended it last stands first.
std::string who_mended(const Episode& episode, const Ledger& ledger) {
  std::string text; // the agent's part, then the others'
  std::string others;
  for (const std::string& id : episode.ids) {
    const FindingInfo* info = find_info(id);
    if (info == nullptr) continue;
    if (healed_in(episode, id)) {
      text = std::string{info->mended} + " by the agent" +
             (text.empty() ? episode.asked ? ", asked by a person" : "" : ", " + text);
      if (const auto freed = made_room(ledger, episode.subject, episode.since_wall); !freed.empty())
        text += " (" + freed + ")";
      continue;
    }
    // What a root explains goes with the root, unless it is all there was.
    if (id != episode.id && id != episode.ids.back()) continue;
    // What the agent healed took it along (no host key, for the mode of one).
    const bool went_along = std::ranges::any_of(episode.ids, [&](const std::string& cause) {
      return healed_in(episode, cause) && explains(cause, id);
    });
    if (went_along) continue;
    const std::string by = episode.recovered || info->passes ? "" : " by a person";
    // After the agent's own start of sshd nobody else has started it too.
    if (!episode.healed.empty() && info->mended == std::string_view{"sshd started"}) continue;
    others += (others.empty() ? "" : ", ") + std::string{info->mended} + by;
  }
  if (!others.empty()) text += (text.empty() ? "" : ", ") + others;
  return text;
}

// What it was last went without anybody.
bool passes_now(const Episode& episode) {
  const FindingInfo* info = episode.ids.empty() ? nullptr : find_info(episode.ids.back());
  return info != nullptr && info->passes;
}

// People read the last line: what was told before and is still wrong stands in it.
std::string still(const Ledger& ledger, const Evaluation& evaluation) {
  const auto worst = std::ranges::find_if(evaluation.findings, [&](const Finding& finding) {
    return !finding.root && counts(finding) &&
           std::ranges::any_of(ledger.episodes, [&finding](const Episode& episode) {
             return !episode.ids.empty() && episode.ids.back() == finding.id;
           });
  });
  return worst == evaluation.findings.end() ? ""
                                            : " Still: " + headline(*worst, evaluation.state) + ".";
}

std::string end_sentence(const Episode& episode, State state, const Snapshot& snapshot,
                         const Ledger& ledger) {
  const std::string after = " after " + duration_text(snapshot.taken.boot - episode.since);
  const std::string who = who_mended(episode, ledger);
  const std::string tail = who.empty() ? "." : ": " + who + ".";
  if (!episode.ids.empty() && by_subject(episode.ids.back()))
    return "Ended for " + episode.subject + after + tail;
  if (episode.severity == Severity::critical) {
    if (state == State::critical) return "One trouble ended" + after + tail;
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

Episode* open_episode(Ledger& ledger, const Finding& root, const Snapshot& snapshot) {
  if (!settled(ledger, root, snapshot.taken.boot)) return nullptr;
  // Another episode may have known it in passing.
  for (Episode& other : ledger.episodes) {
    if (!is_anothers(other, root)) std::erase(other.ids, root.id);
  }
  Episode& episode = ledger.episodes.emplace_back();
  episode.id = root.id;
  episode.since = snapshot.taken.boot;
  episode.since_wall = snapshot.taken.wall;
  return &episode;
}

// Is this worth a line of its own, now? One each `fold`, and the last state when it is over. Only
// the first other reason, and the first time that people are locked out, are told at once.
bool worth_a_line(Ledger& ledger, Episode& episode, const Finding& root, const std::string& what,
                  BootTime now) {
  if (now - episode.told_at >= fold) return true;
  const bool worse = root.severity == Severity::critical && !episode.told_critical;
  if (episode.headline != what && (worse || !std::exchange(episode.folds, true))) return true;
  at_latest(ledger, episode.told_at + fold);
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
                  !worth_a_line(ledger, *episode, root, what, now)))
    return episode;

  // What was freed since the last line, once.
  std::string freed;
  if (!opened)
    freed = made_room(ledger, root.subject, snapshot.taken.wall - (now - episode->told_at));
  episode->told = told;
  episode->headline = what;
  episode->told_at = now;
  episode->told_critical = episode->told_critical || root.severity == Severity::critical;
  Line line = new_line(ledger, opened ? Line::Kind::opened : Line::Kind::changed, evaluation.state);
  if (opened)
    episode->seq = line.seq;
  else
    line.about = episode->seq;
  line.sentence = freed.empty() ? told : what + "; the agent " + freed + told.substr(what.size());
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

// Where sshd is to listen it has not said yet (the agent's own restart, other files), or where it
// does could not be read: neither good nor bad.
bool not_known(const Episode& episode, const Snapshot& snapshot) {
  // What clients knew could not be looked up: nothing says that the old keys are back.
  if (!episode.ids.empty() && episode.ids.back() == "sshd.hostkey-changed")
    return !snapshot.host_keys || !snapshot.host_keys->compared;
  return !episode.ids.empty() && episode.ids.back() == "sshd.not-listening" && snapshot.units &&
         snapshot.units->service.active() &&
         (!snapshot.effective || !snapshot.listeners || !snapshot.addresses);
}

// Its finding that is there and accepted now; nullptr where there is none.
const Finding* accepted_in(const Episode& episode, const Evaluation& evaluation) {
  const auto found = std::ranges::find_if(evaluation.findings, [&](const Finding& finding) {
    return finding.accepted && knows(episode, finding.id) && !is_anothers(episode, finding);
  });
  return found == evaluation.findings.end() ? nullptr : &*found;
}

bool still_there(const Episode& episode, const Evaluation& evaluation) {
  return std::ranges::any_of(episode.ids, [&](const std::string& id) {
    // Another one may have been the root before: then the subject is not this id's.
    const Finding* finding = id == episode.ids.back() || id.starts_with("disk.")
                                 ? evaluation.find(id, episode.subject)
                                 : evaluation.find(id);
    // An effect that has got another cause belongs to that one's episode, which is this one.
    return (finding != nullptr && counts(*finding)) || evaluation.is_unknown(id);
  });
}

// People are still locked out, and for another reason than a moment ago: that is the same trouble
// with another face (a broken configuration that was mended before systemd gave up on the unit).
void carry_on(Ledger& ledger, const Evaluation& evaluation) {
  for (const Finding& finding : evaluation.findings) {
    if (finding.root || finding.accepted || finding.severity != Severity::critical ||
        by_subject(finding.id) || finding.settle.count() != 0 ||
        episode_of(ledger, finding, evaluation, {}) != nullptr)
      continue;
    const auto over = std::ranges::find_if(ledger.episodes, [&](const Episode& episode) {
      return episode.severity == Severity::critical && !still_there(episode, evaluation) &&
             !episode.ids.empty() && !by_subject(episode.ids.back());
    });
    if (over != ledger.episodes.end()) remember(*over, finding.id);
  }
}

void remember_past(Ledger& ledger, const Episode& episode, const Line& line,
                   const Snapshot& snapshot) {
  ledger.past.push_back({.id = episode.id,
                         .subject = episode.subject,
                         .severity = episode.severity,
                         .since = episode.since_wall,
                         .ended = snapshot.taken.wall,
                         .lasted = snapshot.taken.boot - episode.since,
                         .by = line.by,
                         .told = episode.told,
                         .outcome = line.sentence});
  if (ledger.past.size() > Ledger::max_past) ledger.past.erase(ledger.past.begin());
}

void end(Ledger& ledger, const Evaluation& evaluation, const Snapshot& snapshot,
         std::vector<Line>& lines) {
  std::vector<Episode> ended;
  std::erase_if(ledger.episodes, [&](const Episode& episode) {
    if (still_there(episode, evaluation) || in_between(episode, snapshot) ||
        not_known(episode, snapshot))
      return false;
    ended.push_back(episode);
    return true;
  });
  const State state = told_state(ledger, evaluation);
  for (const Episode& episode : ended) {
    Ended& last = ledger.ended[episode.id];
    const bool quick = last.at != BootTime{} && episode.since - last.at < fold;
    last = {.at = snapshot.taken.boot, .quick = quick ? last.quick + 1 : 0};
    Line line = new_line(ledger, Line::Kind::ended, state);
    const Finding* accepted = accepted_in(episode, evaluation);
    line.sentence = (accepted != nullptr ? accepted_sentence(episode, *accepted, snapshot)
                                         : end_sentence(episode, state, snapshot, ledger)) +
                    still(ledger, evaluation);
    line.id = episode.id;
    line.subject = episode.subject;
    line.ends = episode.seq;
    line.by = accepted != nullptr                        ? "person"
              : !episode.healed.empty()                  ? "agent"
              : episode.recovered || passes_now(episode) ? "recovered"
                                                         : "person";
    remember_past(ledger, episode, line, snapshot);
    lines.push_back(std::move(line));
  }
}

// Findings are followed the worst first, and told the worst last.
void worst_last(Ledger& ledger, std::vector<Line>& lines, std::size_t first) {
  if (first >= lines.size()) return;
  const std::uint32_t sum = lines[first].seq + lines.back().seq; // they count without a gap
  for (Episode& episode : ledger.episodes) {
    if (episode.seq >= lines[first].seq) episode.seq = sum - episode.seq;
  }
  std::reverse(lines.begin() + static_cast<std::ptrdiff_t>(first), lines.end());
  for (std::size_t at = first; at < lines.size(); ++at)
    lines[at].seq = sum - lines[at].seq;
}

} // namespace

State told_state(const Ledger& ledger, const Evaluation& evaluation) {
  return sum_up(evaluation, [&](const Finding& finding) {
    return finding.settle.count() == 0 ||
           std::ranges::any_of(ledger.episodes, [&](const Episode& episode) {
             return saw(episode, finding.id, finding.subject);
           });
  });
}

Line new_line(Ledger& ledger, Line::Kind kind, State state) {
  Line line;
  line.kind = kind;
  line.state = state;
  line.seq = ++ledger.seq;
  line.open = ledger.episodes.size();
  return line;
}

std::vector<Line> follow(Ledger& ledger, const Evaluation& evaluation, const RemedyStates& remedies,
                         const Snapshot& snapshot) {
  std::vector<Line> lines;
  std::vector<std::uint32_t> taken;
  ledger.tell_at.reset();
  carry_on(ledger, evaluation);
  end(ledger, evaluation, snapshot, lines);
  const std::size_t ended = lines.size();
  for (const Finding& finding : evaluation.findings) {
    if (finding.root || !counts(finding)) continue;
    const Episode* episode =
        open_or_update(ledger, finding, evaluation, remedies, snapshot, taken, lines);
    if (episode != nullptr) taken.push_back(episode->seq);
  }
  std::erase_if(ledger.settling, [&](const auto& entry) {
    return std::ranges::none_of(evaluation.findings, [&entry](const Finding& finding) {
      return !finding.accepted && remedy_key(finding) == entry.first;
    });
  });
  worst_last(ledger, lines, ended);
  for (Line& line : lines)
    line.open = ledger.episodes.size();
  return lines;
}

} // namespace sshguardd::engine
