#include "engine/open_steps.hpp"

#include "opening.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace sshguardd::engine {
namespace {

using Lines = std::vector<std::string>;
using test::by_firewalld;
using test::by_ufw;

Lines lines_of(const OpenFirewall& remedy) {
  Lines lines;
  for (const auto& argv : open_steps(remedy))
    lines.push_back(command_text(argv));
  return lines;
}

template <class How> OpenFirewall with(OpenFirewall one, How how) {
  how(one);
  return one;
}

TEST(OpenSteps, AreTheOwnersOwnCommands) {
  const struct {
    const char* what;
    OpenFirewall remedy;
    Lines steps;
    Lines undo;
  } rows[] = {
      {"ufw, everybody", by_ufw(), {"ufw prepend allow 22/tcp"}, {"ufw delete allow 22/tcp"}},
      {"ufw, bans stay ahead",
       with(by_ufw(), [](auto& one) { one.behind = true; }),
       {"ufw allow 22/tcp"},
       {"ufw delete allow 22/tcp"}},
      {"ufw, some addresses, another port",
       with(by_ufw(),
            [](auto& one) {
              one.port = 2222;
              one.sources = {"203.0.113.7", "2001:db8::7"};
            }),
       {"ufw prepend allow from 203.0.113.7 to any port 2222 proto tcp",
        "ufw prepend allow from '2001:db8::7' to any port 2222 proto tcp"},
       {"ufw delete allow from 203.0.113.7 to any port 2222 proto tcp",
        "ufw delete allow from '2001:db8::7' to any port 2222 proto tcp"}},
      {"firewalld, for a time",
       by_firewalld(),
       {"firewall-cmd --zone=public --add-service=ssh --timeout=86400"},
       {"firewall-cmd --zone=public --remove-service=ssh"}},
      {"firewalld, another port",
       with(by_firewalld(), [](auto& one) { one.port = 2222; }),
       {"firewall-cmd --zone=public --add-port=2222/tcp --timeout=86400"},
       {"firewall-cmd --zone=public --remove-port=2222/tcp"}},
      {"firewalld, for good: what is in force first",
       with(by_firewalld(), [](auto& one) { one.permanent = true; }),
       {"firewall-cmd --zone=public --add-service=ssh",
        "firewall-cmd --permanent --zone=public --add-service=ssh"},
       {"firewall-cmd --zone=public --remove-service=ssh",
        "firewall-cmd --permanent --zone=public --remove-service=ssh"}},
      {"firewalld, an address",
       with(by_firewalld(), [](auto& one) { one.sources = {"2001:db8::7"}; }),
       {"firewall-cmd --zone=public '--add-rich-rule=rule family=\"ipv6\" source "
        "address=\"2001:db8::7\" port port=\"22\" protocol=\"tcp\" accept' --timeout=86400"},
       {"firewall-cmd --zone=public '--remove-rich-rule=rule family=\"ipv6\" source "
        "address=\"2001:db8::7\" port port=\"22\" protocol=\"tcp\" accept'"}},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(why_not_openable(row.remedy), "") << row.what;
    EXPECT_EQ(lines_of(row.remedy), row.steps) << row.what;
    EXPECT_EQ(undo_steps(row.remedy), row.undo) << row.what;
  }
}

TEST(OpenSteps, NothingIsRunOfWhatIsNotPlain) {
  const auto source = [](std::string address) {
    return with(by_ufw(), [&address](auto& one) { one.sources = {std::move(address)}; });
  };
  const auto zone = [](std::string name) {
    return with(by_firewalld(), [&name](auto& one) { one.zone = std::move(name); });
  };
  const OpenFirewall rows[] = {
      with(by_ufw(), [](auto& one) { one.owner = "nftables"; }),
      with(by_ufw(), [](auto& one) { one.owner.clear(); }),
      with(by_ufw(), [](auto& one) { one.port = 0; }),
      with(by_ufw(), [](auto& one) { one.sources.assign(9, "203.0.113.7"); }),
      with(by_firewalld(), [](auto& one) { one.timeout_s = 0; }),
      source(""),
      source("any"),
      source("10.0.0.1 to any"),
      source("10.0.0.0/8"),
      source("--force"),
      source("203.0.113.7\" accept"),
      source("fe80::1%eth0"),
      source(std::string(46, '1')),
      zone(""),
      zone("-v"),
      zone("pub lic"),
      zone("public --panic-on"),
      zone("a\"b"),
      zone("../x"),
      zone("eighteen_letters_x"),
  };
  for (const OpenFirewall& row : rows) {
    EXPECT_NE(why_not_openable(row), "");
    EXPECT_TRUE(open_steps(row).empty());
    EXPECT_TRUE(undo_steps(row).empty());
  }
}

TEST(OpenSteps, AllOfOneFamily) {
  OpenFirewall ufw = by_ufw();
  ufw.sources = {"0.0.0.0/0"};
  EXPECT_EQ(lines_of(ufw), (Lines{"ufw prepend allow from 0.0.0.0/0 to any port 22 proto tcp"}));
  EXPECT_EQ(undo_steps(ufw), (Lines{"ufw delete allow from 0.0.0.0/0 to any port 22 proto tcp"}));
  OpenFirewall firewalld = by_firewalld();
  firewalld.sources = {"::/0"};
  EXPECT_EQ(lines_of(firewalld).at(0),
            "firewall-cmd --zone=public '--add-rich-rule=rule family=\"ipv6\" port port=\"22\" "
            "protocol=\"tcp\" accept' --timeout=86400");
}

TEST(OpenSteps, SystemdEndsThemInTime) {
  const auto argv = opened_by_systemd("/usr/bin/systemd-run", {"/usr/sbin/ufw", "allow", "22/tcp"});
  EXPECT_EQ(argv.front(), "/usr/bin/systemd-run");
  for (const char* word : {"--wait", "--unit=sshguardd-open.service",
                           "--description=sshguardd: ufw", "--property=RuntimeMaxSec=20"})
    EXPECT_NE(std::ranges::find(argv, word), argv.end()) << word;
  EXPECT_EQ((Lines{argv.end() - 4, argv.end()}), (Lines{"--", "/usr/sbin/ufw", "allow", "22/tcp"}));
}

} // namespace
} // namespace sshguardd::engine
