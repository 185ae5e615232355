#include "parse/kernel_cmdline.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sshguardd::parse {
namespace {

using namespace std::string_literals;

struct CmdlineCase {
  std::string text;
  std::vector<std::string> consoles;
  bool heal_off;
  std::string device;
};

TEST(KernelCmdline, Table) {
  const CmdlineCase cases[] = {
      {"", {}, false, "/dev/console"},
      {"\n", {}, false, "/dev/console"},
      {"root=/dev/sda1 ro quiet\n", {}, false, "/dev/console"},
      {"console=tty0 console=ttyS0,115200n8\n", {"tty0", "ttyS0"}, false, "/dev/ttyS0"},
      {"console=ttyS0,115200n8 console=tty0\n", {"ttyS0", "tty0"}, false, "/dev/ttyS0"},
      {"console=ttyS0 console=hvc0 console=tty1", {"ttyS0", "hvc0", "tty1"}, false, "/dev/hvc0"},
      {"console=tty0 console=tty1", {"tty0", "tty1"}, false, "/dev/tty1"},
      {"console=ttyAMA0", {"ttyAMA0"}, false, "/dev/ttyAMA0"},
      {"console=ttysclp0 console=tty0", {"ttysclp0", "tty0"}, false, "/dev/ttysclp0"},
      {"console=ttyUSB1,9600", {"ttyUSB1"}, false, "/dev/ttyUSB1"},
      {"console=", {}, false, "/dev/console"},
      {"console=null console=ttynull", {}, false, "/dev/console"},
      {"console=,115200", {}, false, "/dev/console"},
      {"console", {}, false, "/dev/console"},
      {"consoleblank=0 xconsole=ttyS9", {}, false, "/dev/console"},
      {"console=0", {"ttyS0"}, false, "/dev/ttyS0"},
      {"console=ttyS", {"ttyS0"}, false, "/dev/ttyS0"},
      {"console=tty", {"tty0"}, false, "/dev/tty0"}, // /dev/tty is nobody's here
      {"console=brl,ttyS0 console=uart8250,io,0x3f8 console=netcon0", {}, false, "/dev/console"},
      {"console=../../etc/passwd", {}, false, "/dev/console"},
      {"console=/dev/ttyS0", {}, false, "/dev/console"},
      {"console=.. console=.", {}, false, "/dev/console"},
      {"console=a\xc3\xa9 console=a:b console=a%b", {}, false, "/dev/console"},
      {"console=" + std::string(100, 'a'), {}, false, "/dev/console"},
      {"\"console=ttyS1\" console=\"ttyS2,9600\"", {"ttyS1", "ttyS2"}, false, "/dev/ttyS2"},
      {"a=\"x console=ttyS1\" console=hvc0", {"hvc0"}, false, "/dev/hvc0"},
      {"a=\"x console=ttyS1", {}, false, "/dev/console"}, // unterminated
      {"console=ttyS0 -- console=ttyS1 sshguardd.heal=off", {"ttyS0"}, true, "/dev/ttyS0"},
      {"\tconsole=ttyS0\r\n", {"ttyS0"}, false, "/dev/ttyS0"},
      // PID 1 of a container
      {"/sbin/init\0console=hvc1\0sshguardd.heal=0\0"s, {"hvc1"}, true, "/dev/hvc1"},
      {"a=\"b\0console=hvc1"s, {"hvc1"}, false, "/dev/hvc1"},
      {"\0\0\0"s, {}, false, "/dev/console"},
      {"sshguardd.heal=off", {}, true, "/dev/console"},
      {"sshguardd.heal=no", {}, true, "/dev/console"},
      {"sshguardd.heal=0", {}, true, "/dev/console"},
      {"sshguardd.heal=false", {}, true, "/dev/console"},
      {"sshguardd.heal=OFF", {}, true, "/dev/console"},
      {"sshguardd.heal=\"off\"", {}, true, "/dev/console"},
      {"sshguardd.heal=on", {}, false, "/dev/console"},
      {"sshguardd.heal", {}, false, "/dev/console"},
      {"sshguardd.heal=", {}, false, "/dev/console"},
      {"sshguardd.heal=offf xsshguardd.heal=off sshguardd.heal.x=off", {}, false, "/dev/console"},
      {"sshguardd.heal=off sshguardd.heal=on", {}, false, "/dev/console"},
      {"sshguardd.heal=on sshguardd.heal=off", {}, true, "/dev/console"},
      {"sshguardd.heal=off sshguardd.heal=maybe", {}, true, "/dev/console"},
  };
  for (const auto& c : cases) {
    const auto cmdline = kernel_cmdline(c.text);
    EXPECT_EQ(cmdline.consoles, c.consoles) << c.text;
    EXPECT_EQ(cmdline.heal_off, c.heal_off) << c.text;
    EXPECT_EQ(console_device(cmdline), c.device) << c.text;
  }
}

TEST(KernelCmdline, Huge) {
  EXPECT_TRUE(kernel_cmdline(std::string(1000000, '"')).consoles.empty());
  EXPECT_TRUE(kernel_cmdline(std::string(1000000, ' ')).consoles.empty());
  EXPECT_TRUE(kernel_cmdline("console=" + std::string(1000000, '9')).consoles.empty());
}

} // namespace
} // namespace sshguardd::parse
