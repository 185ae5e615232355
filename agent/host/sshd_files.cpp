#include "host/sshd_files.hpp"

#include "host/files.hpp"
#include "parse/fnv.hpp"
#include "parse/sshd_args.hpp"
#include "parse/sshd_config.hpp"
#include "parse/systemd_exec.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <system_error>

#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sshguardd::host {
namespace {

namespace fs = std::filesystem;

constexpr int max_depth = 16;          // servconf.c: SERVCONF_MAX_DEPTH
constexpr std::size_t max_files = 512; // far more than anybody has; a bound for hostile globs
constexpr const char* default_binary = "/usr/sbin/sshd";

bool is_regular(const std::string& path) {
  struct stat st {};
  return stat(path.c_str(), &st) == 0 && S_ISREG(st.st_mode);
}

bool is_link(const std::string& path) {
  struct stat st {};
  return lstat(path.c_str(), &st) == 0 && S_ISLNK(st.st_mode);
}

class Walk {
public:
  explicit Walk(SshdConfig& config) : config_{config} {}

  // A file whose content shapes the configuration. Directories are watched, not dated.
  void add(const std::string& path, bool dated) {
    if (seen(path)) return;
    if (config_.paths.size() >= max_files)
      return missed("it has more than " + std::to_string(max_files) + " files");
    struct stat st {};
    WatchedPath entry{.path = path, .configuration = dated};
    if (stat(path.c_str(), &st) == 0) {
      entry.exists = true;
      // The entries of a directory count by themselves: its own times tell of editors' swap files.
      entry.identity = S_ISDIR(st.st_mode) ? "directory" : identity(st);
      if (S_ISDIR(st.st_mode))
        config_.newest_entry_us = std::max(config_.newest_entry_us, microseconds(st.st_mtim));
      if (dated && !S_ISDIR(st.st_mode))
        config_.newest_change_us = std::max(
            {config_.newest_change_us, microseconds(st.st_mtim), microseconds(st.st_ctim)});
    }
    config_.paths.push_back(std::move(entry));
    add_target(path, dated);
  }

  // A file of configuration, and what it includes. One that is included twice is read once.
  void add_config(const std::string& path, int depth = 0) {
    add(path, true);
    if (depth > max_depth || read_.size() >= max_files || !read_.insert(path).second) return;
    const auto text = read_file(path);
    // What is missing or no file has nothing to follow, and sshd -t says what is wrong with it.
    // What is too large for the agent is not for sshd.
    if (!text) return is_regular(path) ? missed(text.why()) : void();
    for (const std::string& pattern : parse::include_patterns(*text)) {
      add(parse::fixed_directory(pattern), false);
      add_wild_directories(pattern);
      if (pattern.find_first_of("*?[") == std::string::npos) add(pattern, true);
      for (const std::string& included : expand_glob(pattern))
        add_config(included, depth + 1);
    }
  }

private:
  void missed(std::string why) {
    if (config_.incomplete.empty()) config_.incomplete = std::move(why);
  }

  // The directories that the wildcards of a pattern lead through: "/etc/a/*/b.conf" changes its
  // answer when something happens in any "/etc/a/*".
  void add_wild_directories(const std::string& pattern) {
    const std::size_t wild = pattern.find_first_of("*?[");
    if (wild == std::string::npos) return;
    for (std::size_t slash = pattern.find('/', wild); slash != std::string::npos;
         slash = pattern.find('/', slash + 1)) {
      for (const std::string& directory : expand_glob(pattern.substr(0, slash)))
        add(directory, false);
    }
  }

  // A link is watched at both ends.
  void add_target(const std::string& path, bool dated) {
    struct stat st {};
    std::error_code error;
    if (lstat(path.c_str(), &st) != 0 || !S_ISLNK(st.st_mode)) return;
    if (dated)
      config_.newest_change_us = std::max(config_.newest_change_us, microseconds(st.st_ctim));
    char* target = realpath(path.c_str(), nullptr);
    if (target == nullptr) return;
    const std::string resolved = target;
    std::free(target); // NOLINT: realpath(3) allocates
    // A link to a link: each of them decides.
    const fs::path next = fs::path{path}.parent_path() / fs::read_symlink(path, error);
    const std::string step = next.lexically_normal().string();
    if (!error && step != resolved && is_link(step)) add(step, dated);
    if (resolved != path) add(resolved, dated);
  }

  [[nodiscard]] bool seen(const std::string& path) const {
    return std::ranges::any_of(config_.paths,
                               [&](const WatchedPath& entry) { return entry.path == path; });
  }

  SshdConfig& config_;
  std::set<std::string> read_;
};

// A name for "the same files and the same command".
std::string fingerprint(const SshdFiles& files) {
  std::uint64_t hash = parse::fnv1a("");
  const auto mix = [&hash](std::string_view text) { hash = parse::fnv1a_part(text, hash); };
  for (const WatchedPath& path : files.config.paths) {
    mix(path.path);
    mix(path.exists ? path.identity : "missing");
  }
  for (const std::string& word : files.test_argv)
    mix(word);
  for (const std::string& word : files.test_environment)
    mix(word);
  return std::to_string(hash);
}

} // namespace

std::vector<std::string> expand_glob(const std::string& pattern) {
  glob_t found{};
  std::vector<std::string> paths;
  if (glob(pattern.c_str(), GLOB_NOMAGIC, nullptr, &found) == 0) {
    for (std::size_t i = 0; i < found.gl_pathc && i <= max_files; ++i)
      paths.emplace_back(found.gl_pathv[i]);
  }
  globfree(&found);
  return paths;
}

Fact<ServiceCall> service_call(const Unit& service) {
  if (!service.command_known)
    return Unknown{"the command of " + service.id + " cannot be told without the bus"};
  if (service.exec_start.empty()) return Unknown{service.id + " has no ExecStart="};
  const ExecCommand& command = service.exec_start.front();
  // systemd.exec(5): Environment=, then each EnvironmentFile= over it, then UnsetEnvironment=.
  parse::Environment environment;
  parse::assign(environment, service.environment);
  ServiceCall call{.path = command.path};
  for (const EnvironmentFile& file : service.environment_files) {
    const auto paths = expand_glob(file.path);
    if (paths.empty()) call.files.push_back(file.path);
    for (const std::string& path : paths) {
      call.files.push_back(path);
      const auto text = read_file(path);
      if (!text) {
        if (file.optional) continue;
        return Unknown{text.why()};
      }
      for (const auto& [name, value] : parse::environment_file(*text))
        environment[name] = value;
    }
  }
  parse::unset(environment, service.unset_environment);
  call.argv = parse::expand(command, environment);
  for (const auto& [name, value] : environment)
    call.environment.push_back(name + "=" + value);
  return call;
}

Fact<SshdFiles> read_sshd_files(const Unit& service) {
  SshdFiles files;
  Walk walk{files.config};
  files.config.binary = default_binary;
  files.config.main_file = "/etc/ssh/sshd_config";
  files.test_argv = {default_binary, "-t"};
  // A masked unit has no command any more: sshd's own defaults then.
  if (!service.exec_start.empty() || !service.command_known) {
    const auto call = service_call(service);
    if (!call) return Unknown{call.why()};
    const auto command = parse::sshd_test_command(call->path, call->argv);
    if (!command) return Unknown{service.id + " does not run a plain sshd: " + call->path};
    files.test_argv = command->argv;
    files.test_environment = call->environment;
    files.config.binary = call->path;
    files.config.main_file = command->config_file;
    for (const std::string& path : call->files)
      walk.add(path, true);
    files.config.newest_environment_us = files.config.newest_change_us;
  }
  if (!service.fragment_path.empty()) walk.add(service.fragment_path, false);
  for (const std::string& path : service.drop_in_paths)
    walk.add(path, false);
  walk.add(files.config.binary, false);
  // Last, because it is without bounds. `-f none` has no file.
  if (!files.config.main_file.empty()) walk.add_config(files.config.main_file);
  struct stat st {};
  files.config.binary_exists = stat(files.config.binary.c_str(), &st) == 0 && S_ISREG(st.st_mode) &&
                               access(files.config.binary.c_str(), X_OK) == 0;
  files.config.fingerprint = fingerprint(files);
  return files;
}

std::vector<std::string> SshdFiles::argv(const char* mode) const {
  std::vector<std::string> words = test_argv;
  words.at(1) = mode; // after the path: parse/sshd_args puts "-t" there
  return words;
}

} // namespace sshguardd::host
