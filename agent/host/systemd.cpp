#include "host/systemd.hpp"

#include "host/bus.hpp"
#include "host/clock.hpp"
#include "parse/ssh_units.hpp"

#include <algorithm>

namespace sshguardd::host {
namespace {

constexpr const char* manager_path = "/org/freedesktop/systemd1";
constexpr const char* manager_interface = "org.freedesktop.systemd1.Manager";
constexpr const char* unit_interface = "org.freedesktop.systemd1.Unit";
constexpr const char* service_interface = "org.freedesktop.systemd1.Service";
constexpr const char* socket_interface = "org.freedesktop.systemd1.Socket";
constexpr const char* properties_interface = "org.freedesktop.DBus.Properties";
constexpr auto retry_bus_after = std::chrono::seconds{5};

// sd_bus_path_encode(3): everything but letters and digits as _XX.
std::string unit_path(std::string_view name) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string path = "/org/freedesktop/systemd1/unit/";
  for (const char c : name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (plain) {
      path += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      path += '_';
      path += digits[byte >> 4U];
      path += digits[byte & 15U];
    }
  }
  return path;
}

using Strings = std::vector<std::string>;
using Condition = sdbus::Struct<std::string, bool, bool, std::string, int>;
using Command = sdbus::Struct<std::string, Strings, Strings, std::uint64_t, std::uint64_t,
                              std::uint64_t, std::uint64_t, std::uint32_t, int, int>;
using FileEntry = sdbus::Struct<std::string, bool>;
using ListenEntry = sdbus::Struct<std::string, std::string>;
using UnitFileEntry = sdbus::Struct<std::string, std::string>;
using Job = sdbus::Struct<std::uint32_t, sdbus::ObjectPath>;

// One reading: asks stage by stage, counts the replies, ends with the first that tells that systemd
// or the bus does not answer.
struct Reading {
  Systemd::Callback callback;
  std::string system_state;
  std::vector<Unit> units;
  std::vector<UnitFile> files;
  int pending = 0;
  std::string failed;
  std::function<void(const std::shared_ptr<Reading>&)> next_stage;
};
using Shared = std::shared_ptr<Reading>;

class SystemdOverBus final : public Systemd {
public:
  SystemdOverBus(Loop& loop, std::function<void()> on_change)
      : loop_{loop}, on_change_{std::move(on_change)}, bus_{loop, [this] { bus_lost(); }} {
    connect();
  }

  void read(Callback callback) override {
    auto reading = std::make_shared<Reading>();
    reading->callback = std::move(callback);
    if (!bus_.is_open()) {
      reading->failed = why_no_bus_;
      reading->pending = 1;
      auto keeper = std::make_shared<Source>();
      *keeper = loop_.soon([this, reading, keeper] {
        replied(reading);
        keeper->reset();
      });
      return;
    }
    current_ = reading;
    ask_manager(reading);
  }

  void unit(UnitVerb verb, const std::string& name, Done done) override {
    const auto method = [verb] {
      switch (verb) {
      case UnitVerb::reset_failed:
        return "ResetFailedUnit";
      case UnitVerb::start:
        return "StartUnit";
      case UnitVerb::stop:
        return "StopUnit";
      case UnitVerb::restart:
        return "RestartUnit";
      }
      return "";
    }();
    bus_.call(
        manager_path, manager_interface, method,
        [&](sdbus::MethodCall& call) {
          call << name;
          if (verb != UnitVerb::reset_failed) call << std::string{"replace"};
        },
        [done = std::move(done)](const sdbus::Message* reply, const std::string& error) {
          done(reply != nullptr ? std::nullopt : std::optional{error});
        });
  }

private:
  // ---- connection ----

  void connect() {
    why_no_bus_ = bus_.open();
    if (!why_no_bus_.empty()) return retry_later();
    const auto changed = [this] { on_change_(); };
    for (const char* name : parse::ssh_unit_names) {
      bus_.match("type='signal',sender='org.freedesktop.systemd1',path='" + unit_path(name) +
                     "',interface='org.freedesktop.DBus.Properties',member='PropertiesChanged'",
                 changed);
    }
    for (const char* member : {"Reloading", "UnitFilesChanged", "StartupFinished"}) {
      bus_.match(std::string{"type='signal',sender='org.freedesktop.systemd1',path='"} +
                     manager_path + "',interface='" + manager_interface + "',member='" + member +
                     "'",
                 changed);
    }
    // systemd comes back under a new unique name after it lost the bus, and has forgotten
    // Subscribe.
    bus_.match("type='signal',sender='org.freedesktop.DBus',interface='org.freedesktop.DBus',"
               "member='NameOwnerChanged',arg0='org.freedesktop.systemd1'",
               [this] {
                 subscribe();
                 on_change_();
               });
    subscribe();
  }

  void subscribe() {
    bus_.call(
        manager_path, manager_interface, "Subscribe", [](sdbus::MethodCall&) {},
        [](const sdbus::Message*, const std::string&) {});
  }

  void bus_lost() {
    why_no_bus_ = "system bus: connection lost";
    if (const Shared reading = current_.lock(); reading && reading->pending > 0) {
      reading->failed = why_no_bus_;
      reading->pending = 1;
      replied(reading);
    }
    retry_later();
    on_change_();
  }

  void retry_later() {
    retry_ = loop_.at(
        now().boot + retry_bus_after,
        [this] {
          connect();
          if (bus_.is_open()) on_change_();
        },
        std::chrono::seconds{1});
  }

  // ---- reading ----

  void replied(const Shared& reading) {
    if (--reading->pending > 0 || !reading->callback) return;
    if (!reading->failed.empty()) {
      const Callback callback = std::exchange(reading->callback, nullptr);
      callback(Unknown{reading->failed});
      return;
    }
    const auto stage = std::exchange(reading->next_stage, nullptr);
    if (stage) {
      ++reading->pending; // so that replies cannot overtake the asking
      stage(reading);
      replied(reading);
      return;
    }
    const Callback callback = std::exchange(reading->callback, nullptr);
    callback(parse::ssh_units(reading->system_state, std::move(reading->units),
                              std::move(reading->files)));
  }

  // One property into `into`; one that this systemd does not have keeps its default.
  template <class T>
  void get(const Shared& reading, const std::string& path, const char* interface, const char* name,
           std::function<void(T)> into) {
    ++reading->pending;
    bus_.call(
        path, properties_interface, "Get",
        [&](sdbus::MethodCall& call) { call << std::string{interface} << std::string{name}; },
        [this, reading, into = std::move(into)](sdbus::Message* reply, const std::string& error) {
          if (reply != nullptr) {
            try {
              sdbus::Variant value;
              *reply >> value;
              into(value.get<T>());
            } catch (const sdbus::Error&) {
              // Another type than this systemd version is known for: as if it were not there.
            }
          } else if (!is_mere_property_error(error)) {
            reading->failed = "systemd: " + error;
          }
          replied(reading);
        });
  }

  static bool is_mere_property_error(const std::string& error) {
    return error.find("UnknownProperty") != std::string::npos ||
           error.find("UnknownInterface") != std::string::npos ||
           error.find("InvalidArgs") != std::string::npos ||
           error.find("Unknown interface") != std::string::npos ||
           error.find("Unknown property") != std::string::npos;
  }

  void ask_manager(const Shared& reading) {
    ++reading->pending;
    get<std::string>(reading, manager_path, manager_interface, "SystemState",
                     [reading](std::string value) { reading->system_state = std::move(value); });
    ask_unit_files(reading);
    reading->units.resize(std::size(parse::ssh_unit_names));
    for (std::size_t i = 0; i < reading->units.size(); ++i) {
      const std::string path = unit_path(parse::ssh_unit_names[i]);
      get<std::string>(reading, path, unit_interface, "Id", [reading, i](std::string value) {
        reading->units[i].id = std::move(value);
      });
      get<std::string>(reading, path, unit_interface, "LoadState", [reading, i](std::string value) {
        reading->units[i].load_state = std::move(value);
      });
    }
    reading->next_stage = [this](const Shared& shared) { ask_units(shared); };
    replied(reading);
  }

  void ask_unit_files(const Shared& reading) {
    ++reading->pending;
    bus_.call(
        manager_path, manager_interface, "ListUnitFilesByPatterns",
        [](sdbus::MethodCall& call) {
          call << Strings{} << Strings{"ssh.service", "sshd.service", "ssh.socket",
                                       "sshd.socket", "ssh@.service", "sshd@.service"};
        },
        [this, reading](sdbus::Message* reply, const std::string& error) {
          if (reply != nullptr) {
            std::vector<UnitFileEntry> entries;
            *reply >> entries;
            for (const UnitFileEntry& entry : entries) {
              const std::string& path = entry.get<0>();
              reading->files.push_back({path.substr(path.rfind('/') + 1), entry.get<1>()});
            }
          } else {
            reading->failed = "systemd: " + error;
          }
          replied(reading);
        });
  }

  void ask_units(const Shared& reading) {
    // Aliases lead to the same unit: once is enough.
    std::vector<std::string> seen;
    for (std::size_t i = 0; i < reading->units.size(); ++i) {
      Unit& unit = reading->units[i];
      if (!unit.exists() || std::ranges::find(seen, unit.id) != seen.end()) {
        if (unit.exists()) unit.load_state = "not-found";
        continue;
      }
      seen.push_back(unit.id);
      for (const UnitFile& file : reading->files) {
        if (file.name == unit.id) unit.unit_file_state = file.state;
      }
      ask_unit(reading, i);
      if (unit.id.ends_with(".socket"))
        ask_socket(reading, i);
      else
        ask_service(reading, i);
    }
  }

  void ask_unit(const Shared& reading, std::size_t i) {
    const std::string path = unit_path(reading->units[i].id);
    const auto text = [&](const char* name, std::string Unit::*field) {
      get<std::string>(reading, path, unit_interface, name, [reading, i, field](std::string value) {
        reading->units[i].*field = std::move(value);
      });
    };
    text("ActiveState", &Unit::active_state);
    text("SubState", &Unit::sub_state);
    text("FragmentPath", &Unit::fragment_path);
    text("FailureAction", &Unit::failure_action);
    text("StartLimitAction", &Unit::start_limit_action);
    get<Strings>(reading, path, unit_interface, "DropInPaths", [reading, i](Strings value) {
      reading->units[i].drop_in_paths = std::move(value);
    });
    for (const char* name : {"WantedBy", "RequiredBy", "UpheldBy", "RequisiteOf"}) {
      get<Strings>(reading, path, unit_interface, name, [reading, i](const Strings& value) {
        reading->units[i].pulled_in = reading->units[i].pulled_in || !value.empty();
      });
    }
    get<bool>(reading, path, unit_interface, "NeedDaemonReload",
              [reading, i](bool value) { reading->units[i].need_daemon_reload = value; });
    get<bool>(reading, path, unit_interface, "ConditionResult",
              [reading, i](bool value) { reading->units[i].condition_result = value; });
    get<std::uint64_t>(reading, path, unit_interface, "ConditionTimestamp",
                       [reading, i](std::uint64_t value) {
                         reading->units[i].condition_tested_us = static_cast<std::int64_t>(value);
                       });
    get<std::uint64_t>(reading, path, unit_interface, "ActiveEnterTimestamp",
                       [reading, i](std::uint64_t value) {
                         reading->units[i].active_enter_us = static_cast<std::int64_t>(value);
                       });
    get<Job>(reading, path, unit_interface, "Job", [reading, i](const Job& value) {
      reading->units[i].job_queued = value.get<0>() != 0;
    });
    get<std::vector<Condition>>(reading, path, unit_interface, "Conditions",
                                [reading, i](const std::vector<Condition>& list) {
                                  for (const Condition& entry : list) {
                                    reading->units[i].conditions.push_back(
                                        {.type = entry.get<0>(),
                                         .parameter = entry.get<3>(),
                                         .trigger = entry.get<1>(),
                                         .negate = entry.get<2>(),
                                         .state = entry.get<4>()});
                                  }
                                });
  }

  void ask_service(const Shared& reading, std::size_t i) {
    const std::string path = unit_path(reading->units[i].id);
    const auto text = [&](const char* name, std::string Unit::*field) {
      get<std::string>(
          reading, path, service_interface, name,
          [reading, i, field](std::string value) { reading->units[i].*field = std::move(value); });
    };
    text("Result", &Unit::result);
    text("ControlGroup", &Unit::control_group);
    text("KillMode", &Unit::kill_mode);
    get<std::uint32_t>(reading, path, service_interface, "MainPID",
                       [reading, i](std::uint32_t value) { reading->units[i].main_pid = value; });
    get<std::uint32_t>(reading, path, service_interface, "NRestarts",
                       [reading, i](std::uint32_t value) { reading->units[i].n_restarts = value; });
    get<int>(reading, path, service_interface, "ExecMainCode",
             [reading, i](int value) { reading->units[i].exec_main_code = value; });
    get<int>(reading, path, service_interface, "ExecMainStatus",
             [reading, i](int value) { reading->units[i].exec_main_status = value; });
    get<Strings>(reading, path, service_interface, "Environment",
                 [reading, i](Strings value) { reading->units[i].environment = std::move(value); });
    get<Strings>(reading, path, service_interface, "UnsetEnvironment", [reading, i](Strings value) {
      reading->units[i].unset_environment = std::move(value);
    });
    get<std::vector<FileEntry>>(
        reading, path, service_interface, "EnvironmentFiles",
        [reading, i](const std::vector<FileEntry>& list) {
          for (const FileEntry& entry : list)
            reading->units[i].environment_files.push_back({entry.get<0>(), entry.get<1>()});
        });
    get<std::vector<Command>>(
        reading, path, service_interface, "ExecStartEx",
        [reading, i](const std::vector<Command>& list) {
          for (const Command& entry : list) {
            const Strings& flags = entry.get<2>();
            reading->units[i].exec_start.push_back(
                {.path = entry.get<0>(),
                 .argv = entry.get<1>(),
                 .no_env_expand = std::ranges::find(flags, "no-env-expand") != flags.end()});
          }
        });
  }

  void ask_socket(const Shared& reading, std::size_t i) {
    const std::string path = unit_path(reading->units[i].id);
    get<std::string>(reading, path, socket_interface, "Result", [reading, i](std::string value) {
      reading->units[i].result = std::move(value);
    });
    get<std::string>(
        reading, path, socket_interface, "ControlGroup",
        [reading, i](std::string value) { reading->units[i].control_group = std::move(value); });
    get<bool>(reading, path, socket_interface, "Accept",
              [reading, i](bool value) { reading->units[i].accept = value; });
    get<std::vector<ListenEntry>>(reading, path, socket_interface, "Listen",
                                  [reading, i](const std::vector<ListenEntry>& list) {
                                    for (const ListenEntry& entry : list)
                                      reading->units[i].listen.emplace_back(entry.get<0>(),
                                                                            entry.get<1>());
                                  });
  }

  Loop& loop_;
  std::function<void()> on_change_;
  Bus bus_;
  std::string why_no_bus_ = "system bus: not connected";
  std::weak_ptr<Reading> current_;
  Source retry_;
};

} // namespace

std::unique_ptr<Systemd> Systemd::connect(Loop& loop, std::function<void()> on_change) {
  return std::make_unique<SystemdOverBus>(loop, std::move(on_change));
}

} // namespace sshguardd::host
