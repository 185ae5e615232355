#include "parse/netplan.hpp"

#include <gtest/gtest.h>

namespace sshguardd::parse {
namespace {

TEST(Netplan, what_its_generator_refuses) {
  struct Row {
    const char* said;
    const char* file;
    const char* text;
  };
  const Row rows[] = {
      {"\n** (generate:1866): WARNING **: 01:16:53.070: Permissions for /r/etc/netplan/50.yaml are "
       "too open.\n/r/etc/netplan/60.yaml:6:6: Invalid YAML: inconsistent indentation:\n"
       "     match: x\n     ^\n",
       "/etc/netplan/60.yaml", "/etc/netplan/60.yaml:6:6: Invalid YAML: inconsistent indentation"},
      {"/r/etc/netplan/60.yaml:5:14: Error in network definition: invalid boolean value 'tru'\n",
       "/etc/netplan/60.yaml",
       "/etc/netplan/60.yaml:5:14: Error in network definition: invalid boolean value 'tru'"},
      {"/r/etc/netplan/60.yaml: not a file\r\n", "/etc/netplan/60.yaml",
       "/etc/netplan/60.yaml: not a file"},
      // Another root, which only begins alike.
      {"/root/etc/netplan/60.yaml:5:14: x\n", "", ""},
      {"/r", "", ""},
      {"/r/etc/netplan/60.yaml", "", ""},
      {"Cannot call Open vSwitch: ovsdb-server.service is not running.\n", "", ""},
      {"", "", ""},
  };
  for (const Row& row : rows) {
    const NetplanError error = netplan_error(row.said, "/r");
    EXPECT_EQ(error.file, row.file) << row.said;
    EXPECT_EQ(error.text, row.text) << row.said;
  }
}

} // namespace
} // namespace sshguardd::parse
