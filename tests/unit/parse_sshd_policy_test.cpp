#include "parse/sshd_policy.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace sshguardd::parse {
namespace {

constexpr const char* main_file = "/etc/ssh/sshd_config";

// Files by path; a pattern finds those that begin as it does up to its star.
using Tree = std::map<std::string, std::string>;

std::string place_of(const std::string& keyword, const Tree& tree,
                     const std::vector<std::string>& argv = {}) {
  std::vector<PolicySetting> policy{{keyword, "no", "", 0}};
  int reads = 0;
  const ConfigFiles files{
      .read = [&](const std::string& path) -> std::optional<std::string> {
        EXPECT_LT(++reads, 2000);
        const auto found = tree.find(path);
        return found == tree.end() ? std::nullopt : std::optional{found->second};
      },
      .glob =
          [&](const std::string& pattern) {
            std::vector<std::string> paths;
            for (const auto& [path, text] : tree) {
              if (path == pattern || (pattern.find('*') != std::string::npos &&
                                      path.starts_with(pattern.substr(0, pattern.find('*')))))
                paths.push_back(path);
            }
            return paths;
          }};
  (void)locate(policy, main_file, argv, files);
  return policy[0].file.empty() ? "" : policy[0].file + ":" + std::to_string(policy[0].line);
}

TEST(SshdPolicy, TheCommandLineComesFirst) {
  const Tree tree{{main_file, "PasswordAuthentication yes\n"}};
  const char* there = "sshd's command line:0";
  const char* in_file = "/etc/ssh/sshd_config:1";
  const std::vector<std::pair<std::vector<std::string>, const char*>> rows = {
      {{"/usr/sbin/sshd", "-t", "-o", "PasswordAuthentication=no"}, there},
      {{"/usr/sbin/sshd", "-t", "-opasswordauthentication no"}, there},
      {{"/usr/sbin/sshd", "-t", "-o", "PermitRootLogin=no"}, in_file},
      {{"/usr/sbin/sshd", "-t", "-o"}, in_file},
      {{"/usr/sbin/sshd", "-t", "-o", ""}, in_file},
      {{}, in_file},
  };
  for (const auto& [argv, place] : rows)
    EXPECT_EQ(place_of("PasswordAuthentication", tree, argv), place) << argv.size();
}

TEST(SshdPolicy, TheFirstLineWins) {
  struct Row {
    const char* what;
    Tree tree;
    const char* place;
  };
  const std::string d = "/etc/ssh/sshd_config.d/";
  const Row rows[] = {
      {"nobody says it", {{main_file, "Port 22\n#PasswordAuthentication no\n"}}, ""},
      {"plain", {{main_file, "\n\npasswordauthentication no\n"}}, "/etc/ssh/sshd_config:3"},
      {"two lines",
       {{main_file, "PasswordAuthentication yes\nPasswordAuthentication no\n"}},
       "/etc/ssh/sshd_config:1"},
      {"a drop-in at the top",
       {{main_file, "Include /etc/ssh/sshd_config.d/*.conf\nPasswordAuthentication yes\n"},
        {d + "50-cloud-init.conf", "# by cloud-init\nPasswordAuthentication no\n"},
        {d + "60-cloudimg.conf", "PasswordAuthentication yes\n"}},
       "/etc/ssh/sshd_config.d/50-cloud-init.conf:2"},
      {"a drop-in at the end",
       {{main_file, "PasswordAuthentication yes\nInclude sshd_config.d/*.conf\n"},
        {d + "50.conf", "PasswordAuthentication no\n"}},
       "/etc/ssh/sshd_config:1"},
      {"within Match", {{main_file, "Match User bob\nPasswordAuthentication no\n"}}, ""},
      {"after Match all",
       {{main_file, "Match User bob\nPasswordAuthentication yes\nMatch ALL\n"
                    "PasswordAuthentication no\n"}},
       "/etc/ssh/sshd_config:4"},
      {"an include within Match",
       {{main_file, "Match User bob\nInclude sshd_config.d/*.conf\n"},
        {d + "50.conf", "PasswordAuthentication no\n"}},
       ""},
      {"Match of an include ends with it",
       {{main_file, "Include sshd_config.d/*.conf\nPasswordAuthentication no\n"},
        {d + "50.conf", "Match User bob\nPasswordAuthentication yes\n"}},
       "/etc/ssh/sshd_config:2"},
      {"a circle",
       {{main_file, "Include sshd_config\nPasswordAuthentication no\n"}},
       "/etc/ssh/sshd_config:2"},
      {"unreadable", {}, ""},
  };
  for (const Row& row : rows)
    EXPECT_EQ(place_of("PasswordAuthentication", row.tree), row.place) << row.what;
}

TEST(SshdPolicy, OldNamesCount) {
  EXPECT_EQ(place_of("KbdInteractiveAuthentication",
                     {{main_file, "ChallengeResponseAuthentication no\n"}}),
            "/etc/ssh/sshd_config:1");
}

TEST(SshdPolicy, AWideTreeHasItsBound) {
  Tree tree{{main_file, "Include /c/*\n"}};
  for (int i = 0; i < 40; ++i)
    tree["/c/" + std::to_string(i)] = "Include /c/*\n";
  EXPECT_EQ(place_of("PermitRootLogin", tree), "");
}

TEST(SshdPolicy, ValuesOfEitherCase) {
  const auto policy = sshd_policy("port 22\npasswordauthentication no\nallowusers alice\n"
                                  "AllowUsers bob@10.0.0.0/8\nPermitRootLogin without-password\n"
                                  "allowusersx eve\nallowusers\n");
  ASSERT_EQ(policy.size(), 3U);
  EXPECT_EQ(policy[0].keyword, "PasswordAuthentication");
  EXPECT_EQ(policy[1].value, "alice bob@10.0.0.0/8");
  EXPECT_EQ(policy[2].value, "without-password");
}

TEST(SshdPolicy, WhatMatchBlocksAskFor) {
  struct Row {
    const char* text;
    bool any;
    bool by_client;
    bool by_more;
  };
  const Row rows[] = {
      {"PermitRootLogin no\n", false, false, false},
      {"Match all\n", false, false, false},
      {"Match User alice\n", true, false, false},
      {"Match User=alice Group=admins\n", true, false, false},
      {"match user address group admins\n", true, false, false},
      {"Match User\n", true, false, false},
      {"Match Address 10.0.0.0/8\n", true, true, false},
      {"Match User alice Host *.example.org\n", true, true, true},
      {"Match LocalPort 2222\n", true, true, true},
      {"Match Address=10.0.0.0/8\n", true, true, false},
      {"Match Address 10.0.0.0/8 RDomain x\n", true, true, true},
      {"Match User alice\nInclude more\n", true, true, true},
      {"Match User alice\nMatch LocalAddress ::1\n", true, true, true},
  };
  for (const Row& row : rows) {
    std::vector<PolicySetting> policy;
    const MatchBlocks blocks =
        locate(policy, main_file, {},
               {.read = [&](const std::string&) { return std::optional<std::string>{row.text}; },
                .glob = [](const std::string&) { return std::vector<std::string>{}; }});
    EXPECT_EQ(blocks.any, row.any) << row.text;
    EXPECT_EQ(blocks.by_client, row.by_client) << row.text;
    EXPECT_EQ(blocks.by_more, row.by_more) << row.text;
  }
}

TEST(SshdPolicy, WhomMatchBlocksTellApart) {
  std::vector<PolicySetting> policy;
  const MatchBlocks blocks = locate(
      policy, main_file, {},
      {.read =
           [](const std::string&) {
             return std::optional<std::string>{"Match User alice,!bob Group admins\nPort 1\n"
                                               "Match group=\"a b\" address ::1\nMatch all\n"};
           },
       .glob = [](const std::string&) { return std::vector<std::string>{}; }});
  EXPECT_EQ(blocks.users, std::vector<std::string>{"alice,!bob"});
  EXPECT_EQ(blocks.groups, (std::vector<std::string>{"admins", "a b"}));
  EXPECT_FALSE(blocks.unseen);
}

} // namespace
} // namespace sshguardd::parse
