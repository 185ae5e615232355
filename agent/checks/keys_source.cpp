// keys.source: keys from elsewhere than homes, which sshd cannot get.
#include "checks/key_files.hpp"
#include "sshguardd/check.hpp"

namespace sshguardd::checks {
namespace {

constexpr FindingInfo ids[] = {{
    .id = "keys.source",
    .title = "a file or program for keys that sshd cannot use",
    .sees = "denied",
    .when = "now",
    .remedy = "-",
    .explain =
        "RevokedKeys names a file that is not there or cannot be read: sshd refuses every public "
        "key then, of everybody, and `sshd -t` says nothing of it. TrustedUserCAKeys cannot be "
        "read: certificates let nobody in. AuthorizedKeysCommand is not run: it is missing, cannot "
        "be executed, or it or a directory on the way to it is not root's alone to write "
        "(sshd_config(5)); whoever has no key in a file is refused. The client sees `Permission "
        "denied (publickey)`. What the command answers is not looked at; settings in Match "
        "blocks are not, either.",
    .fix = "put the file back, or take the setting out of sshd_config and reload sshd",
    .mended = "sshd gets at its keys again",
}};

std::vector<Finding> run(const Snapshot& snapshot) {
  std::vector<Finding> findings;
  for (const KeySource& source : snapshot.accounts->wrong_sources) {
    Finding finding{.id = ids[0].id,
                    .subject = source.path,
                    .severity = source.refuses_all ? Severity::critical : Severity::warning,
                    .when = When::now,
                    .sees = Sees::denied};
    finding.summary = (source.refuses_all ? "sshd refuses every key: " + source.setting
                                          : source.setting + " gives no keys") +
                      ": ";
    // What is wrong may be about a directory on the way.
    if (!source.why.starts_with('/')) finding.summary += source.path + ": ";
    finding.summary += source.why;
    finding.evidence = {{source.setting, source.path}, {"sshd cannot use it", source.why}};
    finding.fix = {"mend that, or take it out of sshd_config; reload sshd",
                   "ls -l " + parse::shell_word(source.path)};
    findings.push_back(std::move(finding));
  }
  return findings;
}

} // namespace

extern const Check keys_source;
const Check keys_source{"keys_source", ids, Needs::accounts, run};

} // namespace sshguardd::checks
