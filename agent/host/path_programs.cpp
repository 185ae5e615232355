#include "host/path_programs.hpp"

#include "engine/path_programs.hpp"
#include "host/bpf_query.hpp"
#include "host/rtnetlink.hpp"

#include <utility>

namespace sshguardd::host {

std::vector<firewall::Program> path_programs(const std::vector<std::string>& interfaces) {
  RouteSocket socket;
  const auto links = socket.links();
  if (!links) return {};
  std::vector<engine::LinkPrograms> all;
  for (const int index : engine::links_beneath(*links, interfaces)) {
    engine::LinkPrograms one;
    one.index = index;
    for (const bool egress : {false, true})
      if (auto filters = socket.filters(index, egress))
        (egress ? one.egress : one.ingress) = *std::move(filters);
    one.bpf_ingress = programs_on_link(index, Attach::tcx_ingress).value_or(0);
    one.bpf_egress = programs_on_link(index, Attach::tcx_egress).value_or(0);
    all.push_back(std::move(one));
  }
  return engine::programs_of(*links, all, interfaces);
}

} // namespace sshguardd::host
