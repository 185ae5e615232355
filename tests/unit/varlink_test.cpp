#include "engine/varlink.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sshguardd::engine::varlink {
namespace {

using namespace std::string_literals;

std::vector<std::string> all(Frames& frames) {
  std::vector<std::string> out;
  while (auto frame = frames.next())
    out.push_back(*frame);
  return out;
}

TEST(VarlinkFrames, ComeOutWholeHoweverTheyWereCut) {
  const std::string bytes = "{\"a\":1}\0\0{}\0half"s;
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    Frames frames;
    ASSERT_TRUE(frames.append(bytes.substr(0, cut)));
    ASSERT_TRUE(frames.append(bytes.substr(cut)));
    EXPECT_TRUE(frames.whole());
    EXPECT_EQ(all(frames), (std::vector<std::string>{"{\"a\":1}", "", "{}"})) << cut;
    EXPECT_FALSE(frames.whole());
    EXPECT_TRUE(frames.half());
  }
}

TEST(VarlinkFrames, ALimitThatIsKeptToTheByte) {
  Frames fits{8};
  EXPECT_TRUE(fits.append("12345678\0"s));
  EXPECT_EQ(all(fits).size(), 1U);
  Frames frames{8};
  EXPECT_TRUE(frames.append("12345678"));
  EXPECT_FALSE(frames.append("9"));
  Frames later{8};
  EXPECT_FALSE(later.append("ok\0"
                            "123456789\0"s)); // what came before stays
  EXPECT_EQ(all(later), std::vector<std::string>{"ok"});
  EXPECT_FALSE(later.half());
}

TEST(VarlinkCall, IsRead) {
  const auto call = parse_call(
      R"({"method":"io.sshguardd.Agent.Heal","parameters":{"id":"x"},"more":true,"oneway":null})");
  ASSERT_TRUE(call) << call.why();
  EXPECT_EQ(call->interface, "io.sshguardd.Agent");
  EXPECT_EQ(call->method, "Heal");
  EXPECT_EQ(call->parameters, R"({"id":"x"})");
  EXPECT_TRUE(call->more);
  EXPECT_FALSE(call->oneway);
  EXPECT_EQ(parse_call(R"({"method":"a.B","parameters":null})")->parameters, "{}");
}

TEST(VarlinkCall, HostileFramesHaveAReason) {
  const std::string rows[] = {
      "",
      " ",
      "{",
      "null",
      "[]",
      "42",
      "\"io.sshguardd.Agent.GetStatus\"",
      "{}",
      "{\"method\":7}",
      "{\"method\":null}",
      "{\"method\":\"\"}",
      "{\"method\":\"GetStatus\"}",
      "{\"method\":\".GetStatus\"}",
      "{\"method\":\"a.\"}",
      "{\"method\":\"a.B\\u0000\"}",
      "{\"method\":\"a.B/../../etc\"}",
      "{\"method\":\"a.\xff\"}",
      "{\"method\":\"a.\xc0\xaf\"}",
      "{\"method\":\"a.\xed\xa0\x80\"}",
      "{\"method\":\"a." + std::string(300, 'B') + "\"}",
      "{\"method\":\"a.B\",\"parameters\":[]}",
      "{\"method\":\"a.B\",\"parameters\":\"{}\"}",
      "{\"method\":\"a.B\",\"more\":1}",
      "{\"method\":\"a.B\",\"oneway\":\"true\"}",
      "{\"method\":\"a.B\",\"upgrade\":true}",
      "{\"method\":\"a.B\",\"parameters\":{\"x\":1e999}}",
      "{\"method\":\"a.B\"} trailing",
      "{\"method\":\"a.B\",\"parameters\":{\"x\":" + std::string(16, '[') + std::string(16, ']') +
          "}}",
      std::string(60'000, '['),
      std::string(30'000, '{') + "\"",
  };
  for (const std::string& row : rows) {
    const auto call = parse_call(row);
    EXPECT_FALSE(call.known()) << row.substr(0, 100);
    EXPECT_FALSE(call.why().empty());
  }
}

TEST(VarlinkDepth, CountsBracketsThatAreOnes) {
  EXPECT_FALSE(too_deep(std::string(16, '[') + std::string(16, ']')));
  EXPECT_TRUE(too_deep(std::string(17, '[')));
  EXPECT_FALSE(too_deep("\"" + std::string(100, '[') + "\""));
  EXPECT_FALSE(too_deep("\"\\\"" + std::string(100, '{') + "\""));
  EXPECT_TRUE(too_deep("\"\\\\\"" + std::string(17, '{')));
  std::string flat = "[";
  for (int i = 0; i < 1000; ++i)
    flat += "[],";
  EXPECT_FALSE(too_deep(flat));
  EXPECT_FALSE(too_deep("\"\\")); // an escape at the end
}

TEST(VarlinkAnswer, ErrorsAndRepliesAreToldApart) {
  const auto strip = [](std::string frame) {
    EXPECT_EQ(frame.back(), '\0');
    frame.pop_back();
    return frame;
  };
  const auto good = parse_answer(strip(reply("{\"a\":1}", true)));
  ASSERT_TRUE(good);
  EXPECT_EQ(good->error, "");
  EXPECT_EQ(good->parameters, "{\"a\":1}");
  EXPECT_TRUE(good->continues);
  const auto bad = parse_answer(strip(error("x.Y")));
  ASSERT_TRUE(bad);
  EXPECT_EQ(bad->error, "x.Y");
  EXPECT_FALSE(bad->continues);
  EXPECT_FALSE(parse_answer("{\"error\":5}"));
  EXPECT_FALSE(parse_answer("7"));
  const auto round = parse_call(strip(call("a.B", "{\"x\":[1]}", true)));
  ASSERT_TRUE(round);
  EXPECT_TRUE(round->more);
  EXPECT_EQ(round->parameters, "{\"x\":[1]}");
}

} // namespace
} // namespace sshguardd::engine::varlink
