#include "ctl/flow_sources.hpp"

#include "host/routes.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <optional>

namespace sshguardd::ctl {
namespace {

struct Preset {
  std::string_view name;
  std::string_view network;
};
// As the clouds publish them, 2026-11: Azure's load balancer and platform; IAP for TCP forwarding
// and health checks of Google; EC2 Instance Connect by region (ip-ranges.json). One name may have
// several networks. Azure Bastion comes from its own subnet, which --from takes as a network.
constexpr std::string_view presets_date = "2026-11";
constexpr Preset presets[] = {{"azure-lb", "168.63.129.16"},
                              {"gcp-iap", "35.235.240.0/20"},
                              {"gcp-health", "35.191.0.0/16"},
                              {"gcp-health", "130.211.0.0/22"},
                              {"ec2-instance-connect:us-east-1", "18.206.107.24/29"},
                              {"ec2-instance-connect:us-east-2", "3.16.146.0/29"},
                              {"ec2-instance-connect:us-west-2", "18.237.140.160/29"},
                              {"ec2-instance-connect:eu-west-1", "18.202.216.48/29"},
                              {"ec2-instance-connect:eu-west-2", "3.8.37.24/29"},
                              {"ec2-instance-connect:eu-central-1", "3.120.181.40/29"},
                              {"ec2-instance-connect:ap-northeast-1", "3.112.23.0/29"},
                              {"ec2-instance-connect:ap-southeast-1", "3.0.5.32/29"},
                              {"ec2-instance-connect:ap-southeast-2", "13.239.158.0/29"}};

// Of all bits after the first `bits`.
void set_rest(std::string& bytes, unsigned bits, bool to) {
  for (unsigned bit = bits; bit < bytes.size() * 8; ++bit) {
    const auto mask = static_cast<unsigned char>(0x80U >> (bit % 8));
    const auto old = static_cast<unsigned char>(bytes[bit / 8]);
    bytes[bit / 8] = static_cast<char>(to ? old | mask : old & ~mask);
  }
}

bool add_network(std::string_view text, std::vector<std::string>& sources) {
  const std::size_t slash = text.find('/');
  std::string bytes = host::address_bytes(text.substr(0, slash));
  if (bytes.empty()) return false;
  const auto all = static_cast<unsigned>(bytes.size() * 8);
  unsigned bits = all;
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    if (error != std::errc{} || end != digits.data() + digits.size() || bits > all) return false;
  }
  if (bits == all) {
    sources.push_back(host::address_text(bytes));
    return true;
  }
  // A network's own address and its broadcast address are no machine's.
  const bool ends = bits + 1 < all;
  for (const bool last : {false, true}) {
    std::string one = bytes;
    set_rest(one, bits, last);
    if (ends) one.back() = static_cast<char>(one.back() ^ 1);
    sources.push_back(host::address_text(one));
  }
  return true;
}

} // namespace

std::string flow_presets() {
  std::string text;
  std::string_view before;
  for (const Preset& preset : presets) {
    std::string_view name = preset.name.substr(0, preset.name.find(':'));
    if (name == before) continue;
    before = name;
    text += std::string{text.empty() ? "" : ", "} + std::string{name} +
            (name != preset.name ? ":REGION" : "");
  }
  return text + " (as of " + std::string{presets_date} + ")";
}

Fact<std::vector<std::string>> flow_sources(std::string_view from) {
  std::vector<std::string> sources;
  for (const Preset& preset : presets) {
    if (preset.name == from) (void)add_network(preset.network, sources);
  }
  if (!sources.empty() || add_network(from, sources)) return sources;
  return Unknown{"neither an address, nor a network as 10.0.1.0/26, nor one of " + flow_presets()};
}

} // namespace sshguardd::ctl
