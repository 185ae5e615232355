#include "parse/ssh_units.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sshguardd::parse {
namespace {

Unit unit(std::string id, std::string active, std::string file_state, std::string load = "loaded") {
  Unit made;
  made.id = std::move(id);
  made.load_state = std::move(load);
  made.active_state = std::move(active);
  made.unit_file_state = std::move(file_state);
  return made;
}
Unit missing(std::string id) {
  return unit(std::move(id), "inactive", "", "not-found");
}
Unit accepting(Unit made) {
  made.accept = true;
  return made;
}

struct UnitsCase {
  const char* name;
  std::vector<Unit> units;
  std::string service; // empty: exists() is false
  std::string socket;
  PortOwner owner;
};

TEST(SshUnits, Table) {
  const UnitsCase cases[] = {
      {"nothing", {}, "", "", PortOwner::none},
      {"no sshd installed",
       {missing("ssh.service"), missing("sshd.service"), missing("ssh.socket"),
        missing("sshd.socket")},
       "",
       "",
       PortOwner::none},
      {"debian: the alias gives the same Id twice",
       {unit("ssh.service", "active", "enabled"), unit("ssh.service", "active", "enabled"),
        unit("ssh.socket", "inactive", "disabled"), missing("sshd.socket")},
       "ssh.service",
       "ssh.socket",
       PortOwner::service},
      {"debian, failed",
       {unit("ssh.service", "failed", "enabled"), unit("ssh.service", "failed", "enabled"),
        unit("ssh.socket", "inactive", "disabled")},
       "ssh.service",
       "ssh.socket",
       PortOwner::service},
      {"ubuntu before the first login",
       {unit("ssh.service", "inactive", "disabled"), unit("ssh.socket", "active", "enabled")},
       "ssh.service",
       "ssh.socket",
       PortOwner::socket},
      {"ubuntu, started through the socket",
       {unit("ssh.service", "active", "disabled"), unit("ssh.socket", "active", "enabled")},
       "ssh.service",
       "ssh.socket",
       PortOwner::socket},
      {"ubuntu, socket stopped, service alive",
       {unit("ssh.service", "active", "disabled"), unit("ssh.socket", "inactive", "enabled")},
       "ssh.service",
       "ssh.socket",
       PortOwner::service},
      {"ubuntu, both down",
       {unit("ssh.service", "failed", "disabled"), unit("ssh.socket", "failed", "enabled")},
       "ssh.service",
       "ssh.socket",
       PortOwner::socket},
      {"both enabled, both down: the socket would bind first",
       {unit("ssh.service", "inactive", "enabled"), unit("ssh.socket", "inactive", "enabled")},
       "ssh.service",
       "ssh.socket",
       PortOwner::socket},
      {"service between two restarts, socket enabled but down",
       {unit("ssh.service", "activating", "enabled"), unit("ssh.socket", "inactive", "enabled")},
       "ssh.service",
       "ssh.socket",
       PortOwner::service},
      {"rhel",
       {missing("ssh.service"), unit("sshd.service", "active", "enabled"), missing("ssh.socket"),
        unit("sshd.socket", "inactive", "disabled")},
       "sshd.service",
       "sshd.socket",
       PortOwner::service},
      {"nothing enabled, service exists",
       {unit("sshd.service", "inactive", "disabled"), unit("sshd.socket", "inactive", "disabled")},
       "sshd.service",
       "sshd.socket",
       PortOwner::service},
      {"accept=yes with a template",
       {missing("sshd.service"), accepting(unit("sshd.socket", "active", "enabled")),
        unit("sshd@.service", "inactive", "static"), unit("sshd@1.service", "active", "static")},
       "",
       "sshd.socket",
       PortOwner::socket},
      {"accept=yes beside a plain service",
       {unit("ssh.service", "inactive", "disabled"),
        accepting(unit("ssh.socket", "active", "enabled"))},
       "ssh.service",
       "ssh.socket",
       PortOwner::socket},
      {"socket alone, disabled",
       {unit("ssh.socket", "inactive", "disabled")},
       "",
       "ssh.socket",
       PortOwner::none},
      {"masked: load state tells, the service is still the one",
       {unit("ssh.service", "inactive", "masked", "masked"),
        unit("sshd.service", "inactive", "masked", "masked")},
       "ssh.service",
       "",
       PortOwner::service},
      {"only the alias is masked",
       {unit("ssh.service", "active", "enabled"),
        unit("sshd.service", "inactive", "masked", "masked")},
       "ssh.service",
       "",
       PortOwner::service},
      {"only the alias is masked, the unit down and disabled",
       {unit("sshd.service", "inactive", "masked", "masked"),
        unit("ssh.service", "inactive", "disabled")},
       "ssh.service",
       "",
       PortOwner::service},
      {"masked while it runs",
       {unit("ssh.service", "active", "masked", "masked"),
        unit("sshd.service", "inactive", "enabled")},
       "ssh.service",
       "",
       PortOwner::service},
      {"a masked socket does not win",
       {unit("ssh.service", "inactive", "enabled"),
        unit("ssh.socket", "inactive", "masked", "masked")},
       "ssh.service",
       "ssh.socket",
       PortOwner::service},
      {"an active socket in front of a masked service",
       {unit("ssh.service", "inactive", "masked", "masked"),
        unit("sshd.service", "inactive", "disabled"), unit("ssh.socket", "active", "enabled")},
       "ssh.service",
       "ssh.socket",
       PortOwner::socket},
      {"two units: the active one",
       {unit("ssh.service", "failed", "enabled"), unit("sshd.service", "active", "disabled")},
       "sshd.service",
       "",
       PortOwner::service},
      {"two units: the enabled one",
       {unit("ssh.service", "inactive", "disabled"), unit("sshd.service", "failed", "enabled")},
       "sshd.service",
       "",
       PortOwner::service},
      {"two units that tie, in another order",
       {unit("sshd.service", "inactive", "enabled"), unit("ssh.service", "inactive", "enabled")},
       "ssh.service",
       "",
       PortOwner::service},
      {"two units: the one that failed was wanted",
       {unit("ssh.service", "inactive", "enabled"), unit("sshd.service", "failed", "enabled")},
       "sshd.service",
       "",
       PortOwner::service},
      {"the socket of the chosen service",
       {unit("ssh.socket", "inactive", "disabled"), unit("sshd.socket", "inactive", "disabled"),
        unit("sshd.service", "active", "enabled")},
       "sshd.service",
       "sshd.socket",
       PortOwner::service},
      {"the service of the active socket",
       {unit("ssh.service", "inactive", "enabled"), unit("sshd.service", "inactive", "static"),
        unit("sshd.socket", "active", "enabled"), unit("ssh.socket", "inactive", "disabled")},
       "sshd.service",
       "sshd.socket",
       PortOwner::socket},
      {"broken unit file",
       {unit("ssh.service", "inactive", "bad", "bad-setting")},
       "ssh.service",
       "",
       PortOwner::service},
      {"foreign names",
       {unit("dropbear.service", "inactive", "enabled"), unit("x", "active", "enabled"),
        unit("", "active", "enabled")},
       "dropbear.service",
       "",
       PortOwner::service},
  };
  for (const auto& c : cases) {
    const SshUnits units = ssh_units("running", c.units, {{"sshd@.service", "static"}});
    EXPECT_EQ(units.service.id, c.service) << c.name;
    EXPECT_EQ(units.service.exists(), !c.service.empty()) << c.name;
    EXPECT_EQ(units.socket.id, c.socket) << c.name;
    EXPECT_EQ(units.socket.exists(), !c.socket.empty()) << c.name;
    EXPECT_EQ(static_cast<int>(units.owner), static_cast<int>(c.owner)) << c.name;
    EXPECT_EQ(units.system_state, "running");
    ASSERT_EQ(units.files.size(), 1U);
    EXPECT_EQ(units.files[0].name, "sshd@.service");
  }
}

TEST(StartsAtBoot, Table) {
  const struct {
    const char* file_state;
    const char* load_state;
    bool alone;
    bool pulled_in;
  } cases[] = {
      {"enabled", "loaded", true, true},
      {"enabled-runtime", "loaded", false, false},
      {"linked", "loaded", false, true},
      {"linked-runtime", "loaded", false, false},
      {"alias", "loaded", false, true},
      {"static", "loaded", false, true},
      {"indirect", "loaded", false, true},
      {"generated", "loaded", false, true},
      {"disabled", "loaded", false, true},
      {"transient", "loaded", false, false},
      {"masked", "masked", false, false},
      {"masked", "loaded", false, false}, // masked since it was loaded
      {"masked-runtime", "masked", false, true},
      {"enabled", "not-found", false, false},
      {"", "not-found", false, false},
      {"", "", false, false},
      {"", "loaded", false, true},
      {"Enabled", "loaded", false, true},
  };
  for (const auto& c : cases) {
    Unit made = unit("ssh.service", "active", c.file_state, c.load_state);
    EXPECT_EQ(starts_at_boot(made), c.alone) << c.file_state << " " << c.load_state;
    made.pulled_in = true;
    EXPECT_EQ(starts_at_boot(made), c.pulled_in) << c.file_state << " " << c.load_state;
  }
}

} // namespace
} // namespace sshguardd::parse
