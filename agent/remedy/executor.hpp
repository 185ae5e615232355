// Carries out a remedy: the only code that changes the machine. What to do was decided before;
// whether it helped is judged afterwards, by looking again.
#pragma once

#include "sshguardd/host.hpp"
#include "sshguardd/remedy.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sshguardd::remedy {

// done: nullopt where systemd took every step (its jobs may still run), else what it said. Called
// at most once. Who lets go of what is returned ends it before its next step, and hears no more.
[[nodiscard]] std::shared_ptr<void>
apply(const Remedy& remedy, HostActions& actions,
      std::function<void(std::optional<std::string> error)> done);

// The same steps for people, as commands that they could type.
[[nodiscard]] std::vector<std::string> describe(const Remedy& remedy);

} // namespace sshguardd::remedy
