// sshd.startups-full: so many connections wait to log in that sshd turns others away.
#include "sshguardd/check.hpp"

namespace sshguardd::checks {
namespace {

constexpr FindingInfo ids[] = {{
    .id = "sshd.startups-full",
    .title = "sshd turns connections away: MaxStartups is reached",
    .sees = "reset",
    .when = "now",
    .remedy = "-",
    .explain =
        "sshd holds as many unauthenticated connections as MaxStartups= lets it, and drops new "
        "ones "
        "at random, from its upper number on all of them. It is busy, not dead: mostly a brute "
        "force attack, or a program that connects and does not log in. The number is read from the "
        "title of the listening process; it has to stand for ten seconds. A restart would help "
        "nobody and is never made.",
    .fix = "see who connects: ss -tn state established '( sport = :ssh )'; block them, or lower "
           "LoginGraceTime and raise MaxStartups in sshd_config",
    .mended = "sshd has free startups",
    .passes = true,
}};

std::vector<Finding> run(const Snapshot& snapshot) {
  if (!snapshot.daemon || !snapshot.daemon->startups || !snapshot.lasting.startups_full) return {};
  if (snapshot.taken.boot - *snapshot.lasting.startups_full < Lasting::startups_full_for) return {};
  const Startups& startups = *snapshot.daemon->startups;
  // sshd.c:should_drop_connection: the chance rises from 30 % at `begin` to 100 % at `full`.
  const bool mostly = startups.current >= startups.begin + (startups.full - startups.begin) / 2;
  return {
      {.id = ids[0].id,
       .subject = snapshot.units->service.id,
       .severity = mostly ? Severity::critical : Severity::warning,
       .when = When::now,
       .sees = Sees::reset,
       // Without the count, which changes with each look.
       .summary = mostly ? "sshd drops most new connections: MaxStartups is reached"
                         : "sshd drops some new connections: MaxStartups is reached",
       .evidence = {{"title of process " + std::to_string(snapshot.daemon->pid),
                     std::to_string(startups.current) + " of " + std::to_string(startups.begin) +
                         "-" + std::to_string(startups.full) + " startups"}},
       .fix = {"see who connects: ss -tn sport = :22"}}};
}

} // namespace

extern const Check sshd_startups_full;
const Check sshd_startups_full{"sshd_startups_full", ids, Needs::units, run};

} // namespace sshguardd::checks
