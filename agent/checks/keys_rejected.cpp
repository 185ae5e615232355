// keys.rejected: well-formed keys that this sshd takes from nobody.
#include "checks/key_files.hpp"
#include "parse/shell_word.hpp"
#include "sshguardd/check.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <utility>

namespace sshguardd::checks {
namespace {

constexpr FindingInfo ids[] = {{
    .id = "keys.rejected",
    .title = "well-formed keys that this sshd does not take",
    .sees = "denied",
    .when = "now, soon",
    .remedy = "-",
    .explain =
        "The lines of the key file are right, and yet sshd refuses the keys: their type is not in "
        "PubkeyAcceptedAlgorithms (DSA since 7.0; RSA where only SHA-1 is left, which clients do "
        "not offer since 8.8), an RSA key is shorter than RequiredRSASize, their expiry-time= is "
        "over, or RevokedKeys names them. sshd's log may say nothing of it; the client sees "
        "`Permission denied (publickey)`. Where another key of the account is taken, it is only "
        "told. That all keys which serve an account expire is told a week before, for accounts "
        "that "
        "logged in within the last 90 days. Of a RevokedKeys that is a key revocation list (KRL) "
        "nothing is known here.",
    .fix = "add a key of a type that is taken, as ssh-ed25519; sshguardctl access USER says which "
           "line is refused for what",
    .mended = "keys taken again",
}};

bool has_rejected(const KeyFile& file) {
  return file.state == KeyFile::State::used && file.rejected > 0;
}

Finding finding_of(const Account& account) {
  const bool out = !may_get_in(account);
  Finding finding{.id = ids[0].id,
                  .subject = account.name,
                  .severity = out ? Severity::critical : Severity::info,
                  .when = When::now,
                  .sees = Sees::denied};
  std::uint64_t keys = 0;
  std::string first;
  for (const KeyFile* file : those(account, has_rejected)) {
    keys += file->rejected;
    for (const BadKeyLine& one : file->rejects) {
      const std::string place = file->path + ":" + std::to_string(one.line);
      if (first.empty()) first = one.why + " (" + place + ")"; // the console cuts at the end
      if (finding.evidence.size() < most_key_evidence) finding.evidence.push_back({place, one.why});
    }
  }
  const std::string count = keys == 1 ? "a key" : std::to_string(keys) + " keys";
  finding.summary = out ? "sshd takes no key of " + account.name + "'s: " + first
                        : "sshd refuses " + count + " of " + account.name + "'s: " + first;
  finding.fix = {
      "sshguardctl access " + parse::shell_word(account.name),
      "add a key that this sshd takes (ssh-keygen -t ed25519), or change what refuses it"};
  return finding;
}

// All keys that serve expire within days; without their number: it is told once.
Finding soon(const Account& account) {
  const std::string at = utc_text(account.keys_end);
  Finding finding{.id = ids[0].id,
                  .subject = account.name,
                  .severity = Severity::warning,
                  .when = When::soon,
                  .sees = Sees::denied,
                  .summary = account.name + "'s keys expire by " + at.substr(0, at.find('T')) +
                             ": " + account.keys_end_at,
                  .evidence = {{account.keys_end_at, "expiry-time= " + at}},
                  .fix = {"change expiry-time= there, or add a key",
                          "sshguardctl access " + parse::shell_word(account.name)}};
  for (const KeyFile* file : those(account, has_rejected)) {
    for (const BadKeyLine& one : file->rejects) {
      if (finding.evidence.size() < most_key_evidence)
        finding.evidence.push_back({file->path + ":" + std::to_string(one.line), one.why});
    }
  }
  return finding;
}

std::vector<Finding> run(const Snapshot& snapshot) {
  const std::int64_t now =
      std::chrono::duration_cast<std::chrono::seconds>(snapshot.taken.wall.time_since_epoch())
          .count();
  std::vector<Finding> findings;
  for (const Account& account : snapshot.accounts->accounts) {
    constexpr std::int64_t a_day = 86'400;
    // One that is over is among the rejected as soon as the files are read again.
    if (account.keys_end > now && account.keys_end - now <= days_before * a_day)
      findings.push_back(soon(account));
    else if (std::ranges::any_of(account.files, has_rejected))
      findings.push_back(finding_of(account));
  }
  return not_too_many(std::move(findings));
}

} // namespace

extern const Check keys_rejected;
const Check keys_rejected{"keys_rejected", ids, Needs::accounts, run};

} // namespace sshguardd::checks
