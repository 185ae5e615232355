// sshguardctl config: the configuration that the agent would read, and what is wrong with it.
#include "config/keys.hpp"
#include "ctl/commands.hpp"
#include "ctl/config_text.hpp"
#include "ctl/text.hpp"
#include "engine/encode.hpp"
#include "host/config_files.hpp"

#include <cstdio>

namespace sshguardd::ctl {
namespace {

constexpr std::size_t longest = 1000; // of an error; a line of the file has 199 at most

std::string names_of(const host::ConfigFiles& read) {
  std::string text;
  for (const config::File& file : read.files)
    text += (text.empty() ? "" : ", ") + engine::encode(file.path);
  return text.empty() ? "no file is there: all defaults" : text;
}

std::string errors_of(const config::Loaded& loaded) {
  std::string text;
  for (const std::string& error : loaded.errors.lines)
    text += engine::encode(error, longest) + "\n";
  return text;
}

} // namespace

int check_config(const std::vector<std::string>& paths) {
  host::ConfigFiles read =
      paths.empty() ? host::read_config_files() : host::read_config_files(paths);
  const std::string names = names_of(read);
  const config::Loaded loaded = host::load_config(std::move(read));
  if (loaded.errors.lines.empty())
    return print("no errors: " + names + "\n") ? exit_ok : exit_unknown;
  return print(errors_of(loaded)) ? exit_warning : exit_unknown;
}

int show_config() {
  const config::Loaded loaded = host::load_config();
  if (!print(config_text(loaded))) return exit_unknown;
  if (loaded.errors.lines.empty()) return exit_ok;
  std::fputs(("\n" + errors_of(loaded)).c_str(), stderr);
  return exit_warning;
}

} // namespace sshguardd::ctl
