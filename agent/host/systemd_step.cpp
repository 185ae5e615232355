#include "host/systemd_step.hpp"

#include "engine/systemd_run.hpp"

namespace sshguardd::host {

std::optional<std::string> why_failed(const ChildResult& result, const std::string& program) {
  if (result.timed_out) return program + ": it did not end in time";
  if (!result.error.empty()) return "systemd-run: " + result.error;
  if (result.exit_status == 0) return std::nullopt;
  const std::string words = engine::last_words(result.out, result.err);
  return program + ": " + (words.empty() ? "failed, or took too long" : words);
}

} // namespace sshguardd::host
