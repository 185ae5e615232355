#include "engine/path_programs.hpp"

#include "engine/network_links.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace sshguardd::engine {
namespace {

using firewall::Program;

constexpr std::size_t most_links = 256;
constexpr std::size_t most_programs = 64;

void add(std::vector<int>& list, int index) {
  if (list.size() < most_links && std::ranges::find(list, index) == list.end())
    list.push_back(index);
}

// The bottom last.
std::vector<int> beneath(const std::vector<parse::LinkMessage>& links, std::string_view name) {
  std::vector<int> found;
  for (const parse::LinkMessage& link : links)
    if (link.name == name) add(found, link.index);
  for (std::size_t i = 0; i < found.size(); ++i) {
    const parse::LinkMessage* above = link_of(links, found[i]);
    // The other end of a pair is no part of it: veth and netkit name it as what they are on.
    if (above != nullptr && above->below != 0 && !above->below_elsewhere && above->kind != "veth" &&
        above->kind != "netkit" && link_of(links, above->below) != nullptr)
      add(found, above->below);
    for (const parse::LinkMessage& link : links)
      if (link.master == found[i] && link.index != found[i]) add(found, link.index);
  }
  return found;
}

std::string filter_name(const parse::FilterMessage& filter) {
  return filter.name.empty() ? "a tc filter (" + filter.kind + ")"
                             : "the tc program " + filter.name;
}

class Programs {
public:
  explicit Programs(std::string interface) : interface_{std::move(interface)} {}

  void xdp(const parse::LinkMessage& link) { add(Program::At::xdp, "an XDP program", link); }

  void tc(Program::At at, const parse::LinkMessage& link, std::size_t bpf,
          const std::vector<parse::FilterMessage>& filters) {
    if (bpf != 0) add(at, "a BPF program (tcx)", link);
    for (const parse::FilterMessage& filter : filters)
      add(at, filter_name(filter), link);
  }

  std::vector<Program> list;

private:
  void add(Program::At at, const std::string& what, const parse::LinkMessage& link) {
    const std::string way = at == Program::At::xdp       ? ""
                            : at == Program::At::ingress ? ", ingress"
                                                         : ", egress";
    if (list.size() < most_programs)
      list.push_back({.at = at, .interface = interface_, .name = what + " on " + link.name + way});
  }

  std::string interface_;
};

} // namespace

std::vector<int> links_beneath(const std::vector<parse::LinkMessage>& links,
                               const std::vector<std::string>& names) {
  std::vector<int> all;
  for (const std::string& name : names)
    for (const int index : beneath(links, name))
      add(all, index);
  return all;
}

std::vector<Program> programs_of(const std::vector<parse::LinkMessage>& links,
                                 const std::vector<LinkPrograms>& programs,
                                 const std::vector<std::string>& names) {
  std::vector<Program> all;
  for (const std::string& name : names) {
    Programs found{name};
    std::vector<int> way = beneath(links, name);
    std::reverse(way.begin(), way.end());
    for (const int index : way) {
      const parse::LinkMessage& link = *link_of(links, index);
      if (link.xdp) found.xdp(link);
      const auto own = std::ranges::find(programs, index, &LinkPrograms::index);
      if (own == programs.end()) continue;
      found.tc(Program::At::ingress, link, own->bpf_ingress, own->ingress);
      found.tc(Program::At::egress, link, own->bpf_egress, own->egress);
    }
    all.insert(all.end(), found.list.begin(), found.list.end());
  }
  return all;
}

} // namespace sshguardd::engine
