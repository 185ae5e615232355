// auth.banned: sshd's own penalties, TCP wrappers, fail2ban, SSHGuard or crowdsec keep a source
// out.
#include "parse/shell_word.hpp"
#include "sshguardd/check.hpp"

#include <algorithm>

namespace sshguardd::checks {
namespace {

constexpr FindingInfo ids[] = {{
    .id = "auth.banned",
    .title = "a source is kept out",
    .sees = "reset, refused, timeout",
    .when = "now",
    .remedy = "-",
    .explain =
        "Within the last two minutes sshd has turned an address away before it could say who it "
        "is: by its penalties for failed logins (PerSourcePenalties, OpenSSH 9.8 and later; they "
        "end by themselves after 10 minutes at most), or by TCP wrappers (/etc/hosts.deny). "
        "Critical where somebody has logged in from there since the agent started, and not again "
        "since; of all others it is only worth knowing. fail2ban (on its socket), SSHGuard and "
        "crowdsec (in their sets of nftables) are asked where a login failed from an address that "
        "somebody had logged in from; and each address that somebody logged in from within 90 days "
        "is "
        "walked through the firewall's rules, whatever bans there. Their bans of others are not "
        "told.",
    .fix = "wait; or: systemctl restart ssh.service, which forgets sshd's penalties; or mend "
           "/etc/hosts.deny; or: fail2ban-client set JAIL unbanip ADDRESS; nft delete element ip "
           "sshguard attackers '{ ADDRESS }'; cscli decisions delete --ip ADDRESS",
    .mended = "the source is let in again",
    .passes = true,
}};

std::string by_whom(const Ban& ban) {
  return ban.why.empty() ? ban.by : ban.by + " (" + ban.why + ")";
}

std::string way_out(const Ban& ban, const Snapshot& snapshot) {
  if (ban.by == "fail2ban" && ban.why.empty())
    return "fail2ban-client unban " + parse::shell_word(ban.source);
  if (ban.by == "fail2ban")
    return "fail2ban-client set " + parse::shell_word(ban.why) + " unbanip " +
           parse::shell_word(ban.source);
  const bool six = ban.source.find(':') != std::string::npos;
  if (ban.by == "SSHGuard")
    return std::string{"nft delete element "} + (six ? "ip6" : "ip") + " sshguard attackers '{ " +
           ban.source + " }'";
  if (ban.by == "crowdsec") return "cscli decisions delete --ip " + ban.source;
  if (ban.by != "sshd") return "grep -ni sshd /etc/hosts.deny";
  const bool known = snapshot.units && !snapshot.units->service.id.empty();
  return "wait 10 minutes, or systemctl restart " +
         (known ? snapshot.units->service.id : std::string{"ssh.service"});
}

// fail2ban's usual action is a rule that rejects, SSHGuard's and crowdsec's one that drops; sshd
// and TCP wrappers close.
Sees sees(const Ban& ban) {
  if (ban.by == "fail2ban") return Sees::refused;
  return ban.by == "SSHGuard" || ban.by == "crowdsec" ? Sees::timeout : Sees::reset;
}

// fail2ban's jail, by the chain or set that it makes for it (action.d/iptables.conf,
// nftables.conf).
std::string jail_of(const Flow& flow) {
  for (const std::string_view mark : {" f2b-", "addr-set-", "addr6-set-"}) {
    const std::size_t at = flow.rule.find(mark);
    if (at == std::string::npos) continue;
    const std::size_t start = at + mark.size();
    std::string jail = flow.rule.substr(start, flow.rule.find_first_of(" :", start) - start);
    if (jail != "table" && jail != "chain") return jail;
  }
  return {};
}

// Those that the log tells, and those that stand in the firewall's rules, of sources that had
// logged in.
std::vector<Ban> all_bans(const Snapshot& snapshot) {
  std::vector<Ban> bans = snapshot.auth ? snapshot.auth->bans : std::vector<Ban>{};
  if (!snapshot.firewall) return bans;
  for (const Flow& flow : snapshot.firewall->flows) {
    if (!flow.ban || flow.whose == Flow::Whose::anyone ||
        std::ranges::find(bans, flow.source, &Ban::source) != bans.end())
      continue;
    bans.push_back({.source = flow.source,
                    .by = flow.owner,
                    .why = flow.owner == "fail2ban" ? jail_of(flow) : std::string{},
                    .logged_in = true});
  }
  return bans;
}

std::vector<Finding> run(const Snapshot& snapshot) {
  std::vector<Ban> bans = all_bans(snapshot);
  if (bans.empty()) return {};
  std::stable_partition(bans.begin(), bans.end(), [](const Ban& ban) { return ban.logged_in; });
  const Ban& first = bans.front();
  Finding finding{.id = ids[0].id,
                  .subject = first.source,
                  .severity = first.logged_in ? Severity::critical : Severity::info,
                  .when = When::now,
                  .sees = sees(first),
                  .summary = by_whom(first) + " keeps out " + first.source +
                             (first.logged_in ? ", from where somebody had logged in" : ""),
                  .fix = {way_out(first, snapshot)}};
  for (const Ban& ban : bans)
    finding.evidence.push_back({ban.source, by_whom(ban)});
  return {finding};
}

} // namespace

extern const Check auth_banned;
const Check auth_banned{"auth_banned", ids, Needs::nothing, run}; // worth knowing where it is known

} // namespace sshguardd::checks
