#include "engine/socket_filters.hpp"

#include "parse/address_prefixes.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace sshguardd::engine {
namespace {

using firewall::SocketFilter;

constexpr std::string_view suffix = ".slice";
constexpr std::string_view root_slice = "-.slice";
constexpr std::size_t most_slices = 16;
constexpr std::size_t longest_path = 120;

std::string_view value_of(const ShownProperties& unit, std::string_view name) {
  const auto found = unit.find(name);
  return found == unit.end() ? std::string_view{} : std::string_view{found->second};
}

const ShownProperties* unit_of(const std::vector<ShownProperties>& shown, std::string_view id) {
  const auto found = std::ranges::find_if(
      shown, [id](const ShownProperties& one) { return value_of(one, "Id") == id; });
  return found == shown.end() ? nullptr : &*found;
}

bool has_lists(const ShownProperties& unit) {
  return !value_of(unit, "IPAddressAllow").empty() || !value_of(unit, "IPAddressDeny").empty();
}

class Reading {
public:
  Reading(const std::vector<ShownProperties>& shown, const SocketUnit& unit)
      : shown_{shown}, unit_{unit} {}

  // bpf-firewall.c: the lists of all slices are put into the program of what is in them; slices
  // themselves have one for accounting alone.
  SocketFilter read() {
    filter_.unit = unit_.id;
    const ShownProperties* own = unit_of(shown_, unit_.id);
    if (own == nullptr) return filter_;
    add(*own, unit_.id);
    const bool own_program = explained_ != 0;
    for (const std::string& slice : slices_of(value_of(*own, "Slice")))
      if (const ShownProperties* above = unit_of(shown_, slice)) add(*above, slice);
    const bool lists = !filter_.allow.empty() || !filter_.deny.empty();
    // What slices' lists put on the unit is the unit's.
    if (lists && !own_program) ++explained_;
    if (lists) in_force(unit_.ingress);
    unexplained(unit_.ingress);
    unexplained(unit_.egress);
    return std::move(filter_);
  }

private:
  void add(const ShownProperties& unit, const std::string& name) {
    add_list(unit, name, "IPAddressAllow", filter_.allow);
    add_list(unit, name, "IPAddressDeny", filter_.deny);
    for (const char* property : {"IPIngressFilterPath", "IPEgressFilterPath"}) {
      const std::string_view path = value_of(unit, property);
      if (!path.empty())
        program(std::string{property} + "=" + std::string{path.substr(0, longest_path)} + " of " +
                name);
    }
    if (has_lists(unit) || value_of(unit, "IPAccounting") == "yes") ++explained_;
  }

  void add_list(const ShownProperties& unit, const std::string& name, const char* property,
                std::vector<SocketFilter::Prefix>& into) {
    auto list = parse::address_prefixes(value_of(unit, property));
    if (!list) return program(std::string{property} + "= of " + name + ", not understood");
    std::move(list->begin(), list->end(), std::back_inserter(into));
  }

  // A kernel or container without such programs has systemd go on without them.
  void in_force(const GroupPrograms& programs) {
    filter_.unsure = !programs.own;
    if (programs.own != 0U) return;
    filter_.allow.clear();
    filter_.deny.clear();
  }

  void unexplained(const GroupPrograms& programs) {
    if (programs.all.value_or(0) > explained_)
      program("a BPF program of the control group of " + unit_.id);
  }

  void program(std::string what) {
    if (filter_.program.empty()) filter_.program = std::move(what);
  }

  const std::vector<ShownProperties>& shown_;
  const SocketUnit& unit_;
  SocketFilter filter_;
  std::size_t explained_ = 0; // programs of systemd's own
};

} // namespace

std::vector<std::string> slices_of(std::string_view slice) {
  std::vector<std::string> all;
  if (!slice.ends_with(suffix)) return all;
  std::string_view name = slice.substr(0, slice.size() - suffix.size());
  while (!name.empty() && name != "-" && all.size() < most_slices) {
    all.push_back(std::string{name} + std::string{suffix});
    const std::size_t dash = name.rfind('-');
    name = name.substr(0, dash == std::string_view::npos ? 0 : dash);
  }
  all.emplace_back(root_slice);
  return all;
}

std::vector<SocketFilter> socket_filters(const std::vector<ShownProperties>& shown,
                                         const std::vector<SocketUnit>& units) {
  std::vector<SocketFilter> all;
  for (const SocketUnit& unit : units) {
    SocketFilter filter = Reading{shown, unit}.read();
    if (filter.deny.empty() && filter.program.empty()) continue;
    for (const std::uint16_t port : unit.ports) {
      filter.port = port;
      all.push_back(filter);
    }
  }
  return all;
}

} // namespace sshguardd::engine
