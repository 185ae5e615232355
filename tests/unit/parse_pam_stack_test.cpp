#include "parse/pam_stack.hpp"

#include <gtest/gtest.h>

#include <map>

namespace sshguardd::parse {
namespace {

ReadPamFile files(std::map<std::string, std::string> all) {
  return [all = std::move(all)](const std::string& name) -> std::optional<std::string> {
    const auto found = all.find(name);
    return found == all.end() ? std::nullopt : std::optional{found->second};
  };
}

const std::string debian = "# PAM for ssh\n"
                           "@include common-auth\n"
                           "account    required     pam_nologin.so\n"
                           "# account  required     pam_access.so\n"
                           "@include common-account\n"
                           "session [success=ok ignore=ignore module_unknown=ignore default=bad] "
                           "    pam_selinux.so close\n";
const std::string common_auth = "auth\t[success=1 default=ignore]\tpam_unix.so nullok\n"
                                "auth\trequisite\t\t\tpam_deny.so\n";

TEST(PamStack, follows_what_is_included) {
  const auto lines = pam_stack(
      "sshd", files({{"sshd", debian},
                     {"common-auth", common_auth},
                     {"common-account", "account sufficient \\\n /lib/pam_ldap.so a b"}}));
  ASSERT_TRUE(lines);
  ASSERT_EQ(lines->size(), 5U);
  EXPECT_EQ(lines->at(0).module, "pam_unix.so");
  EXPECT_EQ(lines->at(0).arguments, std::vector<std::string>{"nullok"});
  EXPECT_EQ(lines->at(3).module, "pam_ldap.so");
  EXPECT_EQ(lines->at(3).arguments, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(lines->at(4).module, "pam_selinux.so");
  EXPECT_NE(find_module(*lines, "account", "pam_nologin.so"), nullptr);
  EXPECT_EQ(find_module(*lines, "auth", "pam_nologin.so"), nullptr);
  EXPECT_EQ(find_module(*lines, "account", "pam_access.so"), nullptr);
  EXPECT_EQ(foreign_auth(*lines), "");
}

TEST(PamStack, an_include_of_one_type_takes_those_lines_alone) {
  const auto lines = pam_stack(
      "sshd", files({{"sshd", "auth substack password-auth\naccount include password-auth\n"
                              "-auth optional pam_google_authenticator.so\n"},
                     {"password-auth", "auth required pam_env.so\nACCOUNT required pam_unix.so\n"
                                       "session required pam_limits.so\n"}}));
  ASSERT_TRUE(lines);
  ASSERT_EQ(lines->size(), 3U);
  EXPECT_EQ(lines->at(1).module, "pam_unix.so");
  EXPECT_NE(find_module(*lines, "account", "pam_unix.so"), nullptr);
  EXPECT_EQ(foreign_auth(*lines), "pam_google_authenticator.so");
}

TEST(PamStack, without_a_file_the_service_is_other) {
  const auto lines = pam_stack("sshd", files({{"other", "auth required pam_deny.so\n"}}));
  ASSERT_TRUE(lines);
  EXPECT_EQ(lines->size(), 1U);
  EXPECT_FALSE(pam_stack("sshd", files({})));
}

TEST(PamStack, gives_up_where_it_cannot_follow) {
  EXPECT_FALSE(pam_stack("sshd", files({{"sshd", "@include gone\n"}})));
  EXPECT_FALSE(pam_stack("sshd", files({{"sshd", "@include sshd\n"}})));
  EXPECT_FALSE(pam_stack(
      "sshd", files({{"sshd", "auth include a\nauth include a\n"}, {"a", "auth include sshd\n"}})));
  std::string many;
  for (int i = 0; i < 2000; ++i)
    many += "auth required pam_unix.so\n";
  EXPECT_FALSE(pam_stack("sshd", files({{"sshd", many}})));
}

TEST(PamStack, passes_over_what_is_no_line) {
  const auto lines = pam_stack(
      "sshd",
      files({{"sshd", std::string{"auth\nauth required\n[\nauth [x pam_a.so\n\0\nx y z", 42}}}));
  ASSERT_TRUE(lines);
  for (const PamLine& line : *lines)
    EXPECT_FALSE(line.module.empty());
}

// The place of the line that fails every session, or nothing.
std::string failing(const std::string& text) {
  const auto lines =
      pam_stack("sshd", files({{"sshd", text}, {"more", "session required gone.so\n"}}));
  if (!lines) return "unread";
  const PamLine* line = failing_line(
      *lines, "session", [](const PamLine& one) { return one.module.starts_with("gone"); });
  return line == nullptr ? "" : line->file + ":" + std::to_string(line->number);
}

TEST(PamFailingLine, is_one_that_no_login_passes) {
  EXPECT_EQ(failing("session required gone.so\n"), "sshd:1");
  EXPECT_EQ(failing("# first\n\nsession optional pam_a.so\nSESSION Requisite /lib/gone2.so x\n"),
            "sshd:4");
  EXPECT_EQ(failing("session optional \\\n pam_a.so\n@include more\n"), "more:1");
  EXPECT_EQ(failing("session optional \\\n pam_a.so\nsession required \\\n gone.so\n"), "sshd:3");
  EXPECT_EQ(failing("session [success=ok default=bad] gone.so\n"), "sshd:1");
  EXPECT_EQ(failing("session [default=ignore module_unknown=die] gone.so\n"), "sshd:1");
  // As Debian's common-session: the line that is jumped over is not the one that matters.
  EXPECT_EQ(failing("session [default=1] pam_permit.so\nsession requisite pam_deny.so\n"
                    "session required gone.so\n"),
            "sshd:3");
}

TEST(PamFailingLine, is_not_one_that_a_login_may_pass) {
  EXPECT_EQ(failing("session required pam_a.so\n"), "");
  EXPECT_EQ(failing("session optional gone.so\n"), "");
  EXPECT_EQ(failing("session sufficient gone.so\n"), "");
  EXPECT_EQ(failing("-session required gone.so\n"), "");
  EXPECT_EQ(failing("account required gone.so\n"), "");
  EXPECT_EQ(failing("session [success=ok] gone.so\n"), "") << "what it makes of others is not said";
  EXPECT_EQ(failing("session [module_unknown=ignore default=bad] gone.so\n"), "");
  EXPECT_EQ(failing("session [default=bad module_unknown=ignore] gone.so\n"), "");
  EXPECT_EQ(failing("session sufficient pam_a.so\nsession required gone.so\n"), "");
  EXPECT_EQ(failing("session [success=done default=ignore] pam_a.so\nsession required gone.so\n"),
            "");
  EXPECT_EQ(failing("session [success=1 default=ignore] pam_a.so\nsession required gone.so\n"), "");
  EXPECT_EQ(failing("session [success=2 default=1] pam_a.so\nsession optional pam_b.so\n"
                    "session required gone.so\n"),
            "");
  EXPECT_EQ(failing("session required gone.so\nsession [default=reset] pam_b.so\n"), "");
}

TEST(PamFailingLine, is_reached_behind_a_module_that_is_known_to_succeed) {
  const auto reached = [](const std::string& text) {
    const auto lines = pam_stack("sshd", files({{"sshd", text + "account required pam_access.so\n"},
                                                {"more", "account requisite pam_deny.so\n"}}));
    const auto it = [](const PamLine& one) { return one.module == "pam_access.so"; };
    EXPECT_EQ(failing_line(*lines, "account", it, perm_denied), nullptr) << text;
    return failing_line(*lines, "account", it, perm_denied, "pam_unix.so") != nullptr;
  };
  // As Debian's common-account.
  const std::string usual = "account [success=1 new_authtok_reqd=done default=ignore] pam_unix.so\n"
                            "account requisite pam_deny.so\n";
  EXPECT_TRUE(reached(usual + "account required pam_permit.so\n"));
  EXPECT_TRUE(reached("account [new_authtok_reqd=done success=ok] pam_unix.so\n"));
  EXPECT_FALSE(reached(usual + "account sufficient pam_localuser.so\n"));
  EXPECT_FALSE(reached("account sufficient pam_unix.so\n"));
  EXPECT_FALSE(reached("account [success=done default=bad] pam_unix.so\n"));
  EXPECT_FALSE(reached("account [new_authtok_reqd=done] pam_unix.so\n"));
  EXPECT_FALSE(reached("account [success=2 default=ignore] pam_unix.so\n"
                       "account requisite pam_deny.so\n"));
  EXPECT_FALSE(reached("account [success=1 new_authtok_reqd=done default=ignore] pam_unix.so\n"
                       "@include more\n"));
  EXPECT_FALSE(reached("account [success=1 default=ignore] pam_a.so\n" + usual));
}

TEST(PamFailingLine, is_about_one_way_to_fail) {
  const auto denies = [](const std::string& text) {
    const auto lines = pam_stack("sshd", files({{"sshd", text}}));
    const PamLine* line = failing_line(
        *lines, "account", [](const PamLine& one) { return one.module == "pam_access.so"; },
        perm_denied);
    return line != nullptr;
  };
  EXPECT_TRUE(denies("account required pam_access.so\n"));
  EXPECT_TRUE(denies("-account required pam_access.so\n")) << "it is there";
  EXPECT_TRUE(denies("account [success=ok default=bad] pam_access.so\n"));
  EXPECT_TRUE(denies("account [module_unknown=ignore default=bad] pam_access.so\n"));
  EXPECT_FALSE(denies("account [perm_denied=ignore default=bad] pam_access.so\n"));
  EXPECT_FALSE(denies("account sufficient pam_a.so\naccount required pam_access.so\n"));
  EXPECT_FALSE(denies("account optional pam_access.so\n"));

  const auto passes = [](const std::string& control) {
    const PamLine line{.control = control};
    return ignores(line, perm_denied);
  };
  EXPECT_TRUE(passes("optional"));
  EXPECT_TRUE(passes("sufficient"));
  EXPECT_TRUE(passes("[success=ok perm_denied=ignore default=die]"));
  EXPECT_TRUE(passes("[default=ignore success=ok]"));
  EXPECT_FALSE(passes("required"));
  EXPECT_FALSE(passes("[success=ok]"));
  EXPECT_FALSE(passes("[default=1]"));
}

} // namespace
} // namespace sshguardd::parse
