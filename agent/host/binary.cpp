#include "host/binary.hpp"

#include "host/files.hpp"
#include "parse/sshd_helpers.hpp"

#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

#include <sys/stat.h>
#include <unistd.h>

namespace sshguardd::host {
namespace {

constexpr std::size_t largest = 16 << 20; // sshd has about one megabyte

bool executable(const std::string& path) {
  struct stat st {};
  return stat(path.c_str(), &st) == 0 && S_ISREG(st.st_mode) && access(path.c_str(), X_OK) == 0;
}

// "/usr/sbin/sshd (deleted)": no name leads to the running file any more (proc(5)).
bool deleted(std::uint32_t pid) {
  if (pid == 0) return false;
  std::array<char, 4096> text{};
  const ssize_t got =
      readlink(("/proc/" + std::to_string(pid) + "/exe").c_str(), text.data(), text.size());
  return got > 0 &&
         std::string_view{text.data(), static_cast<std::size_t>(got)}.ends_with(" (deleted)");
}

} // namespace

Fact<SshdBinary> BinaryReader::read(const std::string& path, std::uint32_t pid) {
  struct stat st {};
  if (stat(path.c_str(), &st) == 0) {
    std::string file = path + " " + std::to_string(st.st_dev) + ":" + std::to_string(st.st_ino) +
                       ":" + std::to_string(st.st_size) + ":" + std::to_string(st.st_mtim.tv_sec);
    if (file != read_) {
      const auto content = read_file(path, largest);
      if (!content) return Unknown{content.why()};
      read_ = std::move(file);
      helpers_ = parse::sshd_helpers(*content);
    }
  }
  SshdBinary binary{.path = path, .helpers = helpers_};
  for (const std::string& helper : helpers_) {
    if (!executable(helper)) binary.missing.push_back(helper);
  }
  binary.replaced = deleted(pid);
  return binary;
}

} // namespace sshguardd::host
