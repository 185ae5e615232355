#include "engine/platform.hpp"

#include <gtest/gtest.h>

namespace sshguardd::test {
namespace {

using engine::CloudSigns;
using firewall::Answer;

TEST(Platform, knows_the_cloud_by_what_it_says_itself) {
  struct Row {
    const char* what;
    CloudSigns signs;
    Cloud cloud;
  } const rows[] = {
      {"nothing", {}, Cloud::none},
      {"Azure", {.asset_tag = "7783-7084-3265-9085-8269-3286-77"}, Cloud::azure},
      {"Hyper-V at home",
       {.vendor = "Microsoft Corporation", .product = "Virtual Machine"},
       Cloud::none},
      {"Nitro", {.vendor = "Amazon EC2", .product = "t3.large"}, Cloud::aws},
      {"Xen at Amazon's", {.vendor = "Xen", .bios_version = "4.11.amazon"}, Cloud::aws},
      {"Xen elsewhere", {.vendor = "Xen", .bios_version = "4.11"}, Cloud::none},
      {"Google", {.vendor = "Google", .product = "Google Compute Engine"}, Cloud::gcp},
      {"a Chromebook", {.vendor = "Google", .product = "Pixelbook"}, Cloud::none},
      {"cloud-init: Azure", {.cloud_id = "azure"}, Cloud::azure},
      {"cloud-init: AWS in China", {.cloud_id = "aws-china"}, Cloud::aws},
      {"cloud-init: Google", {.cloud_id = "gce"}, Cloud::gcp},
      {"cloud-init: another", {.cloud_id = "openstack"}, Cloud::none},
      {"cloud-init: a longer name", {.cloud_id = "awsome"}, Cloud::none},
      {"the hardware is surer",
       {.product = "Google Compute Engine", .cloud_id = "azure"},
       Cloud::gcp},
  };
  for (const Row& row : rows)
    EXPECT_EQ(engine::cloud_of(row.signs), row.cloud) << row.what;
}

TEST(Platform, asks_nothing_of_an_unknown_cloud) {
  EXPECT_TRUE(engine::platform_addresses(Cloud::none).empty());
  EXPECT_EQ(engine::platform_addresses(Cloud::azure).size(), 3U);
  EXPECT_EQ(engine::platform_addresses(Cloud::gcp).size(), 1U);
  EXPECT_TRUE(engine::platform_addresses(Cloud::aws).back().instead);
}

TEST(Platform, names_the_command_that_goes_ahead_of_the_rule) {
  using enum firewall::Family;
  struct Row {
    const char* what;
    firewall::Place place;
    Answer::Packet packet;
    const char* fix;
  } const rows[] = {
      {"nft",
       {inet, "filter", "out", "7", "drop", false},
       Answer::Packet::syn,
       "nft insert rule inet filter out ip daddr 168.63.129.16 tcp dport 32526 accept"},
      {"nft, the answer",
       {inet, "filter", "in", "7", "drop", false},
       Answer::Packet::syn_ack,
       "nft insert rule inet filter in ip saddr 168.63.129.16 tcp sport 32526 accept"},
      {"iptables",
       {ip, "security", "OUTPUT", "3", "-j DROP", false},
       Answer::Packet::ack,
       "iptables -t security -I OUTPUT -d 168.63.129.16 -p tcp --dport 32526 -j ACCEPT"},
      {"iptables, the answer",
       {ip, "filter", "INPUT", "", "", true},
       Answer::Packet::syn_ack,
       "iptables-legacy -I INPUT -s 168.63.129.16 -p tcp --sport 32526 -j ACCEPT"},
      {"ufw",
       {ip, "filter", "ufw-user-output", "1", "-j DROP", false},
       Answer::Packet::syn,
       "ufw prepend allow out to 168.63.129.16 port 32526 proto tcp"},
      {"firewalld",
       {inet, "firewalld", "filter_OUTPUT", "1", "drop", false},
       Answer::Packet::syn,
       ""},
  };
  for (const Row& row : rows) {
    Flow flow;
    flow.source = "168.63.129.16";
    flow.port = 32526;
    Answer answer;
    answer.kind = Answer::Kind::dropped;
    answer.packet = row.packet;
    answer.by = row.place;
    engine::take_platform_answer(flow, answer, {});
    EXPECT_EQ(flow.fix, row.fix) << row.what;
    EXPECT_TRUE(flow.shut_out()) << row.what;
  }
}

} // namespace
} // namespace sshguardd::test
