// Who logged in by a link that does not lead out (a VPN's, a bridge of containers), and by which,
// kept for the instance across boots: while that link is not there (early in a boot, a VPN that is
// down) routes take them for somebody who comes from outside, and nothing that they say of him is
// true.
#pragma once

#include "host/instance_file.hpp"
#include "host/return_ways.hpp"
#include "sshguardd/snapshot.hpp"

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::host {

class LoginLinks {
public:
  // Whether it is kept in a file, for the next boot.
  void keep(bool keeps) { kept_.keep(keeps); }
  // At each look.
  void read(const Fact<Instance>& instance);

  // Those of the sources that can be judged now, in their order: all but those whose answers would
  // leave by another link than the one inside that they logged in by. sources, logged_in: of
  // LoginSources.
  [[nodiscard]] std::vector<std::string>
  present(const std::vector<std::string>& sources, bool logged_in, const NetworkState& state,
          const std::function<Fact<Way>(std::string_view destination)>& way);

private:
  void learn(const std::vector<std::string>& sources, const std::string& link,
             const NetworkState& state);
  void write() const;

  InstanceFile kept_{"login-links", "by which links people log in is not kept"};
  std::map<std::string, std::string, std::less<>> links_; // by source
};

} // namespace sshguardd::host
