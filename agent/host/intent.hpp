// What says "hands off": switches of the operator, package managers at work, conditions of the
// unit.
#pragma once

#include "sshguardd/snapshot.hpp"

#include <map>
#include <string>
#include <vector>

namespace sshguardd::host {

inline constexpr const char* disabled_path = "/etc/sshguardd/disabled";

// Somebody holds a lock of dpkg's or rpm's, however long: what he installs lies in their caches.
[[nodiscard]] bool installing_packages(const std::string& root = {});

class IntentReader {
public:
  // `service` tells the path conditions to judge; nullptr where the units are unknown.
  [[nodiscard]] Fact<Intent> read(const Unit* service, BootTime now);

  // Files whose change can change the answer: for the watch.
  [[nodiscard]] static std::vector<std::string> watched(const Unit* service,
                                                        bool package_locks_too);

private:
  std::map<std::string, BootTime> held_since_;
};

} // namespace sshguardd::host
