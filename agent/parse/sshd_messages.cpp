#include "parse/sshd_messages.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <optional>
#include <string>
#include <utility>

namespace sshguardd::parse {

namespace {

constexpr std::size_t most_errors = 64;

bool starts_with(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}
bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}
bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// Without sshd's full stop, unless it may belong to the word that is quoted.
std::string message_of(std::string_view text) {
  const bool ends_in_a_word = starts_with(text, "Bad configuration option:");
  if (ends_with(text, ".") && !ends_with(text, "..") && !ends_in_a_word) text.remove_suffix(1);
  return std::string{text};
}

// "F line N: text" (servconf.c throughout) and "F: line N: text" (its parse_token).
std::optional<ConfigError> located(std::string_view text) {
  constexpr std::string_view mark = " line ";
  for (std::size_t at = text.find(mark, 1); at != std::string_view::npos;
       at = text.find(mark, at + 1)) {
    const std::string_view number = text.substr(at + mark.size());
    const std::size_t digits = std::min(number.find_first_not_of("0123456789"), number.size());
    if (digits == 0 || digits > 9 || digits == number.size() || number[digits] != ':') continue;
    std::string_view file = text.substr(0, at);
    if (ends_with(file, ":")) file.remove_suffix(1);
    if (file.empty()) continue;
    std::string_view message = number.substr(digits + 1);
    if (starts_with(message, " ")) message.remove_prefix(1);
    int line = 0;
    for (const char c : number.substr(0, digits))
      line = line * 10 + (c - '0');
    return ConfigError{std::string{file}, line, message_of(message)};
  }
  return std::nullopt;
}

// The first absolute path in a message: quoted, or up to ": ", or to its end.
std::string path_in(std::string_view text) {
  for (std::size_t at = text.find('/'); at != std::string_view::npos; at = text.find('/', at + 1)) {
    const char before = at == 0 ? ' ' : text[at - 1];
    const std::string_view rest = text.substr(at);
    if (before == '"' || before == '\'') return std::string{rest.substr(0, rest.find(before))};
    if (before == ' ') return std::string{rest.substr(0, rest.find(": "))};
  }
  return {};
}

// Text around an error, not one itself.
bool is_noise(std::string_view text) {
  constexpr std::array<std::string_view, 9> starts = {
      "debug1: ",
      "debug2: ",
      "debug3: ",
      "@", // authfile.c: the frame of UNPROTECTED PRIVATE KEY FILE!
      "It is required that your private key files are NOT accessible by others",
      "This private key will be ignored",
      "usage: sshd", // and its indented lines; the version comes with them
      "   ",
      "OpenSSH_"};
  return std::any_of(starts.begin(), starts.end(),
                     [&](auto prefix) { return starts_with(text, prefix); });
}

// sshd.c, authfile.c: complaints about one host key, which alone do not stop sshd.
bool is_about_one_key(std::string_view text) {
  return starts_with(text, "Unable to load host key") ||
         starts_with(text, "Could not load host ") ||
         starts_with(text, "No matching private key for ") ||
         starts_with(text, "Could not connect to agent") ||
         starts_with(text, "Couldn't get agent socket") || contains(text, ": Host key ") ||
         (starts_with(text, "Permissions ") && contains(text, " are too open"));
}

// sshd.c: a PATH.pub that is another key's; sshd goes on with the private key alone.
std::string_view mismatched_key(std::string_view text) {
  constexpr std::string_view before = "Public key for ";
  constexpr std::string_view after = " does not match private key";
  if (!starts_with(text, before) || !ends_with(text, after)) return {};
  text.remove_prefix(before.size());
  text.remove_suffix(std::min(after.size(), text.size()));
  return text;
}

// sshd.c: the directory of the complaint about it; empty where the text is another.
std::string_view privsep_directory(std::string_view text) {
  constexpr std::string_view missing = "Missing privilege separation directory: ";
  constexpr std::string_view unsafe = " must be owned by root and not group or world-writable.";
  if (starts_with(text, missing)) return text.substr(missing.size());
  if (!starts_with(text, "/") || !ends_with(text, unsafe)) return {};
  return text.substr(0, text.size() - unsafe.size());
}

// strerror(EACCES), strerror(EPERM) as the reason of a failure; a port that may not be bound is
// none of reading, and words quoted from the configuration are in located() lines.
bool is_denied(std::string_view text) {
  if (ends_with(text, ".")) text.remove_suffix(1);
  return !starts_with(text, "Bind to port ") &&
         (ends_with(text, ": Permission denied") || ends_with(text, ": Operation not permitted"));
}

class Reader {
public:
  void read(std::string_view text) {
    if (is_noise(text)) return; // first: debug lines have places too
    if (auto error = located(text)) {
      const bool note = starts_with(error->message, "Deprecated option ") ||
                        starts_with(error->message, "Unsupported option ");
      if (!note) add(errors_, std::move(*error));
      return;
    }
    const bool sums_up =
        contains(text, ": terminating, ") && ends_with(text, " bad configuration options");
    if (sums_up) return;
    if (is_denied(text)) out_.permission_denied = true;

    if (const auto key = mismatched_key(text); !key.empty()) {
      add(notes_, {std::string{key}, 0, message_of(text)});
    } else if (is_about_one_key(text)) {
      add_key({path_in(text), 0, message_of(text)});
    } else if (const auto directory = privsep_directory(text); !directory.empty()) {
      ++privsep_;
      if (is_privsep_dir(directory)) out_.privsep_dir = directory;
      add(errors_, {std::string{directory}, 0, message_of(text)});
    } else {
      out_.no_hostkeys = out_.no_hostkeys || contains(text, "no hostkeys available");
      add(errors_, unplaced(text));
    }
  }

  [[nodiscard]] bool nothing_yet() const {
    return errors_.empty() && keys_.empty() && notes_.empty();
  }

  SshdTestOutput finish(bool passed) {
    out_.keys = keys_;
    if (passed) return {.keys = std::move(keys_)};
    // A key that does not load is an error where none does, or where nothing else explains the
    // exit.
    if (out_.no_hostkeys || errors_.empty()) {
      errors_.insert(errors_.begin(), std::make_move_iterator(keys_.begin()),
                     std::make_move_iterator(keys_.end()));
    }
    if (errors_.empty()) errors_ = std::move(notes_);
    std::stable_partition(errors_.begin(), errors_.end(),
                          [](const ConfigError& error) { return !error.file.empty(); });
    out_.privsep_dir_only = privsep_ != 0 && privsep_ == errors_.size();
    out_.errors = std::move(errors_);
    if (out_.errors.size() > most_errors) out_.errors.resize(most_errors);
    return std::move(out_);
  }

private:
  static void add(std::vector<ConfigError>& to, ConfigError error) {
    if (to.size() < most_errors) to.push_back(std::move(error));
  }

  // The same key is told of two or three times; the first line has the reason.
  void add_key(ConfigError error) {
    const bool told = std::any_of(keys_.begin(), keys_.end(), [&](const ConfigError& other) {
      return !other.file.empty() && other.file == error.file;
    });
    if (!told) add(keys_, std::move(error));
  }

  // perror(): "/etc/ssh/sshd_config: No such file or directory".
  static ConfigError unplaced(std::string_view text) {
    const std::size_t colon = text.rfind(": ");
    if (!starts_with(text, "/") || colon == std::string_view::npos)
      return {{}, 0, message_of(text)};
    return {std::string{text.substr(0, colon)}, 0, message_of(text.substr(colon + 2))};
  }

  SshdTestOutput out_;
  std::vector<ConfigError> errors_;
  std::vector<ConfigError> keys_;
  std::vector<ConfigError> notes_; // errors only where there is no other
  std::size_t privsep_ = 0;
};

constexpr std::string_view known_privsep_dirs[] = {
    "/run/sshd",     "/var/run/sshd",  "/var/empty",      "/var/empty/sshd",
    "/var/lib/sshd", "/var/lib/empty", "/var/chroot/ssh", "/usr/share/empty.sshd"};

} // namespace

std::span<const std::string_view> privsep_dirs() {
  return known_privsep_dirs;
}

bool is_privsep_dir(std::string_view path) {
  return std::ranges::find(known_privsep_dirs, path) != std::end(known_privsep_dirs);
}

SshdTestOutput sshd_test_output(std::string_view stderr_text, int exit_status) {
  Reader reader;
  while (!stderr_text.empty()) {
    const std::size_t newline = stderr_text.find('\n');
    std::string_view line = stderr_text.substr(0, newline);
    stderr_text.remove_prefix(newline == std::string_view::npos ? stderr_text.size() : newline + 1);
    // log.c ends lines in CR LF on stderr, perror(3) in LF.
    line = line.substr(0, line.find_last_not_of(" \t\r\n") + 1);
    const bool cut = newline == std::string_view::npos;
    if (!line.empty() && (!cut || reader.nothing_yet())) reader.read(line);
  }
  return reader.finish(exit_status == 0);
}

} // namespace sshguardd::parse
