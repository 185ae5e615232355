#include "engine/access.hpp"
#include "engine/record_json.hpp"

namespace sshguardd::engine {
namespace {

const char* name_of(AccessStep::Result result) {
  switch (result) {
  case AccessStep::Result::passed:
    return "passed";
  case AccessStep::Result::failed:
    return "failed";
  case AccessStep::Result::note:
    return "note";
  case AccessStep::Result::unknown:
    break;
  }
  return "unknown";
}

const char* name_of(Access::Answer answer) {
  switch (answer) {
  case Access::Answer::in:
    return "in";
  case Access::Answer::out:
    return "out";
  case Access::Answer::unknown:
    break;
  }
  return "unknown";
}

Json step_json(const AccessStep& step) {
  Json fix = Json::array();
  for (const std::string& one : step.fix)
    fix.push_back(encode(one));
  return {{"step", step.name},
          {"result", name_of(step.result)},
          {"says", encode(step.says)},
          {"fix", fix}};
}

} // namespace

std::string access_json(const AccessFacts& facts, const Access& access) {
  Json steps = Json::array();
  for (const AccessStep& step : access.steps)
    steps.push_back(step_json(step));
  Json depends = Json::array(); // ours, all of them
  for (const std::string& one : access.depends)
    depends.push_back(one);
  const Json json{{"schema", 1},
                  {"user", encode(facts.user)},
                  {"from", text_or_null(facts.from)},
                  {"answer", name_of(access.answer)},
                  {"by", text_or_null(access.by)},
                  {"blocked_by", text_or_null(access.blocked)},
                  {"depends_on_address", depends},
                  {"steps", steps}};
  return json.dump(-1, ' ', true, Json::error_handler_t::replace) + "\n";
}

} // namespace sshguardd::engine
