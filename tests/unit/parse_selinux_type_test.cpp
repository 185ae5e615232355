#include "parse/selinux_type.hpp"

#include <gtest/gtest.h>

namespace sshguardd::parse {
namespace {

TEST(SelinuxType, is_the_third_field) {
  EXPECT_EQ(selinux_type("unconfined_u:object_r:ssh_home_t:s0"), "ssh_home_t");
  EXPECT_EQ(selinux_type("system_u:object_r:user_home_t:s0:c1,c2\n"), "user_home_t");
  EXPECT_EQ(selinux_type("system_u:object_r:default_t"), "default_t");
}

TEST(SelinuxType, is_nothing_of_what_is_no_context) {
  for (const char* text : {"", "::", ":", "a", "a:b", "<<none>>", "a:b:", "a:b:c;reboot:d"})
    EXPECT_EQ(selinux_type(text), "") << text;
}

} // namespace
} // namespace sshguardd::parse
