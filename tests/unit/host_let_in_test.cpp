#include "host/let_in.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sshguardd::host {
namespace {

using Kind = firewall::Answer::Kind;

Flow from(const std::string& source, Kind answer = Kind::accepted, bool ipv6 = false) {
  Flow flow;
  flow.source = source;
  flow.destination = "10.0.0.5";
  flow.port = 22;
  flow.ipv6 = ipv6;
  flow.whose = source.empty() ? Flow::Whose::anyone : Flow::Whose::login;
  flow.answer = answer;
  return flow;
}

// Whether each of them is said to have been let in before.
std::vector<bool> before(LetIn& record, std::vector<Flow> flows, bool lasts = false) {
  Firewall firewall;
  firewall.flows = std::move(flows);
  record.mark(firewall, lasts);
  std::vector<bool> answers;
  for (const Flow& flow : firewall.flows)
    answers.push_back(flow.accepted_before);
  return answers;
}

TEST(LetIn, RemembersWhoGotIn) {
  LetIn record;
  EXPECT_EQ(before(record, {from("203.0.113.7"), from("203.0.113.8", Kind::dropped)}),
            (std::vector{false, false}));
  EXPECT_EQ(before(record, {from("203.0.113.7", Kind::dropped), from("203.0.113.8")}),
            (std::vector{true, false}));
}

TEST(LetIn, RemembersByPort) {
  LetIn record;
  before(record, {from("203.0.113.7")});
  Flow other = from("203.0.113.7", Kind::dropped);
  other.port = 2222;
  EXPECT_EQ(before(record, {other}), std::vector{false});
}

TEST(LetIn, RemembersByAddressWhereSshdListensOnSomeAlone) {
  LetIn record;
  record.bind({"10.0.0.5"});
  before(record, {from("203.0.113.7")});
  Flow other = from("203.0.113.7", Kind::dropped);
  EXPECT_EQ(before(record, {other}), std::vector{true});
  other.destination = "10.0.0.6";
  record.bind({"10.0.0.5", "10.0.0.6"});
  EXPECT_EQ(before(record, {other}), std::vector{false});
}

TEST(LetIn, RemembersByAddressWhereRoutesGoByIt) {
  LetIn record;
  before(record, {from("203.0.113.7")});
  Flow other = from("203.0.113.7", Kind::dropped);
  other.other_address = true;
  EXPECT_EQ(before(record, {other}), std::vector{false});
}

TEST(LetIn, EverybodyCountsOnlyIfItLasts) {
  LetIn record;
  Firewall open;
  open.flows = {from("")};
  EXPECT_TRUE(record.everybody_is_new(open));
  EXPECT_EQ(before(record, {from("")}), std::vector{false});
  EXPECT_EQ(before(record, {from("")}, true), std::vector{false});
  EXPECT_FALSE(record.everybody_is_new(open));
  EXPECT_EQ(before(record, {from(""), from("", Kind::accepted, true)}), (std::vector{true, false}));
}

TEST(LetIn, ForgetsWhomNobodyAsksAboutWhenThereAreTooMany) {
  LetIn record;
  for (int i = 0; i < 64; ++i)
    before(record, {from("192.0.2." + std::to_string(i))});
  EXPECT_EQ(before(record, {from("192.0.2.0"), from("203.0.113.7")}), (std::vector{true, false}));
  EXPECT_EQ(before(record, {from("192.0.2.0"), from("203.0.113.7")}), (std::vector{true, true}));
  EXPECT_EQ(before(record, {from("192.0.2.1")}), std::vector{false});
}

} // namespace
} // namespace sshguardd::host
