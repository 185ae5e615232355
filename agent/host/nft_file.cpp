#include "host/nft_file.hpp"

#include "engine/nft_ruleset.hpp"
#include "host/apart.hpp"
#include "host/files.hpp"
#include "host/helper.hpp"
#include "host/own_child.hpp"
#include "host/root_program.hpp"
#include "parse/lines.hpp"

#include <chrono>
#include <utility>

#include <unistd.h>

namespace sshguardd::host {
namespace {

constexpr auto deadline = std::chrono::seconds{8};
constexpr std::size_t most_includes = 64;

} // namespace

Fact<firewall::Ruleset> nft_file_rules(const std::string& file) {
  const std::string nft = system_program("nft");
  if (nft.empty()) return Unknown{"nft is not installed"};
  // By its own name: it is another program that starts it.
  std::vector<std::string> argv = own_child(load_nft_word, {nft, file});
  argv.front() = own_program();
  const auto listing = run_apart(argv, deadline);
  if (!listing) return Unknown{listing.why()};
  auto rules = engine::nft_ruleset(nft_listing(*listing));
  if (!rules) return Unknown{"the listing of nft was not understood"};
  return std::move(*rules);
}

// The listing is a process of its own: in the same one nft would list what it is about to load,
// without rules.
int load_nft_main(const std::vector<std::string>& arguments) {
  if (arguments.size() != 2) return 64; // EX_USAGE
  const std::string& nft = arguments[0];
  HelperSpec spec;
  spec.argv = {nft, "-f", arguments[1]};
  spec.environment = plain_environment();
  spec.errors = true;
  spec.deadline = deadline;
  const HelperResult loaded = run_helper(spec);
  const std::string said = loaded.out + (loaded.exit_status == 0 ? "\nloaded\n" : "");
  if (!write_all(STDOUT_FILENO, said) || loaded.exit_status != 0) return 1;
  execl(nft.c_str(), nft.c_str(), "-j", "list", "ruleset", nullptr);
  return 1;
}

std::vector<std::string> nft_includes(std::string_view text) {
  std::vector<std::string> found;
  while (!text.empty() && found.size() < most_includes) {
    std::string_view line = parse::take_line(text);
    while (line.starts_with(' ') || line.starts_with('\t'))
      line.remove_prefix(1);
    if (!line.starts_with("include")) continue;
    const std::size_t start = line.find_first_of("\"'");
    if (start == std::string_view::npos) continue;
    const std::size_t end = line.find(line[start], start + 1);
    if (end == std::string_view::npos) continue;
    const std::string path{line.substr(start + 1, end - start - 1)};
    if (path.starts_with('/'))
      found.push_back(path);
    else // nft(8) "INCLUDE FILES"
      found.push_back(path.starts_with("./") ? path.substr(1) : "/etc/" + path);
  }
  return found;
}

} // namespace sshguardd::host
