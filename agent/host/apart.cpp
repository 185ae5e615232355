#include "host/apart.hpp"

#include "engine/systemd_run.hpp"
#include "host/helper.hpp"
#include "host/root_program.hpp"
#include "parse/lines.hpp"

#include <algorithm>
#include <utility>

namespace sshguardd::host {
namespace {

constexpr std::size_t longest_listing = 16 << 20;
constexpr std::size_t longest_said = 160;

// Not PrivateNetwork=: systemd goes on without it where it is not permitted.
std::vector<std::string> by_systemd(const std::string& run, const std::vector<std::string>& inner,
                                    std::chrono::seconds deadline) {
  return engine::systemd_run(
      run,
      {"--service-type=exec", "--description=The firewall of the next boot, read by sshguardd"},
      // Early in a boot it would wait for basic.target, longer than its deadline.
      {"DefaultDependencies=no",
       "CapabilityBoundingSet=CAP_SYS_ADMIN CAP_NET_ADMIN CAP_NET_RAW CAP_DAC_READ_SEARCH",
       "NoNewPrivileges=yes", "ProtectSystem=strict", "ProtectHome=read-only",
       "TemporaryFileSystem=/run/firewalld", "ReadWritePaths=-/run/xtables.lock",
       "RestrictAddressFamilies=AF_UNIX AF_NETLINK AF_INET AF_INET6", "MemoryMax=256M",
       "TasksMax=32", "LogLevelMax=notice", "RuntimeMaxSec=" + std::to_string(deadline.count())},
      inner);
}

HelperResult run(std::vector<std::string> argv, std::chrono::seconds deadline) {
  HelperSpec spec;
  spec.argv = std::move(argv);
  spec.environment = plain_environment();
  spec.errors = true;
  spec.deadline = deadline;
  spec.output_limit = longest_listing;
  return run_helper(spec);
}

// The line that says why.
std::string said(std::string_view out) {
  for (std::string_view rest = out; !rest.empty();) {
    const std::string_view line = parse::take_line(rest);
    if (line.find("Error: ") != std::string_view::npos)
      return std::string{line.substr(0, longest_said)};
  }
  return std::string{out.substr(0, std::min(out.find('\n'), longest_said))};
}

} // namespace

Fact<std::string> run_apart(const std::vector<std::string>& argv, std::chrono::seconds deadline) {
  const std::string unshare = system_program("unshare");
  if (unshare.empty()) return Unknown{"unshare is not installed"};
  const bool may = run({unshare, "-n", "--", "/bin/true"}, deadline).exit_status == 0;
  const std::string systemd_run = system_program("systemd-run");
  if (!may && systemd_run.empty()) return Unknown{"no network name space can be made"};
  // unshare(1) ends without running anything where it gets no name space.
  std::vector<std::string> inner{unshare, "-n", "--"};
  inner.insert(inner.end(), argv.begin(), argv.end());
  HelperResult result =
      run(may ? std::move(inner) : by_systemd(systemd_run, inner, deadline), deadline);
  if (result.timed_out) return Unknown{"it did not end in time"};
  if (result.too_much) return Unknown{"too many rules"};
  // What is printed before that is warnings, or why it failed.
  constexpr std::string_view mark = "loaded\n";
  const bool first = result.out.starts_with(mark);
  const std::size_t at = first ? 0 : result.out.find("\nloaded\n");
  if (!result.error.empty() || at == std::string::npos)
    return Unknown{"not loaded: " + (result.error.empty() ? said(result.out) : result.error)};
  result.out.erase(0, at + mark.size() + (first ? 0 : 1));
  if (result.exit_status != 0) return Unknown{"not listed: " + said(result.out)};
  return std::move(result.out);
}

std::string_view nft_listing(std::string_view text) {
  // Warnings go the same way.
  const std::size_t start = text.find("{\"nftables\"");
  if (start == std::string_view::npos) return {};
  return text.substr(start, text.find('\n', start) - start);
}

} // namespace sshguardd::host
