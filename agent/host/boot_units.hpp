// Which services systemd starts at boot, as its unit files say on disk: what counts is the next
// boot, not what the running systemd has read of them (systemd.unit(5) "UNIT FILE LOAD PATH").
#pragma once

#include "sshguardd/fact.hpp"

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::host {

class BootUnits {
public:
  // Looks once: what is linked in some target's .wants or .requires.
  BootUnits();

  // Nobody could look.
  [[nodiscard]] const std::string& why_unknown() const { return why_unknown_; }

  // Wanted by something that a boot starts, there, and not masked.
  [[nodiscard]] bool starts(const std::string& unit) const;

  // The words of its only ExecStart=. Unknown: there are several, a drop-in has one too, or they
  // are more than plain words.
  [[nodiscard]] Fact<std::vector<std::string>> command(const std::string& unit) const;

  // Services of the administrator's own (below /etc) that a boot starts.
  [[nodiscard]] std::vector<std::string> own_services() const;

  // What all this was read from: the directories, and the files of that unit.
  [[nodiscard]] static std::vector<std::string> paths(const std::string& unit);

private:
  std::set<std::string, std::less<>> wanted_;
  std::string why_unknown_;
};

} // namespace sshguardd::host
