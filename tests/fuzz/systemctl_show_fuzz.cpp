#include "parse/systemctl_show.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sshguardd;
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  (void)parse::systemctl_unit_files(text);
  // As it is, and as the value of each kind of property.
  const std::string record = "Id=ssh.service\nLoadState=loaded\nActiveState=active\n";
  for (const char* key : {"", "Environment=", "ExecStartEx=", "Listen=", "EnvironmentFiles=",
                          "ActiveEnterTimestamp=", "Job="}) {
    const auto shown = parse::systemctl_show(record + key + std::string{text});
    if (!shown) continue;
    for (const parse::ShownUnit& unit : *shown) {
      if (unit.unit.id.empty()) std::abort();
      const Unit whole = parse::complete(unit, nullptr, std::string{text});
      // A command that is taken has all of its words.
      if (whole.command_known && whole.exec_start.size() != unit.commands.size()) std::abort();
      if (!unit.commands.empty() && parse::complete(unit, nullptr, std::nullopt).command_known)
        std::abort();
    }
  }
  return 0;
}
