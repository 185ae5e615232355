#include "parse/boot_network.hpp"

#include <gtest/gtest.h>

namespace sshguardd::parse {
namespace {

const std::vector<BootLink> links{
    {.names = {"enp1s0", "eth0"}, .macs = {"52:54:00:12:34:56"}},
    {.names = {"enp2s0"}, .macs = {"52:54:00:12:34:57"}},
};

TEST(BootNetwork, of_systemd_networkd) {
  struct Row {
    const char* text;
    BootFit fit;
  };
  const Row rows[] = {
      {"[Match]\nName=enp1s0\n[Network]\nDHCP=yes\n", BootFit::perhaps},
      {"[Match]\nName=eth0\n", BootFit::perhaps},
      {"[Match]\nName=en*\n", BootFit::perhaps},
      {"[Match]\nName=eth1 enp2s0\n", BootFit::perhaps},
      {"[Match]\nName=eth1\nName=enp2s0\n", BootFit::perhaps},
      {"[Match]\nName=!lo\n", BootFit::perhaps},
      {"[Match]\nType=ether\n", BootFit::perhaps},
      {"[Match]\nMACAddress=52-54-00-12-34-57\n", BootFit::perhaps},
      {"[Match]\nPermanentMACAddress=5254.0012.3457\n", BootFit::perhaps},
      {"[Match]\nMACAddress=not:an:address\n", BootFit::perhaps},
      {"[Network]\nDHCP=yes\n", BootFit::no},
      {"", BootFit::no},
      {"[Macth]\nName=enp1s0\n", BootFit::no},
      {"[Match]\nNmae=enp1s0\n[Network]\nDHCP=yes\n", BootFit::no},
      {"[Match]\nVirtualization=yes\n", BootFit::perhaps},
      {"[Match]\nName=eth1\nName=\n", BootFit::perhaps},
      {"[Match]\nName=eth1 \\\n enp1s0\n", BootFit::perhaps},
      {"garbage", BootFit::perhaps},
      {"[Match]\nType=!wlan\n", BootFit::perhaps},
      {"[Match]\nType=wlan\nWLANInterfaceType=ad-hoc\n", BootFit::no},
      {"[Match]\nName=eth9\n", BootFit::no},
      {"  [Match]  \r\n Name = eth9 \r\n", BootFit::no},
      {"[Match]\n#Name=enp1s0\n;Name=enp1s0\nName=eth9\n", BootFit::no},
      {"[Match]\nMACAddress=52:54:00:ff:ff:ff\n", BootFit::no},
      {"[Match]\nName=enp1s0\nMACAddress=52:54:00:12:34:57\n", BootFit::no},
      {"[Match]\nName=eth9\n[Network]\nName=enp1s0\n", BootFit::no},
  };
  for (const Row& row : rows)
    EXPECT_EQ(networkd_fit(row.text, links), row.fit) << row.text;
  EXPECT_EQ(networkd_fit("[Match]\nName=*\n", {}), BootFit::no);
}

TEST(BootNetwork, of_ifupdown) {
  struct Row {
    const char* text;
    BootFit fit;
  };
  const Row rows[] = {
      {"auto lo\niface lo inet loopback\nauto enp1s0\niface enp1s0 inet dhcp\n", BootFit::perhaps},
      {"allow-hotplug eth0\niface eth0 inet dhcp\n", BootFit::perhaps},
      {"auto lo eth7 enp2s0\n", BootFit::perhaps},
      {"auto lo \\\n enp2s0\n", BootFit::perhaps},
      {"auto /eth*\n", BootFit::perhaps},
      {"auto br0\niface br0 inet dhcp\n bridge_ports enp1s0\n", BootFit::perhaps},
      {"auto enp9s0.7\n", BootFit::perhaps},
      {"auto bond0\niface bond0 inet dhcp\n bond-slaves enp1s0 enp2s0\n", BootFit::perhaps},
      {"auto eth9\niface eth9 inet dhcp\n pre-up ip link add eth9 type dummy\n", BootFit::perhaps},
      {"mapping eth9\n script x\nauto eth9\n", BootFit::perhaps},
      {"auto eth9\niface eth9 inet dhcp inherits x\n", BootFit::perhaps},
      {"auto lo\niface lo inet loopback\n", BootFit::no},
      {"", BootFit::no},
      {"auto eth9\niface eth9 inet dhcp\n", BootFit::no},
      {"#auto enp1s0\nauto eth9\niface eth9 inet static\n\taddress 10.0.0.2/24\n", BootFit::no},
      {"iface enp1s0 inet dhcp\n", BootFit::no},
      {"allow-ovs enp1s0\n", BootFit::no},
  };
  for (const Row& row : rows) {
    Interfaces all;
    add_interfaces(row.text, all);
    EXPECT_EQ(interfaces_fit(all, links), row.fit) << row.text;
  }
  Interfaces all;
  add_interfaces("source /etc/network/interfaces.d/*\nsource-directory other\nallow-hotplug x",
                 all);
  EXPECT_EQ(all.sources, (std::vector<std::string>{"/etc/network/interfaces.d/*", "other/*"}));
  EXPECT_TRUE(all.hotplug);
}

TEST(BootNetwork, of_network_manager) {
  struct Row {
    const char* text;
    BootFit fit;
  };
  const Row rows[] = {
      {"[connection]\ntype=ethernet\ninterface-name=enp1s0\n", BootFit::perhaps},
      {"[connection]\ntype=ethernet\n", BootFit::perhaps},
      {"[connection]\ntype=wifi\ninterface-name=wlan9\n", BootFit::perhaps},
      {"[connection]\ntype=bridge\ninterface-name=br0\n", BootFit::perhaps},
      {"[connection]\ntype=ethernet\n[match]\ninterface-name=eth9;\n", BootFit::perhaps},
      {"[connection]\ntype=ethernet\n[ethernet]\nmac-address=52:54:00:12:34:56\n",
       BootFit::perhaps},
      {"[connection]\ntype=ethernet\n[ethernet]\nmac-address=52:54:00:FF:FF:FF\n", BootFit::no},
      {"[connection]\ntype=ethernet\ninterface-name=eth9\n", BootFit::no},
      {"[connection]\ntype=ethernet\ninterface-name=enp1s0\nautoconnect=false\n", BootFit::no},
      {"nothing of this", BootFit::perhaps},
  };
  for (const Row& row : rows)
    EXPECT_EQ(keyfile_fit(row.text, links), row.fit) << row.text;
}

TEST(BootNetwork, hardware_addresses) {
  EXPECT_EQ(mac_text("52:54:00:AB:cd:ef"), "52:54:00:ab:cd:ef");
  EXPECT_EQ(mac_text("525400abcdef"), "52:54:00:ab:cd:ef");
  for (const char* none : {"", "52:54", "52:54:00:ab:cd:eg", "52:54:00:ab:cd:ef:01"})
    EXPECT_EQ(mac_text(none), "") << none;
}

} // namespace
} // namespace sshguardd::parse
