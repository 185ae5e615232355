// The journal's entry of a line: the tag as fields, the sentence as MESSAGE.
#include "engine/encode.hpp"
#include "engine/report.hpp"

namespace sshguardd::engine {

std::vector<std::pair<std::string_view, std::string>> journal_fields(const Line& line) {
  constexpr std::size_t max_message = 2000;
  constexpr std::size_t max_subject = 500;
  std::vector<std::pair<std::string_view, std::string>> fields = {
      {"MESSAGE", encode(line.sentence, max_message)},
      {"SSHGUARDD_STATE", std::string{to_string(line.state)}},
      {"SSHGUARDD_SEQ", std::to_string(line.seq)},
      {"SSHGUARDD_OPEN", std::to_string(line.open)}};
  if (!line.id.empty()) fields.emplace_back("SSHGUARDD_ID", encode(line.id, max_subject));
  if (!line.subject.empty())
    fields.emplace_back("SSHGUARDD_SUBJECT", encode(line.subject, max_subject));
  if (line.about) fields.emplace_back("SSHGUARDD_ABOUT", std::to_string(*line.about));
  if (line.ends) fields.emplace_back("SSHGUARDD_ENDS", std::to_string(*line.ends));
  if (!line.by.empty()) fields.emplace_back("SSHGUARDD_BY", encode(line.by, max_subject));
  if (line.kind == Line::Kind::paused) fields.emplace_back("SSHGUARDD_HEALING", "paused");
  if (line.kind == Line::Kind::resumed) fields.emplace_back("SSHGUARDD_HEALING", "resumed");
  if (line.repeat > 0) fields.emplace_back("SSHGUARDD_REPEAT", std::to_string(line.repeat));
  return fields;
}

} // namespace sshguardd::engine
