#include "host/apart.hpp"
#include "host/boot_hooks.hpp"
#include "host/nft_file.hpp"
#include "host/saved_rules.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace sshguardd::host {
namespace {

using Names = std::vector<std::string>;

TEST(NftIncludes, AreFoundWhereNftLooks) {
  EXPECT_EQ(nft_includes("#!/usr/sbin/nft -f\ninclude \"/etc/nftables.d/*.conf\"\n"
                         "  include 'more.nft' # x\ninclude \"./here\"\n# include \"/no\"\n"
                         "include /without\ninclude \"open\ninclude\n"),
            (Names{"/etc/nftables.d/*.conf", "/etc/more.nft", "/here"}));
  EXPECT_TRUE(nft_includes("").empty());
  std::string many;
  for (int i = 0; i < 1000; ++i)
    many += "include \"/x\"\n";
  EXPECT_LE(nft_includes(many).size(), 64U);
}

TEST(NftListing, IsOneLineOfTheOutput) {
  EXPECT_EQ(nft_listing("a warning\n{\"nftables\": []}\nsaved /usr/sbin/x\n"),
            "{\"nftables\": []}");
  EXPECT_EQ(nft_listing("{\"nftables\": []}"), "{\"nftables\": []}");
  EXPECT_EQ(nft_listing("nothing"), "");
}

TEST(BootHooks, NameAProgramOfTheFirewall) {
  for (const char* text : {"pre-up iptables-restore < /etc/fw", "/usr/sbin/nft -f /x",
                           "#!/bin/sh\nip6tables -P INPUT DROP\n", "ExecStart=/sbin/iptables -F"})
    EXPECT_TRUE(names_firewall_program(text)) << text;
  for (const char* text : {"", "# iptables", "myiptables", "/etc/nft.conf", "iptables.sh", "lift"})
    EXPECT_FALSE(names_firewall_program(text)) << text;
}

TEST(SavedRules, WatchesAFewFiles) {
  const Names paths = saved_rules_watched();
  EXPECT_TRUE(std::ranges::find(paths, "/etc/ufw/user.rules") != paths.end());
  EXPECT_TRUE(std::ranges::all_of(paths, [](const auto& path) { return path.starts_with('/'); }));
  EXPECT_LE(paths.size(), 16U);
  EXPECT_EQ(saved_rules_identity(), saved_rules_identity());
  EXPECT_EQ(saved_rules_hint(), saved_rules_hint());
}

} // namespace
} // namespace sshguardd::host
