// What `systemctl show` and `systemctl list-unit-files` print, for the time when there is no bus.
// The print is made for people: what it does not tell exactly is refused, never guessed.
#pragma once

#include "sshguardd/fact.hpp"
#include "sshguardd/snapshot.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::parse {

// For --property=; together with --timestamp=us+utc.
inline constexpr const char* shown_properties =
    "Id,LoadState,ActiveState,FragmentPath,DropInPaths,NeedDaemonReload,FailureAction,"
    "StartLimitAction,WantedBy,RequiredBy,UpheldBy,RequisiteOf,ConditionResult,ConditionTimestamp,"
    "ActiveEnterTimestamp,Job,Result,ControlGroup,KillMode,MainPID,ExecMainStartTimestamp,"
    "ExecMainCode,ExecMainStatus,Environment,UnsetEnvironment,EnvironmentFiles,ExecStartEx,Accept,"
    "Listen";

// ExecStart= as it is printed: the words joined by spaces, so that a space within one is lost.
struct ShownCommand {
  std::string path;
  std::string words;
  bool no_env_expand = false;
};

struct ShownUnit {
  Unit unit; // all but exec_start and conditions
  std::vector<ShownCommand> commands;
  bool need_daemon_reload = false; // its files are newer than what systemd holds
};

// Unknown where a line is not understood, a property comes twice, or a record is not whole.
[[nodiscard]] Fact<std::vector<ShownUnit>> systemctl_show(std::string_view text);

// The unit with its commands and conditions: from `known`, the last answer over the bus, as far as
// it still agrees with what was printed; else from `files`, the text of its fragment and drop-ins,
// where that leaves no doubt; else with command_known = false.
[[nodiscard]] Unit complete(ShownUnit shown, const Unit* known,
                            const std::optional<std::string>& files);

// Lines of `systemctl list-unit-files --full --no-legend`; what is no unit file is left out.
[[nodiscard]] std::vector<UnitFile> systemctl_unit_files(std::string_view text);

// The properties of each unit, whatever they are, as they are printed: for who wants a word of
// some.
[[nodiscard]] std::vector<std::map<std::string, std::string, std::less<>>>
shown_properties_of(std::string_view text);

} // namespace sshguardd::parse
