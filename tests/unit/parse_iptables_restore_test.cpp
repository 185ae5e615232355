#include "parse/iptables_restore.hpp"

#include "firewall_text.hpp"
#include "parse/iptables_hand.hpp"
#include "parse/iptables_save.hpp"
#include "parse/iptables_words.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace sshguardd::parse {
namespace {

std::string plain(std::string_view rule) {
  std::string text;
  for (const auto& words : plain_iptables_rules(*iptables_words(rule))) {
    if (!text.empty()) text += " / ";
    std::string line;
    for (const std::string& word : words)
      line += (line.empty() ? "" : " ") + iptables_word(word);
    text += line;
  }
  return text;
}

// The lines of the table, without its chains' declarations.
std::string after(std::initializer_list<std::string_view> rules) {
  std::string text = "*filter\n:mine - [0:0]\n";
  for (const std::string_view rule : rules)
    text.append(rule).append("\n");
  IptablesRestore restore;
  EXPECT_TRUE(restore.load(text + "COMMIT\n", false, "f"))
      << (restore.unread().empty() ? "" : restore.unread().front());
  std::string saved = restore.saved();
  const std::size_t start = saved.find("-A ");
  return start == std::string::npos ? "" : saved.substr(start, saved.find("COMMIT") - start);
}

TEST(IptablesByHand, IsWrittenAsItIsSaved) {
  struct Case {
    const char* rule;
    const char* saved;
  };
  const Case cases[] = {
      {"-p tcp --dport 22 -j ACCEPT", "-p tcp -m tcp --dport 22 -j ACCEPT"},
      {"--protocol TCP --destination-port ssh --jump ACCEPT", "-p tcp -m tcp --dport 22 -j ACCEPT"},
      {"-p tcp --dport=22 -j ACCEPT", "-p tcp -m tcp --dport 22 -j ACCEPT"},
      {"-m tcp -p tcp --dport 22 -j ACCEPT", "-p tcp -m tcp --dport 22 -j ACCEPT"},
      {"-p tcp -m state --state new --dport 22 -j ACCEPT",
       "-p tcp -m state --state NEW -m tcp --dport 22 -j ACCEPT"},
      {"-p tcp -j ACCEPT --dport 22", "-p tcp -m tcp --dport 22 -j ACCEPT"},
      {"-j REJECT --reject-with tcp-reset -p tcp", "-p tcp -j REJECT --reject-with tcp-reset"},
      {"-p tcp -i eth0 -s 10.0.0.1 -j DROP", "-s 10.0.0.1 -i eth0 -p tcp -j DROP"},
      {"-i ! eth0 -j DROP", "! -i eth0 -j DROP"},
      {"! -s 10.0.0.1 -p tcp ! --dport 22 -j DROP",
       "! -s 10.0.0.1 -p tcp -m tcp ! --dport 22 -j DROP"},
      {"-s 10.0.0.1,10.0.0.2 -j DROP", "-s 10.0.0.1 -j DROP / -s 10.0.0.2 -j DROP"},
      {"-s 1.1.1.1 -d 2.2.2.2,3.3.3.3 -j DROP",
       "-s 1.1.1.1 -d 2.2.2.2 -j DROP / -s 1.1.1.1 -d 3.3.3.3 -j DROP"},
      {"-p tcp -m multiport --dports ssh,http,8000:8080 -j ACCEPT",
       "-p tcp -m multiport --dports 22,80,8000:8080 -j ACCEPT"},
      // A shortened name, as getopt_long(3) takes it.
      {"-p tcp -m multiport --dport 22,80 -j ACCEPT",
       "-p tcp -m multiport --dports 22,80 -j ACCEPT"},
      {"-p tcp --syn -j ACCEPT", "-p tcp -m tcp --syn -j ACCEPT"},
      {"-p icmpv6 --icmpv6-type neighbour-solicitation -j ACCEPT",
       "-p icmpv6 -m icmp6 --icmpv6-type 135 -j ACCEPT"},
      {"-m addrtype --dst-type local -j ACCEPT", "-m addrtype --dst-type LOCAL -j ACCEPT"},
      {"-m comment --comment \"-j DROP\" -j ACCEPT", "-m comment --comment \"-j DROP\" -j ACCEPT"},
      {"-m comment --comment --dport -p tcp -j ACCEPT",
       "-p tcp -m comment --comment --dport -j ACCEPT"},
      {"-m comment --comment ! -j ACCEPT", "-m comment --comment ! -j ACCEPT"},
      {"-j LOG --log-prefix \"[UFW \\\"x\\\"] \"", "-j LOG --log-prefix \"[UFW \\\"x\\\"] \""},
      // Not known: it stays.
      {"--dport 22 -j ACCEPT", "--dport 22 -j ACCEPT"},
      {"-p tcp --dport gopher -j ACCEPT", "-p tcp -m tcp --dport gopher -j ACCEPT"},
      {"-s host.example -j ACCEPT", "-s host.example -j ACCEPT"},
      {"", ""},
      {"!", "! !"},
      {"-j", "-j"},
      {"x y", "x y"},
  };
  for (const Case& one : cases)
    EXPECT_EQ(plain(one.rule), one.saved) << one.rule;
}

TEST(IptablesByHand, OfTooManyAddressesNobodyKnows) {
  std::string list = "10.0.0.1";
  for (int i = 0; i < 300; ++i)
    list += ",10.0.0.1";
  EXPECT_EQ(plain_iptables_rules({"-s", list, "-j", "DROP"}).size(), 1U);
}

TEST(IptablesRestore, KeepsTheOrder) {
  EXPECT_EQ(after({"-A mine -j ACCEPT", "-I mine -j DROP", "-I mine 2 -j RETURN",
                   "[1:2] -A mine -j LOG"}),
            "-A mine -j DROP\n-A mine -j RETURN\n-A mine -j ACCEPT\n-A mine -j LOG\n");
  EXPECT_EQ(after({"-A mine -j ACCEPT", "-F mine", "  -A INPUT -j mine  ", "# a comment", ""}),
            "-A INPUT -j mine\n");
}

TEST(IptablesRestore, AddsToWhatIsThere) {
  IptablesRestore restore;
  EXPECT_TRUE(restore.load("*filter\n:INPUT DROP [0:0]\n:a - [0:0]\n:b - [0:0]\n-A a -j ACCEPT\n"
                           "-A b -j ACCEPT\n-A INPUT -j a\nCOMMIT\n",
                           true, "one"));
  // "-n": b is emptied, INPUT is not, nor is its policy changed.
  EXPECT_TRUE(
      restore.load("*filter\n:INPUT - [0:0]\n:b - [0:0]\n-A INPUT -j b\nCOMMIT\n", true, "two"));
  const std::string saved = restore.saved();
  EXPECT_NE(saved.find(":INPUT DROP"), std::string::npos);
  EXPECT_NE(saved.find("-A INPUT -j a\n-A INPUT -j b\n"), std::string::npos);
  EXPECT_NE(saved.find("-A a -j ACCEPT"), std::string::npos);
  EXPECT_EQ(saved.find("-A b "), std::string::npos);
  // Without it, the table is made anew.
  EXPECT_TRUE(restore.load("*filter\n-A INPUT -j ACCEPT\nCOMMIT", false, "three"));
  EXPECT_EQ(restore.saved(), "*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n"
                             ":OUTPUT ACCEPT [0:0]\n-A INPUT -j ACCEPT\nCOMMIT\n");
}

TEST(IptablesRestore, TellsWhatItCannotRead) {
  for (const char* text :
       {"-A INPUT -j DROP\n", "*filter\n-A INPUT -j DROP\n", "*nosuch\nCOMMIT\n",
        "*filter\n-D INPUT -j DROP\nCOMMIT\n", "*filter\n-A none -j DROP\nCOMMIT\n",
        "*filter\n-A INPUT -j none\nCOMMIT\n", "*filter\n-A INPUT -g none\nCOMMIT\n",
        "*filter\n:INPUT BOTH [0:0]\nCOMMIT\n", "*filter\n:a ACCEPT [0:0]\nCOMMIT\n",
        "*filter\n-I INPUT 7 -j DROP\nCOMMIT\n", "*filter\n*nat\nCOMMIT\n",
        "*filter\n-A INPUT -m comment --comment \"x\nCOMMIT\n",
        "\x7f"
        "ELF",
        "*", "*filter\n-t nat -A INPUT -j DROP\nCOMMIT\n"}) {
    IptablesRestore restore;
    EXPECT_FALSE(restore.load(text, false, "/etc/f")) << text;
    ASSERT_FALSE(restore.unread().empty()) << text;
    EXPECT_TRUE(restore.unread().front().starts_with("/etc/f: ")) << restore.unread().front();
  }
  IptablesRestore many;
  std::string lines = "*filter\n";
  for (int i = 0; i < 1000; ++i)
    lines += "nonsense\n";
  EXPECT_FALSE(many.load(lines + "COMMIT\n", false, "f"));
  EXPECT_EQ(many.unread().size(), IptablesRestore::most_unread);
}

TEST(IptablesRestore, WhatItPrintsIsReadAsARuleOfTheKernel) {
  const std::string rules =
      after({"-A INPUT -p tcp --dport ssh -m state --state new -s 10.0.0.0/8 -j ACCEPT"});
  const auto tables = iptables_save("*filter\n:INPUT DROP [0:0]\n" + rules + "COMMIT\n",
                                    firewall::Family::ip, false);
  ASSERT_EQ(tables.size(), 1U);
  ASSERT_EQ(tables[0].chains[0].rules.size(), 1U);
  EXPECT_EQ(firewall::in_short(tables[0].chains[0].rules[0].statements),
            "ip_saddr==0a000000-0affffff l4proto==06 dport==0016 ct_state~00000008 accept");
}

TEST(IptablesRestore, ManyRulesAreReadInTime) {
  std::string text = "*filter\n";
  for (int i = 0; i < 20'000; ++i)
    text += "-A INPUT -s 10.0.0.1 -p tcp --dport 22 -j ACCEPT\n";
  const auto start = std::chrono::steady_clock::now();
  IptablesRestore restore;
  EXPECT_TRUE(restore.load(text + "COMMIT\n", false, "f"));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds{5});
}

} // namespace
} // namespace sshguardd::parse
