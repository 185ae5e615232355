// sshd.config-unwatched: sshd's configuration is larger than what the agent follows file by file.
#include "sshguardd/check.hpp"

namespace sshguardd::checks {
namespace {

constexpr FindingInfo ids[] = {{
    .id = "sshd.config-unwatched",
    .title = "sshd's configuration is too large to be followed file by file",
    .sees = "none",
    .when = "restart",
    .remedy = "-",
    .explain =
        "The agent follows 512 files of sshd's configuration, and reads up to a megabyte of each, "
        "to "
        "see at once when one changes. Here there is more. `sshd -t`, which reads all of it, is "
        "run "
        "at least once a minute instead, so that a change that breaks it is found later, never "
        "missed. A living sshd that does not answer is not restarted meanwhile: nobody can tell "
        "whether its configuration is newer than its start.",
    .fix = "put sshd's configuration into fewer or smaller files",
    .mended = "sshd's configuration is small enough again",
}};

std::vector<Finding> run(const Snapshot& snapshot) {
  const SshdConfig& config = *snapshot.config;
  if (config.incomplete.empty()) return {};
  return {{.id = ids[0].id,
           .subject = config.main_file,
           .severity = Severity::info,
           .when = When::restart,
           .sees = Sees::none,
           .summary = "changes of sshd's configuration are found within a minute, not at once: " +
                      config.incomplete,
           .evidence = {{"files followed", std::to_string(config.paths.size())}},
           .fix = {"put sshd's configuration into fewer or smaller files"}}};
}

} // namespace

extern const Check sshd_config_unwatched;
const Check sshd_config_unwatched{"sshd_config_unwatched", ids, Needs::config, run};

} // namespace sshguardd::checks
