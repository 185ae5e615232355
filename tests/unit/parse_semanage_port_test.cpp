#include "parse/semanage_port.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sshguardd::test {

TEST(SemanagePort, TheLineOfSsh) {
  using Ranges = std::vector<std::pair<std::uint16_t, std::uint16_t>>;
  struct Row {
    const char* output;
    Ranges ranges;
  };
  const Row rows[] = {
      {"", {}},
      {"SELinux Port Type              Proto    Port Number\n\n"
       "http_port_t                    tcp      80, 81\n"
       "ssh_port_t                     tcp      2222, 22\n"
       "zope_port_t                    tcp      8021\n",
       {{2222, 2222}, {22, 22}}},
      {"ssh_port_t\ttcp\t22,2200-2210", {{22, 22}, {2200, 2210}}},
      {"ssh_port_t udp 22\nxssh_port_t tcp 22\nssh_port_t", {}},
      {"ssh_port_t tcp 99999, -1, 5-, -, 7-6, 22x, 22-22x, ,,", {}},
      {"ssh_port_t tcp\nssh_port_t tcp 1\n", {{1, 1}}},
  };
  for (const Row& row : rows)
    EXPECT_EQ(parse::semanage_port(row.output).ranges, row.ranges) << row.output;
  EXPECT_LE(parse::semanage_port("ssh_port_t tcp " + std::string(100'000, '1')).ranges.size(), 1U);
}

} // namespace sshguardd::test
