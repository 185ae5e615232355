// A file in an instance's state of what somebody here remembers: read once for each instance,
// written only by who keeps the state.
#pragma once

#include "host/instance.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace sshguardd::host {

class InstanceFile {
public:
  // Both live longer. missed: what is told where it cannot be written, "whom ... is not kept".
  InstanceFile(std::string_view name, std::string_view missed) : name_{name}, missed_{missed} {}

  void keep(bool keeps) { keeps_ = keeps; }

  // At each look. What is in it, empty where there is none: of an instance that was not known
  // before, or was not known meanwhile.
  [[nodiscard]] std::optional<std::string> open(const Fact<Instance>& instance);
  // There is one, and it is provisioned: of an image nothing is kept.
  [[nodiscard]] bool known() const { return instance_.has_value(); }

  void write(std::string_view text) const;

private:
  std::string_view name_;
  std::string_view missed_;
  bool keeps_ = false;
  std::optional<Instance> instance_;
};

} // namespace sshguardd::host
