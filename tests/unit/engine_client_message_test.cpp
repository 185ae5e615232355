#include "engine/client_message.hpp"

#include <gtest/gtest.h>

namespace sshguardd::firewall {
namespace {

// connect(2) of a Linux client, as measured.
TEST(ClientMessage, AsMeasured) {
  struct Row {
    RejectKind kind;
    const char* ipv4;
    const char* ipv6;
  };
  const Row rows[] = {
      {RejectKind::port_unreachable, "Connection refused", "Connection refused"},
      {RejectKind::tcp_reset, "Connection refused", "Connection refused"},
      {RejectKind::admin_prohibited, "No route to host", "Permission denied"},
      {RejectKind::host_prohibited, "No route to host", ""},
      {RejectKind::host_unreachable, "No route to host", "No route to host"},
      {RejectKind::net_unreachable, "Network is unreachable", "Network is unreachable"},
      {RejectKind::net_prohibited, "Network is unreachable", ""},
      {RejectKind::prot_unreachable, "Protocol not available", ""},
      {RejectKind::policy_fail, "", "Permission denied"},
      {RejectKind::other, "", ""},
  };
  for (const Row& row : rows) {
    Answer answer;
    answer.kind = Answer::Kind::rejected;
    answer.reject = row.kind;
    EXPECT_EQ(client_message(answer, false), row.ipv4) << static_cast<int>(row.kind);
    EXPECT_EQ(client_message(answer, true), row.ipv6) << static_cast<int>(row.kind);
  }
}

TEST(ClientMessage, OtherOutcomes) {
  Answer answer;
  EXPECT_EQ(client_message(answer, false), "");
  answer.kind = Answer::Kind::dropped;
  EXPECT_EQ(client_message(answer, false), "Connection timed out");
  answer.kind = Answer::Kind::forwarded;
  EXPECT_EQ(client_message(answer, false), "");
  answer.kind = Answer::Kind::rejected; // of the answer: only sshd is told
  answer.packet = Answer::Packet::syn_ack;
  EXPECT_EQ(client_message(answer, false), "Connection timed out");
  answer.packet = Answer::Packet::ack;
  answer.reject = RejectKind::tcp_reset;
  EXPECT_EQ(client_message(answer, false), "Connection reset by peer");
  answer.packet = Answer::Packet::syn;
  EXPECT_EQ(client_message(answer, false), "Connection refused");
  answer.told = false;
  EXPECT_EQ(client_message(answer, false), "Connection timed out");
  answer.told = std::nullopt;
  EXPECT_EQ(client_message(answer, false), "");
  answer.kind = Answer::Kind::undecided;
  EXPECT_EQ(client_message(answer, false), "");
  Answer::Possible dropped;
  dropped.kind = Answer::Kind::dropped;
  answer.possible = {{}, dropped};
  answer.usual = 1;
  EXPECT_EQ(client_message(answer, false), "Connection timed out");
}

} // namespace
} // namespace sshguardd::firewall
