#include "engine/summary.hpp"
#include "fixture.hpp"

namespace sshguardd::test {
namespace {

using engine::Line;

const engine::Identity identity{
    "i-0abc", "3f2a51c400004000800000000000000a", {"10.77.0.2", "fd77::2"}};

Snapshot with_keys(const std::vector<KeyFingerprint>& fingerprints) {
  Snapshot snapshot = healthy();
  HostKeys keys;
  for (const KeyFingerprint& one : fingerprints)
    keys.keys.push_back({.path = "/etc/ssh/key", .exists = true, .fingerprint = one});
  snapshot.host_keys = std::move(keys);
  return snapshot;
}

std::vector<std::string> sentences(const std::vector<Line>& lines) {
  std::vector<std::string> texts;
  for (const Line& line : lines)
    texts.push_back(line.sentence);
  return texts;
}

} // namespace

TEST(Summary, OfAHealthyMachineEndsInTheStateLine) {
  engine::Ledger ledger;
  ledger.boot_id = "3f2a51c4";
  const Snapshot snapshot = with_keys({{"ED25519", "SHA256:abc"}, {"RSA", "SHA256:def"}});
  const auto evaluation = engine::evaluate(snapshot, catalog());
  const auto lines = engine::summary(ledger, evaluation, snapshot, identity);
  const std::vector<std::string> expected{
      "sshd listens on 0.0.0.0:22, [::]:22.", "Host key ED25519 SHA256:abc.",
      "Host key RSA SHA256:def.",
      "Instance i-0abc, machine 3f2a51c400004000800000000000000a, addresses 10.77.0.2, fd77::2.",
      "SSH answers on :22. Refused or timeout all the same? Look outside: security group, route, "
      "public IP."};
  EXPECT_EQ(sentences(lines), expected);
  EXPECT_EQ(lines.back().kind, Line::Kind::alive);
  EXPECT_TRUE(
      engine::console_line(lines[1], ledger, healthy())
          .ends_with("Host key ED25519 SHA256:abc. [v1 boot=3f2a seq=2 open=0 summary=2/5]"));
  EXPECT_TRUE(engine::console_line(lines[4], ledger, healthy())
                  .ends_with("[v1 boot=3f2a seq=5 open=0 alive summary=5/5]"));
}

TEST(Summary, OfABrokenMachineEndsInWhatIsWrong) {
  Snapshot broken = failed_at_start_limit();
  break_config(broken);
  engine::Ledger ledger;
  const auto evaluation = engine::evaluate(broken, catalog());
  const auto opened = engine::follow(ledger, evaluation, {}, broken);
  const auto lines = engine::summary(ledger, evaluation, broken, {});
  const std::vector<std::string> expected{
      "sshd does not listen.", "No instance id and no global address.", opened[0].sentence};
  EXPECT_EQ(sentences(lines), expected);
  EXPECT_EQ(lines.back().about, opened[0].seq);
  EXPECT_TRUE(engine::console_line(lines.back(), ledger, broken)
                  .ends_with(" id=sshd.config-invalid about=1 summary=3/3]"));
}

// As sshd is for a moment when it is reloaded.
TEST(Summary, WhatMayPassAtOnceIsNotItsState) {
  Snapshot moment = healthy();
  Effective effective;
  effective.fingerprint = "1";
  effective.listen = {{"0.0.0.0", 22, false}};
  moment.effective = effective;
  moment.addresses = std::vector<std::string>{"10.77.0.2"};
  moment.listeners = std::vector<Listener>{};
  moment.probe = Unknown{"not asked"};
  engine::Ledger ledger;
  const auto evaluation = engine::evaluate(moment, catalog());
  ASSERT_EQ(evaluation.state, engine::State::critical);
  EXPECT_TRUE(engine::follow(ledger, evaluation, {}, moment).empty());
  for (const Line& line : engine::summary(ledger, evaluation, moment, {}))
    EXPECT_EQ(line.state, engine::State::ok) << line.sentence;
}

TEST(Summary, TellsWhatTheNextBootWouldBreak) {
  Snapshot risky = with_units([](SshUnits& units) { units.service.unit_file_state = "disabled"; });
  engine::Ledger ledger;
  const auto evaluation = engine::evaluate(risky, catalog());
  ASSERT_FALSE(engine::follow(ledger, evaluation, {}, risky).empty());
  const auto lines = engine::summary(ledger, evaluation, risky, identity);
  EXPECT_NE(lines.back().sentence.find("NEXT REBOOT"), std::string::npos) << lines.back().sentence;
}

TEST(Summary, NeverTellsMoreThanTwelveLines) {
  engine::Identity endless = identity;
  endless.addresses.assign(5000, "10.0.0.1");
  Snapshot many = failed_at_start_limit();
  many.host_keys =
      with_keys(std::vector<KeyFingerprint>(100, {"RSA", std::string(500, 'k')})).host_keys;
  many.listeners = std::vector<Listener>(5000, Listener{"0.0.0.0", 22, false, true});
  engine::Ledger ledger;
  const auto evaluation = engine::evaluate(many, catalog());
  (void)engine::follow(ledger, evaluation, {}, many);
  const auto lines = engine::summary(ledger, evaluation, many, endless);
  EXPECT_LE(lines.size(), engine::max_summary);
  EXPECT_NE(lines[0].sentence.find(" and 4992 more."), std::string::npos) << lines[0].sentence;
}

} // namespace sshguardd::test
