// Which programs a connection's packets come to before and behind netfilter's rules: those of its
// interface, and of what that is made of. Pure.
#pragma once

#include "parse/rtnetlink.hpp"
#include "sshguardd/firewall.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace sshguardd::engine {

// What is on one link.
struct LinkPrograms {
  int index = 0; // of the link
  std::vector<parse::FilterMessage> ingress;
  std::vector<parse::FilterMessage> egress;
  std::size_t bpf_ingress = 0; // programs without a qdisc (tcx)
  std::size_t bpf_egress = 0;
};

// The links that matter to connections on one of those named: itself and all beneath it (parts of a
// bridge or bond, what a VLAN is on), each once and not too many.
[[nodiscard]] std::vector<int> links_beneath(const std::vector<parse::LinkMessage>& links,
                                             const std::vector<std::string>& names);

// `names`: the interfaces that connections are on.
[[nodiscard]] std::vector<firewall::Program>
programs_of(const std::vector<parse::LinkMessage>& links, const std::vector<LinkPrograms>& programs,
            const std::vector<std::string>& names);

} // namespace sshguardd::engine
