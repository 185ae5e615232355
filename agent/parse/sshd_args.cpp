#include "parse/sshd_args.hpp"

#include "parse/ascii.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>

namespace sshguardd::parse {

namespace {

// sshd.c, getopt: "C:E:b:c:f:g:h:k:o:p:u:46DGQRTdeiqrtV" (-G since 9.3). Any other letter makes
// sshd print its usage, and could mean anything in a patched build: such a line is not run.
constexpr std::string_view kept_with_argument = "bcfghkopu";
constexpr std::string_view dropped_with_argument =
    "CE"; // -C is refused with -t, -E moves the answer
constexpr std::string_view kept_alone = "46";
constexpr std::string_view dropped_alone = "DGQRTdeiqrtV";

bool one_of(std::string_view set, char c) {
  return set.find(c) != std::string_view::npos;
}

bool is_sshd(std::string_view path) {
  return !path.empty() && path[0] == '/' && path.substr(path.rfind('/') + 1) == "sshd";
}

bool starts_with_nocase(std::string_view text, std::string_view small_letters) {
  return text.size() >= small_letters.size() &&
         std::equal(small_letters.begin(), small_letters.end(), text.begin(),
                    [](char a, char b) { return a == lower(b); });
}

// An argument of -o that could silence sshd: "LogLevel=QUIET".
bool sets_log_level(std::string_view option) {
  const std::size_t start = option.find_first_not_of(" \t\"=");
  return start != std::string_view::npos && starts_with_nocase(option.substr(start), "loglevel");
}

struct Options {
  std::vector<std::string> words;
  std::string config_file = "/etc/ssh/sshd_config";
  bool sets_log_level = false;
};

void keep(Options& options, char letter, std::string argument) {
  if (letter == 'f') {
    const bool none =
        argument.size() == 4 && starts_with_nocase(argument, "none"); // strcasecmp in main()
    const bool relative = !none && !argument.empty() && argument[0] != '/';
    options.config_file = none ? std::string{} : (relative ? "/" : "") + argument;
  }
  if (letter == 'o') options.sets_log_level = options.sets_log_level || sets_log_level(argument);
  options.words.push_back(std::string{'-', letter});
  options.words.push_back(std::move(argument));
}

// One word of short options, "-Ddp22": letters, then perhaps an argument, here or in the next word.
// false: sshd would not take it.
bool read_word(const std::vector<std::string>& argv, std::size_t& index, Options& options) {
  const std::string& word = argv[index];
  for (std::size_t i = 1; i < word.size(); ++i) {
    const char letter = word[i];
    const bool kept = one_of(kept_with_argument, letter);
    if (kept || one_of(dropped_with_argument, letter)) {
      if (i + 1 == word.size() && index + 1 == argv.size())
        return false; // would swallow our own words
      std::string argument = i + 1 < word.size() ? word.substr(i + 1) : argv[++index];
      if (kept) keep(options, letter, std::move(argument));
      return true;
    }
    if (one_of(kept_alone, letter)) {
      options.words.push_back(std::string{'-', letter});
    } else if (!one_of(dropped_alone, letter)) {
      return false;
    }
  }
  return true;
}

} // namespace

std::optional<SshdTestCommand> sshd_test_command(const std::string& path,
                                                 const std::vector<std::string>& argv) {
  const auto holds_nul = [](const std::string& word) {
    return word.find('\0') != std::string::npos;
  };
  if (!is_sshd(path) || holds_nul(path) || argv.empty()) return std::nullopt;
  if (std::any_of(argv.begin(), argv.end(), holds_nul)) return std::nullopt; // execve would cut it

  Options options;
  for (std::size_t i = 1; i < argv.size(); ++i) {
    if (argv[i] == "--") {
      if (i + 1 < argv.size()) return std::nullopt;
      break;
    }
    // "Extra argument foo."
    if (argv[i].size() < 2 || argv[i][0] != '-') return std::nullopt;
    if (!read_word(argv, i, options)) return std::nullopt;
  }

  SshdTestCommand command;
  // -t comes first: whatever follows, sshd cannot become a daemon.
  command.argv = {path, "-t"};
  if (options.sets_log_level) {
    // The first value wins; an invalid one behind it is still refused.
    command.argv.insert(command.argv.end(), {"-o", "LogLevel=INFO"});
  }
  command.argv.insert(command.argv.end(), options.words.begin(), options.words.end());
  command.config_file = std::move(options.config_file);
  return command;
}

} // namespace sshguardd::parse
