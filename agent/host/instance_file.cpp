#include "host/instance_file.hpp"

#include "host/log.hpp"

namespace sshguardd::host {

std::optional<std::string> InstanceFile::open(const Fact<Instance>& instance) {
  if (!instance || !instance->provisioned) {
    instance_.reset();
    return std::nullopt;
  }
  if (instance_ && instance_->machine_id == instance->machine_id &&
      instance_->instance_id == instance->instance_id)
    return std::nullopt;
  instance_ = *instance;
  const auto text = read_state(*instance_, name_);
  return text ? *text : std::string{};
}

void InstanceFile::write(std::string_view text) const {
  if (!instance_ || !keeps_) return;
  if (const auto problem = write_state(*instance_, name_, text))
    log_warning(std::string{missed_} + ": " + *problem);
}

} // namespace sshguardd::host
