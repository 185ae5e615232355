#include "engine/systemd_run.hpp"

#include <algorithm>
#include <cstddef>

namespace sshguardd::engine {
namespace {

constexpr std::size_t longest_words = 200;

} // namespace

std::vector<std::string> systemd_run(const std::string& program,
                                     const std::vector<std::string>& options,
                                     const std::vector<std::string>& properties,
                                     const std::vector<std::string>& command) {
  std::vector<std::string> argv{program,  "--quiet", "--no-ask-password",
                                "--wait", "--pipe",  "--collect"};
  argv.insert(argv.end(), options.begin(), options.end());
  for (const std::string& property : properties)
    argv.push_back("--property=" + property);
  argv.emplace_back("--");
  argv.insert(argv.end(), command.begin(), command.end());
  return argv;
}

std::string last_words(const std::string& out, const std::string& err) {
  for (const std::string* text : {&err, &out}) {
    const std::size_t end = text->find_last_not_of(" \t\r\n");
    if (end == std::string::npos) continue;
    const std::size_t before = text->find_last_of("\r\n", end);
    const std::size_t begin = before == std::string::npos ? 0 : before + 1;
    return text->substr(begin, std::min(end + 1 - begin, longest_words));
  }
  return {};
}

} // namespace sshguardd::engine
