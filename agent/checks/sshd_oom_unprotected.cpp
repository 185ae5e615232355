// sshd.oom-unprotected: the kernel may choose sshd's listener when memory runs out.
#include "sshguardd/check.hpp"

#include <chrono>

namespace sshguardd::checks {
namespace {

constexpr int protected_score = -1000; // linux/oom.h: OOM_SCORE_ADJ_MIN

constexpr FindingInfo ids[] = {{
    .id = "sshd.oom-unprotected",
    .title = "sshd's listener may be killed when memory runs out",
    .sees = "none",
    .when = "soon",
    .remedy = "-",
    .explain =
        "sshd takes its listening process out of the kernel's choice when memory runs out: it sets "
        "oom_score_adj to -1000 before it listens, and gives its children back what it was "
        "(openbsd-compat/port-linux.c:oom_adjust_setup()). Here it is another: somebody has "
        "changed "
        "it, or sshd was not let. Worth knowing. Not told in a container, where it may not be set.",
    .fix = "systemctl restart ssh.service; if it stays so: what else writes "
           "/proc/PID/oom_score_adj",
    .mended = "sshd is protected again",
}};

std::vector<Finding> run(const Snapshot& snapshot) {
  if (!snapshot.daemon || !snapshot.units->service.active()) return {};
  const auto score = snapshot.daemon->oom_score_adj;
  if (!score || *score == protected_score) return {};
  return {Finding{
      .id = ids[0].id,
      .subject = snapshot.units->service.id,
      .severity = Severity::info,
      .when = When::soon,
      .summary = "sshd's listener is not protected from being killed for memory",
      .evidence = {{"/proc/" + std::to_string(snapshot.daemon->pid) + "/oom_score_adj",
                    std::to_string(*score) + ", sshd sets " + std::to_string(protected_score)}},
      .fix = {"systemctl restart " + snapshot.units->service.id},
      // It does so a moment after its start.
      .settle = std::chrono::seconds{10}}};
}

} // namespace

extern const Check sshd_oom_unprotected;
const Check sshd_oom_unprotected{"sshd_oom_unprotected", ids, Needs::units, run};

} // namespace sshguardd::checks
