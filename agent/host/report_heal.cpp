#include "host/report_heal.hpp"

#include "engine/encode.hpp"

namespace sshguardd::host {
namespace {

constexpr std::string_view id_heal = "9a48c3f1260d4be7854ef7d20b6ca936"; // sshguardd(8)

}

void report_heal(Journal& journal, const engine::Heal& heal) {
  const std::string asked = heal.asked_by.empty() ? "" : "; asked by " + heal.asked_by;
  std::vector<Journal::Field> fields = {
      {"MESSAGE", engine::encode("remedy " + heal.remedy + " for " + heal.id + " on " +
                                 heal.subject + ": " + heal.outcome + " (before: " + heal.before +
                                 "; after: " + heal.after + asked + ")")},
      {"MESSAGE_ID", std::string{id_heal}},
      {"SSHGUARDD_ID", heal.id},
      {"SSHGUARDD_SUBJECT", engine::encode(heal.subject)},
      {"SSHGUARDD_REMEDY", heal.remedy},
      {"SSHGUARDD_OUTCOME", heal.outcome},
      {"SSHGUARDD_TOOK_MS", std::to_string(heal.took_ms)}};
  if (!heal.asked_by.empty())
    fields.emplace_back("SSHGUARDD_ASKED_BY", engine::encode(heal.asked_by));
  journal.send(heal.outcome == "still-broken" ? 4 : 5, fields);
}

} // namespace sshguardd::host
