#include "fixture.hpp"

namespace sshguardd::test {
namespace {

constexpr const char* id = "sshd.hostkeys-missing";

HostKey absent(std::string path) {
  return {.path = std::move(path)};
}

HostKey present(std::string path, std::uint64_t size) {
  return {.path = std::move(path), .exists = true, .regular = true, .size = size, .mode = 0600};
}

// No key is left; sshd has failed for it, or lives still.
Snapshot without_keys(Snapshot snapshot, std::vector<HostKey> keys, bool reread = false) {
  change(snapshot.config_test, [](ConfigTest& test) {
    test.passed = false;
    test.no_hostkeys = true;
    test.errors = {{"", 0, "sshd: no hostkeys available -- exiting"}};
  });
  snapshot.host_keys = HostKeys{.keys = std::move(keys), .reread = reread, .change = {}};
  return snapshot;
}

std::vector<HostKey> all_absent() {
  std::vector<HostKey> keys;
  for (const DefaultHostKey& key : default_host_keys)
    keys.push_back(absent(std::string{key.path}));
  return keys;
}

TEST(SshdHostkeysMissing, DownForItAndMade) {
  const Snapshot snapshot = without_keys(failed_at_start_limit(), all_absent());
  const auto findings = run(id, snapshot);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].severity, Severity::critical);
  EXPECT_EQ(findings[0].sees, Sees::refused);
  EXPECT_EQ(findings[0].evidence.size(), 4U);
  ASSERT_TRUE(findings[0].remedy);
  EXPECT_EQ(std::get<GenerateHostKeys>(*findings[0].remedy).paths.size(), 3U);
  EXPECT_TRUE(run("sshd.config-invalid", snapshot).empty());
  const auto evaluation = engine::evaluate(snapshot, catalog());
  EXPECT_EQ(evaluation.find("sshd.failed")->root, id);
}

TEST(SshdHostkeysMissing, MadeOnlyWhereItIsDownForThem) {
  const auto makes = [](auto edit) {
    Snapshot snapshot = without_keys(failed_at_start_limit(), all_absent());
    const std::int64_t tried = snapshot.units->service.condition_tested_us;
    change(snapshot.host_keys, [&](HostKeys& keys) {
      for (HostKey& key : keys.keys)
        key.changed_us = tried - 1;
    });
    edit(snapshot);
    const auto findings = run(id, snapshot);
    return findings.size() == 1 && findings[0].remedy.has_value();
  };
  EXPECT_TRUE(makes([](Snapshot&) {}));
  // Failed for something else, before: an image that is being sealed, perhaps.
  EXPECT_FALSE(makes([](Snapshot& snapshot) {
    change(snapshot.host_keys, [&](HostKeys& keys) {
      keys.keys[1].changed_us = snapshot.units->service.condition_tested_us + 1;
    });
  }));
  EXPECT_FALSE(makes([](Snapshot& snapshot) {
    change(snapshot.units, [](SshUnits& units) { units.service.active_state = "inactive"; });
  }));
  // Between two tries of Restart= that are far apart.
  const auto between = [](const char* result) {
    return [result](Snapshot& snapshot) {
      change(snapshot.units, [result](SshUnits& units) {
        units.service.active_state = "activating";
        units.service.result = result;
      });
    };
  };
  EXPECT_TRUE(makes(between("exit-code")));
  EXPECT_FALSE(makes(between("success")));
  // A process that systemd has forgotten serves with the keys in its memory.
  EXPECT_FALSE(makes([](Snapshot& snapshot) {
    snapshot.ports = {22};
    snapshot.listen = {{"0.0.0.0", 22, false}};
    snapshot.listeners = std::vector<Listener>{{.address = "0.0.0.0", .port = 22}};
  }));
}

TEST(SshdHostkeysMissing, ALivingSshdByItsVersion) {
  const auto old = run(id, without_keys(healthy(), all_absent(), true));
  ASSERT_EQ(old.size(), 1U);
  EXPECT_EQ(old[0].severity, Severity::critical);
  EXPECT_EQ(old[0].sees, Sees::reset);
  EXPECT_FALSE(old[0].remedy);
  const auto split = run(id, without_keys(healthy(), all_absent(), false));
  ASSERT_EQ(split.size(), 1U);
  EXPECT_EQ(split[0].severity, Severity::warning);
  EXPECT_EQ(split[0].when, When::restart);
  EXPECT_EQ(split[0].sees, Sees::refused);
  EXPECT_FALSE(split[0].remedy);
}

TEST(SshdHostkeysMissing, OnlyDefaultsThatAreNotThereAreMade) {
  auto keys = all_absent();
  keys[0] = present(keys[0].path, 0);    // empty
  keys[1] = present(keys[1].path, 2000); // unparsable
  Snapshot snapshot = without_keys(failed_at_start_limit(), keys);
  change(snapshot.config_test, [&](ConfigTest& test) {
    test.keys = {{keys[1].path, 0, "Unable to load host key: invalid format"}};
  });
  const auto findings = run(id, snapshot);
  ASSERT_EQ(findings.size(), 1U);
  ASSERT_TRUE(findings[0].remedy);
  EXPECT_EQ(std::get<GenerateHostKeys>(*findings[0].remedy).paths,
            std::vector<std::string>{keys[2].path});
  EXPECT_EQ(findings[0].evidence[1].value, "empty");
  EXPECT_EQ(findings[0].evidence[2].value, "Unable to load host key: invalid format");
  EXPECT_EQ(findings[0].evidence[3].value, "missing");
}

TEST(SshdHostkeysMissing, NothingIsMadeElsewhereOrOverAnything) {
  HostKey dangling = absent(std::string{default_host_keys[0].path});
  dangling.exists = true; // a link to nothing
  for (const HostKey& key : {absent("/srv/keys/ed25519"),
                             present(std::string{default_host_keys[0].path}, 0), dangling}) {
    const auto findings = run(id, without_keys(failed_at_start_limit(), {key}));
    ASSERT_EQ(findings.size(), 1U) << key.path;
    EXPECT_FALSE(findings[0].remedy) << key.path;
  }
}

TEST(SshdHostkeysMissing, SomebodyStoppedIt) {
  Snapshot stopped = without_keys(
      with_units([](SshUnits& units) { units.service.active_state = "inactive"; }), all_absent());
  const auto findings = run(id, stopped);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].severity, Severity::critical);
  EXPECT_FALSE(findings[0].remedy);
}

TEST(SshdHostkeysMissing, TheIdentityIsWithAnAgent) {
  Snapshot set = without_keys(failed_at_start_limit(), all_absent());
  change(set.host_keys, [](HostKeys& keys) { keys.agent = true; });
  EXPECT_FALSE(run(id, set).at(0).remedy);
  for (const char* said : {"Could not connect to agent \"/run/agent\": Connection refused",
                           "Couldn't get agent socket: agent not present"}) {
    Snapshot snapshot = without_keys(failed_at_start_limit(), all_absent());
    ASSERT_TRUE(run(id, snapshot).at(0).remedy);
    change(snapshot.config_test, [&](ConfigTest& test) { test.keys = {{"", 0, said}}; });
    EXPECT_FALSE(run(id, snapshot).at(0).remedy) << said;
  }
}

TEST(SshdHostkeysMissing, OneThatIsMerelyOpenIsTheIdentity) {
  auto keys = all_absent();
  keys[2] = present(keys[2].path, 2000);
  keys[2].mode = 0640;
  Snapshot snapshot = without_keys(failed_at_start_limit(), keys);
  change(snapshot.config_test, [&](ConfigTest& test) {
    test.keys = {{keys[2].path, 0, "Permissions 0640 for '" + keys[2].path + "' are too open"}};
  });
  const auto findings = run(id, snapshot);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_FALSE(findings[0].remedy);
  EXPECT_EQ(findings[0].fix, std::vector<std::string>{"chmod go-rwx " + keys[2].path});
}

TEST(SshdHostkeysMissing, NobodyKnowsWhichKeys) {
  Snapshot snapshot = without_keys(failed_at_start_limit(), {});
  snapshot.host_keys = Unknown{"they are named on sshd's command line"};
  const auto findings = run(id, snapshot);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_FALSE(findings[0].remedy);
}

TEST(SshdHostkeysMissing, AnotherErrorIsNone) {
  Snapshot snapshot = failed_at_start_limit();
  break_config(snapshot);
  snapshot.host_keys = HostKeys{.keys = all_absent(), .change = {}};
  EXPECT_TRUE(run(id, snapshot).empty());
  EXPECT_TRUE(run(id, healthy()).empty());
}

} // namespace
} // namespace sshguardd::test
