// auth.no-common-algorithm: client and sshd have no algorithm in common.
#include "sshguardd/check.hpp"

#include <string_view>

namespace sshguardd::checks {
namespace {

constexpr FindingInfo ids[] = {{
    .id = "auth.no-common-algorithm",
    .title = "a client has no algorithm in common with sshd",
    .sees = "reset",
    .when = "now",
    .remedy = "-",
    .explain =
        "Before anybody is asked who he is, client and sshd agree on a key exchange method, a host "
        "key type, a cipher and a MAC. Within the last ten minutes a client offered none that sshd "
        "takes: an old client, or a configuration that was hardened beyond it. The client sees "
        "`Unable to negotiate with ...: no matching ... found`.",
    .fix = "update the client; or let sshd take one of what it offers",
    .mended = "the clients have algorithms in common with sshd",
    .passes = true,
}};

// The keyword of sshd_config(5) that decides.
std::string_view keyword(std::string_view kind) {
  if (kind == "key exchange method") return "KexAlgorithms";
  if (kind == "host key type") return "HostKeyAlgorithms";
  if (kind == "cipher") return "Ciphers";
  if (kind == "MAC") return "MACs";
  return "";
}

std::vector<Finding> run(const Snapshot& snapshot) {
  std::vector<Finding> findings;
  if (!snapshot.auth) return findings;
  for (const NoCommonAlgorithm& one : snapshot.auth->no_common_algorithm) {
    const std::string by{keyword(one.kind)};
    Finding finding{
        .id = ids[0].id,
        .subject = one.source,
        .severity = Severity::info,
        .when = When::now,
        .sees = Sees::reset,
        .client = "Unable to negotiate with HOST port PORT: no matching " + one.kind + " found.",
        .summary = "a client at " + one.source + " has no " + one.kind + " in common with sshd"};
    finding.evidence.push_back({"it offers", one.offer});
    if (!by.empty()) {
      finding.evidence.push_back({"decided by", by});
      finding.fix.push_back("sshd -T | grep -i '^" + by + " '");
    }
    finding.fix.emplace_back("update the client");
    findings.push_back(std::move(finding));
  }
  return findings;
}

} // namespace

extern const Check auth_no_common_algorithm;
const Check auth_no_common_algorithm{"auth_no_common_algorithm", ids, Needs::nothing,
                                     run}; // worth knowing where it is known

} // namespace sshguardd::checks
