// sshd.config-unchecked: nobody can say whether sshd would start again.
#include "sshguardd/check.hpp"

namespace sshguardd::checks {
namespace {

constexpr FindingInfo ids[] = {{
    .id = "sshd.config-unchecked",
    .title = "sshd -t does not end: nobody knows whether sshd would start again",
    .sees = "none",
    .when = "restart",
    .remedy = "-",
    .explain =
        "`sshd -t` did not answer within five seconds, and was killed with all it had started. A "
        "start of sshd would hang at the same place: a FIFO or a device where a file should be, a "
        "file on a file system that does not answer, a ListenAddress name that does not resolve. "
        "The agent restarts nothing as long as it cannot check.",
    .fix = "run sshd -t by hand and see where it hangs: timeout 5 strace -f sshd -t",
    .mended = "sshd -t answers again",
    .passes = true,
}};

std::vector<Finding> run(const Snapshot& snapshot) {
  if (!snapshot.test_hangs) return {};
  const std::string main = snapshot.config ? snapshot.config->main_file : "sshd_config";
  return {{.id = ids[0].id,
           .subject = main,
           .severity = Severity::warning,
           .when = When::restart,
           .sees = Sees::none,
           .summary = "sshd -t hangs; the next sshd restart would hang too",
           .evidence = {{"sshd -t", snapshot.config_test.why()}},
           .fix = {"look for FIFOs and dead file systems in sshd_config and its includes",
                   "see where it hangs: timeout 5 strace -f sshd -t"}}};
}

} // namespace

extern const Check sshd_config_unchecked;
const Check sshd_config_unchecked{"sshd_config_unchecked", ids, Needs::units, run};

} // namespace sshguardd::checks
