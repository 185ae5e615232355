#include "host/netplan_look.hpp"

#include "host/child_report.hpp"
#include "host/cloud_init.hpp"
#include "host/fd.hpp"
#include "host/files.hpp"
#include "host/glob.hpp"
#include "host/helper.hpp"
#include "host/own_child.hpp"
#include "parse/lines.hpp"
#include "parse/netplan.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <initializer_list>
#include <optional>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace sshguardd::host {
namespace {

namespace fs = std::filesystem;
constexpr auto deadline = std::chrono::seconds{3};
constexpr std::size_t file_limit = std::size_t{256} << 10U;
constexpr std::size_t most_files = 64;
constexpr char between = '/'; // in no name, and in no address
constexpr std::string_view first_word = "netplan1";

struct Schema {
  template <class Codec, class One> static void fields(Codec& codec, One& one) {
    codec.choice(one.kind, NetplanAnswer::Kind::refused);
    codec(one.file);
    codec(one.text);
  }
};

// What an earlier one has left, that was ended in the middle of it.
void sweep() {
  const auto left = glob_paths("/run/sshguardd/netplan.*");
  if (!left) return;
  for (const std::string& path : *left) {
    std::error_code error;
    const auto made = fs::last_write_time(path, error);
    if (!error && fs::file_time_type::clock::now() - made > std::chrono::minutes{1})
      fs::remove_all(path, error);
  }
}

// A directory of our own, for as long as this lives.
class Scratch {
public:
  Scratch() {
    sweep();
    if (mkdtemp(path_.data()) == nullptr) path_.clear(); // of mode 0700
  }
  ~Scratch() {
    std::error_code error;
    if (!path_.empty()) fs::remove_all(path_, error);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }

private:
  std::string path_ = "/run/sshguardd/netplan.XXXXXX";
};

// nullopt: not all of them could be looked for.
std::optional<std::vector<std::string>> files_of(std::initializer_list<const char*> patterns,
                                                 const std::string& below = {}) {
  std::vector<std::string> all;
  for (const char* pattern : patterns) {
    auto found = glob_paths(below + pattern);
    if (!found) return std::nullopt;
    all.insert(all.end(), found->begin(), found->end());
  }
  return all.size() > most_files ? std::nullopt : std::optional{std::move(all)};
}

// Keys of wireless networks may be in it: for us alone.
bool copy_to(const std::string& root, const std::string& path) {
  const auto text = read_file(path, file_limit);
  std::error_code error;
  if (!text || (fs::create_directories(root + directory_of(path), error), error)) return false;
  const Fd file{open((root + path).c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
  return file && write_all(file.get(), *text);
}

// The names that links will have: what is matched by them may be another link then.
void add_new_names(const std::string& root, std::vector<parse::BootLink>& links) {
  for (const std::string& path :
       files_of({"/run/systemd/network/*.link"}, root).value_or(std::vector<std::string>{})) {
    const auto text = read_file(path, file_limit);
    std::string_view left = text ? *text : std::string_view{};
    while (!left.empty()) {
      const std::string_view line = parse::take_line(left);
      if (!line.starts_with("Name=")) continue;
      for (parse::BootLink& link : links)
        link.names.emplace_back(line.substr(5));
    }
  }
}

// nullopt: nobody can tell.
std::optional<bool> anything_fits(const std::string& root, std::vector<parse::BootLink> links) {
  add_new_names(root, links);
  const auto files = files_of({"/run/systemd/network/*.network"}, root);
  // NetworkManager connects by itself what no file of its names.
  const auto manager = files_of({"/run/NetworkManager/*/*"}, root);
  if (!files || !manager || !manager->empty()) return std::nullopt;
  for (const std::string& path : *files) {
    const auto text = read_file(path, file_limit);
    if (!text) return std::nullopt;
    if (parse::networkd_fit(*text, links) != parse::BootFit::no) return true;
  }
  return false;
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const std::size_t end = std::min(text.size(), text.find(between));
    if (end > 0) words.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(text.size(), end + 1));
  }
  return words;
}

std::optional<NetplanAnswer> ask(const std::vector<parse::BootLink>& links) {
  // What lies in /run is this boot's, and somebody will make it anew.
  const auto passing = files_of({"/run/netplan/*.yaml"});
  const auto saved = files_of({"/etc/netplan/*.yaml", "/usr/lib/netplan/*.yaml"});
  if (!passing || !passing->empty() || !saved || saved->empty()) return std::nullopt;
  // In all versions: the second is where it was before 0.106.
  constexpr const char* programs[] = {"/usr/libexec/netplan/generate", "/usr/lib/netplan/generate"};
  const auto* const program =
      std::ranges::find_if(programs, [](const char* one) { return access(one, X_OK) == 0; });
  const Scratch scratch;
  if (program == std::end(programs) || scratch.path().empty()) return std::nullopt;
  for (const std::string& path : *saved)
    if (!copy_to(scratch.path(), path)) return std::nullopt;
  HelperSpec spec;
  spec.argv = {*program, "--root-dir", scratch.path()};
  spec.environment = plain_environment();
  spec.errors = true;
  spec.deadline = deadline;
  const HelperResult made = run_helper(spec);
  if (made.exit_status == 0) {
    const auto fits = anything_fits(scratch.path(), links);
    // cloud-init may write other ones before netplan reads them.
    if (!fits || (!*fits && std::ranges::any_of(*saved, cloud_init_writes))) return std::nullopt;
    return NetplanAnswer{.kind = *fits ? NetplanAnswer::Kind::fits : NetplanAnswer::Kind::unfit,
                         .file = saved->front(),
                         .text = {}};
  }
  const auto error = parse::netplan_error(made.out, scratch.path());
  if (made.exit_status != 1 || std::ranges::find(*saved, error.file) == saved->end() ||
      cloud_init_writes(error.file))
    return std::nullopt;
  return NetplanAnswer{
      .kind = NetplanAnswer::Kind::refused, .file = error.file, .text = error.text};
}

} // namespace

std::vector<std::string> netplan_child(const std::vector<parse::BootLink>& links) {
  std::vector<std::string> arguments;
  for (const parse::BootLink& link : links) {
    std::string names;
    for (const std::string& name : link.names)
      names += name + between;
    std::string macs;
    for (const std::string& mac : link.macs)
      macs += mac + between;
    arguments.insert(arguments.end(), {std::move(names), std::move(macs)});
  }
  return own_child(look_at_netplan_word, std::move(arguments));
}

Fact<NetplanAnswer> netplan_answer(const std::string& out) {
  auto answer = decode_report<Schema, NetplanAnswer>(first_word, out);
  if (!answer) return Unknown{"netplan: what it will make of its files is not known"};
  return std::move(*answer);
}

int look_at_netplan_main(const std::vector<std::string>& arguments) {
  if (arguments.size() % 2 != 0) return 64; // EX_USAGE
  std::vector<parse::BootLink> links;
  for (std::size_t i = 0; i < arguments.size(); i += 2)
    links.push_back({.names = split(arguments[i]), .macs = split(arguments[i + 1])});
  const auto answer = ask(links);
  if (!answer) return 1;
  return write_all(STDOUT_FILENO, encode_report<Schema>(first_word, *answer)) ? 0 : 1;
}

} // namespace sshguardd::host
