#include "host/key_labels.hpp"

#include "host/files.hpp"
#include "host/helper.hpp"
#include "host/selinux.hpp"
#include "parse/path.hpp"
#include "parse/selinux_type.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <string_view>
#include <utility>

#include <sys/xattr.h>

namespace sshguardd::host {
namespace {

constexpr const char* matchpathcon = "/usr/sbin/matchpathcon";
constexpr auto deadline = std::chrono::seconds{1};
constexpr std::size_t most_asked = 8;

// What every policy has there: of these nobody is asked.
constexpr std::array<std::string_view, 3> usual{"ssh_home_t", "user_home_dir_t", "admin_home_t"};

} // namespace

KeyLabels::KeyLabels() : enforcing_{selinux_enforces() && exists(matchpathcon)} {}

void KeyLabels::look(const parse::PasswdEntry& entry, const std::vector<KeyFile>& files) {
  if (!enforcing_ || entry.home.size() < 2) return;
  for (const KeyFile& file : files) {
    if (file.state != KeyFile::State::used || !parse::lies_in(file.path, entry.home)) continue;
    for (std::string path = file.path; path.size() >= entry.home.size();
         path = parse::directory_of(path))
      note(entry.name, path);
  }
}

void KeyLabels::note(const std::string& account, const std::string& path) {
  std::array<char, 256> label{};
  const ssize_t size = lgetxattr(path.c_str(), "security.selinux", label.data(), label.size() - 1);
  if (size <= 0) return;
  std::string type = parse::selinux_type(label.data());
  if (type.empty() || std::ranges::find(usual, type) != usual.end() ||
      std::ranges::find(unusual_, path, &WrongLabel::path) != unusual_.end() ||
      unusual_.size() >= most_asked)
    return;
  unusual_.push_back({.account = account, .path = path, .type = std::move(type), .wanted = {}});
}

std::vector<WrongLabel> KeyLabels::wrong() const {
  std::vector<WrongLabel> wrong;
  for (WrongLabel one : unusual_) {
    const HelperResult answer = run_helper({.argv = {matchpathcon, "-n", "-m", "file", one.path},
                                            .environment = plain_environment(),
                                            .account = nullptr,
                                            .groups = {},
                                            .input = {},
                                            .deadline = deadline,
                                            .output_limit = 4096});
    one.wanted = answer.exit_status == 0 ? parse::selinux_type(answer.out) : "";
    // A home elsewhere, for which nobody told the policy, has none.
    if (!one.wanted.empty() && one.wanted != one.type) wrong.push_back(std::move(one));
  }
  return wrong;
}

} // namespace sshguardd::host
