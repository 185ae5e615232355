// One conversation with systemd: connecting, asking, and which property goes where. It is one file,
// though a long one, because each further includer of sdbus-c++'s headers costs every build ten
// seconds.
#include "host/bus_units.hpp"

#include "host/bus.hpp"
#include "parse/ssh_units.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>

#include <csignal>

namespace sshguardd::host {
namespace {

constexpr const char* manager_path = "/org/freedesktop/systemd1";
constexpr const char* manager_interface = "org.freedesktop.systemd1.Manager";
constexpr const char* unit_interface = "org.freedesktop.systemd1.Unit";
constexpr const char* service_interface = "org.freedesktop.systemd1.Service";
constexpr const char* socket_interface = "org.freedesktop.systemd1.Socket";
constexpr const char* properties_interface = "org.freedesktop.DBus.Properties";

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
// name, description, load, active and sub state, followed unit, object path, job id, type and path
using LoadedEntry =
    sdbus::Struct<std::string, std::string, std::string, std::string, std::string, std::string,
                  sdbus::ObjectPath, std::uint32_t, std::string, sdbus::ObjectPath>;
using UnitFileEntry = sdbus::Struct<std::string, std::string>;
using Job = sdbus::Struct<std::uint32_t, sdbus::ObjectPath>;

// Whether this command has sent a SIGHUP: by kill(1), as every distribution's unit has it.
bool hung_up(const Command& command) {
  const Strings& words = command.get<1>();
  const bool hangup = std::ranges::any_of(words, [](const std::string& word) {
    return word == "-HUP" || word == "-SIGHUP" || word == "-1";
  });
  return hangup && command.get<0>().ends_with("/kill") && command.get<5>() != 0 &&
         command.get<8>() == CLD_EXITED && command.get<9>() == 0;
}

// One reading: asks stage by stage, counts the replies, ends with the first that tells that systemd
// or the bus does not answer.
struct Reading {
  Systemd::Callback callback;
  std::string system_state;
  std::vector<Unit> units;
  std::vector<UnitFile> files;
  int pending = 0;
  std::string failed;
  std::string loaded; // the units in memory and their states, to compare with the next reading's
  bool unchanged = false; // they are as they were: the last answer still holds
  std::function<void(const std::shared_ptr<Reading>&)> next_stage;
};
using Shared = std::shared_ptr<Reading>;

const char* method_of(HostActions::UnitVerb verb) {
  switch (verb) {
  case HostActions::UnitVerb::reset_failed:
    return "ResetFailedUnit";
  case HostActions::UnitVerb::start:
    return "StartUnit";
  case HostActions::UnitVerb::stop:
    return "StopUnit";
  case HostActions::UnitVerb::restart:
    return "RestartUnit";
  }
  return "";
}

BusUnits::Sent sent(const std::string& error) {
  const auto has = [&error](const char* text) { return error.find(text) != std::string::npos; };
  if (has("NoReply") || has("Timeout") || has("timed out") || has("Disconnected"))
    return BusUnits::Sent::unsure;
  // The bus has no systemd at this moment (daemon-reexec), or there is no bus.
  if (has("not connected") || has("ServiceUnknown") || has("NameHasNoOwner") || has(".Spawn."))
    return BusUnits::Sent::not_sent;
  return BusUnits::Sent::refused;
}

class SystemdOverBus final : public BusUnits {
public:
  SystemdOverBus(Loop& loop, Events events)
      : events_{std::move(events)}, bus_{loop,
                                         {.opened = [this] { opened(); },
                                          .failed = [this] { events_.failed(); },
                                          .lost = [this] { lost(); }}} {}

  void connect() override { bus_.connect(); }
  [[nodiscard]] bool is_open() const override { return bus_.is_open(); }
  [[nodiscard]] bool opening() const override { return bus_.opening(); }
  [[nodiscard]] const std::string& why() const override { return bus_.why(); }

  void drop() override {
    bus_.close("system bus: no answer");
    fail_waiting();
  }

  void read(Systemd::Depth depth, Systemd::Callback callback) override {
    auto reading = std::make_shared<Reading>();
    reading->callback = std::move(callback);
    current_ = reading;
    if (depth == Systemd::Depth::changes && last_)
      ask_for_changes(reading);
    else
      ask_manager(reading);
  }

  void act(HostActions::UnitVerb verb, const std::string& name, Acted done) override {
    const unsigned number = ++acts_so_far_;
    acts_[number] = std::move(done);
    bus_.call(
        manager_path, manager_interface, method_of(verb),
        [&](sdbus::MethodCall& call) {
          call << name;
          if (verb != HostActions::UnitVerb::reset_failed) call << std::string{"replace"};
        },
        [this, number](const sdbus::Message* reply, const std::string& error) {
          auto act = acts_.extract(number);
          if (act.empty()) return;
          act.mapped()(reply != nullptr ? Sent::done : sent(error), error);
        });
  }

private:
  // ---- connection ----

  void opened() {
    last_.reset();
    unloaded_.clear();
    const auto changed = [this] { events_.changed(); };
    for (const char* name : parse::ssh_unit_names) {
      bus_.match("type='signal',sender='org.freedesktop.systemd1',path='" + unit_path(name) +
                     "',interface='org.freedesktop.DBus.Properties',member='PropertiesChanged'",
                 changed);
    }
    for (const char* member : {"Reloading", "UnitFilesChanged", "StartupFinished"}) {
      bus_.match(std::string{"type='signal',sender='org.freedesktop.systemd1',path='"} +
                     manager_path + "',interface='" + manager_interface + "',member='" + member +
                     "'",
                 [this] {
                   unloaded_.clear();
                   events_.changed();
                 });
    }
    bus_.match("type='signal',sender='org.freedesktop.login1',path='/org/freedesktop/login1',"
               "interface='org.freedesktop.login1.Manager',member='SessionNew'",
               [this] { events_.session(); });
    // systemd comes back under a new unique name after it lost the bus, and has forgotten
    // Subscribe.
    bus_.match("type='signal',sender='org.freedesktop.DBus',interface='org.freedesktop.DBus',"
               "member='NameOwnerChanged',arg0='org.freedesktop.systemd1'",
               [this] {
                 unloaded_.clear();
                 subscribe();
                 events_.changed();
               });
    subscribe();
    events_.opened();
  }

  void subscribe() {
    bus_.call(
        manager_path, manager_interface, "Subscribe", [](sdbus::MethodCall&) {},
        [](const sdbus::Message*, const std::string&) {});
  }

  void lost() {
    fail_waiting();
    events_.failed();
  }

  // The callbacks of a connection that is gone do not come.
  void fail_waiting() {
    for (const auto& [number, done] : std::exchange(acts_, {}))
      done(Sent::unsure, bus_.why());
    if (const Shared reading = std::exchange(current_, nullptr); reading && reading->pending > 0) {
      reading->failed = bus_.why();
      reading->pending = 1;
      replied(reading);
    }
  }

  // ---- reading ----

  void replied(const Shared& reading) {
    if (--reading->pending > 0 || !reading->callback) return;
    if (!reading->failed.empty()) {
      const Systemd::Callback callback = std::exchange(reading->callback, nullptr);
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
    if (!reading->unchanged) {
      last_ = parse::ssh_units(reading->system_state, reading->units, std::move(reading->files));
      last_loaded_ = reading->loaded;
    }
    const Systemd::Callback callback = std::exchange(reading->callback, nullptr);
    callback(*last_);
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
    ask_loaded_units(reading);
    reading->next_stage = [this](const Shared& shared) { ask_units(shared); };
    replied(reading);
  }

  // The slow timer's question costs one reply, as long as nothing has changed behind its back.
  void ask_for_changes(const Shared& reading) {
    ++reading->pending;
    ask_loaded_units(reading);
    reading->next_stage = [this](const Shared& shared) {
      if (shared->loaded == last_loaded_) {
        shared->unchanged = true;
        return;
      }
      shared->units.clear();
      shared->loaded.clear();
      ask_manager(shared);
    };
    replied(reading);
  }

  // One method of the manager's; `into` takes the reply apart.
  void ask(const Shared& reading, const char* method, const Strings& patterns,
           std::function<void(sdbus::Message&)> into) {
    ++reading->pending;
    bus_.call(
        manager_path, manager_interface, method,
        [&](sdbus::MethodCall& call) { call << Strings{} << patterns; },
        [this, reading, into = std::move(into)](sdbus::Message* reply, const std::string& error) {
          if (reply == nullptr) {
            reading->failed = "systemd: " + error;
          } else {
            try {
              into(*reply);
            } catch (const sdbus::Error& unreadable) {
              reading->failed = std::string{"systemd: "} + unreadable.what();
            }
          }
          replied(reading);
        });
  }

  void ask_unit_files(const Shared& reading) {
    ask(reading, "ListUnitFilesByPatterns",
        {"ssh.service", "sshd.service", "ssh.socket", "sshd.socket", "ssh@.service",
         "sshd@.service"},
        [reading](sdbus::Message& reply) {
          std::vector<UnitFileEntry> entries;
          reply >> entries;
          for (const UnitFileEntry& entry : entries) {
            const std::string& path = entry.get<0>();
            reading->files.push_back({path.substr(path.rfind('/') + 1), entry.get<1>()});
          }
        });
  }

  // Only what systemd holds in memory. To ask it for the properties of another unit makes it load
  // that unit, tell everybody, and drop it again: asked each time, that would be an event loop of
  // its own.
  void ask_loaded_units(const Shared& reading) {
    ask(reading, "ListUnitsByPatterns",
        {std::begin(parse::ssh_unit_names), std::end(parse::ssh_unit_names)},
        [reading](sdbus::Message& reply) {
          std::vector<LoadedEntry> entries;
          reply >> entries;
          std::ranges::sort(entries, {}, [](const LoadedEntry& entry) { return entry.get<0>(); });
          for (const LoadedEntry& entry : entries) {
            Unit unit;
            unit.id = entry.get<0>();
            unit.load_state = entry.get<2>();
            reading->loaded += unit.id + " " + unit.load_state + " " + entry.get<3>() + " " +
                               entry.get<4>() + " " + std::to_string(entry.get<7>()) + "\n";
            reading->units.push_back(std::move(unit));
          }
        });
  }

  void ask_units(const Shared& reading) {
    forget_unloaded(reading);
    add_unloaded(reading);
    for (std::size_t i = 0; i < reading->units.size(); ++i) {
      Unit& unit = reading->units[i];
      for (const UnitFile& file : reading->files) {
        if (file.name == unit.id) unit.unit_file_state = file.state;
      }
      if (unit.load_state == "unloaded") {
        if (const auto known = unloaded_.find(unit.id); known != unloaded_.end()) {
          const std::string state = unit.unit_file_state;
          unit = known->second;
          unit.unit_file_state = state;
          continue;
        }
      }
      if (unit.load_state == "not-found") continue;
      ask_unit(reading, i);
      if (unit.id.ends_with(".socket"))
        ask_socket(reading, i);
      else
        ask_service(reading, i);
    }
    reading->next_stage = [this](const Shared& shared) { remember_unloaded(shared); };
  }

  // The files on disk are others than at the last reading: so may be what they say.
  void forget_unloaded(const Shared& reading) {
    // systemd lists them in the order of a hash table, another each time.
    std::ranges::sort(reading->files, {}, &UnitFile::name);
    std::string files;
    for (const UnitFile& file : reading->files)
      files += file.name + " " + file.state + "\n";
    if (files != unit_files_) unloaded_.clear();
    unit_files_ = std::move(files);
  }

  // Units that lie on disk only. An alias leads to a unit that is in the list by its own name.
  static void add_unloaded(const Shared& reading) {
    for (const UnitFile& file : reading->files) {
      const bool loaded = std::ranges::any_of(
          reading->units, [&file](const Unit& unit) { return unit.id == file.name; });
      if (loaded || file.state == "alias" || file.name.find("@.") != std::string::npos) continue;
      Unit unit;
      unit.id = file.name;
      unit.load_state = "unloaded";
      reading->units.push_back(std::move(unit));
    }
  }

  // What a unit that is not in memory says stays true until unit files change. With a job it is on
  // its way: that is true for a moment only.
  void remember_unloaded(const Shared& reading) {
    for (const Unit& unit : reading->units) {
      if (unit.active_state == "inactive" && !unit.job_queued)
        unloaded_[unit.id] = unit;
      else
        unloaded_.erase(unit.id);
    }
  }

  void ask_unit(const Shared& reading, std::size_t i) {
    const std::string path = unit_path(reading->units[i].id);
    const auto text = [&](const char* name, std::string Unit::*field) {
      get<std::string>(reading, path, unit_interface, name, [reading, i, field](std::string value) {
        reading->units[i].*field = std::move(value);
      });
    };
    // systemd goes on between two answers. First the job: a unit that is down and has none was down
    // by itself at that moment; asked in the other order its start may have ended in between.
    get<Job>(reading, path, unit_interface, "Job", [reading, i](const Job& value) {
      reading->units[i].job_queued = value.get<0>() != 0;
    });
    text("LoadState", &Unit::load_state);
    text("ActiveState", &Unit::active_state);
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
    get<std::uint64_t>(reading, path, service_interface, "ExecMainStartTimestamp",
                       [reading, i](std::uint64_t value) {
                         reading->units[i].main_start_us = static_cast<std::int64_t>(value);
                       });
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
    get<std::vector<Command>>(reading, path, service_interface, "ExecReloadEx",
                              [reading, i](const std::vector<Command>& list) {
                                for (const Command& entry : list) {
                                  if (!hung_up(entry)) continue;
                                  reading->units[i].reload_us =
                                      static_cast<std::int64_t>(entry.get<3>());
                                  reading->units[i].reload_monotonic_us =
                                      static_cast<std::int64_t>(entry.get<6>());
                                }
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

  Events events_;
  Bus bus_;
  Shared current_; // owned here too: a lost connection drops the callbacks that hold it
  std::map<unsigned, Acted> acts_; // unanswered, by number
  unsigned acts_so_far_ = 0;
  std::optional<SshUnits> last_;
  std::string last_loaded_;
  std::string unit_files_;
  std::map<std::string, Unit> unloaded_; // by name; what lies on disk only, as it was last read
};

} // namespace

std::unique_ptr<BusUnits> BusUnits::make(Loop& loop, Events events) {
  return std::make_unique<SystemdOverBus>(loop, std::move(events));
}

} // namespace sshguardd::host
