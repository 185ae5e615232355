// sshguardctl history: what was healed in this boot, and what is over.
#include "ctl/answers.hpp"
#include "ctl/commands.hpp"
#include "ctl/peer.hpp"
#include "ctl/source.hpp"
#include "ctl/text.hpp"
#include "engine/report.hpp"

#include <chrono>

namespace sshguardd::ctl {
namespace {

std::string heals_text(const History& history, std::size_t width) {
  if (history.heals.empty()) return "Nothing was healed in this boot.\n";
  std::string text = "Heals, the newest first:\n";
  for (auto one = history.heals.rbegin(); one != history.heals.rend(); ++one) {
    const auto& heal = one->heal;
    const std::string asked = one->asked_by.empty() ? "" : ", asked by " + one->asked_by;
    text += wrap("  ",
                 heal.time + " " + heal.id + ", " + heal.subject + ": " + heal.remedy + ", " +
                     heal.outcome + " in " +
                     engine::duration_text(std::chrono::milliseconds{heal.took_ms}) + asked +
                     "; before: " + heal.before + "; after: " + heal.after,
                 6, width);
  }
  return text;
}

std::string troubles_text(const History& history, std::size_t width) {
  if (history.troubles.empty()) return "\nNo trouble has ended in this boot.\n";
  std::string text = "\nTroubles that are over, the newest first:\n";
  for (auto one = history.troubles.rbegin(); one != history.troubles.rend(); ++one) {
    text +=
        wrap("  ", one->since + " " + one->id + " (" + one->severity + "): " + one->told, 6, width);
    text += wrap("      ", one->outcome, 6, width);
  }
  return text;
}

} // namespace

int history(std::size_t newest, bool json) {
  if (!is_root()) return needs_root();
  const auto peer = agent_or_self(true);
  if (!peer) return exit_unknown;
  const auto answer = peer->call("GetHistory", "{\"limit\":" + std::to_string(newest) + "}");
  const auto found = answer ? read_history(*answer) : Fact<History>{Unknown{answer.why()}};
  if (!found) return no_answer(found.why());
  const std::size_t width = terminal().width;
  const std::string text =
      json ? found->json : heals_text(*found, width) + troubles_text(*found, width);
  return print(text) ? exit_ok : exit_unknown;
}

} // namespace sshguardd::ctl
