#include "host/firewalld_zone.hpp"

#include "host/clock.hpp"

#include <chrono>
#include <cstdint>
#include <cstring>
#include <memory>
#include <utility>

#include <systemd/sd-bus.h>

namespace sshguardd::host {
namespace {

using Microseconds = std::chrono::microseconds;

constexpr const char* name = "org.fedoraproject.FirewallD1";
constexpr const char* root = "/org/fedoraproject/FirewallD1";
constexpr const char* config = "/org/fedoraproject/FirewallD1/config";
constexpr const char* zone_interface = "org.fedoraproject.FirewallD1.zone";
constexpr const char* config_interface = "org.fedoraproject.FirewallD1.config";
constexpr const char* config_zone_interface = "org.fedoraproject.FirewallD1.config.zone";
constexpr auto patience = std::chrono::milliseconds{500}; // for all of it

struct Unref {
  void operator()(sd_bus* bus) const { sd_bus_close_unref(bus); }
  void operator()(sd_bus_message* message) const { sd_bus_message_unref(message); }
};
using Message = std::unique_ptr<sd_bus_message, Unref>;

class Asking {
public:
  // Empty: it is connected; or why not. sd_bus_call(3) alone would wait for a silent daemon.
  std::string open() {
    sd_bus* bus = nullptr;
    const int opened = sd_bus_open_system(&bus);
    bus_.reset(bus);
    if (opened < 0) return "system bus: not connected";
    for (;;) {
      const int ready = sd_bus_is_ready(bus);
      if (ready > 0) return {};
      if (ready < 0 || left() == 0) return "system bus: no answer from the message bus daemon";
      const int processed = sd_bus_process(bus, nullptr);
      if (processed < 0 || (processed == 0 && sd_bus_wait(bus, left()) < 0))
        return "system bus: not connected";
    }
  }

  // The answer, or nothing: absent() where nobody has firewalld's name.
  Message call(const char* path, const char* interface, const char* method, const char* text) {
    sd_bus_message* question = nullptr;
    sd_bus_message* answer = nullptr;
    sd_bus_error error{};
    if (sd_bus_message_new_method_call(bus_.get(), &question, name, path, interface, method) < 0)
      return {};
    const Message asked{question};
    if (text != nullptr && sd_bus_message_append_basic(question, 's', text) < 0) return {};
    const std::uint64_t rest = left();
    if (rest == 0 || sd_bus_call(bus_.get(), question, rest, &error, &answer) < 0)
      absent_ = absent_ ||
                sd_bus_error_has_name(&error, "org.freedesktop.DBus.Error.ServiceUnknown") != 0 ||
                sd_bus_error_has_name(&error, "org.freedesktop.DBus.Error.NameHasNoOwner") != 0;
    sd_bus_error_free(&error);
    return Message{answer};
  }

  [[nodiscard]] bool absent() const { return absent_; }

private:
  [[nodiscard]] std::uint64_t left() const {
    const auto rest = end_ - now().boot;
    return rest.count() <= 0
               ? 0
               : static_cast<std::uint64_t>(std::chrono::duration_cast<Microseconds>(rest).count());
  }

  BootTime end_ = now().boot + patience;
  std::unique_ptr<sd_bus, Unref> bus_;
  bool absent_ = false;
};

// A variant of strings, or of pairs of them ("22" "tcp").
bool read_list(sd_bus_message* message, bool pairs, std::vector<std::string>& list) {
  if (sd_bus_message_enter_container(message, 'v', pairs ? "a(ss)" : "as") < 0 ||
      sd_bus_message_enter_container(message, 'a', pairs ? "(ss)" : "s") < 0)
    return false;
  const char* first = nullptr;
  const char* second = nullptr;
  while ((pairs ? sd_bus_message_read(message, "(ss)", &first, &second)
                : sd_bus_message_read(message, "s", &first)) > 0)
    list.push_back(pairs ? std::string{first} + "/" + second : first);
  return sd_bus_message_exit_container(message) >= 0 && sd_bus_message_exit_container(message) >= 0;
}

bool read_settings(sd_bus_message* message, engine::FirewalldZone& zone) {
  if (message == nullptr || sd_bus_message_enter_container(message, 'a', "{sv}") < 0) return false;
  while (sd_bus_message_enter_container(message, 'e', "sv") > 0) {
    const char* key = nullptr;
    if (sd_bus_message_read(message, "s", &key) < 0) return false;
    const auto is = [key](const char* other) { return std::strcmp(key, other) == 0; };
    bool read = true;
    if (is("target")) {
      const char* target = nullptr;
      read = sd_bus_message_read(message, "v", "s", &target) > 0;
      if (read) zone.target = target;
    } else if (is("services") || is("rules_str") || is("sources")) {
      read = read_list(message, false,
                       is("services")    ? zone.services
                       : is("rules_str") ? zone.rich_rules
                                         : zone.sources);
    } else if (is("ports")) {
      read = read_list(message, true, zone.ports);
    } else {
      read = sd_bus_message_skip(message, "v") >= 0;
    }
    if (!read || sd_bus_message_exit_container(message) < 0) return false;
  }
  return true;
}

} // namespace

Fact<engine::FirewalldZone> read_firewalld_zone(const std::string& zone) {
  engine::FirewalldZone found;
  Asking asking;
  if (std::string why = asking.open(); !why.empty()) return Unknown{std::move(why)};
  const auto answer = zone.empty()
                          ? asking.call(root, name, "getDefaultZone", nullptr)
                          : asking.call(root, zone_interface, "getZoneSettings2", zone.c_str());
  if (!answer && asking.absent()) return found;
  if (!answer) return Unknown{"firewalld: no answer"};
  found.running = true;
  if (zone.empty()) return found;
  if (!read_settings(answer.get(), found)) return Unknown{"firewalld: not understood"};
  engine::FirewalldZone permanent;
  const auto object = asking.call(config, config_interface, "getZoneByName", zone.c_str());
  const char* path = nullptr;
  if (!object || sd_bus_message_read(object.get(), "o", &path) < 0) return found;
  const auto saved = asking.call(path, config_zone_interface, "getSettings2", nullptr);
  if (read_settings(saved.get(), permanent)) found.permanent_differs = found.differs(permanent);
  return found;
}

void explain_firewalld(Flow& flow, const firewall::Answer& answer, const firewall::Ruleset& rules) {
  if (flow.owner != "firewalld" || !flow.shut_out() || !answer.by) return;
  const engine::FirewalldPlace place = engine::firewalld_place(*answer.by, rules);
  const auto zone = read_firewalld_zone(place.zone);
  if (!zone) return; // the rules alone tell enough
  if (const std::string words = engine::in_words(*zone); !words.empty())
    flow.why += (flow.why.empty() ? "" : ", ") + words;
}

} // namespace sshguardd::host
