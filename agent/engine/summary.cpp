#include "engine/summary.hpp"

#include "parse/listen.hpp"

#include <algorithm>
#include <iterator>

namespace sshguardd::engine {
namespace {

constexpr std::size_t max_keys = 4;
constexpr std::size_t max_addresses = 6;
constexpr std::size_t max_listeners = 8;
static_assert(1 + max_keys + 1 + max_standing <= max_summary);

std::string joined(const std::vector<std::string>& words, std::size_t limit) {
  std::string text;
  for (std::size_t at = 0; at < std::min(words.size(), limit); ++at)
    text += (at == 0 ? "" : ", ") + words[at];
  if (words.size() > limit) text += " and " + std::to_string(words.size() - limit) + " more";
  return text;
}

std::string listeners_sentence(const Snapshot& snapshot) {
  if (!snapshot.listeners) return "Listeners are not known: " + snapshot.listeners.why() + ".";
  std::vector<std::string> own;
  for (const Listener& listener : *snapshot.listeners) {
    if (listener.ours) own.push_back(parse::text_of(listener));
  }
  return own.empty() ? "sshd does not listen."
                     : "sshd listens on " + joined(own, max_listeners) + ".";
}

std::vector<std::string> host_key_sentences(const Snapshot& snapshot) {
  std::vector<std::string> sentences;
  if (!snapshot.host_keys) return sentences;
  for (const HostKey& key : snapshot.host_keys->keys) {
    if (key.fingerprint && sentences.size() < max_keys)
      sentences.push_back("Host key " + key.fingerprint->type + " " + key.fingerprint->hash +
                          (key.unproven ? " (by its .pub alone)." : "."));
  }
  return sentences;
}

std::string names_sentence(const Identity& identity) {
  std::string text = identity.instance_id.empty() ? "" : "Instance " + identity.instance_id;
  if (!identity.machine_id.empty())
    text += (text.empty() ? "Machine " : ", machine ") + identity.machine_id;
  if (!identity.addresses.empty())
    text +=
        (text.empty() ? "Addresses " : ", addresses ") + joined(identity.addresses, max_addresses);
  return text.empty() ? "No instance id and no global address." : text + ".";
}

} // namespace

std::vector<Line> summary(Ledger& ledger, const Evaluation& evaluation, const Snapshot& snapshot,
                          const Identity& identity) {
  std::vector<std::string> sentences{listeners_sentence(snapshot)};
  std::ranges::move(host_key_sentences(snapshot), std::back_inserter(sentences));
  sentences.push_back(names_sentence(identity));
  const State state = told_state(ledger, evaluation);
  std::vector<Line> lines;
  for (std::string& sentence : sentences) {
    Line& line = lines.emplace_back(new_line(ledger, Line::Kind::summary, state));
    line.sentence = std::move(sentence);
  }
  // What the next restart or boot would break is among these.
  std::ranges::move(standing_lines(ledger, evaluation, snapshot), std::back_inserter(lines));
  for (std::size_t at = 0; at < lines.size(); ++at)
    lines[at].part = {static_cast<unsigned>(at + 1), static_cast<unsigned>(lines.size())};
  return lines;
}

std::vector<Line> host_key_lines(Ledger& ledger, State state, const Snapshot& snapshot) {
  std::vector<Line> lines;
  for (std::string& sentence : host_key_sentences(snapshot)) {
    Line& line = lines.emplace_back(new_line(ledger, Line::Kind::summary, state));
    line.sentence = std::move(sentence);
  }
  return lines;
}

} // namespace sshguardd::engine
